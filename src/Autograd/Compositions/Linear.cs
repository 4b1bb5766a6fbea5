using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Affine map of vectors, <c>y[…, :] = weight · x[…, :] + bias</c>.</summary>
/// <remarks>
/// <para>Shapes: x (…, DIn), weight (DOut, DIn), bias (DOut) → y (…, DOut).</para>
/// <para>Gradient, NaN and determinism: those of <see cref="Matmul"/> and <see cref="Add"/>, of which it is made.</para>
/// </remarks>
public static class Linear
{
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Variable Apply(Variable x, Variable weight, Variable? bias)
    {
        CheckShapes(x.Shape, weight.Shape, bias?.Shape);
        var y = Matmul.Apply(x, weight, Transpose.B);
        return bias is null ? y : y + bias;
    }

    private static void CheckShapes(Shape x, Shape weight, Shape? bias)
    {
        if (x is not [.., var dIn] || weight is not [var dOut, var width] || width != dIn || (bias is { } b && b != [dOut]))
        {
            const string Rule = "x (…, DIn), weight (DOut, DIn), bias (DOut)";
            throw bias is { } third
                ? new ShapeException("linear", Rule, ("x", x), ("weight", weight), ("bias", third))
                : new ShapeException("linear", Rule, ("x", x), ("weight", weight));
        }
    }
}
