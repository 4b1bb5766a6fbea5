using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>−1, 0 or 1: the sign of elements.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: 0, also at the step. <see cref="StraightThrough"/> passes one by.</para>
/// <para>NaN stays NaN; its gradient is 0 too. Deterministic.</para>
/// </remarks>
public readonly struct Sign : IUnaryFunction
{
    // 0·x is 0, or NaN where x is.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.IfGreater(x, 0, 1, T.IfLess(x, 0, -1, 0 * x));

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.Record("sign", x, default(Sign));
}
