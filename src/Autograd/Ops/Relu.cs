using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Rectifier, <c>y = max(x, 0)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where x &gt; 0 and 0 elsewhere, at the kink x = 0 too.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// </remarks>
public readonly struct Relu : IOutputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.IfLess(x, 0, 0, x);

    // y is 0, above it, or NaN.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T y, T dY)
        where T : struct, ILane<T> => T.IfEqual(y, 0, 0, dY);

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithOutput("relu", x, default(Relu));
}
