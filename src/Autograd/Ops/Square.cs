using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Square of elements, <c>y = x²</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = 2 · x · dY.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// </remarks>
public readonly struct Square : IUnaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => x * x;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.Record("square", x, default(Square));
}
