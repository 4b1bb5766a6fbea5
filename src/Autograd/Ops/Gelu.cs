using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Gaussian error linear unit, <c>y = x · Φ(x)</c> with Φ the distribution function of the standard normal.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = (Φ(x) + x · φ(x)) · dY with φ its density.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// <para>Source: arXiv:1606.08415, the exact form rather than its tanh approximation.</para>
/// </remarks>
public readonly struct Gelu : IUnaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => x * T.Normal(x).Distribution;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.Record("gelu", x, default(Gelu));
}
