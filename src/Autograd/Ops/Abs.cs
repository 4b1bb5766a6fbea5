using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Absolute value of elements, <c>y = |x|</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = sign(x) · dY, with 0 at the kink x = 0.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// </remarks>
public readonly struct Abs : IUnaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.Abs(x);

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.Record("abs", x, default(Abs));
}
