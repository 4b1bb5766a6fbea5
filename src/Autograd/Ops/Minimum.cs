using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>The smaller of two numbers with broadcasting, <c>y = min(a, b)</c>.</summary>
/// <remarks>
/// <para>Shapes: a, b that broadcast (from the last axis on equal, or one of them 1) → y their common shape.</para>
/// <para>Gradient: dY goes to the smaller operand, at the kink a = b to b, summed over the axes along which
/// the operand was repeated.</para>
/// <para>NaN where either operand is. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public readonly struct Minimum : IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => T.Min(a, b);

    /// <summary>The op, on variables of shapes that broadcast.</summary>
    /// <exception cref="IlgpuVq.Tensors.ShapeException">The shapes do not broadcast.</exception>
    public static Variable Apply(Variable a, Variable b) => Elementwise.Record("minimum", a, b, default(Minimum));
}
