using ILGPU.Algorithms;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Algorithms;

/// <summary>Functions for devices, in 64 bits, beside <see cref="BigReal"/>.</summary>
/// <remarks>
/// The greatest errors of about 10,000 arguments of each, in ulp, rounded up:
/// Exp 0.91, Exp2 0.72, Log 0.62, Log2 0.82, Log10 0.82, Sin 0.69, Cos 0.69,
/// Tan 1.69, Asin 1.91, Acos 0.98, Atan 1.40, Atan2 2.11, Sinh 1.42, Cosh 1.17,
/// Tanh 1.22, Asinh 1.35, Acosh 1.95, Atanh 1.43, Cbrt 0.71, Pow 1.01, ReciprocalSqrt 1.43.
/// Remainders and roundings are exact.
/// </remarks>
public sealed class DeviceMathDoubleTests
{
    private const int Count = 2_000;

    private static readonly Dictionary<string, Row> Functions = new Row[]
    {
        new("Exp", DeviceMath.Exp, BigReal.Exp, 2, -746, 710, Math.Abs, 2000),
        new("Exp2", DeviceMath.Exp2, BigFunctions.Exp2, 2, -1075, 1024, Math.Abs, 2000),
        new("Log", DeviceMath.Log, BigReal.Log, 2, 0, 100, Positive),
        new("Log2", DeviceMath.Log2, BigFunctions.Log2, 2, 0, 100, Positive),
        new("Log10", DeviceMath.Log10, BigFunctions.Log10, 2, 0, 100, Positive),
        new("Sin", DeviceMath.Sin, x => BigReal.SinCos(x).Sin, 2, -100, 100),
        new("Cos", DeviceMath.Cos, x => BigReal.SinCos(x).Cos, 2, -100, 100),
        new("Tan", DeviceMath.Tan, BigFunctions.Tan, 4, -100, 100),
        new("Asin", DeviceMath.Asin, BigFunctions.Asin, 4, -1, 1, Math.Abs, 1),
        new("Acos", DeviceMath.Acos, BigFunctions.Acos, 4, -1, 1, Math.Abs, 1),
        new("Atan", DeviceMath.Atan, BigReal.Atan, 4, -10, 10),
        new("Sinh", DeviceMath.Sinh, BigFunctions.Sinh, 4, -711, 711, Math.Abs, 2000),
        new("Cosh", DeviceMath.Cosh, BigFunctions.Cosh, 4, -711, 711, Math.Abs, 2000),
        new("Tanh", DeviceMath.Tanh, BigFunctions.Tanh, 2, -20, 20),
        new("Asinh", DeviceMath.Asinh, BigFunctions.Asinh, 4, -10, 10),
        new("Acosh", DeviceMath.Acosh, BigFunctions.Acosh, 4, 1, 10, x => -x, -1),
        new("Atanh", DeviceMath.Atanh, BigFunctions.Atanh, 4, -1, 1, Math.Abs, 1 - 1e-16),
        new("Cbrt", DeviceMath.Cbrt, BigReal.Cbrt, 4, -10, 10),
        new("ReciprocalSqrt", DeviceMath.ReciprocalSqrt, BigFunctions.ReciprocalSqrt, 2, 0, 10, Positive),
    }.ToDictionary(row => row.Name);

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Functions_are_within_their_bounds(string name)
    {
        var row = Functions[name];
        var (worst, at, tried) = (0.0, 0.0, 0);
        foreach (var x in NumberSamples.Doubles(seed: 81, Count, row.Low, row.High).Where(row.Takes))
        {
            var error = Accuracy.UlpsOff(row.Actual(x), row.Expected(x));
            (worst, at, tried) = error > worst ? (error, x, tried + 1) : (worst, at, tried + 1);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {worst:F3} ulp at {at:R}");
        Assert.True(tried > Count, $"{name}: {tried} samples");
        Assert.True(worst <= row.Ulps, $"{name}: expected at most {row.Ulps} ulp; got {worst:F3} at {at:R}.");
    }

    [Fact]
    public void Pow_is_within_its_bound()
    {
        var (worst, at) = (0.0, (0.0, 0.0));
        foreach (var (x, y) in PowersInRange(4 * Count))
        {
            var error = Accuracy.UlpsOff(DeviceMath.Pow(x, y), BigFunctions.Pow(x, y));
            (worst, at) = error > worst ? (error, (x, y)) : (worst, at);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Pow: {worst:F3} ulp at {at}");
        Assert.True(worst <= 4, $"Pow: expected at most 4 ulp; got {worst:F3} at {at}.");
    }

    [Fact]
    public void Atan2_is_within_its_bound()
    {
        var (worst, at) = (0.0, (0.0, 0.0));
        foreach (var (y, x) in Pairs(4 * Count).Where(pair => pair.X != 0 && double.IsFinite(pair.X) && double.IsFinite(pair.Y)))
        {
            var error = y == 0 ? 0 : Accuracy.UlpsOff(DeviceMath.Atan2(y, x), BigFunctions.Atan2(y, x));
            (worst, at) = error > worst ? (error, (y, x)) : (worst, at);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Atan2: {worst:F3} ulp at {at}");
        Assert.True(worst <= 4, $"Atan2: expected at most 4 ulp; got {worst:F3} at {at}.");
    }

    [Fact]
    public void Remainders_are_those_of_the_host() =>
        Assert.All(Pairs(10 * Count), pair =>
        {
            var (x, y) = pair;
            Assert.Equal(Bits(x % y), Bits(DeviceMath.Remainder(x, y)));
            Assert.Equal(Bits(Math.IEEERemainder(x, y)), Bits(DeviceMath.IEEERemainder(x, y)));
        });

    [Fact]
    public void Halves_are_rounded_away_from_zero() =>
        Assert.All(NumberSamples.Doubles(seed: 84, Count, -100, 100), x =>
            Assert.Equal(Bits(Math.Round(x, MidpointRounding.AwayFromZero)), Bits(DeviceMath.RoundAway(x))));

    /// <summary>Pairs of any exponents, of close ones, and of small integers, whose quotients are exact and halves.</summary>
    private static IEnumerable<(double X, double Y)> Pairs(int count)
    {
        var random = new Random(82);
        return Enumerable.Range(0, count).Select(i =>
        {
            var x = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            return (i % 3) switch
            {
                0 => (x, BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))),
                1 => (x, x * (random.NextDouble() - 0.5) * 8),
                _ => (random.Next(-500, 500) / 2.0, random.Next(-100, 100) / 2.0),
            };
        });
    }

    /// <summary>Numbers whose power is finite and not zero, near its limits too.</summary>
    private static IEnumerable<(double X, double Y)> PowersInRange(int count)
    {
        var random = new Random(83);
        return Enumerable.Range(0, count).Select(i =>
        {
            var x = i % 2 == 0
                ? BitConverter.Int64BitsToDouble(random.NextInt64(1, BitConverter.DoubleToInt64Bits(double.MaxValue)))
                : 1 + ((random.NextDouble() - 0.5) * Math.ScaleB(1, -random.Next(50)));
            return (x, (random.Next(-745, 710) + random.NextDouble()) / Math.Log(x));
        }).Where(pair => double.IsFinite(pair.Item2));
    }

    private static double Positive(double x) => x > 0 ? 0 : 1;

    private static long Bits(double x) => double.IsNaN(x) ? -1 : BitConverter.DoubleToInt64Bits(x);

    /// <param name="Name">Of the function.</param>
    /// <param name="Actual">The function for devices.</param>
    /// <param name="Expected">The reference.</param>
    /// <param name="Ulps">The bound.</param>
    /// <param name="Low">Where it is most used: from here …</param>
    /// <param name="High">… to here.</param>
    /// <param name="Measure">What must not be above <paramref name="Limit"/> for the reference to be defined and quick.</param>
    /// <param name="Limit">See there.</param>
    private sealed record Row(
        string Name,
        Func<double, double> Actual,
        Func<BigReal, BigReal> Expected,
        double Ulps,
        double Low,
        double High,
        Func<double, double>? Measure = null,
        double Limit = 0)
    {
        public bool Takes(double x) => Measure is null || Measure(x) <= Limit;
    }
}
