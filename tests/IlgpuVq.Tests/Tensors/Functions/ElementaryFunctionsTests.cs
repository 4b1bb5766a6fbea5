using System.Numerics;
using System.Runtime.Intrinsics;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using Xunit;
using Narrow = IlgpuVq.Tensors.Functions.Formulas<IlgpuVq.Tensors.Functions.NarrowArithmetic, System.Numerics.Vector<float>>;

namespace IlgpuVq.Tests.Tensors.Functions;

/// <summary>Functions of numbers, as scalars, as vectors and in kernels of each device, beside 160 bits.</summary>
/// <remarks>
/// The greatest errors of every eleventh float, in ulp, rounded up, of vectors (products fused to sums) and scalars (not
/// fused): exp 0.90 and 1.17, expm1 1.46 and 1.58, tanh 1.50 and 1.55, sigmoid 2.36 (of all floats 2.41), log 1.02 and 1.03,
/// log1p 1.50 and 1.58, sine and cosine 1.60 and 1.65, normal distribution 4.84 and 5.36, normal density 1.98.
/// </remarks>
public sealed class ElementaryFunctionsTests
{
    private const int Count = 4000;

    private static readonly Dictionary<string, Row> Functions = new Row[]
    {
        new Row<Exp>("exp", BigFunctions.Exp, Narrow.Exp, 2, float.MinValue, float.MaxValue),
        new Row<Expm1Function>("expm1", BigFunctions.Expm1, Narrow.Expm1, 2, float.MinValue, float.MaxValue),
        new Row<Tanh>("tanh", BigFunctions.Tanh, Narrow.Tanh, 2, float.MinValue, float.MaxValue),
        new Row<Sigmoid>("sigmoid", BigFunctions.Sigmoid, Narrow.Sigmoid, 2.5, float.MinValue, float.MaxValue),
        new Row<Log>("log", BigReal.Log, Narrow.Log, 2, float.Epsilon, float.MaxValue),
        new Row<Log1pFunction>("log1p", BigFunctions.Log1p, Narrow.Log1p, 2, 0, 1),
        new Row<SineFunction>("sine of a turn", BigFunctions.SineOfTurn, x => Narrow.SinCosOfTurn(x).Sine, 2, -0.5f, 0.5f),
        new Row<CosineFunction>(
            "cosine of a turn", BigFunctions.CosineOfTurn, x => Narrow.SinCosOfTurn(x).Cosine, 2, -0.5f, 0.5f),
        new Row<DistributionFunction>(
            "normal distribution", BigFunctions.NormalDistribution, x => Narrow.Normal(x).Distribution, 6, float.MinValue,
            float.MaxValue),
        new Row<DensityFunction>(
            "normal density", BigFunctions.NormalDensity, x => Narrow.Normal(x).Density, 2, float.MinValue, float.MaxValue),
        new Row<Sqrt>("square root", BigReal.Sqrt, Vector.SquareRoot, 0.5, 0, float.MaxValue),
        new Row<Reciprocal>("reciprocal", x => 1 / x, x => Vector<float>.One / x, 0.5, 1e-38f, float.MaxValue),
    }.ToDictionary(row => row.Name);

    /// <summary>Those of host code, with and without AVX-512, those of kernels, called as methods, and devices.</summary>
    private static readonly string[] Forms = ["vectors", "narrow vectors", "scalars", "cpu", "kernels", "opencl"];

    private static readonly string[] WithLimits =
        ["exp", "expm1", "tanh", "sigmoid", "log", "normal distribution", "normal density"];

    public static MatrixTheoryData<string, string> Cases => new(Functions.Keys, Forms);

    public static MatrixTheoryData<string, string> Limits => new(WithLimits, Forms);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Functions_are_within_their_bounds(string name, string form)
    {
        var row = Functions[name];
        var x = row.Samples;
        var y = row.Run(form, x);
        var expected = row.Expected;
        var (worst, at) = (0.0, 0);
        for (var i = 0; i < x.Length; i++)
        {
            var error = Accuracy.UlpsOff(y[i], expected[i]);
            (worst, at) = error > worst ? (error, i) : (worst, at);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}, {form}: {worst:F3} ulp at {x[at]:R}");
        Assert.True(worst <= row.Ulps, $"{name}: expected at most {row.Ulps} ulp; got {worst:F3} at {x[at]:R}, {y[at]:R}.");
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void Limits_have_their_bits(string name, string form)
    {
        var limits = LimitsOf(name);
        var y = Functions[name].Run(form, [.. limits.Select(limit => limit.X)]);
        Assert.All(limits.Zip(y), pair => Assert.True(
            float.IsNaN(pair.First.Y) ? float.IsNaN(pair.Second)
                : BitConverter.SingleToInt32Bits(pair.First.Y) == BitConverter.SingleToInt32Bits(pair.Second),
            $"{name}({pair.First.X:R}): expected {pair.First.Y:R}; got {pair.Second:R}."));
    }

    [Fact]
    public void A_value_does_not_depend_on_its_lane_or_on_the_width_of_vectors()
    {
        float[] x = [.. Enumerable.Range(1, 16).Select(i => i / 33f)];
        Assert.All(Functions.Values, row =>
        {
            var together = row.Run("vectors", x);
            Assert.Equal(x.SelectMany(number => row.Run("vectors", [number])), together);
            Assert.Equal(row.Run("narrow vectors", x), together);
        });
    }

    /// <summary>Zeros of both signs, infinities, NaN, and the last numbers that are not 0, 1 or ∞.</summary>
    private static (float X, float Y)[] LimitsOf(string name)
    {
        const float Infinity = float.PositiveInfinity;
        const float NaN = float.NaN;
        return name switch
        {
            "exp" => [(0, 1), (-0f, 1), (Infinity, Infinity), (-Infinity, 0), (NaN, NaN), (88.72284f, Infinity), (-103.98f, 0),
                (-103.9f, float.Epsilon)],
            "expm1" => [(0, 0), (-0f, -0f), (Infinity, Infinity), (-Infinity, -1), (NaN, NaN), (88.72284f, Infinity),
                (-17.5f, -1), (float.Epsilon, float.Epsilon), (-float.Epsilon, -float.Epsilon)],
            "tanh" => [(0, 0), (-0f, -0f), (Infinity, 1), (-Infinity, -1), (NaN, NaN), (float.Epsilon, float.Epsilon), (-10, -1),
                (float.MaxValue, 1)],
            "sigmoid" => [(0, 0.5f), (-0f, 0.5f), (Infinity, 1), (-Infinity, 0), (NaN, NaN), (-103.9f, float.Epsilon), (20, 1),
                (-104, 0)],
            "log" => [(0, -Infinity), (-0f, -Infinity), (1, 0), (Infinity, Infinity), (-Infinity, NaN), (-1, NaN),
                (-float.Epsilon, NaN), (NaN, NaN)],
            "normal distribution" => [(0, 0.5f), (-0f, 0.5f), (Infinity, 1), (-Infinity, 0), (NaN, NaN), (float.MaxValue, 1),
                (-float.MaxValue, 0)],
            "normal density" => [(Infinity, 0), (-Infinity, 0), (NaN, NaN), (float.MaxValue, 0)],
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no limits"),
        };
    }

    public readonly struct Expm1Function : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T> => T.Expm1(x);
    }

    public readonly struct Log1pFunction : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T> => T.Log1p(x);
    }

    public readonly struct SineFunction : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T> => T.SinCosOfTurn(x).Sine;
    }

    public readonly struct CosineFunction : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T> => T.SinCosOfTurn(x).Cosine;
    }

    public readonly struct DistributionFunction : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T> => T.Normal(x).Distribution;
    }

    public readonly struct DensityFunction : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T> => T.Normal(x).Density;
    }

    private abstract class Row(
        string name, Func<BigReal, BigReal> expected, Func<Vector<float>, Vector<float>> narrow, double ulps, float[] samples)
    {
        public string Name => name;

        public double Ulps => ulps;

        public float[] Samples => samples;

        /// <summary>The function of each sample, once for all forms.</summary>
        public BigReal[] Expected => field ??= Array.ConvertAll(samples, x => expected(x));

        protected Func<Vector<float>, Vector<float>> Narrow => narrow;

        /// <summary>Values as one form of the function gives them.</summary>
        public abstract float[] Run(string form, float[] x);
    }

    private sealed class Row<TFunction>(
        string name, Func<BigReal, BigReal> expected, Func<Vector<float>, Vector<float>> narrow, double ulps, float low,
        float high)
        : Row(name, expected, narrow, ulps, NumberSamples.Within(seed: 71, Count, low, high))
        where TFunction : unmanaged, IUnaryFunction
    {
        public override float[] Run(string form, float[] x)
        {
            if (form == "scalars")
            {
                return [.. x.Select(number => default(TFunction).Apply(number))];
            }

            if (form == "vectors")
            {
                var width = Vector512<float>.Count;
                return [.. x.Chunk(width).SelectMany(part =>
                {
                    var y = default(TFunction).Apply(Vector512.Create<float>([.. part, .. new float[width - part.Length]]));
                    return Enumerable.Range(0, part.Length).Select(i => y[i]);
                })];
            }

            if (form == "narrow vectors")
            {
                var width = Vector<float>.Count;
                return [.. x.Chunk(width).SelectMany(part =>
                {
                    var y = Narrow(new Vector<float>([.. part, .. new float[width - part.Length]]));
                    return Enumerable.Range(0, part.Length).Select(i => y[i]);
                })];
            }

            if (form == "opencl")
            {
                OptionalDevice.Require(form);
            }

            using var device = Device.Open(form);
            using var operand = device.From<float>(x, [x.Length]);
            using var result = Primitive.Map(operand, default(TFunction));
            return result.ToArray();
        }
    }
}
