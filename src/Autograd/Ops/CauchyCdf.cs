using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Distribution function of Cauchy's distribution, <c>y = ½ + arctan(x) / π</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY / (π·(1 + x²)).</para>
/// <para>0 at −∞, 1 at +∞; NaN stays NaN. Far below 0 too its digits are right: y = arctan(−1/x) / π there. Deterministic.</para>
/// </remarks>
public readonly struct CauchyCdf : IInputGradient
{
    private const float InversePi = 0.318309886f;

    // arctan(t) / (π·t) = A0 + A1·t² + … + A8·t¹⁶ on |t| ≤ 1, relative error 2⁻²⁴·⁵: least by Lawson's weights, then rounded.
    private const float A0 = 0.318309873f;
    private const float A1 = -0.106102467f;
    private const float A2 = 0.063638486f;
    private const float A3 = -0.0452116057f;
    private const float A4 = 0.0338711478f;
    private const float A5 = -0.0238869153f;
    private const float A6 = 0.0135891354f;
    private const float A7 = -0.00511480449f;
    private const float A8 = 0.000907148118f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T>
    {
        T one = 1;
        var size = T.Abs(x);
        var t = T.IfGreater(size, 1, one / size, size);
        var square = t * t;
        var sum = A8 * square + A7;
        sum = sum * square + A6;
        sum = sum * square + A5;
        sum = sum * square + A4;
        sum = sum * square + A3;
        sum = sum * square + A2;
        sum = sum * square + A1;
        sum = sum * square + A0;
        var part = sum * t;
        var above = T.IfGreater(size, 1, 1 - part, part + 0.5f);
        var below = T.IfGreater(size, 1, part, 0.5f - part);
        return T.IfLess(x, 0, below, above);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T> => InversePi * dY / (x * x + 1);

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x) => Elementwise.RecordWithInput("cauchy-cdf", x, default(CauchyCdf));
}
