using ILGPU.Algorithms;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Algorithms;

/// <summary>Zeros of both signs, infinities, NaN and limits, as the host has them, which follows IEEE 754.</summary>
public sealed class DeviceMathSpecialValueTests
{
    private static readonly Dictionary<string, Row> Functions = new Row[]
    {
        new("Exp", DeviceMath.Exp, MathF.Exp, DeviceMath.Exp, Math.Exp),
        new("Exp2", DeviceMath.Exp2, x => MathF.Pow(2, x), DeviceMath.Exp2, x => Math.Pow(2, x)),
        new("Log", DeviceMath.Log, MathF.Log, DeviceMath.Log, Math.Log),
        new("Log2", DeviceMath.Log2, MathF.Log2, DeviceMath.Log2, Math.Log2),
        new("Log10", DeviceMath.Log10, MathF.Log10, DeviceMath.Log10, Math.Log10),
        new("Sin", DeviceMath.Sin, MathF.Sin, DeviceMath.Sin, Math.Sin),
        new("Cos", DeviceMath.Cos, MathF.Cos, DeviceMath.Cos, Math.Cos),
        new("Tan", DeviceMath.Tan, MathF.Tan, DeviceMath.Tan, Math.Tan),
        new("Asin", DeviceMath.Asin, MathF.Asin, DeviceMath.Asin, Math.Asin),
        new("Acos", DeviceMath.Acos, MathF.Acos, DeviceMath.Acos, Math.Acos),
        new("Atan", DeviceMath.Atan, MathF.Atan, DeviceMath.Atan, Math.Atan),
        new("Sinh", DeviceMath.Sinh, MathF.Sinh, DeviceMath.Sinh, Math.Sinh),
        new("Cosh", DeviceMath.Cosh, MathF.Cosh, DeviceMath.Cosh, Math.Cosh),
        new("Tanh", DeviceMath.Tanh, MathF.Tanh, DeviceMath.Tanh, Math.Tanh),
        new("Asinh", DeviceMath.Asinh, MathF.Asinh, DeviceMath.Asinh, Math.Asinh),
        new("Acosh", DeviceMath.Acosh, MathF.Acosh, DeviceMath.Acosh, Math.Acosh),
        new("Atanh", DeviceMath.Atanh, MathF.Atanh, DeviceMath.Atanh, Math.Atanh),
        new("Cbrt", DeviceMath.Cbrt, MathF.Cbrt, DeviceMath.Cbrt, Math.Cbrt),
        new("ReciprocalSqrt", DeviceMath.ReciprocalSqrt, x => 1 / MathF.Sqrt(x),
            DeviceMath.ReciprocalSqrt, x => 1 / Math.Sqrt(x)),
        new("RoundAway", DeviceMath.RoundAway, x => MathF.Round(x, MidpointRounding.AwayFromZero),
            DeviceMath.RoundAway, x => Math.Round(x, MidpointRounding.AwayFromZero)),
    }.ToDictionary(row => row.Name);

    private static readonly double[] Values =
    [
        0, 1, 2, 3, 0.5, 0.75, 2.5, 1e-10, 1e10, (1 << 24) - 1, 1 << 24, (1L << 53) - 1, 1L << 53, float.Epsilon, float.MaxValue,
        double.Epsilon, double.MaxValue, Math.BitDecrement(1), Math.BitIncrement(1), double.PositiveInfinity, double.NaN,
    ];

    public static TheoryData<string> Names => [.. Functions.Keys];

    private static IEnumerable<double> Doubles => Values.Concat(Values.Select(x => -x));

    /// <summary>The same as 32 bits, where the smallest and largest become 0 and ∞ once more.</summary>
    private static IEnumerable<float> Singles => Doubles.Select(x => (float)x);

    [Theory]
    [MemberData(nameof(Names))]
    public void Limits_of_functions_have_their_bits(string name)
    {
        var row = Functions[name];
        Assert.All(Singles, x => Check($"{name}({x:R})", row.ExpectedSingle(x), row.Single(x), 4 * MathF.ScaleB(1, -23)));
        Assert.All(Doubles, x => Check($"{name}({x:R})", row.ExpectedDouble(x), row.Double(x), 5 * Math.ScaleB(1, -52)));
    }

    [Fact]
    public void Limits_of_functions_of_two_numbers_have_their_bits()
    {
        foreach (var x in Singles)
        {
            foreach (var y in Singles)
            {
                Check($"pow({x:R}, {y:R})", MathF.Pow(x, y), DeviceMath.Pow(x, y), 4 * MathF.ScaleB(1, -23));
                Check($"atan2({x:R}, {y:R})", MathF.Atan2(x, y), DeviceMath.Atan2(x, y), 4 * MathF.ScaleB(1, -23));
                Check($"{x:R} % {y:R}", x % y, DeviceMath.Remainder(x, y), 0);
                Check($"remainder({x:R}, {y:R})", MathF.IEEERemainder(x, y), DeviceMath.IEEERemainder(x, y), 0);
            }
        }

        foreach (var x in Doubles)
        {
            foreach (var y in Doubles)
            {
                Check($"pow({x:R}, {y:R})", Math.Pow(x, y), DeviceMath.Pow(x, y), 5 * Math.ScaleB(1, -52));
                Check($"atan2({x:R}, {y:R})", Math.Atan2(x, y), DeviceMath.Atan2(x, y), 5 * Math.ScaleB(1, -52));
                Check($"{x:R} % {y:R}", x % y, DeviceMath.Remainder(x, y), 0);
                Check($"remainder({x:R}, {y:R})", Math.IEEERemainder(x, y), DeviceMath.IEEERemainder(x, y), 0);
            }
        }
    }

    /// <summary>Zeros, infinities and NaN exactly, signs included; what lies between to a few units.</summary>
    private static void Check(string name, double expected, double actual, double relative)
    {
        var isExact = expected == 0 || !double.IsFinite(expected);
        var isRight = double.IsNaN(expected) ? double.IsNaN(actual)
            : isExact ? BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual)
            : Math.Abs(actual - expected) <= Math.Abs(expected) * relative;
        Assert.True(isRight, $"{name}: expected {expected:R}; got {actual:R}.");
    }

    private sealed record Row(
        string Name,
        Func<float, float> Single,
        Func<float, float> ExpectedSingle,
        Func<double, double> Double,
        Func<double, double> ExpectedDouble);
}
