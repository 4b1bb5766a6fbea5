using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Images of another size by linear interpolation: output row i shows input row max(0, (i + ½)·H / OutH − ½), between
/// two of them, and likewise columns; with aligned corners row i·(H − 1) / (OutH − 1), 0 for one row.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, H, W) → y (B, C, OutH, OutW).</para>
/// <para>Gradient: dX sums dY times its weight over the outputs that read the pixel.</para>
/// <para>NaN and ∞ spread to the outputs that read them, at weight 0 too. Deterministic: each sum has one owner and a fixed
/// order.</para>
/// <para>Source: PyTorch's "bilinear", but for the rounding of its places.</para>
/// </remarks>
public static class BilinearResize
{
    /// <exception cref="ShapeException">x is not (B, C, H, W), or a side of the result or of x is empty.</exception>
    public static Variable Apply(Variable x, int height, int width, bool alignCorners = false) => x.Tape.Record(
        "bilinear-resize", Primitive.BilinearResize(x.Value, height, width, alignCorners), inputs: [x],
        dY => [Primitive.BilinearResizeGradient(dY, x.Shape[2], x.Shape[3], alignCorners)]);
}
