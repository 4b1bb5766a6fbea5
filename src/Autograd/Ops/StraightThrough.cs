using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>The value of y with the gradient of x: how a decoder's gradient passes the quantizer (arXiv:1711.00937, section
/// 3.2).</summary>
/// <remarks>
/// <para>The same as x + sg(y − x), without its rounding: the value is exactly y's.</para>
/// <para>Shapes: x any, y the same → the same; shares y's memory.</para>
/// <para>Gradient: dX = dResult unchanged; y gets none. Finite differences rightly disagree.</para>
/// <para>NaN and ∞ pass. Deterministic; costs nothing.</para>
/// </remarks>
public static class StraightThrough
{
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Variable Apply(Variable x, Variable y)
    {
        var tape = Tape.Of("straight-through", x, y);
        if (x.Shape != y.Shape)
        {
            throw new ShapeException("straight-through", "x and y of one shape", ("x", x.Shape), ("y", y.Shape));
        }

        // Detached in sight, so that the printed tape shows where the gradient of y ends.
        var value = y.RequiresGradient ? StopGradient.Apply(y) : y;
        return tape.Record("straight-through", value.Value.Share(), inputs: [x, value], dResult => [dResult.Share(), null]);
    }
}
