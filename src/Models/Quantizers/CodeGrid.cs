using System.Collections.Immutable;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>How the indices of an image of one size lie in a grid.</summary>
/// <param name="Name">Which of a model's grids: <c>codes</c>, or <c>top</c> and <c>bottom</c>.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Indices of a row.</param>
/// <param name="CodebookSizes">K of each of the L levels that a place has an index on.</param>
public sealed record CodeLayout(string Name, int Height, int Width, ImmutableArray<int> CodebookSizes)
    : GridLayout(Name, Height, Width)
{
    /// <summary>Levels L.</summary>
    public int Levels => CodebookSizes.Length;

    public override int Planes => Levels;

    /// <summary>Indices of one image.</summary>
    public int IndicesPerImage => NumbersPerImage;

    /// <summary>What they take when all codes are equally likely, in bits.</summary>
    public double BitsPerImage => Height * (double)Width * CodebookSizes.Sum(k => Math.Log2(k));

    public bool Equals(CodeLayout? other) =>
        other is not null && (Name, Height, Width) == (other.Name, other.Height, other.Width) &&
        CodebookSizes.SequenceEqual(other.CodebookSizes);

    public override int GetHashCode() => HashCode.Combine(Name, Height, Width, CodebookSizes.Length);
}

/// <summary>Indices of a batch of images.</summary>
/// <param name="Name">Which of a model's grids.</param>
/// <param name="Ids">(B, L, h, w); the grid's to dispose.</param>
/// <param name="CodebookSizes">K of each level.</param>
public sealed record CodeGrid(string Name, Tensor<int> Ids, ImmutableArray<int> CodebookSizes) : IDisposable
{
    /// <summary>How the indices of one image lie.</summary>
    public CodeLayout Layout => new(Name, Ids.Shape[2], Ids.Shape[3], CodebookSizes);

    /// <summary>How often each code of a level was chosen, (K); the caller's to dispose.</summary>
    public Tensor<float> Counts(int level)
    {
        if (CodebookSizes.Length == 1)
        {
            using var all = Ids.Reshape([Ids.Size]);
            return Primitive.CountIds(all, CodebookSizes[0]);
        }

        using var slice = Primitive.Slice(Ids, axis: 1, start: level, length: 1);
        using var flat = slice.Reshape([slice.Size]);
        return Primitive.CountIds(flat, CodebookSizes[level]);
    }

    /// <summary>A second grid on the same indices, to be disposed on its own.</summary>
    public CodeGrid Share() => this with { Ids = Ids.Share() };

    public void Dispose() => Ids.Dispose();
}
