using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Square root of elements, <c>y = √x</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY / (2·y), infinite at 0.</para>
/// <para>Below 0 and at NaN the result is NaN. Deterministic.</para>
/// </remarks>
public readonly struct Sqrt : IOutputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.Sqrt(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T y, T dY)
        where T : struct, ILane<T> => dY / (2 * y);

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithOutput("sqrt", x, default(Sqrt));
}
