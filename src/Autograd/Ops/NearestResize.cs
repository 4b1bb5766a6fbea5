using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Images of another size by repeating or skipping pixels: output row i reads input row ⌊i · H / OutH⌋, and likewise for
/// columns.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, H, W) → y (B, C, OutH, OutW).</para>
/// <para>Gradient: dX sums dY over the outputs that read the pixel.</para>
/// <para>NaN and ∞ pass. Deterministic: each sum has one owner and a fixed order.</para>
/// </remarks>
public static class NearestResize
{
    /// <exception cref="ShapeException">x is not (B, C, H, W), or a side of the result or of x is empty.</exception>
    public static Variable Apply(Variable x, int height, int width) => x.Tape.Record(
        "nearest-resize", Primitive.ResizeNearest(x.Value, height, width), inputs: [x],
        dY => [Primitive.ResizeNearestGradient(dY, x.Shape[2], x.Shape[3])]);
}
