using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>A function of one number that states dX from its input.</summary>
public interface IInputGradient : IUnaryFunction
{
    /// <summary>f′(x)·dY.</summary>
    T Gradient<T>(T x, T dY)
        where T : struct, ILane<T>;
}

/// <summary>A function of one number that states dX from its result.</summary>
public interface IOutputGradient : IUnaryFunction
{
    /// <summary>f′(x)·dY, given y = f(x).</summary>
    T Gradient<T>(T y, T dY)
        where T : struct, ILane<T>;
}

/// <summary>Makes differentiable ops of functions of numbers: <c>y[i] = f(x[i])</c>, <c>dX[i] = f′(x[i])·dY[i]</c>.</summary>
/// <remarks>The gradient of a function that states none is computed with the function by dual numbers,
/// from its own formula.</remarks>
public static class Elementwise
{
    /// <summary>Records f of x.</summary>
    /// <param name="op">The op's name, lower case with hyphens.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="f">The function; its gradient is derived.</param>
    public static Variable Record<TFunction>(string op, Variable x, TFunction f)
        where TFunction : unmanaged, IUnaryFunction => x.Tape.Record(
            op, Primitive.Map(x.Value, f), inputs: [x],
            dY => [Primitive.Zip(op, x.Value, dY, new Derivative<TFunction>(f))]);

    /// <summary>Records f of x, whose gradient f states from x.</summary>
    /// <inheritdoc cref="Record{TFunction}(string, Variable, TFunction)"/>
    public static Variable RecordWithInput<TFunction>(string op, Variable x, TFunction f)
        where TFunction : unmanaged, IInputGradient => x.Tape.Record(
            op, Primitive.Map(x.Value, f), inputs: [x],
            dY => [Primitive.Zip(op, x.Value, dY, new InputGradient<TFunction>(f))]);

    /// <summary>Records f of x, whose gradient f states from its result.</summary>
    /// <inheritdoc cref="Record{TFunction}(string, Variable, TFunction)"/>
    public static Variable RecordWithOutput<TFunction>(string op, Variable x, TFunction f)
        where TFunction : unmanaged, IOutputGradient
    {
        var y = Primitive.Map(x.Value, f);
        return x.Tape.Record(op, y, inputs: [x], dY => [Primitive.Zip(op, y, dY, new OutputGradient<TFunction>(f))]);
    }

    /// <summary>Records f of a and b, which broadcast; the gradients are derived, each summed over the axes along which
    /// its operand was repeated.</summary>
    /// <param name="op">The op's name, lower case with hyphens.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that broadcasts with a's.</param>
    /// <param name="f">The function.</param>
    /// <exception cref="IlgpuVq.Tensors.ShapeException">The shapes do not broadcast.</exception>
    public static Variable Record<TFunction>(string op, Variable a, Variable b, TFunction f)
        where TFunction : unmanaged, IBinaryFunction => Tape.Of(op, a, b).Record(
            op, Primitive.Zip(op, a.Value, b.Value, f), inputs: [a, b],
            dY =>
            [
                a.RequiresGradient
                    ? Unbroadcast.To(a.Shape, Primitive.Zip(op, a.Value, b.Value, dY, new DerivativeOfFirst<TFunction>(f)))
                    : null,
                b.RequiresGradient
                    ? Unbroadcast.To(b.Shape, Primitive.Zip(op, a.Value, b.Value, dY, new DerivativeOfSecond<TFunction>(f)))
                    : null,
            ]);
}
