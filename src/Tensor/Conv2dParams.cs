namespace IlgpuVq.Tensors;

/// <summary>A number for height and one for width; a single number stands for both.</summary>
public readonly record struct Pair(int H, int W)
{
    public static implicit operator Pair(int both) => new(both, both);

    public override string ToString() => H == W ? $"{H}" : $"({H}, {W})";
}

/// <summary>Rows and columns of zeros around an image, in pixels, in the order top, bottom, left, right.</summary>
/// <remarks>A single number stands for all four sides, a <see cref="Pair"/> (h, w) for h rows above and below and w columns left
/// and right, as PyTorch's layers have it. PyTorch's own <c>pad</c> counts from the last axis: left, right, top,
/// bottom.</remarks>
/// <param name="Top">Rows above.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Left">Columns before.</param>
/// <param name="Right">Columns behind.</param>
public readonly record struct Padding(int Top, int Bottom, int Left, int Right)
{
    public static implicit operator Padding(int all) => new(all, all, all, all);

    public static implicit operator Padding(Pair sides) => new(sides.H, sides.H, sides.W, sides.W);

    public override string ToString() =>
        Top == Bottom && Top == Left && Top == Right ? $"{Top}" : $"({Top}, {Bottom}, {Left}, {Right})";
}

/// <summary>How a 2-D convolution walks its image.</summary>
public sealed record Conv2dParams
{
    /// <param name="Stride">Pixels between neighbouring outputs; 1 when null.</param>
    /// <param name="Padding">Zeros around the input: one number, a <see cref="Pair"/> (h, w), or top, bottom, left and
    /// right.</param>
    /// <param name="Dilation">Pixels between neighbouring kernel taps; 1 when null.</param>
    /// <param name="Groups">Channels are split into this many groups that do not mix.</param>
    public Conv2dParams(Pair? Stride = null, Padding Padding = default, Pair? Dilation = null, int Groups = 1) =>
        (this.Stride, this.Padding, this.Dilation, this.Groups) = (Stride ?? 1, Padding, Dilation ?? 1, Groups);

    public Pair Stride { get; }

    public Padding Padding { get; }

    public Pair Dilation { get; }

    public int Groups { get; }

    public override string ToString() => $"stride {Stride}, padding {Padding}, dilation {Dilation}, groups {Groups}";
}
