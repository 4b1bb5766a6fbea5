namespace IlgpuVq.Tests.Tensors;

/// <summary>Scalar functions in double precision that .NET does not have.</summary>
internal static class Reference
{
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>eˣ − 1; by its series where the subtraction would cancel.</summary>
    public static double Expm1(double x)
    {
        if (!(Math.Abs(x) < 1e-2))
        {
            return Math.Exp(x) - 1;
        }

        var (term, sum) = (x, x);
        for (var n = 2; n < 12; n++)
        {
            term *= x / n;
            sum += term;
        }

        return sum;
    }

    /// <summary>log(1 + x) for x ≥ 0; by its series where the addition would round x away.</summary>
    public static double Log1p(double x) => x < 1e-5 ? x - x * x / 2 + x * x * x / 3 : Math.Log(1 + x);

    public static double NormalDensity(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>Φ(x): the series of the error function in the middle, a continued fraction in the tails.</summary>
    public static double NormalDistribution(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        var z = Math.Abs(x);
        double tail;
        if (z < 4)
        {
            // Φ(z) − ½ = φ(z)·Σ z²ⁿ⁺¹ / (1·3·5·…·(2n + 1)).
            var (term, sum) = (z, z);
            for (var n = 1; n < 120; n++)
            {
                term *= z * z / (2 * n + 1);
                sum += term;
            }

            tail = 0.5 - NormalDensity(z) * sum;
        }
        else
        {
            // 1 − Φ(z) = φ(z) / (z + 1/(z + 2/(z + 3/(z + …)))).
            var fraction = z;
            for (var n = 60; n > 0; n--)
            {
                fraction = z + n / fraction;
            }

            tail = double.IsInfinity(z) ? 0 : NormalDensity(z) / fraction;
        }

        return x < 0 ? tail : 1 - tail;
    }
}
