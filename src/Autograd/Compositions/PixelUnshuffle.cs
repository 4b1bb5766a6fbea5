using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Pixels become channels: the inverse of <see cref="PixelShuffle"/>, <c>y[b, (c·R + i)·R + j, h, w] = x[b, c, h·R + i,
/// w·R + j]</c>.</summary>
/// <remarks>
/// <para>Shapes: x (B, C, H·R, W·R) → y (B, C·R², H, W), R the factor.</para>
/// <para>Gradient, NaN and determinism: those of <see cref="Permute"/> and <see cref="Reshape"/>, of which it is made.</para>
/// </remarks>
public static class PixelUnshuffle
{
    /// <exception cref="ShapeException">x is not (B, C, H·R, W·R), or the factor is below 1.</exception>
    public static Variable Apply(Variable x, int factor)
    {
        var (b, c, h, w) = CheckShapes(x.Shape, factor);
        var split = Reshape.Apply(x, [b, c, h, factor, w, factor]); // (B, C, H, R, W, R)
        return Reshape.Apply(Permute.Apply(split, 0, 1, 3, 5, 2, 4), [b, c * factor * factor, h, w]); // (B, C, R, R, H, W)
    }

    private static (int B, int C, int H, int W) CheckShapes(Shape x, int factor) => x switch
    {
        [var b, var c, var h, var w] when factor >= 1 && h % factor == 0 && w % factor == 0 => (b, c, h / factor, w / factor),
        _ => throw new ShapeException("pixel-unshuffle", "x (B, C, H·R, W·R) with R ≥ 1", $"x {x}, R {factor}"),
    };
}
