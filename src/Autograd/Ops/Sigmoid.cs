using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Logistic function of elements, <c>y = σ(x) = 1 / (1 + e⁻ˣ)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = y · (1 − y) · dY.</para>
/// <para>NaN stays NaN; −∞ gives 0 and ∞ gives 1. Deterministic.</para>
/// </remarks>
public readonly struct Sigmoid : IOutputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T y, T dY)
        where T : struct, ILane<T> => y * (1 - y) * dY;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithOutput("sigmoid", x, default(Sigmoid));
}
