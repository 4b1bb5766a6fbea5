namespace IlgpuVq.Tensors.Primitives;

/// <summary>All lengths of one 2-D convolution, x (B, CIn, H, W) * weight (COut, CIn/Groups, KernelH, KernelW) →
/// y (B, COut, OutH, OutW).</summary>
/// <remarks>A plain value of 32-bit numbers: kernels take it as a parameter. The gradients and the transposed convolution use the
/// same letters, seen from the convolution whose adjoint they are.</remarks>
internal readonly record struct ConvGeometry(
    int B, int CIn, int H, int W, int COut, int KernelH, int KernelW, int OutH, int OutW,
    int StrideH, int StrideW, int PadTop, int PadLeft, int DilationH, int DilationW, int Groups)
{
    public int CInPerGroup => CIn / Groups;

    public int COutPerGroup => COut / Groups;

    /// <summary>What the packed or transformed form of a weight depends on.</summary>
    public ConvGeometry WithoutImages() => this with { B = 0, H = 0, W = 0, OutH = 0, OutW = 0 };

    public Shape X => [B, CIn, H, W];

    public Shape Weight => [COut, CInPerGroup, KernelH, KernelW];

    public Shape Y => [B, COut, OutH, OutW];

    /// <summary>Row of x that kernel row <paramref name="kernelRow"/> meets at output row
    /// <paramref name="outRow"/>; may lie outside.</summary>
    public int InputRow(int outRow, int kernelRow) => outRow * StrideH + kernelRow * DilationH - PadTop;

    /// <summary>Column of x that kernel column <paramref name="kernelColumn"/> meets at output
    /// column <paramref name="outColumn"/>.</summary>
    public int InputColumn(int outColumn, int kernelColumn) => outColumn * StrideW + kernelColumn * DilationW - PadLeft;

    /// <summary>The geometry of a convolution of <paramref name="x"/> with <paramref name="weight"/>.</summary>
    /// <exception cref="ShapeException">Ranks, channels, groups or sizes do not fit, or the output would be empty.</exception>
    public static ConvGeometry Of(string op, Shape x, Shape weight, Conv2dParams p)
    {
        CheckParams(op, p);
        if (x is not [var b, var cIn, var h, var w] || weight is not [var cOut, var cInPerGroup, var kernelH, var kernelW]
            || cIn != cInPerGroup * p.Groups || cOut % p.Groups != 0 || cIn == 0 || cOut == 0)
        {
            throw new ShapeException(
                op,
                $"x (B, CIn, H, W), weight (COut, CIn/groups, KH, KW) with CIn, COut ≥ 1 and groups = {p.Groups} dividing both",
                ("x", x), ("weight", weight));
        }

        return new ConvGeometry(
            b, cIn, h, w, cOut, kernelH, kernelW,
            OutputLength(op, "height", h, kernelH, p.Stride.H, p.Padding.Top + p.Padding.Bottom, p.Dilation.H),
            OutputLength(op, "width", w, kernelW, p.Stride.W, p.Padding.Left + p.Padding.Right, p.Dilation.W),
            p.Stride.H, p.Stride.W, p.Padding.Top, p.Padding.Left, p.Dilation.H, p.Dilation.W, p.Groups);
    }

    /// <summary>The convolution whose input gradient is the transposed convolution of <paramref name="x"/> with
    /// <paramref name="weight"/>: its output is x and its input the transposed convolution's result.</summary>
    /// <exception cref="ShapeException">Ranks, channels, groups or sizes do not fit, or the result would be empty.</exception>
    public static ConvGeometry OfTransposed(string op, Shape x, Shape weight, Conv2dParams p, Pair outputPadding)
    {
        CheckParams(op, p);
        if (x is not [var b, var cIn, var h, var w] || weight is not [var weightIn, var cOutPerGroup, var kernelH, var kernelW]
            || cIn != weightIn || cIn % p.Groups != 0 || cIn == 0 || cOutPerGroup == 0)
        {
            throw new ShapeException(
                op,
                $"x (B, CIn, H, W), weight (CIn, COut/groups, KH, KW) with CIn, COut ≥ 1 and groups = {p.Groups} dividing both",
                ("x", x), ("weight", weight));
        }

        return new ConvGeometry(
            b, cOutPerGroup * p.Groups,
            TransposedLength(
                op, "height", h, kernelH, p.Stride.H, p.Padding.Top + p.Padding.Bottom, p.Dilation.H, outputPadding.H),
            TransposedLength(
                op, "width", w, kernelW, p.Stride.W, p.Padding.Left + p.Padding.Right, p.Dilation.W, outputPadding.W),
            cIn, kernelH, kernelW, h, w,
            p.Stride.H, p.Stride.W, p.Padding.Top, p.Padding.Left, p.Dilation.H, p.Dilation.W, p.Groups);
    }

    private static int OutputLength(string op, string side, int length, int kernel, int stride, int padding, int dilation)
    {
        var span = dilation * (kernel - 1) + 1;
        var padded = length + padding;
        if (kernel < 1 || padded < span)
        {
            throw new ShapeException(
                op, $"a padded {side} that holds the kernel's span {span}", $"{side} {length} + padding {padding}",
                "Use a larger image, more padding or a smaller kernel.");
        }

        return (padded - span) / stride + 1;
    }

    private static int TransposedLength(
        string op, string side, int length, int kernel, int stride, int padding, int dilation, int outputPadding)
    {
        var result = (length - 1) * stride + dilation * (kernel - 1) + 1 - padding + outputPadding;
        if (kernel < 1 || length < 1 || result < 1 || outputPadding < 0 || outputPadding >= Math.Max(stride, dilation))
        {
            throw new ShapeException(op, $"a positive output {side} and output padding below the stride or the dilation",
                $"{side} {length} → {result} with output padding {outputPadding}");
        }

        return result;
    }

    private static void CheckParams(string op, Conv2dParams p)
    {
        var (pad, ok) = (p.Padding, p.Stride.H > 0 && p.Stride.W > 0 && p.Dilation.H > 0 && p.Dilation.W > 0 && p.Groups > 0);
        if (!ok || pad.Top < 0 || pad.Bottom < 0 || pad.Left < 0 || pad.Right < 0)
        {
            throw new ShapeException(op, "stride, dilation and groups of at least 1 and padding of at least 0", $"{p}");
        }
    }
}
