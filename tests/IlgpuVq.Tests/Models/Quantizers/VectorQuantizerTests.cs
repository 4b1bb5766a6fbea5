using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>The quantizer against formulas written out in double precision: stop-gradients make finite differences useless
/// here.</summary>
public sealed class VectorQuantizerTests : IDisposable
{
    private const int K = 5, D = 3;
    private static readonly Shape Latents = [2, D, 2, 2];

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void Each_latent_becomes_its_nearest_code_and_the_counts_say_how_often()
    {
        using var quantizer = Build(CodebookRule.Gradient);
        var (z, codes) = (LatentVectors(), Rows(Codebook(quantizer)));
        using var tape = new Tape(device);
        using var output = quantizer.Forward(tape.Leaf(LatentTensor()), StepContext.Training);

        var expected = z.Select(vector => Nearest(vector, codes)).ToArray();

        Assert.Equal([2, 1, 2, 2], output.Codes.Ids.Shape);
        Assert.Equal(expected, output.Codes.Ids.ToArray());
        using var counts = output.Codes.Counts(level: 0);
        Assert.Equal(Enumerable.Range(0, K).Select(k => (float)expected.Count(id => id == k)), counts.ToArray());
        AssertClose(
            expected.SelectMany(id => codes[id]).ToArray(), ToVectors(output.Quantized.Value).SelectMany(v => v).ToArray());
    }

    [Theory]
    [InlineData(CodebookRule.Gradient, 0.25)]
    [InlineData(CodebookRule.Gradient, 1.5)]
    [InlineData(CodebookRule.Ema, 0.25)]
    [InlineData(CodebookRule.Ema, 1.5)]
    public void Beta_weighs_the_commitment_term_and_nothing_else(CodebookRule rule, double beta)
    {
        using var quantizer = Build(rule, beta);
        var (z, codes) = (LatentVectors(), Rows(Codebook(quantizer)));
        using var tape = new Tape(device);
        var leaf = tape.Leaf(LatentTensor());
        using var output = quantizer.Forward(leaf, StepContext.Training);
        using var upstream = Primitive.RandomNormal(device, Latents, mean: 0, deviation: 1, seed: 9, stream: 9);
        var u = ToVectors(upstream);
        var objective = Sum.Apply(output.Quantized * tape.Constant(upstream), []) + output.Loss!;

        output.Loss!.Keep();
        tape.Backward(objective);

        // d/dz of β·mse(z, sg q), and the straight-through gradient beside it.
        var n = (double)z.Length * D;
        var q = z.Select(vector => codes[Nearest(vector, codes)]).ToArray();
        var distance = Pairs(z, q).Sum(pair => pair.Difference * pair.Difference) / n;
        Assert.Equal((rule == CodebookRule.Gradient ? 1 + beta : beta) * distance, output.Loss!.Value.Item(), 1e-5);
        var expected = Pairs(z, q).Select(pair => 2 * beta * pair.Difference / n + u[pair.Row][pair.Column]).ToArray();
        AssertClose(expected, ToVectors(leaf.Gradient!).SelectMany(v => v).ToArray());

        // d/dcodes of mse(sg z, q): only the chosen codes move, and β is not in it.
        var parameters = quantizer.Parameters.ToArray();
        Assert.Equal(rule == CodebookRule.Gradient ? 1 : 0, parameters.Length);
        if (rule == CodebookRule.Gradient)
        {
            var dCodes = new double[K * D];
            foreach (var (row, column, difference) in Pairs(z, q))
            {
                dCodes[Nearest(z[row], codes) * D + column] -= 2 * difference / n;
            }

            AssertClose(dCodes, parameters[0].Gradient!.ToArray().Select(value => (double)value).ToArray());
        }
    }

    [Fact]
    public void Averages_are_divided_by_one_minus_decay_to_the_t_and_smoothed()
    {
        const double decay = 0.99, epsilon = 1e-5;
        using var quantizer = Build(CodebookRule.Ema, decay: decay);
        var (codes, counts, sums) = (Rows(Codebook(quantizer)), new double[K], new double[K * D]);
        for (var t = 1; t <= 3; t++)
        {
            using var tape = new Tape(device);
            using var output = quantizer.Forward(tape.Constant(LatentTensor((ulong)t)), StepContext.Training);

            var z = LatentVectors((ulong)t);
            var ids = z.Select(vector => Nearest(vector, codes)).ToArray();
            var (n, s) = (new double[K], new double[K * D]);
            for (var i = 0; i < z.Length; i++)
            {
                n[ids[i]]++;
                for (var d = 0; d < D; d++)
                {
                    s[ids[i] * D + d] += z[i][d];
                }
            }

            counts = [.. counts.Select((value, k) => decay * value + (1 - decay) * n[k])];
            sums = [.. sums.Select((value, i) => decay * value + (1 - decay) * s[i])];
            var correction = 1 - Math.Pow(decay, t);
            var total = counts.Sum() / correction;
            codes = [.. Enumerable.Range(0, K).Select(k => Enumerable.Range(0, D).Select(d =>
                sums[k * D + d] / correction / ((counts[k] / correction + epsilon) / (total + K * epsilon) * total)).ToArray())];

            AssertClose(codes.SelectMany(row => row).ToArray(), Rows(Codebook(quantizer)).SelectMany(row => row).ToArray());
            codes = Rows(Codebook(quantizer));
        }

        // Σ N̂ is the number of vectors of a batch, however few batches there were.
        var sizes = quantizer.State.Single(named => named.Key == "_ema_cluster_size").Tensor.ToArray();
        Assert.Equal(8, sizes.Sum() / (1 - Math.Pow(decay, 3)), 1e-4);
    }

    [Fact]
    public void The_codebook_rests_outside_training()
    {
        using var quantizer = Build(CodebookRule.Ema);
        var before = quantizer.State.SelectMany(named => named.Tensor.ToArray()).ToArray();
        using var tape = new Tape(device, recording: false);
        using var output = quantizer.Forward(tape.Constant(LatentTensor()), StepContext.Inference);

        Assert.Equal(before, quantizer.State.SelectMany(named => named.Tensor.ToArray()));
        Assert.True(output.Loss!.Value.Item() > 0, "the loss is there outside training too");
    }

    [Fact]
    public void Codes_that_are_chosen_too_rarely_become_vectors_of_the_batch_and_start_with_the_threshold_as_their_count()
    {
        const double decay = 0.9, threshold = 0.5;
        using var random = new RandomState(device, seed: 4);
        using var quantizer = Build(CodebookRule.Ema, decay: decay, deadCodeThreshold: threshold);
        using var without = Build(CodebookRule.Ema, decay: decay);
        var replaced = 0;
        for (var t = 1; t <= 4; t++)
        {
            random.Set(t);
            CopyState(quantizer, without);
            using var tape = new Tape(device);
            using var output = quantizer.Forward(
                tape.Constant(LatentTensor((ulong)t)), new StepContext(IsTraining: true, random));
            using var other = without.Forward(tape.Constant(LatentTensor((ulong)t)), StepContext.Training);

            var correction = 1 - Math.Pow(decay, t);
            var (codes, otherCodes) = (Rows(Codebook(quantizer)), Rows(Codebook(without)));
            var (counts, otherCounts) = (Buffer(quantizer, "_ema_cluster_size"), Buffer(without, "_ema_cluster_size"));
            var (sums, otherSums) = (Buffer(quantizer, "_ema_w"), Buffer(without, "_ema_w"));
            var z = LatentVectors((ulong)t);
            for (var k = 0; k < K; k++)
            {
                if (otherCounts[k] / correction < threshold)
                {
                    replaced++;
                    Assert.Contains(z, vector => vector.SequenceEqual(codes[k]));
                    Assert.Equal(threshold * correction, counts[k], 1e-6);
                    AssertClose(
                        [.. codes[k].Select(number => threshold * correction * number)], [.. sums.Skip(k * D).Take(D)], 1e-6);
                }
                else
                {
                    Assert.Equal(otherCodes[k], codes[k]);
                    Assert.Equal(otherCounts[k], counts[k]);
                    Assert.Equal(otherSums.Skip(k * D).Take(D), sums.Skip(k * D).Take(D));
                }
            }
        }

        Assert.InRange(replaced, 1, 4 * K - 1);
    }

    [Fact]
    public void Revival_and_schedules_need_what_the_step_gives_them()
    {
        using var reviving = Build(CodebookRule.Ema, deadCodeThreshold: 1);
        using var warming = Build(CodebookRule.Ema, commitmentWarmup: 1);
        using var tape = new Tape(device);
        var z = tape.Constant(LatentTensor());
        Assert.Equal(
            "ema-codebook: expected random numbers in the step's context; got none. "
            + "Give the StepContext a RandomState, and set it before each step.",
            Assert.Throws<InvalidOperationException>(() => reviving.Forward(z, StepContext.Training)).Message);
        Assert.Equal(
            "vector-quantizer: expected scalars in the step's context; got none. "
            + "Give the StepContext Scalars of the model's Schedules, and set them before each step.",
            Assert.Throws<InvalidOperationException>(() => warming.Forward(z, StepContext.Training)).Message);
        reviving.Forward(z, StepContext.Inference).Dispose();
        warming.Forward(z, StepContext.Inference).Dispose();
    }

    [Theory]
    [InlineData(CodebookRule.Gradient)]
    [InlineData(CodebookRule.Ema)]
    public void Beta_climbs_to_its_value_in_the_steps_of_its_warm_up(CodebookRule rule)
    {
        using var quantizer = Build(rule, beta: 2, commitmentWarmup: 4);
        var schedule = Assert.Single(quantizer.Schedules);
        Assert.Equal("commitment", schedule.Name);
        Assert.Equal([0.5, 1, 1.5, 2, 2, 2], Enumerable.Range(1, 6).Select(step => schedule.At(step)));
        using var scalars = new Scalars(device, [schedule.Name]);
        var losses = new[] { 1f, 2f }.Select(beta =>
        {
            scalars.Set(schedule.Name, beta);
            scalars.Write();
            using var tape = new Tape(device);
            using var output = quantizer.Forward(
                tape.Leaf(LatentTensor()), new StepContext(IsTraining: rule == CodebookRule.Gradient, Scalars: scalars));
            return output.Loss!.Value.Item();
        }).ToArray();

        // Outside of training β is what it ends with; there the codes of the EMA rest.
        var (z, codes) = (LatentVectors(), Rows(Codebook(quantizer)));
        var distance = Pairs(z, [.. z.Select(vector => codes[Nearest(vector, codes)])])
            .Average(pair => pair.Difference * pair.Difference);
        double[] expected = rule == CodebookRule.Gradient ? [2 * distance, 3 * distance] : [2 * distance, 2 * distance];
        Assert.All(expected.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(new float[] { 7, 0, 0, 0 }, 1)]
    [InlineData(new float[] { 2, 2, 2, 2 }, 4)]
    [InlineData(new float[] { 3, 3, 0, 0 }, 2)]
    public void Perplexity_counts_the_codes_that_a_histogram_amounts_to(float[] counts, double expected)
    {
        using var histogram = device.From<float>(counts, [counts.Length]);
        using var perplexity = Perplexity.Of(histogram);

        Assert.Equal(expected, perplexity.Item(), 1e-4);
    }

    private static int Nearest(double[] vector, double[][] codes) => Enumerable.Range(0, K).MinBy(
        k => vector.Zip(codes[k], (a, b) => (a - b) * (a - b)).Sum());

    private static IEnumerable<(int Row, int Column, double Difference)> Pairs(double[][] a, double[][] b) =>
        from row in Enumerable.Range(0, a.Length)
        from column in Enumerable.Range(0, D)
        select (row, column, a[row][column] - b[row][column]);

    private static double[][] Rows(Tensor<float> matrix) => [.. matrix.ToArray().Chunk(matrix.Shape[1]).Select(
        row => row.Select(value => (double)value).ToArray())];

    /// <summary>(B, D, h, w) as B·h·w vectors.</summary>
    private static double[][] ToVectors(Tensor<float> images)
    {
        var values = images.ToArray();
        var (b, pixels) = (images.Shape[0], images.Shape[2] * images.Shape[3]);
        return [.. from image in Enumerable.Range(0, b)
                   from pixel in Enumerable.Range(0, pixels)
                   select Enumerable.Range(0, D).Select(d => (double)values[(image * D + d) * pixels + pixel]).ToArray()];
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance * (1 + Math.Abs(pair.First))));
    }

    private double[][] LatentVectors(ulong stream = 1)
    {
        using var tensor = LatentTensor(stream);
        return ToVectors(tensor);
    }

    private Tensor<float> LatentTensor(ulong stream = 1) =>
        Primitive.RandomNormal(device, Latents, mean: 0, deviation: 0.8f, seed: 5, stream);

    private static Tensor<float> Codebook(ImageQuantizer quantizer) => ((VectorQuantizer)quantizer.Quantizer).Codebook;

    private static float[] Buffer(ImageQuantizer quantizer, string key) =>
        quantizer.State.Single(named => named.Key == key).Tensor.ToArray();

    private static void CopyState(ImageQuantizer from, ImageQuantizer to)
    {
        foreach (var (source, target) in from.State.Zip(to.State))
        {
            Primitive.CopyInto(target.Tensor, source.Tensor);
        }
    }

    private ImageQuantizer Build(
        CodebookRule rule, double beta = 0.25, double decay = 0.99, double deadCodeThreshold = 0,
        long commitmentWarmup = 0) => new(
        new ModuleScope(device, seed: 2),
        new VectorQuantizerOptions
        {
            CodebookSize = K,
            CodeDim = D,
            Rule = rule,
            Commitment = beta,
            CommitmentWarmup = commitmentWarmup,
            Decay = decay,
            DeadCodeThreshold = deadCodeThreshold,
        });
}
