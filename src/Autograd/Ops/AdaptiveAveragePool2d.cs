using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Means of windows that share an image among them: window (i, j) has rows ⌊i·H / OutH⌋ to ⌈(i + 1)·H / OutH⌉, and
/// likewise columns.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, H, W) → y (B, C, OutH, OutW).</para>
/// <para>Gradient: dX sums dY / count over the windows that cover the pixel, count being the pixels of the window.</para>
/// <para>NaN and ∞ spread to their windows. Deterministic: each sum has one owner and a fixed order.</para>
/// </remarks>
public static class AdaptiveAveragePool2d
{
    /// <exception cref="ShapeException">x is not (B, C, H, W), or a side of the result or of x is empty.</exception>
    public static Variable Apply(Variable x, int height, int width) => x.Tape.Record(
        "adaptive-average-pool-2d", Primitive.AdaptiveAveragePool2d(x.Value, height, width), inputs: [x],
        dY => [Primitive.AdaptiveAveragePool2dGradient(dY, x.Shape)]);
}
