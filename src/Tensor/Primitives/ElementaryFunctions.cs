using System.Runtime.Intrinsics;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Functions that operators share and that neither kernels nor vectors have, in both forms with the same
/// steps.</summary>
/// <remarks>Only exp is taken from the platform, that of vectors from <see cref="HostFunctions"/>: accelerators' own tanh and log are too
/// coarse near 0 and 1 to build on.</remarks>
internal static class ElementaryFunctions
{
    /// <summary>Below this |x| the series of <c>eˣ − 1</c> has an error under 2⁻²⁴; above it the subtraction loses at most two
    /// bits.</summary>
    private const float SeriesLimit = 0.5f;

    /// <summary>tanh is 1 in float from here on, and e²ˣ is still finite.</summary>
    private const float TanhLimit = 10;

    // erfc(x) ≈ (a₁t + … + a₅t⁵)·e^(−x²), t = 1 / (1 + p·x), absolute error below 1.5e-7:
    // Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
    private const float ErfcP = 0.3275911f;
    private const float ErfcA1 = 0.254829592f;
    private const float ErfcA2 = -0.284496736f;
    private const float ErfcA3 = 1.421413741f;
    private const float ErfcA4 = -1.453152027f;
    private const float ErfcA5 = 1.061405429f;
    private const float SqrtHalf = 0.70710678f;
    private const float InverseSqrtTwoPi = 0.39894228f;

    /// <summary><c>eˣ − 1</c>, relative error about 3e-7 at every size of x.</summary>
    public static float Expm1(float x)
    {
        if (x > -SeriesLimit && x < SeriesLimit)
        {
            // x·Σ xⁿ / (n + 1)!, n = 0 … 7.
            var sum = 1f / 40320;
            sum = sum * x + 1f / 5040;
            sum = sum * x + 1f / 720;
            sum = sum * x + 1f / 120;
            sum = sum * x + 1f / 24;
            sum = sum * x + 1f / 6;
            sum = sum * x + 1f / 2;
            return (sum * x + 1) * x;
        }

        return XMath.Exp(x) - 1;
    }

    /// <inheritdoc cref="Expm1(float)"/>
    public static Vector512<float> Expm1(Vector512<float> x)
    {
        var sum = Vector512.Create(1f / 40320);
        sum = sum * x + Vector512.Create(1f / 5040);
        sum = sum * x + Vector512.Create(1f / 720);
        sum = sum * x + Vector512.Create(1f / 120);
        sum = sum * x + Vector512.Create(1f / 24);
        sum = sum * x + Vector512.Create(1f / 6);
        sum = sum * x + Vector512.Create(1f / 2);
        var isSmall = Vector512.LessThan(Vector512.Abs(x), Vector512.Create(SeriesLimit));
        var one = Vector512<float>.One;
        return Vector512.ConditionalSelect(isSmall, (sum * x + one) * x, HostFunctions.Exp(x) - one);
    }

    /// <summary><c>log(1 + e)</c> for e in [0, 1], relative error about 2e-7 also where e is tiny.</summary>
    public static float Log1p(float e)
    {
        // 2·artanh(s) with s = e / (2 + e) ≤ 1/3; the first term left out is s¹⁴/15 < 2⁻²⁶.
        var s = e / (2 + e);
        var square = s * s;
        var sum = 1f / 13;
        sum = sum * square + 1f / 11;
        sum = sum * square + 1f / 9;
        sum = sum * square + 1f / 7;
        sum = sum * square + 1f / 5;
        sum = sum * square + 1f / 3;
        return 2 * s * (sum * square + 1);
    }

    /// <inheritdoc cref="Log1p(float)"/>
    public static Vector512<float> Log1p(Vector512<float> e)
    {
        var s = e / (Vector512.Create(2f) + e);
        var square = s * s;
        var sum = Vector512.Create(1f / 13);
        sum = sum * square + Vector512.Create(1f / 11);
        sum = sum * square + Vector512.Create(1f / 9);
        sum = sum * square + Vector512.Create(1f / 7);
        sum = sum * square + Vector512.Create(1f / 5);
        sum = sum * square + Vector512.Create(1f / 3);
        return Vector512.Create(2f) * s * (sum * square + Vector512<float>.One);
    }

    /// <summary>tanh x, relative error about 4e-7.</summary>
    public static float Tanh(float x)
    {
        var magnitude = x < 0 ? -x : x;
        var e = Expm1(2 * (magnitude > TanhLimit ? TanhLimit : magnitude));
        var y = e / (e + 2);
        return x < 0 ? -y : y;
    }

    /// <inheritdoc cref="Tanh(float)"/>
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var magnitude = Vector512.Abs(x);
        var limit = Vector512.Create(TanhLimit);
        magnitude = Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, limit), limit, magnitude);
        var e = Expm1(magnitude + magnitude);
        var y = e / (e + Vector512.Create(2f));
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), -y, y);
    }

    /// <summary><c>1 / (1 + e⁻ˣ)</c>, relative error about 2e-7; 0 where e⁻ˣ overflows.</summary>
    public static float Sigmoid(float x) => 1 / (1 + XMath.Exp(-x));

    /// <inheritdoc cref="Sigmoid(float)"/>
    public static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + HostFunctions.Exp(-x));

    /// <summary>The standard normal density φ(x).</summary>
    public static float NormalDensity(float x) => InverseSqrtTwoPi * XMath.Exp(-0.5f * x * x);

    /// <inheritdoc cref="NormalDensity(float)"/>
    public static Vector512<float> NormalDensity(Vector512<float> x) =>
        Vector512.Create(InverseSqrtTwoPi) * HostFunctions.Exp(Vector512.Create(-0.5f) * x * x);

    /// <summary>The standard normal distribution function Φ(x) = ½·(1 + erf(x / √2)), absolute error below 1.5e-7.</summary>
    public static float NormalDistribution(float x)
    {
        var magnitude = x < 0 ? -x : x;
        var t = 1 / (1 + ErfcP * SqrtHalf * magnitude);
        var sum = ((((ErfcA5 * t + ErfcA4) * t + ErfcA3) * t + ErfcA2) * t + ErfcA1) * t;
        var tail = 0.5f * sum * XMath.Exp(-0.5f * x * x);
        return x < 0 ? tail : 1 - tail;
    }

    /// <inheritdoc cref="NormalDistribution(float)"/>
    public static Vector512<float> NormalDistribution(Vector512<float> x)
    {
        var t = Vector512<float>.One / (Vector512<float>.One + Vector512.Create(ErfcP * SqrtHalf) * Vector512.Abs(x));
        var sum = Vector512.Create(ErfcA5) * t + Vector512.Create(ErfcA4);
        sum = sum * t + Vector512.Create(ErfcA3);
        sum = sum * t + Vector512.Create(ErfcA2);
        sum = (sum * t + Vector512.Create(ErfcA1)) * t;
        var tail = Vector512.Create(0.5f) * sum * HostFunctions.Exp(Vector512.Create(-0.5f) * x * x);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), tail, Vector512<float>.One - tail);
    }
}
