namespace IlgpuVq.Tests.Tensors.Functions;

/// <summary>Functions of numbers with 160 bits, by their definitions.</summary>
internal static class BigFunctions
{
    /// <summary>Below 2⁻⁵⁰ the first terms of a series have more bits than differences of numbers near 1.</summary>
    private const int Tiny = -50;

    /// <summary>e to the power of minus this is below all bits of a float, and of 1 plus it.</summary>
    private const int Far = 200;

    /// <summary>Up to here the series of Φ keeps enough bits of a tail, beyond it 100 terms of the fraction do.</summary>
    private const int SeriesOfNormal = 5;

    public static BigReal Exp(BigReal x) => BigReal.Exp(Limit(x));

    public static BigReal Expm1(BigReal x) =>
        x.TopExponent < Tiny ? x + BigReal.Scale(x * x, -1) : BigReal.Exp(Limit(x)) - 1;

    /// <summary>For x ≥ 0.</summary>
    public static BigReal Log1p(BigReal x) => x.TopExponent < Tiny ? x - BigReal.Scale(x * x, -1) : BigReal.Log(1 + x);

    public static BigReal Tanh(BigReal x)
    {
        if (x.TopExponent < Tiny)
        {
            return x - (x * x * x / 3);
        }

        var power = BigReal.Exp(BigReal.Scale(Limit(x), 1));
        return (power - 1) / (power + 1);
    }

    public static BigReal Sigmoid(BigReal x) => 1 / (1 + BigReal.Exp(-Limit(x)));

    public static BigReal SineOfTurn(BigReal x) => BigReal.SinCos(BigReal.Scale(x * BigReal.Pi, 1)).Sin;

    public static BigReal CosineOfTurn(BigReal x) => BigReal.SinCos(BigReal.Scale(x * BigReal.Pi, 1)).Cos;

    public static BigReal NormalDensity(BigReal x) =>
        BigReal.Exp(BigReal.Scale(-(Limit(x) * Limit(x)), -1)) / BigReal.Sqrt(BigReal.Scale(BigReal.Pi, 1));

    public static BigReal NormalDistribution(BigReal x)
    {
        var magnitude = BigReal.Abs(Limit(x));
        if ((double)magnitude < SeriesOfNormal)
        {
            var middle = NormalDensity(x) * SeriesOf(magnitude);
            return BigReal.Scale(1, -1) + (x.Sign < 0 ? -middle : middle);
        }

        var tail = NormalDensity(x) / FractionOf(magnitude);
        return x.Sign < 0 ? tail : 1 - tail;
    }

    /// <summary><c>(Φ(x) − ½) / φ(x) = Σ x²ⁿ⁺¹ / (1·3·5·…·(2n + 1))</c>.</summary>
    private static BigReal SeriesOf(BigReal x)
    {
        var (term, sum) = (x, x);
        for (var n = 3; n < 401; n += 2)
        {
            term = term * x * x / n;
            sum += term;
        }

        return sum;
    }

    /// <summary><c>φ(x) / Φ(−x) = x + 1/(x + 2/(x + 3/(x + …)))</c>.</summary>
    private static BigReal FractionOf(BigReal x)
    {
        var fraction = x;
        for (var n = 100; n > 0; n--)
        {
            fraction = x + (n / fraction);
        }

        return fraction;
    }

    private static BigReal Limit(BigReal x) => (double)x > Far ? Far : (double)x < -Far ? -Far : x;
}
