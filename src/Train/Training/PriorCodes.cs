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
    /// <summary>The codes of images, as many at once as fit.</summary>
    /// <param name="pass">Images of their size through the model.</param>
    /// <param name="layouts">The grids, in the order that the set is to have.</param>
    /// <param name="count">Images.</param>
    /// <param name="most">Of them at once.</param>
    /// <param name="read">The pixels of so many images from one on.</param>
    public static CodeSet Of(
        ImagePass pass, IReadOnlyList<CodeLayout> layouts, int count, int most, Func<int, int, float[]> read)
    {
        var ids = layouts.Select(layout => new int[count * layout.IndicesPerImage]).ToArray();
        var order = OrderOf(layouts, pass.Layouts);
        var batch = pass.AtOnce(most);
        for (var first = 0; first < count; first += batch)
        {
            var grids = pass.Encode(read(first, Math.Min(batch, count - first)));
            for (var grid = 0; grid < ids.Length; grid++)
            {
                grids[order[grid]].CopyTo(ids[grid], first * layouts[grid].IndicesPerImage);
            }
        }

        return new CodeSet(layouts, ids, Labels: null);
    }

    /// <summary>Images (N, C, H, W) in [−0.5, 0.5] of the codes, as many at once as fit.</summary>
    /// <param name="pass">Images of their size through the model.</param>
    /// <param name="most">Of them at once.</param>
    public float[] Decode(ImagePass pass, int most)
    {
        float[]? pixels = null;
        var order = OrderOf(pass.Layouts, Layouts);
        var batch = pass.AtOnce(most);
        for (var first = 0; first < Count; first += batch)
        {
            var part = Part(first, Math.Min(batch, Count - first));
            var images = pass.Decode([.. order.Select(grid => part.Ids[grid])]);
            var length = images.LongLength / part.Count;
            pixels ??= new float[Count * length];
            images.CopyTo(pixels, first * length);
        }

        return pixels!;
    }

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

    /// <summary>Where each grid is among others, by its name.</summary>
    private static int[] OrderOf(IEnumerable<GridLayout> grids, IEnumerable<GridLayout> among)
    {
        var names = among.Select(layout => layout.Name).ToList();
        return [.. grids.Select(layout => names.IndexOf(layout.Name))];
    }
}
