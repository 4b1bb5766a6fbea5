using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>The two ends of a training step: the mean squared error and Adam.</summary>
[Collection(TensorTests.Name)]
public sealed class TrainingStepTests(TensorDevices devices)
{
    private static Gen<(int Count, int Seed)> Cases(Choices draw) =>
        from count in draw.Of(
            Gen.Frequency((18, Gen.Choose(1, 70)), (1, Gen.Choose(4000, 9000)), (1, Gen.Choose(16_000, 40_000))), least: 1)
        from seed in Numbers.Seeds
        select (count, seed);

    [Property]
    public Property The_mean_squared_error_and_its_gradient_equal_their_definition() =>
        Drawn.ForAll(Cases, c =>
        {
            var (x, target) = (Numbers.Uniform(c.Seed, c.Count), Numbers.Uniform(c.Seed, c.Count, stream: 1));
            var differences = x.Zip(target, (a, b) => (double)a - b).ToArray();
            devices.Check([differences.Average(d => d * d), .. differences.Select(d => 2 * d / c.Count * 3)], 1e-6, s =>
            {
                var (a, b) = (s.Floats(x, [c.Count]), s.Floats(target, [c.Count]));
                return [Primitive.MeanSquaredError(a, b), Primitive.MeanSquaredErrorGradient(a, b, s.Floats([3], []))];
            });
        });

    [Fact]
    public void The_mean_squared_error_of_nothing_is_NaN_and_shapes_must_agree()
    {
        devices.Check([double.NaN], 0, s => Primitive.MeanSquaredError(s.Floats([], [0, 2]), s.Floats([], [0, 2])));
        devices.CheckRefused("mean-squared-error: expected x and target of one shape; got x (2), target (2, 1).",
            s => [s.Floats([1, 2], [2]), s.Floats([1, 2], [2, 1])], t => Primitive.MeanSquaredError(t[0], t[1]));
        devices.CheckRefused("mean-squared-error: expected dY (); got dY (2).",
            s => [s.Floats([1, 2], [2])], t => Primitive.MeanSquaredErrorGradient(t[0], t[0], t[0]));
    }

    [Property]
    [InlineData(0f)]
    [InlineData(0.1f)]
    public Property Steps_of_Adam_follow_the_formula(float weightDecay) =>
        Drawn.ForAll(Cases, c =>
        {
            const int steps = 4;
            var start = Numbers.Uniform(c.Seed, c.Count);
            var gradients = Enumerable.Range(1, steps).Select(t => Numbers.Uniform(c.Seed, c.Count, stream: t)).ToArray();
            var (p, m, v) = (start.ToDoubles(), new double[c.Count], new double[c.Count]);
            var (rate, beta1, beta2, epsilon) = (0.01f, 0.9f, 0.999f, 1e-8f);
            for (var t = 1; t <= steps; t++)
            {
                for (var i = 0; i < c.Count; i++)
                {
                    double g = gradients[t - 1][i];
                    p[i] -= (double)rate * weightDecay * p[i];
                    m[i] = beta1 * m[i] + (1 - (double)beta1) * g;
                    v[i] = beta2 * v[i] + (1 - (double)beta2) * g * g;
                    p[i] -= rate * (m[i] / (1 - Math.Pow(beta1, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(beta2, t))) + epsilon);
                }
            }

            devices.Check([.. p, .. m, .. v], 2e-6, s =>
            {
                var parameter = s.Floats(start, [c.Count]);
                var (mean, square) = (Primitive.Fill(s.Device, [c.Count], 0), Primitive.Fill(s.Device, [c.Count], 0));
                for (var t = 1; t <= steps; t++)
                {
                    var step = new AdamStep(rate, beta1, beta2, epsilon, weightDecay, t);
                    Primitive.UpdateAdam(parameter, s.Floats(gradients[t - 1], [c.Count]), mean, square, step);
                }

                return [parameter.Share(), mean, square];
            });
        });

    [Fact]
    public void The_first_step_is_the_learning_rate_whatever_the_size_of_the_gradient() =>
        devices.Check([-0.25, 0.25, -0.25, 0], 1e-4, s =>
        {
            var parameter = Primitive.Fill(s.Device, [4], 0);
            var gradient = s.Floats([1e-3f, -7, 1e6f, 0], [4]);
            var (m, v) = (s.Keep(Primitive.Fill(s.Device, [4], 0)), s.Keep(Primitive.Fill(s.Device, [4], 0)));
            Primitive.UpdateAdam(parameter, gradient, m, v, new AdamStep(0.25f, 0.9f, 0.999f, 1e-8f, WeightDecay: 0, Step: 1));
            return parameter;
        });

    [Fact]
    public void Wrong_operands_of_Adam_are_refused()
    {
        var step = new AdamStep(0.1f, 0.9f, 0.999f, 1e-8f, WeightDecay: 0, Step: 1);
        devices.CheckRefused(
            "adam: expected gradient, m and v of the parameter's shape; got parameter (2), gradient (3), m (2), v (2).",
            s => [s.Floats([1, 2], [2]), s.Floats([1, 2, 3], [3])], t => Primitive.UpdateAdam(t[0], t[1], t[0], t[0], step));
        using var scope = new TensorScope(devices.Cpu);
        var x = scope.Floats([1], [1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Primitive.UpdateAdam(x, x, x, x, step with { Step = 0 }));
    }
}
