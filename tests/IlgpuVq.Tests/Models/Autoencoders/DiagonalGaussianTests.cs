using IlgpuVq.Autograd;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

public sealed class DiagonalGaussianTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private static readonly float[] Means = [0.5f, -1, 0, 2, 0.25f, -0.125f], LogVariances = [0.5f, -2, 0, 1, -31, 21];

    private static readonly float[] OtherMeans = [1, 0.5f, -1, 0, 2, 1], OtherLogVariances = [1, 0, -1, 0.5f, -29, 20];

    public static TheoryData<string> Names { get; } = [.. LawDevices.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Divergences_and_likelihoods_are_those_of_the_formulas(string name)
    {
        var device = devices.Open(name);
        using var tape = new Tape(device);
        var posterior = Of(tape, Means, LogVariances);
        var other = Of(tape, OtherMeans, OtherLogVariances);

        AssertClose(Sums(i => Normal(i, 0, 0)), posterior.Kl());
        AssertClose(Sums(i => Normal(i, OtherMeans[i], Limited(OtherLogVariances[i]))), posterior.Kl(other));
        var sample = Leaf(tape, OtherMeans, [2, 3]);
        AssertClose(
            Sums(i => 0.5 * (Math.Log(2 * Math.PI) + Limited(LogVariances[i]) +
                Math.Pow(OtherMeans[i] - Means[i], 2) / Math.Exp(Limited(LogVariances[i])))),
            posterior.Nll(sample));
        Assert.Equal(Means, posterior.Mode.Value.ToArray());

        // KL(N(μ, σ²) ‖ N(m, s²)), logarithms of the variances.
        static double Normal(int i, double m, double logS)
        {
            var log = Limited(LogVariances[i]);
            return 0.5 * (Math.Pow(Means[i] - m, 2) / Math.Exp(logS) + Math.Exp(log - logS) - 1 - log + logS);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_draw_is_the_mean_and_noise_of_the_step_times_the_deviation(string name)
    {
        var device = devices.Open(name);
        using var random = new RandomState(device, seed: 3);
        using var tape = new Tape(device);
        var (mean, log) = (Leaf(tape, Means, [2, 3]), Leaf(tape, LogVariances, [2, 3]));
        var z = new DiagonalGaussian(mean, log).Sample(random, stream: 7).Keep();
        using var noise = random.Normal([2, 3], mean: 0, deviation: 1, stream: 7);
        var epsilon = noise.ToArray();
        using var upstream = device.From<float>([1, 2, 3, 4, 5, 6], [2, 3]);
        tape.Backward(z, upstream);

        for (var i = 0; i < Means.Length; i++)
        {
            var deviation = Math.Exp(Limited(LogVariances[i]) / 2);
            Assert.Equal(Means[i] + deviation * epsilon[i], z.Value.ToArray()[i], 1e-5 * (1 + deviation));
            Assert.Equal(i + 1, mean.Gradient!.ToArray()[i]);

            // d z / d ln σ² = σ·ε / 2, and 0 beyond the limits.
            var slope = Math.Abs(LogVariances[i]) > 20 ? 0 : deviation * epsilon[i] / 2;
            Assert.Equal((i + 1) * slope, log.Gradient!.ToArray()[i], 1e-5);
        }

        // Each step draws others.
        random.Set(1);
        using var next = random.Normal([2, 3], mean: 0, deviation: 1, stream: 7);
        Assert.NotEqual(epsilon, next.ToArray());
    }

    /// <summary>By its definition: the mean of ln p(z) − ln q(z) over draws z of p is the divergence.</summary>
    [Fact]
    public void The_divergence_is_the_mean_of_the_difference_of_likelihoods()
    {
        using var device = Device.Open("cpu");
        using var random = new RandomState(device, seed: 1);
        var (count, total) = (2000, 0.0);
        for (var step = 0; step < count; step++)
        {
            random.Set(step);
            using var tape = new Tape(device);
            var (p, q) = (Of(tape, Means[..2], LogVariances[..2]), Of(tape, OtherMeans[..2], OtherLogVariances[..2]));
            var z = p.Sample(random, stream: 1);
            total += q.Nll(z).Value.ToArray()[0] - p.Nll(z).Value.ToArray()[0];
        }

        using var end = new Tape(device);
        var exact = Of(end, Means[..2], LogVariances[..2]).Kl(Of(end, OtherMeans[..2], OtherLogVariances[..2]));
        Assert.Equal(exact.Value.ToArray()[0], total / count, 0.1);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var device = Device.Open("cpu");
        using var tape = new Tape(device);
        var moments = Leaf(tape, [1, 2, 3], [1, 3, 1]);
        Assert.Equal(
            "diagonal-gaussian: expected moments (B, 2·D, …); got moments (1, 3, 1).",
            Assert.Throws<ShapeException>(() => DiagonalGaussian.OfMoments(moments)).Message);
        var posterior = Of(tape, Means, LogVariances);
        Assert.Equal(
            "diagonal-gaussian: expected sample of the mean's shape; got sample (1, 3, 1), mean (2, 3).",
            Assert.Throws<ShapeException>(() => posterior.Nll(moments)).Message);
        Assert.Equal(
            "diagonal-gaussian: expected mean and log variance (B, …); got mean (2, 3), log variance (1, 3, 1).",
            Assert.Throws<ShapeException>(() => new DiagonalGaussian(posterior.Mean, moments)).Message);
    }

    private static double Limited(double logVariance) => Math.Clamp(logVariance, -30, 20);

    private static double[] Sums(Func<int, double> of) => [of(0) + of(1) + of(2), of(3) + of(4) + of(5)];

    private static void AssertClose(double[] expected, Variable actual)
    {
        Assert.Equal([expected.Length], actual.Shape);
        Assert.All(expected.Zip(actual.Value.ToArray()), pair =>
            Assert.Equal(pair.First, pair.Second, 1e-5 * (1 + Math.Abs(pair.First))));
    }

    private static DiagonalGaussian Of(Tape tape, float[] means, float[] logVariances)
    {
        Shape shape = means.Length == 6 ? [2, 3] : [1, means.Length];
        return new DiagonalGaussian(Leaf(tape, means, shape), Leaf(tape, logVariances, shape));
    }

    private static Variable Leaf(Tape tape, float[] numbers, Shape shape)
    {
        using var tensor = tape.Device.From<float>(numbers, shape);
        return tape.Leaf(tensor);
    }
}
