using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The mean of each window of an image, <c>y[b, c, i, j] = Σ x[b, c, h, w] / count</c> over the pixels of window (i,
/// j).</summary>
/// <remarks>
/// <para>Shapes: x (B, C, H, W) → y (B, C, OutH, OutW) with Out = ⌊(length + padding − kernel) / stride⌋ + 1.</para>
/// <para>Gradient: dX sums dY / count over the windows that cover the pixel.</para>
/// <para>Pixels of the padding are 0. count is the whole kernel, or, if padding is not counted, the pixels of the window within
/// x.</para>
/// <para>NaN and ∞ spread to their windows. Deterministic: each sum has one owner and a fixed order.</para>
/// </remarks>
public static class AveragePool2d
{
    /// <param name="x">(B, C, H, W).</param>
    /// <param name="kernel">Height and width of a window.</param>
    /// <param name="stride">From one window to the next; the kernel when null.</param>
    /// <param name="padding">Pixels around x, fewer than the kernel has.</param>
    /// <param name="countsPadding">Whether pixels of the padding count in the mean.</param>
    /// <exception cref="ShapeException">x is not (B, C, H, W), or the windows do not fit.</exception>
    public static Variable Apply(
        Variable x, Pair kernel, Pair? stride = null, Padding padding = default, bool countsPadding = true)
    {
        var steps = stride ?? kernel;
        return x.Tape.Record(
            "average-pool-2d", Primitive.AveragePool2d(x.Value, kernel, steps, padding, countsPadding), inputs: [x],
            dY => [Primitive.AveragePool2dGradient(dY, x.Shape, kernel, steps, padding, countsPadding)]);
    }
}
