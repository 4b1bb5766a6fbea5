using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>The nearest whole number, the even one of two.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: 0, also at the steps. <see cref="StraightThrough"/> passes one by.</para>
/// <para>For |x| below 2²²; above it the result may be off by one. NaN stays NaN. Deterministic.</para>
/// </remarks>
public readonly struct Round : IUnaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.Round(x);

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.Record("round", x, default(Round));
}
