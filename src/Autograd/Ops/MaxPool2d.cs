using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The largest pixel of each window of an image.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, H, W) → y (B, C, OutH, OutW) with Out = ⌊(length + padding − kernel) / stride⌋ + 1.</para>
/// <para>Gradient: dX sums dY over the windows that chose the pixel; of equal ones they choose the first in row-major
/// order.</para>
/// <para>Pixels of the padding are never chosen. NaN counts as largest. Deterministic: each sum has one owner and a fixed
/// order.</para>
/// </remarks>
public static class MaxPool2d
{
    /// <param name="x">(B, C, H, W).</param>
    /// <param name="kernel">Height and width of a window.</param>
    /// <param name="stride">From one window to the next; the kernel when null.</param>
    /// <param name="padding">Pixels around x, fewer than the kernel has.</param>
    /// <exception cref="ShapeException">x is not (B, C, H, W), or the windows do not fit.</exception>
    public static Variable Apply(Variable x, Pair kernel, Pair? stride = null, Padding padding = default)
    {
        var steps = stride ?? kernel;
        var (y, places) = Primitive.MaxPool2d(x.Value, kernel, steps, padding);
        return x.Tape.Record(
            "max-pool-2d", y, inputs: [x],
            dY => [Primitive.MaxPool2dGradient(dY, places, x.Shape, kernel, steps, padding)], saved: places);
    }
}
