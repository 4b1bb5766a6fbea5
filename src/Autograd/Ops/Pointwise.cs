using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>What all functions of one number have in common: dX[i] = f′ · dY[i], with f′ computed from what is
/// cheapest.</summary>
internal static class Pointwise
{
    /// <summary>Records <paramref name="forward"/> of x; <paramref name="gradient"/> gets (x, dY).</summary>
    public static Variable OfInput<TForward, TGradient>(string op, Variable x, TForward forward, TGradient gradient)
        where TForward : unmanaged, IUnaryOperator
        where TGradient : unmanaged, IBinaryOperator =>
        x.Tape.Record(op, Primitive.Map(x.Value, forward), inputs: [x], dY => [Primitive.Zip(op, x.Value, dY, gradient)]);

    /// <summary>Records <paramref name="forward"/> of x; <paramref name="gradient"/> gets (y, dY).</summary>
    public static Variable OfOutput<TForward, TGradient>(string op, Variable x, TForward forward, TGradient gradient)
        where TForward : unmanaged, IUnaryOperator
        where TGradient : unmanaged, IBinaryOperator
    {
        var y = Primitive.Map(x.Value, forward);
        return x.Tape.Record(op, y, inputs: [x], dY => [Primitive.Zip(op, y, dY, gradient)]);
    }
}
