namespace IlgpuVq.Tests.Ilgpu.Algorithms;

/// <summary>Functions of numbers with 160 bits, by their definitions.</summary>
internal static class BigFunctions
{
    /// <summary>Below 2⁻⁵⁰ the first terms of a series have more bits than differences of numbers near 1.</summary>
    private const int Tiny = -50;

    public static BigReal Exp2(BigReal x) => BigReal.Exp(x * BigReal.Log(2));

    public static BigReal Log2(BigReal x) => BigReal.Log(x) / BigReal.Log(2);

    public static BigReal Log10(BigReal x) => BigReal.Log(x) / BigReal.Log(10);

    public static BigReal Tan(BigReal x)
    {
        var (sin, cos) = BigReal.SinCos(x);
        return sin / cos;
    }

    public static BigReal Asin(BigReal x) => BigReal.Abs(x).TopExponent < Tiny ? x + (x * x * x / 6) : Atan2(x, Leg(x));

    public static BigReal Acos(BigReal x) => Atan2(Leg(x), x);

    public static BigReal Atan2(BigReal y, BigReal x)
    {
        if (x.Sign == 0 || BigReal.Abs(y).TopExponent > BigReal.Abs(x).TopExponent + 1)
        {
            // The right angle less the other one.
            var right = BigReal.Scale(y.Sign < 0 ? -BigReal.Pi : BigReal.Pi, -1);
            return right - BigReal.Atan(x / y);
        }

        var angle = BigReal.Atan(y / x);
        return x.Sign > 0 ? angle : y.Sign < 0 ? angle - BigReal.Pi : angle + BigReal.Pi;
    }

    public static BigReal Sinh(BigReal x) =>
        x.TopExponent < Tiny ? x + (x * x * x / 6) : BigReal.Scale(BigReal.Exp(x) - BigReal.Exp(-x), -1);

    public static BigReal Cosh(BigReal x) => BigReal.Scale(BigReal.Exp(x) + BigReal.Exp(-x), -1);

    public static BigReal Tanh(BigReal x)
    {
        if (x.TopExponent < Tiny)
        {
            return x - (x * x * x / 3);
        }

        // For large arguments the difference to 1 is below all bits.
        var limited = x.TopExponent > 8 ? (x.Sign < 0 ? -400 : 400) : x;
        return Sinh(limited) / Cosh(limited);
    }

    public static BigReal Asinh(BigReal x)
    {
        if (x.TopExponent < Tiny)
        {
            return x - (x * x * x / 6);
        }

        var magnitude = BigReal.Abs(x);
        var result = BigReal.Log(magnitude + BigReal.Sqrt((magnitude * magnitude) + 1));
        return x.Sign < 0 ? -result : result;
    }

    public static BigReal Acosh(BigReal x) => BigReal.Log(x + BigReal.Sqrt((x * x) - 1));

    public static BigReal Atanh(BigReal x) =>
        x.TopExponent < Tiny ? x + (x * x * x / 3) : BigReal.Scale(BigReal.Log((1 + x) / (1 - x)), -1);

    public static BigReal Pow(BigReal x, BigReal y) => BigReal.Exp(y * BigReal.Log(x));

    public static BigReal ReciprocalSqrt(BigReal x) => 1 / BigReal.Sqrt(x);

    /// <summary>√(1 − x²).</summary>
    private static BigReal Leg(BigReal x) => BigReal.Sqrt((1 - x) * (1 + x));
}
