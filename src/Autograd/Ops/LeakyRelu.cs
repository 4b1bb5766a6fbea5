using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Leaky rectifier, <c>y = x</c> where x ≥ 0 and <c>slope · x</c> below.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where x &gt; 0 and slope · dY elsewhere, at the kink x = 0 too.</para>
/// <para>NaN stays NaN. Deterministic.</para>
/// <para>Source: Maas, Hannun, Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.</para>
/// </remarks>
public readonly struct LeakyRelu(float slope) : IUnaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.IfGreater(x, 0, x, slope * x);

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x, float slope = 0.01f) => Elementwise.Record("leaky-relu", x, new LeakyRelu(slope));
}
