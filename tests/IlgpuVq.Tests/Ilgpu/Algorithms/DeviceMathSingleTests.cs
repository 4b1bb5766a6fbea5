using ILGPU.Algorithms;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Algorithms;

/// <summary>Functions for devices, in 32 bits, beside those of the host in 64, whose error does not count here.</summary>
/// <remarks>
/// The greatest errors of about 500,000 arguments of each (100,000 of Atan2), in ulp, rounded up:
/// Exp 0.99, Exp2 0.78, Log 0.81, Log2 0.92, Log10 0.84, Sin 1.48, Cos 1.45,
/// Tan 2.86, Asin 2.20, Acos 1.08, Atan 1.23, Atan2 1.35, Sinh 1.48, Cosh 1.39,
/// Tanh 1.23, Asinh 1.67, Acosh 2.23, Atanh 1.84, Cbrt 0.73, Pow 1.13, ReciprocalSqrt 1.48.
/// Remainders and roundings are exact.
/// </remarks>
public sealed class DeviceMathSingleTests
{
    private const int Count = 100_000;

    private static readonly Dictionary<string, Row> Functions = new Row[]
    {
        new("Exp", DeviceMath.Exp, Math.Exp, 2, -104, 89),
        new("Exp2", DeviceMath.Exp2, x => Math.Pow(2, x), 2, -150, 128),
        new("Log", DeviceMath.Log, Math.Log, 2, 0, 100),
        new("Log2", DeviceMath.Log2, Math.Log2, 2, 0, 100),
        new("Log10", DeviceMath.Log10, Math.Log10, 2, 0, 100),
        new("Sin", DeviceMath.Sin, Math.Sin, 2, -100, 100),
        new("Cos", DeviceMath.Cos, Math.Cos, 2, -100, 100),
        new("Tan", DeviceMath.Tan, Math.Tan, 4, -100, 100),
        new("Asin", DeviceMath.Asin, Math.Asin, 4, -1, 1),
        new("Acos", DeviceMath.Acos, Math.Acos, 4, -1, 1),
        new("Atan", DeviceMath.Atan, Math.Atan, 4, -10, 10),
        new("Sinh", DeviceMath.Sinh, Math.Sinh, 4, -90, 90),
        new("Cosh", DeviceMath.Cosh, Math.Cosh, 4, -90, 90),
        new("Tanh", DeviceMath.Tanh, Math.Tanh, 2, -10, 10),
        new("Asinh", DeviceMath.Asinh, Math.Asinh, 4, -10, 10),
        new("Acosh", DeviceMath.Acosh, Math.Acosh, 4, 1, 10),
        new("Atanh", DeviceMath.Atanh, Math.Atanh, 4, -1, 1),
        new("Cbrt", DeviceMath.Cbrt, Math.Cbrt, 4, -10, 10),
        new("ReciprocalSqrt", DeviceMath.ReciprocalSqrt, x => 1 / Math.Sqrt(x), 2, 0, 10),
        new("RoundAway", DeviceMath.RoundAway, x => Math.Round(x, MidpointRounding.AwayFromZero), 0, -100, 100),
    }.ToDictionary(row => row.Name);

    public static TheoryData<string> Names => [.. Functions.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Functions_are_within_their_bounds(string name)
    {
        var row = Functions[name];
        var (worst, at) = (0.0, 0f);
        foreach (var x in NumberSamples.Singles(seed: 71, Count, row.Low, row.High))
        {
            var error = Accuracy.UlpsOff(row.Actual(x), row.Expected(x));
            (worst, at) = error > worst ? (error, x) : (worst, at);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {worst:F3} ulp at {at:R}");
        Assert.True(worst <= row.Ulps, $"{name}: expected at most {row.Ulps} ulp; got {worst:F3} at {at:R}.");
    }

    [Fact]
    public void Pow_is_within_its_bound()
    {
        var (worst, at) = (0.0, (0f, 0f));
        foreach (var (x, y) in Pairs(Count).Concat(PowersInRange(5 * Count)))
        {
            var error = Accuracy.UlpsOff(DeviceMath.Pow(x, y), Math.Pow(x, y));
            (worst, at) = error > worst ? (error, (x, y)) : (worst, at);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Pow: {worst:F3} ulp at {at}");
        Assert.True(worst <= 4, $"Pow: expected at most 4 ulp; got {worst:F3} at {at}.");
    }

    [Fact]
    public void Atan2_is_within_its_bound()
    {
        var (worst, at) = (0.0, (0f, 0f));
        foreach (var (y, x) in Pairs(Count))
        {
            var error = Accuracy.UlpsOff(DeviceMath.Atan2(y, x), Math.Atan2(y, x));
            (worst, at) = error > worst ? (error, (y, x)) : (worst, at);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Atan2: {worst:F3} ulp at {at}");
        Assert.True(worst <= 4, $"Atan2: expected at most 4 ulp; got {worst:F3} at {at}.");
    }

    [Fact]
    public void Remainders_are_those_of_the_host() =>
        Assert.All(Pairs(Count), pair =>
        {
            var (x, y) = pair;
            Assert.Equal(Bits(x % y), Bits(DeviceMath.Remainder(x, y)));
            Assert.Equal(Bits(MathF.IEEERemainder(x, y)), Bits(DeviceMath.IEEERemainder(x, y)));
        });

    /// <summary>Pairs of any exponents, of close ones, and of small integers, whose quotients are exact and halves.</summary>
    private static IEnumerable<(float X, float Y)> Pairs(int count)
    {
        var random = new Random(72);
        return Enumerable.Range(0, count).Select(i =>
        {
            var x = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            return (i % 3) switch
            {
                0 => (x, BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))),
                1 => (x, x * (random.NextSingle() - 0.5f) * 8),
                _ => (random.Next(-500, 500) / 2f, random.Next(-100, 100) / 2f),
            };
        });
    }

    /// <summary>Numbers whose power is finite and not zero, near its limits too.</summary>
    private static IEnumerable<(float X, float Y)> PowersInRange(int count)
    {
        var random = new Random(73);
        return Enumerable.Range(0, count).Select(i =>
        {
            var x = i % 2 == 0
                ? BitConverter.Int32BitsToSingle(random.Next(1, int.MaxValue))
                : 1 + ((random.NextSingle() - 0.5f) * MathF.ScaleB(1, -random.Next(23)));
            return (x, (float)((random.Next(-104, 89) + random.NextDouble()) / Math.Log(x)));
        });
    }

    private static int Bits(float x) => float.IsNaN(x) ? -1 : BitConverter.SingleToInt32Bits(x);

    private sealed record Row(
        string Name, Func<float, float> Actual, Func<double, double> Expected, double Ulps, float Low, float High);
}
