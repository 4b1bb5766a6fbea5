using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Channels become pixels: <c>y[b, c, h·R + i, w·R + j] = x[b, (c·R + i)·R + j, h, w]</c>, the sub-pixel step of
/// arXiv:1609.05158.</summary>
/// <remarks>
/// <para>Shapes: x (B, C·R², H, W) → y (B, C, H·R, W·R), R the factor.</para>
/// <para>Gradient, NaN and determinism: those of <see cref="Permute"/> and <see cref="Reshape"/>, of which it is made.</para>
/// </remarks>
public static class PixelShuffle
{
    /// <exception cref="ShapeException">x is not (B, C·R², H, W), or the factor is below 1.</exception>
    public static Variable Apply(Variable x, int factor)
    {
        var (b, c, h, w) = CheckShapes(x.Shape, factor);
        var split = Reshape.Apply(x, [b, c, factor, factor, h, w]); // (B, C, R, R, H, W)
        return Reshape.Apply(Permute.Apply(split, 0, 1, 4, 2, 5, 3), [b, c, h * factor, w * factor]); // (B, C, H, R, W, R)
    }

    private static (int B, int C, int H, int W) CheckShapes(Shape x, int factor) => x switch
    {
        [var b, var c, var h, var w] when factor >= 1 && c % ((long)factor * factor) == 0 => (b, c / factor / factor, h, w),
        _ => throw new ShapeException("pixel-shuffle", "x (B, C·R², H, W) with R ≥ 1", $"x {x}, R {factor}"),
    };
}
