using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Softmax, its logarithm and cross-entropy.</summary>
[Collection(TensorTests.Name)]
public sealed class SoftmaxTests(TensorDevices devices)
{
    private static Gen<(int N, int K, int Seed, int Scale)> Cases(Choices draw) =>
        from n in draw.Between(0, 20)
        from k in draw.Of(Gen.OneOf(Gen.Choose(1, 5), Gen.Choose(6, 70)), least: 1)
        from seed in Numbers.Seeds
        from scale in draw.Elements(1, 10, 1000)
        select (n, k, seed, scale);

    [Property]
    public Property Probabilities_and_their_logarithms_equal_the_definition_also_for_large_logits() =>
        Drawn.ForAll(Cases, c =>
        {
            var x = Logits(c);
            var log = LogSoftmaxOf(x, c.K);
            devices.Check([.. log.Select(Math.Exp)], 1e-6, s => Primitive.Softmax(s.Floats(x, [c.N, c.K])));
            devices.Check(log, 1e-6, s => Primitive.LogSoftmax(s.Floats(x, [c.N, c.K])));
            devices.Check(log, 1e-6, s => Primitive.LogSoftmax(s.Floats(x, [c.N, 1, c.K])));
        });

    [Property]
    public Property Gradients_equal_the_product_with_the_jacobian() =>
        Drawn.ForAll(Cases, c =>
        {
            var (x, dY) = (Logits(c), Numbers.Uniform(c.Seed, c.N * c.K, stream: 1));
            var log = LogSoftmaxOf(x, c.K);
            var y = Array.ConvertAll(log, Math.Exp);
            var (forSoftmax, forLog) = (new double[x.Length], new double[x.Length]);
            for (var i = 0; i < x.Length; i++)
            {
                for (var j = i / c.K * c.K; j < (i / c.K + 1) * c.K; j++)
                {
                    var same = i == j ? 1 : 0;
                    forSoftmax[i] += y[j] * (same - y[i]) * dY[j];
                    forLog[i] += (same - y[i]) * dY[j];
                }
            }

            var (floatY, floatLog) = (Array.ConvertAll(y, v => (float)v), Array.ConvertAll(log, v => (float)v));
            devices.Check(forSoftmax, 1e-5,
                s => Primitive.SoftmaxGradient(s.Floats(floatY, [c.N, c.K]), s.Floats(dY, [c.N, c.K])));
            devices.Check(forLog, 1e-5 * c.Scale,
                s => Primitive.LogSoftmaxGradient(s.Floats(floatLog, [c.N, c.K]), s.Floats(dY, [c.N, c.K])));
        });

    [Property]
    public Property Cross_entropy_is_the_negative_log_probability_and_NaN_for_a_class_that_is_not_there() =>
        Drawn.ForAll(Cases, c =>
        {
            var (x, dLosses) = (Logits(c), Numbers.Uniform(c.Seed, c.N, stream: 1));
            var targets = Numbers.Whole(c.Seed, c.N, -1, c.K);
            var log = LogSoftmaxOf(x, c.K);
            var losses = new double[c.N];
            var gradient = new double[x.Length];
            for (var n = 0; n < c.N; n++)
            {
                var isClass = targets[n] >= 0 && targets[n] < c.K;
                losses[n] = isClass ? -log[n * c.K + targets[n]] : double.NaN;
                for (var k = 0; k < c.K; k++)
                {
                    gradient[n * c.K + k] = isClass ? (Math.Exp(log[n * c.K + k]) - (k == targets[n] ? 1 : 0)) * dLosses[n]
                        : double.NaN;
                }
            }

            devices.Check(losses, 1e-6, s =>
                Primitive.CrossEntropy(s.Floats(x, [c.N, c.K]), s.Ints(targets, [c.N]), new CrossEntropyParams()));
            devices.Check(gradient, 1e-6, s =>
                Primitive.CrossEntropyGradient(
                    s.Floats(x, [c.N, c.K]), s.Ints(targets, [c.N]), new CrossEntropyParams(), s.Floats(dLosses, [c.N])));
        });

    [Fact]
    public void Infinite_and_missing_logits_do_what_the_documentation_says()
    {
        const float infinity = float.PositiveInfinity;
        float[] x = [0, -infinity, 0, infinity, 0, 0, -infinity, -infinity, -infinity, 1, float.NaN, 1];
        double[] nan = [double.NaN, double.NaN, double.NaN];
        devices.Check([0.5, 0, 0.5, .. nan, .. nan, .. nan], 1e-7, s => Primitive.Softmax(s.Floats(x, [4, 3])));
        devices.Check([], 0, s => Primitive.Softmax(s.Floats([], [3, 0])));
        devices.Check([1, 1], 0, s => Primitive.Softmax(s.Floats([-3e38f, 5], [2, 1])));
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        devices.CheckRefused("softmax: expected x (…, K); got x ().", s => [s.Floats([1], [])], t => Primitive.Softmax(t[0]));
        devices.CheckRefused("log-softmax: expected dY of y's shape; got dY (1), y (2).",
            s => [s.Floats([1, 2], [2]), s.Floats([1], [1])], t => Primitive.LogSoftmaxGradient(t[0], t[1]));
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            var (logits, targets) = (s.Floats(new float[6], [3, 2]), s.Ints([0, 1], [2]));
            var before = device.Memory;
            var exception = Assert.Throws<ShapeException>(
                () => Primitive.CrossEntropy(logits, targets, new CrossEntropyParams()));
            Assert.Equal(
                "cross-entropy: expected logits (N, K), targets (N), or logits (B, K, …), targets (B, …); "
                + "got logits (3, 2), targets (2).",
                exception.Message);
            Assert.Equal(before, device.Memory);
        }
    }

    private static float[] Logits((int N, int K, int Seed, int Scale) c) =>
        [.. Numbers.Uniform(c.Seed, c.N * c.K).Select(x => c.Scale * x)];

    private static double[] LogSoftmaxOf(float[] x, int k)
    {
        var y = new double[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var row = x.Skip(i / k * k).Take(k).Select(value => (double)value).ToArray();
            y[i] = x[i] - row.Max() - Math.Log(row.Sum(value => Math.Exp(value - row.Max())));
        }

        return y;
    }
}
