using IlgpuVq.Autograd;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Every function of one or two numbers against its formula in double, at special values and at random ones of all
/// sizes.</summary>
[Collection(TensorTests.Name)]
public sealed class FunctionTests(TensorDevices devices)
{
    private static readonly float[] Special =
    [
        0, -0f, 1, -1, 0.5f, -0.5f, 2, -2, 1e-30f, -1e-30f, 1e-5f, -1e-5f, 20, -20, 87, -87, 100, -100,
        float.NaN, float.PositiveInfinity, float.NegativeInfinity,
    ];

    private static readonly float[] Points =
        [.. Special, .. Numbers.Uniform(1, 500), .. Numbers.Uniform(2, 500).Select(x => 10 * x)];

    [Fact]
    public void Elementary_functions_equal_their_definitions()
    {
        CheckUnary(default(Exp), Math.Exp, 3e-7);
        CheckUnary(default(Log), Math.Log, 3e-7);
        CheckUnary(default(Sqrt), Math.Sqrt, 1e-7);
        CheckUnary(default(Square), x => x * x, 1e-7);
        CheckUnary(default(Abs), Math.Abs, 0);
        CheckUnary(new Affine(2, -3), x => 2 * x - 3, 2e-7);
        CheckUnary(new Clamp(-1, 0.5f), x => double.IsNaN(x) ? x : Math.Clamp(x, -1, 0.5), 0);
        CheckUnary(default(Round), x => Math.Round(x, MidpointRounding.ToEven), 0);
    }

    [Fact]
    public void Halves_round_to_the_even_number_and_nothing_rounds_to_minus_zero()
    {
        float[] x =
        [
            0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, -0.3f, -0f, 0.49999997f, 4194303.5f, -4194303.5f, 4194303, -4194302.25f,
        ];
        float[] expected = [0, 2, 2, 0, -2, -2, 0, 0, 0, 4194304, -4194304, 4194303, -4194302];
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            var y = s.Keep(Primitive.Map(s.Floats(x, [x.Length]), default(Round))).ToArray();
            Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), y.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void Activations_equal_their_definitions()
    {
        CheckUnary(default(Relu), x => double.IsNaN(x) ? x : Math.Max(x, 0), 0);
        CheckUnary(new LeakyRelu(0.25f), x => x > 0 ? x : 0.25 * x, 0);
        CheckUnary(new Elu(1.5f), x => x > 0 ? x : 1.5 * Reference.Expm1(x), 3e-7);
        CheckUnary(default(Tanh), Math.Tanh, 3e-7);
        CheckUnary(default(Sigmoid), Reference.Sigmoid, 3e-7);
        CheckUnary(default(Silu), x => x * Reference.Sigmoid(x), 4e-7);
        CheckUnary(default(Gelu), x => x * Reference.NormalDistribution(x), 4e-7);
        CheckUnary(default(NormalCdf), Reference.NormalDistribution, 4e-7);
        CheckUnary(default(LaplaceCdf), x => double.IsNaN(x) ? x : x < 0 ? Math.Exp(x) / 2 : 1 - Math.Exp(-x) / 2, 3e-7);
        CheckUnary(default(CauchyCdf), x => 0.5 + Math.Atan(x) / Math.PI, 3e-7);
        CheckUnary(default(Softplus), x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))), 4e-7);
    }

    [Fact]
    public void Small_results_keep_their_digits()
    {
        // Relative accuracy near 0, where 1 + e or e − 1 would have rounded everything away.
        float[] small = [1e-8f, -1e-8f, 3e-5f, -3e-5f, 0.01f, -0.01f, 0.3f, -0.3f];
        CheckRelative(default(Tanh), small, Math.Tanh);
        CheckRelative(new Elu(1), small, x => x > 0 ? x : Reference.Expm1(x));
        CheckRelative(default(LaplaceCdf), [-5, -20, -40, -80], x => Math.Exp(x) / 2);
        CheckRelative(default(CauchyCdf), [-5, -1e3f, -1e6f, -1e20f], x => Math.Atan(-1 / x) / Math.PI);
        CheckRelative(default(Softplus), [-5, -20, -40, -80], x => Reference.Log1p(Math.Exp(x)));
    }

    [Fact]
    public void Arithmetic_of_two_tensors_equals_its_definition()
    {
        CheckBinary(default(Add), (a, b) => a + b);
        CheckBinary(default(Subtract), (a, b) => a - b);
        CheckBinary(default(Multiply), (a, b) => a * b);
        CheckBinary(default(Divide), (a, b) => a / b);
        CheckBinary(default(Maximum), Math.Max);
        CheckBinary(default(Minimum), Math.Min);
        CheckBinary(new Lerp(0.75f), (a, b) => 0.75 * a + 0.25 * b);
    }

    [Fact]
    public void Gradients_equal_the_derivative_times_dY()
    {
        CheckGradient(default(OutputGradient<Relu>), (y, dY) => y == 0 ? 0 : dY);
        CheckGradient(new Derivative<LeakyRelu>(new(0.25f)), (x, dY) => x > 0 ? dY : 0.25 * dY);
        CheckGradient(new InputGradient<Elu>(new(1.5f)), (x, dY) => x > 0 ? dY : 1.5 * Math.Exp(x) * dY);
        CheckGradient(default(OutputGradient<Tanh>), (y, dY) => (1 - y * y) * dY);
        CheckGradient(default(OutputGradient<Sigmoid>), (y, dY) => y * (1 - y) * dY);
        CheckGradient(default(InputGradient<Silu>), (x, dY) =>
            Reference.Sigmoid(x) * (1 + x * (1 - Reference.Sigmoid(x))) * dY);
        CheckGradient(default(Derivative<Gelu>), (x, dY) =>
            (Reference.NormalDistribution(x) + x * Reference.NormalDensity(x)) * dY);
        CheckGradient(default(InputGradient<NormalCdf>), (x, dY) => Reference.NormalDensity(x) * dY);
        CheckGradient(default(InputGradient<LaplaceCdf>), (x, dY) => Math.Exp(-Math.Abs(x)) / 2 * dY);
        CheckGradient(default(InputGradient<CauchyCdf>), (x, dY) => dY / (Math.PI * (1 + x * x)));
        CheckGradient(default(InputGradient<Softplus>), (x, dY) => Reference.Sigmoid(x) * dY);
        CheckGradient(default(Derivative<Abs>), (x, dY) => x > 0 ? dY : x < 0 ? -dY : x == 0 ? 0 : x);
        CheckGradient(default(Derivative<Square>), (x, dY) => 2 * x * dY);
        CheckGradient(default(OutputGradient<Sqrt>), (y, dY) => dY / (2 * y));
        CheckGradient(default(Derivative<Log>), (x, dY) => dY / x);
        CheckGradient(new InputGradient<Clamp>(new(-1, 0.5f)), (x, dY) => x is < -1 or > 0.5 ? 0 : dY);
    }

    [Fact]
    public void A_value_does_not_depend_on_where_in_the_array_it_lies()
    {
        // 40 is two whole vectors and a rest: the same x at all places.
        var x = Enumerable.Repeat(0.7310586f, 40).ToArray();
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            Assert.Single(s.Keep(Primitive.Map(s.Floats(x, [40]), default(Tanh))).ToArray().Distinct());
            Assert.Single(s.Keep(Primitive.Map(s.Floats(x, [40]), default(Gelu))).ToArray().Distinct());
            var gradient = s.Keep(Primitive.Zip("zip", s.Floats(x, [8, 5]), s.Floats([2], [1]), default(InputGradient<Silu>)));
            Assert.Single(gradient.ToArray().Distinct());
        }
    }

    private void CheckUnary<TFunction>(TFunction f, Func<double, double> reference, double tolerance)
        where TFunction : unmanaged, IUnaryFunction =>
        devices.Check(
            [.. Points.Select(x => (double)(float)reference(x) is var y && double.IsFinite(y) ? reference(x) : y)], tolerance,
            s => Primitive.Map(s.Floats(Points, [Points.Length]), f));

    private void CheckRelative<TFunction>(TFunction f, float[] points, Func<double, double> reference)
        where TFunction : unmanaged, IUnaryFunction
    {
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            var y = s.Keep(Primitive.Map(s.Floats(points, [points.Length]), f)).ToArray();
            Assert.All(points.Zip(y), pair =>
                Assert.Equal(1, pair.Second / reference(pair.First), 5e-7));
        }
    }

    private void CheckBinary<TFunction>(TFunction f, Func<double, double, double> reference)
        where TFunction : unmanaged, IBinaryFunction => CheckPairs(f, reference, Special);

    /// <remarks>An infinite dY is left out: times a factor that is 0 in float but not in double it has no right value.</remarks>
    private void CheckGradient<TFunction>(TFunction f, Func<double, double, double> reference)
        where TFunction : unmanaged, IBinaryFunction => CheckPairs(f, reference, [0, -0f, 1, -2, float.NaN]);

    /// <summary>All pairs of special values, and random pairs.</summary>
    private void CheckPairs<TFunction>(TFunction f, Func<double, double, double> reference, float[] specialB)
        where TFunction : unmanaged, IBinaryFunction
    {
        var pairs = Special.SelectMany(a => specialB, (a, b) => (A: a, B: b)).Where(pair => !Overflows(reference(pair.A, pair.B)))
            .Concat(Numbers.Uniform(3, 300).Zip(Numbers.Uniform(4, 300), (a, b) => (A: 4 * a, B: 2 * b))).ToArray();
        devices.Check([.. pairs.Select(pair => reference(pair.A, pair.B))], 1e-6, s => Primitive.Zip(
            "zip", s.Floats([.. pairs.Select(pair => pair.A)], [pairs.Length]),
            s.Floats([.. pairs.Select(pair => pair.B)], [pairs.Length]), f));
    }

    /// <summary>Finite in double but not in float: there the order of float operations decides.</summary>
    private static bool Overflows(double x) => double.IsFinite(x) && Math.Abs(x) > 1e37;
}
