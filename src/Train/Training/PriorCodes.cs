using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Training;

/// <summary>The codes that a prior learns, and those that it is measured on.</summary>
internal sealed record PriorCodes(CodeSet Train, CodeSet Held);

/// <summary>The indices of many images, in memory.</summary>
/// <param name="Layouts">The grids, in the order in which they are drawn.</param>
/// <param name="Ids">For each grid (N, L, h, w).</param>
/// <param name="Labels">(N), the class of each image; null where they have none.</param>
internal sealed record CodeSet(IReadOnlyList<CodeLayout> Layouts, IReadOnlyList<int[]> Ids, int[]? Labels)
{
    /// <summary>Images, N.</summary>
    public int Count => Ids[0].Length / Layouts[0].IndicesPerImage;

    /// <summary>Images from <paramref name="first"/> on.</summary>
    public CodeSet Part(int first, int count) => new(
        Layouts,
        [.. Ids.Select((ids, grid) => ids.AsSpan(
            first * Layouts[grid].IndicesPerImage, count * Layouts[grid].IndicesPerImage).ToArray())],
        Labels?[first..(first + count)]);

    /// <summary>Copies the indices of some images in a grid.</summary>
    public void Read(int grid, ReadOnlySpan<int> images, Span<int> target)
    {
        var length = Layouts[grid].IndicesPerImage;
        for (var i = 0; i < images.Length; i++)
        {
            Ids[grid].AsSpan(images[i] * length, length).CopyTo(target[(i * length)..]);
        }
    }
}
