using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Models.Layers;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Training steps of quantizers with codebooks: replayed, resumed, in parts.</summary>
public sealed class VectorTrainingTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int N = 24;

    private static readonly VectorQuantizerOptions Ema = new() { CodebookSize = 6, CodeDim = 4, Decay = 0.8 };

    private static readonly VectorQuantizerOptions Gradient = Ema with { Rule = CodebookRule.Gradient };

    private static readonly Dictionary<string, QuantizerOptions> Kinds = new()
    {
        ["ema, k-means, revival"] = Ema with { CodebookStart = CodebookStart.Kmeans, DeadCodeThreshold = 1, Decay = 0.5 },
        ["ema, samples, cosine, usage, diveq"] = Ema with
        {
            CodebookStart = CodebookStart.Samples,
            Distance = CodeDistance.Cosine,
            Revival = CodeRevival.Usage,
            Estimator = Estimator.Diveq,
            EmaStart = EmaStart.One,
        },
        ["ema, running, rotation, heads"] = Ema with
        {
            EmaStart = EmaStart.Running,
            Estimator = Estimator.Rotation,
            Heads = 2,
            SeparateCodebooks = true,
        },
        ["gradient, all losses, sampled, warm-up"] = Gradient with
        {
            CommitmentLoss = CommitmentLoss.CrossEntropy,
            Orthogonal = 1,
            Diversity = 0.1,
            SampleTemperature = 0.3,
            CommitmentWarmup = 3,
            Distance = CodeDistance.Cosine,
        },
        ["gradient, projection, k-means"] = Gradient with
        {
            LatentDim = 5,
            ProjectionNorm = true,
            CodebookStart = CodebookStart.Kmeans,
            BetaOn = BetaTerm.Codebook,
            Revival = CodeRevival.Usage,
        },
        ["gumbel"] = new GumbelQuantizerOptions { CodebookSize = 6, CodeDim = 4, TemperatureSteps = 3 },
        ["gumbel, soft"] = new GumbelQuantizerOptions { CodebookSize = 6, CodeDim = 4, Hard = false },
    };

    public static TheoryData<string, string, bool> Names { get; } =
    [
        .. from name in Kinds.Keys
           from device in LawDevices.Names
           from isMasked in (bool[])[false, true]
           where !isMasked || Kinds[name] is VectorQuantizerOptions
           select (name, device, isMasked),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_replayed_step_has_the_bits_of_a_plain_one_and_returns_its_memory(string name, string deviceName, bool isMasked)
    {
        var device = devices.Open(deviceName);
        var before = device.Memory.LiveBuffers;
        using (var plain = new Training(device, Kinds[name], isMasked))
        using (var recorded = new Training(device, Kinds[name], isMasked))
        using (var recording = new Recording(device, recorded.Step))
        {
            for (var step = 1; step <= 4; step++)
            {
                plain.Load(step);
                plain.Step();
                recorded.Load(step);
                recording.Run();
                Assert.Equal(StateBits.Of(plain.State), StateBits.Of(recorded.State));
            }

            Assert.True(recording.IsRecorded);
            Assert.All(plain.Quantizer.State, named => Assert.All(named.Tensor.ToArray(), x => Assert.True(float.IsFinite(x))));
        }

        Assert.Equal(before, device.Memory.LiveBuffers);
    }

    [Theory]
    [InlineData("ema, k-means, revival")]
    [InlineData("ema, samples, cosine, usage, diveq")]
    [InlineData("gradient, projection, k-means")]
    public void A_run_that_goes_on_does_not_begin_again(string name)
    {
        var device = devices.Open("cpu");
        using var whole = new Training(device, Kinds[name]);
        using var resumed = new Training(device, Kinds[name]);
        for (var step = 1; step <= 4; step++)
        {
            if (step == 3)
            {
                foreach (var (from, to) in whole.State.Zip(resumed.State))
                {
                    to.Tensor.CopyFrom(from.Tensor.ToArray());
                }
            }

            whole.Load(step);
            whole.Step();
            resumed.Load(step);
            if (step >= 3)
            {
                resumed.Step();
            }
        }

        Assert.Equal(StateBits.Of(whole.State), StateBits.Of(resumed.State));
    }

    [Theory]
    [InlineData(EmaStart.Debiased, false)]
    [InlineData(EmaStart.One, false)]
    [InlineData(EmaStart.Debiased, true)]
    public void Two_halves_of_a_batch_teach_an_ema_codebook_what_the_whole_does(EmaStart start, bool isRecorded)
    {
        var device = devices.Open("cpu");
        var options = Ema with { EmaStart = start };
        using var whole = options.Build(new ModuleScope(device, seed: 1));
        using var halves = options.Build(new ModuleScope(device, seed: 1));
        using var rows = device.Empty<float>([N, 4]);
        using var recording = new Recording(device, InHalves);
        for (var step = 1; step <= 3; step++)
        {
            using var drawn = Draw(device, step, [N, 4]);
            rows.CopyFrom(drawn.ToArray());
            Pass(whole, rows, StepContext.Training);
            if (isRecorded)
            {
                recording.Run();
            }
            else
            {
                InHalves();
            }

            var (expected, actual) = (State(whole), State(halves));
            Assert.Equal(expected["_ema_cluster_size"], actual["_ema_cluster_size"]);
            Assert.All(expected.Keys, key => Assert.All(
                expected[key].Zip(actual[key]), pair => Assert.Equal(pair.First, pair.Second, 2e-6)));
            foreach (var (from, to) in whole.State.Zip(halves.State))
            {
                Primitive.CopyInto(to.Tensor, from.Tensor);
            }
        }

        void InHalves()
        {
            foreach (var isLast in (bool[])[false, true])
            {
                using var half = Primitive.Slice(rows, axis: 0, start: isLast ? N / 2 : 0, length: N / 2);
                Pass(halves, half, new StepContext(IsTraining: true, IsPart: !isLast));
            }
        }
    }

    [Theory]
    [InlineData(CodebookRule.Ema, CodeDistance.Euclidean)]
    [InlineData(CodebookRule.Ema, CodeDistance.Cosine)]
    [InlineData(CodebookRule.Gradient, CodeDistance.Euclidean)]
    [InlineData(CodebookRule.Gradient, CodeDistance.Cosine)]
    public void Frozen_codes_stay_and_the_others_learn(CodebookRule rule, CodeDistance distance)
    {
        var device = devices.Open("cpu");
        using var training = new Training(device, Ema with { Rule = rule, Distance = distance, Revival = CodeRevival.Usage });
        var quantizer = (VectorQuantizer)training.Quantizer;
        using var mask = device.From<float>([1, 0, 0, 1, 0, 0], [6]);
        quantizer.Codebooks[0].Freeze(mask);
        var before = quantizer.Codebook.ToArray().Chunk(4).ToArray();
        for (var step = 1; step <= 3; step++)
        {
            training.Load(step);
            training.Step();
        }

        var after = quantizer.Codebook.ToArray().Chunk(4).ToArray();
        Assert.Equal([true, false, false, true, false, false], before.Zip(after, (a, b) => a.SequenceEqual(b)));
        using var four = Primitive.Fill(device, [4], 0);
        Assert.Equal(
            "codebook: expected a mask (6) of frozen codes; got mask (4).",
            Assert.Throws<ShapeException>(() => quantizer.Codebooks[0].Freeze(four)).Message);
        quantizer.Codebooks[0].Freeze(null);
        training.Load(4);
        training.Step();
        Assert.NotEqual(after[0], quantizer.Codebook.ToArray().Chunk(4).First());
    }

    [Theory]
    [InlineData(CodebookRule.Ema)]
    [InlineData(CodebookRule.Gradient)]
    public void A_frozen_codebook_rests_and_rows_still_learn(CodebookRule rule)
    {
        var device = devices.Open("cpu");
        using var training = new Training(device, Ema with { Rule = rule, FrozenCodebook = true });
        var before = StateBits.Of(training.Quantizer.State);
        training.Load(1);
        training.Step();

        Assert.Empty(training.Quantizer.Parameters);
        Assert.Equal(before, StateBits.Of(training.Quantizer.State));
        Assert.Contains(training.Gradient.ToArray(), slope => slope != 0);
    }

    [Theory]
    [InlineData("ema, k-means, revival")]
    [InlineData("ema, running, rotation, heads")]
    [InlineData("gradient, all losses, sampled, warm-up")]
    [InlineData("gradient, projection, k-means")]
    public void What_a_row_that_is_left_out_holds_does_not_matter(string name)
    {
        var device = devices.Open("cpu");
        using var one = new Training(device, Kinds[name], isMasked: true);
        using var other = new Training(device, Kinds[name], isMasked: true);
        for (var step = 1; step <= 3; step++)
        {
            one.Load(step);
            other.Load(step, leftOut: float.NaN);
            one.Step();
            other.Step();
        }

        Assert.Equal(StateBits.Of(one.State), StateBits.Of(other.State));
        var (mask, ids) = (one.Mask!.ToArray(), one.Ids);
        Assert.All(ids.Zip(mask), pair => Assert.Equal(pair.Second == 0, pair.First == -1));
        var width = one.Quantizer.Width;
        Assert.All(
            one.Gradient.ToArray().Chunk(width).Zip(mask).Where(row => row.Second == 0),
            row => Assert.All(row.First, slope => Assert.Equal(0, slope)));
    }

    [Fact]
    public void Rows_that_are_left_out_change_nothing_for_the_others()
    {
        var device = devices.Open("cpu");
        var options = Ema with { DeadCodeThreshold = 0, Diversity = 0.1, CommitmentLoss = CommitmentLoss.CrossEntropy };
        using var few = options.Build(new ModuleScope(device, seed: 1));
        using var many = options.Build(new ModuleScope(device, seed: 1));
        using var rows = Draw(device, 1, [N, 4]);
        using var first = Primitive.Slice(rows, axis: 0, start: 0, length: 10);
        using var mask = device.From<float>([.. Enumerable.Range(0, N).Select(n => n < 10 ? 1f : 0f)], [N]);
        using var tape = new Tape(device);
        using var expected = few.Forward(tape.Constant(first), StepContext.Training);
        using var actual = many.Forward(tape.Constant(rows), mask, StepContext.Training);

        Assert.Equal(expected.Ids.ToArray(), actual.Ids.ToArray()[..10]);
        Assert.Equal(expected.Loss!.Value.Item(), actual.Loss!.Value.Item(), 1e-6);
        Assert.Equal(expected.Quantized.Value.ToArray(), actual.Quantized.Value.ToArray()[..40]);
        Assert.All(actual.Quantized.Value.ToArray()[40..], x => Assert.Equal(0, x));
        Assert.All(
            State(few)["_embedding.weight"].Zip(State(many)["_embedding.weight"]),
            pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Dead_codes_become_rows_that_count()
    {
        var device = devices.Open("cpu");
        using var training = new Training(device, Ema with { DeadCodeThreshold = 1e6 }, isMasked: true);
        for (var step = 1; step <= 3; step++)
        {
            training.Load(step);
            training.Step();
            var mask = training.Mask!.ToArray();
            var rows = training.Rows.ToArray().Chunk(4).Where((_, n) => mask[n] != 0).ToArray();
            var codes = ((VectorQuantizer)training.Quantizer).Codebook.ToArray().Chunk(4);
            Assert.All(codes, code => Assert.Contains(rows, row => row.SequenceEqual(code)));
        }
    }

    [Fact]
    public void A_temperature_goes_to_its_end_by_the_same_factor_and_is_that_of_the_draw()
    {
        var device = devices.Open("cpu");
        var options = new GumbelQuantizerOptions { CodebookSize = 6, CodeDim = 4, Hard = false, TemperatureSteps = 4 };
        using var scheduled = options.Build(new ModuleScope(device, seed: 1));
        using var fixedOne = (options with { Temperature = 0.25, TemperatureSteps = 0 }).Build(new ModuleScope(device, seed: 1));
        var schedule = Assert.Single(scheduled.Schedules);
        Assert.Equal([0.5, 0.25, 0.125, 0.0625, 0.0625], Enumerable.Range(1, 5).Select(step => schedule.At(step)));
        Assert.Empty(fixedOne.Schedules);
        using var random = new RandomState(device, seed: 3);
        using var scalars = new Scalars(device, [schedule.Name]);
        scalars.Set(schedule.Name, (float)schedule.At(2));
        scalars.Write();
        using var rows = Draw(device, 1, [N, 4]);
        using var tape = new Tape(device);
        using var actual = scheduled.Forward(tape.Constant(rows), new StepContext(IsTraining: true, random, scalars));
        using var expected = fixedOne.Forward(tape.Constant(rows), new StepContext(IsTraining: true, random));

        Assert.Equal(expected.Quantized.Value.ToArray(), actual.Quantized.Value.ToArray());
    }

    [Fact]
    public void A_mask_of_another_length_or_for_a_kind_without_is_one_line()
    {
        var device = devices.Open("cpu");
        using var vector = Ema.Build(new ModuleScope(device, seed: 1));
        using var gumbel = new GumbelQuantizerOptions { CodeDim = 4 }.Build(new ModuleScope(device, seed: 1));
        using var mask = Primitive.Fill(device, [3], 1);
        using var tape = new Tape(device);
        var rows = tape.Constant(new float[8], [2, 4]);
        var three = tape.Constant(new float[12], [3, 4]);

        Assert.Equal(
            "quantizer: expected rows (N, 4), a mask (N); got rows (2, 4), mask (3).",
            Assert.Throws<ShapeException>(() => vector.Forward(rows, mask, StepContext.Inference)).Message);
        Assert.Equal(
            "quantizer: expected no mask; got one, which GumbelQuantizer does not take. Leave the rows out before.",
            Assert.Throws<NotSupportedException>(() => gumbel.Forward(three, mask, StepContext.Inference)).Message);
    }

    [Fact]
    public void The_nearest_codes_come_in_their_order()
    {
        var device = devices.Open("cpu");
        foreach (var options in (VectorQuantizerOptions[])[Ema, Ema with { Distance = CodeDistance.Cosine }])
        {
            using var quantizer = (VectorQuantizer)options.Build(new ModuleScope(device, seed: 1));
            using var rows = Draw(device, 1, [N, 4]);
            using var ids = quantizer.Nearest(rows, 3);
            using var tape = new Tape(device, recording: false);
            using var output = quantizer.Forward(tape.Constant(rows), StepContext.Inference);
            var codes = quantizer.Codebook.ToArray().Chunk(4).ToArray();
            var expected = rows.ToArray().Chunk(4).SelectMany(row => Enumerable.Range(0, 6).OrderBy(k => Distance(row, codes[k]))
                .Take(3));

            Assert.Equal([N, 3], ids.Shape);
            Assert.Equal(expected, ids.ToArray());
            Assert.Equal(output.Ids.ToArray(), ids.ToArray().Chunk(3).Select(row => row[0]));
            Assert.Equal(
                "nearest codes: expected rows (N, 4), one head, no projection, a count in [1, 6]; "
                + "got rows (24, 4), 1 heads, count 7.",
                Assert.Throws<ShapeException>(() => quantizer.Nearest(rows, 7)).Message);

            double Distance(float[] row, float[] code) => options.Distance == CodeDistance.Euclidean
                ? row.Zip(code, (a, b) => Math.Pow((double)a - b, 2)).Sum()
                : -row.Zip(code, (a, b) => (double)a * b).Sum();
        }
    }

    [Theory]
    [InlineData(CodebookRule.Ema)]
    [InlineData(CodebookRule.Gradient)]
    public void Codes_begin_with_the_distribution_that_is_asked_for(CodebookRule rule)
    {
        const int k = 64, d = 32;
        Assert.Equal(1.0 / k, Largest(CodebookStart.Uniform), 1e-2 / k);
        Assert.Equal(Math.Sqrt(6.0 / (k * d)), Largest(CodebookStart.Kaiming), 1e-3);
        Assert.Equal(1, Math.Sqrt(Numbers(CodebookStart.Normal).Average(x => (double)x * x)), 0.05);
        var (byDefault, tolerance) = rule == CodebookRule.Ema ? (3.5, 1) : (1.0 / k, 1e-3);
        Assert.Equal(byDefault, Largest(CodebookStart.Default), tolerance);
        Assert.All(
            Numbers(CodebookStart.Kaiming, CodeDistance.Cosine).Chunk(d),
            code => Assert.Equal(1, code.Sum(x => (double)x * x), 1e-5));

        double Largest(CodebookStart start) => Numbers(start).Max(x => Math.Abs((double)x));

        float[] Numbers(CodebookStart start, CodeDistance distance = CodeDistance.Euclidean)
        {
            var options = Ema with
            {
                CodebookSize = k,
                CodeDim = d,
                Rule = rule,
                CodebookStart = start,
                Distance = distance,
            };
            using var quantizer = new VectorQuantizer(new ModuleScope(devices.Open("cpu"), seed: 1), options);
            return quantizer.Codebook.ToArray();
        }
    }

    [Fact]
    public void Codes_begin_with_rows_from_all_parts_of_the_first_batch()
    {
        var device = devices.Open("cpu");
        using var training = new Training(device, Ema with { CodebookStart = CodebookStart.Samples });
        training.Load(1);
        var rows = training.Rows.ToArray();
        for (var n = 0; n < N; n++)
        {
            rows[n * 4] += 40 * (n / 4); // a cluster in each of the parts that rows are drawn from
        }

        training.Rows.CopyFrom(rows);
        training.Step();

        Assert.Equal(Enumerable.Range(0, N).Select(n => n / 4), training.Ids);
    }

    [Fact]
    public void Sampled_codes_follow_the_softmax_of_their_similarity()
    {
        const int rows = 20_000;
        const double temperature = 0.7;
        var device = devices.Open("cpu");
        using var quantizer = (VectorQuantizer)(Ema with { SampleTemperature = temperature }).Build(
            new ModuleScope(device, seed: 1));
        using var random = new RandomState(device, seed: 3);
        float[] row = [0.1f, -0.2f, 0.3f, 0.4f];
        using var x = device.From<float>([.. Enumerable.Repeat(row, rows).SelectMany(r => r)], [rows, 4]);
        var weights = quantizer.Codebook.ToArray().Chunk(4).Select(code => Math.Exp(
            -Math.Sqrt(code.Zip(row, (a, b) => Math.Pow((double)a - b, 2)).Sum()) / temperature)).ToArray();
        using var tape = new Tape(device, recording: false);
        using var output = quantizer.Forward(tape.Constant(x), new StepContext(IsTraining: true, random));

        var ids = output.Ids.ToArray();
        for (var k = 0; k < 6; k++)
        {
            // Five deviations of at most √(p(1 − p)/n) = 0.0035.
            Assert.Equal(weights[k] / weights.Sum(), ids.Count(id => id == k) / (double)rows, 0.018);
        }
    }

    [Theory]
    [InlineData(Estimator.Rotation)]
    [InlineData(Estimator.Diveq)]
    public void Zero_rows_and_rows_that_are_their_code_have_finite_gradients(Estimator estimator)
    {
        var device = devices.Open("cpu");
        using var random = new RandomState(device, seed: 3);
        foreach (var options in (VectorQuantizerOptions[])[Gradient, Gradient with { Distance = CodeDistance.Cosine }])
        {
            using var quantizer = (VectorQuantizer)(options with { Estimator = estimator }).Build(
                new ModuleScope(device, seed: 1));
            var code = quantizer.Codebook.ToArray()[..4];
            using var tape = new Tape(device);
            var x = tape.Leaf(device.From<float>([0, 0, 0, 0, .. code, 1, 2, 3, 4], [3, 4]));
            using var output = quantizer.Forward(x, new StepContext(IsTraining: true, random));
            tape.Backward(Sum.Apply(Square.Apply(output.Quantized)) + output.Loss!);

            Assert.All(x.Gradient!.ToArray(), slope => Assert.True(float.IsFinite(slope)));
            Assert.All(quantizer.Parameters.Single().Gradient!.ToArray(), slope => Assert.True(float.IsFinite(slope)));
        }
    }

    public static TheoryData<string, QuantizerOptions> Refused { get; } = new()
    {
        { "codes: expected a whole number of at least 1; got 0.", Ema with { CodebookSize = 0 } },
        { "heads: expected a whole number of at least 1; got 0.", Ema with { Heads = 0 } },
        { "heads: expected at most 4096; got 536870912.", Ema with { Heads = 1 << 29 } },
        { "heads: expected at most 2147 of codes of width 1000000; got 2148.", Ema with { Heads = 2148, CodeDim = 1_000_000 } },
        { "latent-dim: expected a whole number of at least 0; got -1.", Ema with { LatentDim = -1 } },
        { "separate-codebooks: expected more heads than one; got True.", Ema with { SeparateCodebooks = true } },
        { "projection-norm: expected a latent-dim other than the codes'; got True.", Ema with { ProjectionNorm = true } },
        { "orthogonal: expected 0 for codes that no loss moves; got 1.", Ema with { Orthogonal = 1 } },
        {
            "orthogonal: expected 0 for codes that no loss moves; got 1.",
            Gradient with { Orthogonal = 1, FrozenCodebook = true }
        },
        {
            "dead-code-threshold: expected 0 beside revival by usage; got 1.",
            Ema with { Revival = CodeRevival.Usage, DeadCodeThreshold = 1 }
        },
        { "diversity: expected a finite number of at least 0; got -1.", Ema with { Diversity = -1 } },
        { "sample-temperature: expected a finite number of at least 0; got NaN.", Ema with { SampleTemperature = double.NaN } },
        { "estimator: expected straight-through, rotation or diveq; got 9.", Ema with { Estimator = (Estimator)9 } },
        { "distance: expected euclidean or cosine; got 9.", Ema with { Distance = (CodeDistance)9 } },
        { "temperature: expected a finite number of more than 0; got 0.", new GumbelQuantizerOptions { Temperature = 0 } },
        {
            "temperature-end: expected a finite number of more than 0; got 1E-39.",
            new GumbelQuantizerOptions { TemperatureEnd = 1e-39 }
        },
        { "codes: expected a whole number of at least 1; got 0.", new GumbelQuantizerOptions { CodebookSize = 0 } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Bad_options_are_one_line(string message, QuantizerOptions options) =>
        Assert.Equal(message, Assert.Throws<OptionException>(options.Validate).Message);

    private static Dictionary<string, float[]> State(Quantizer quantizer) =>
        quantizer.State.ToDictionary(named => named.Key, named => named.Tensor.ToArray());

    private static void Pass(Quantizer quantizer, Tensor<float> rows, StepContext context)
    {
        using var tape = new Tape(quantizer.Device, recording: false);
        quantizer.Forward(tape.Constant(rows), context).Dispose();
    }

    private static Tensor<float> Draw(Device device, int step, Shape shape) =>
        Primitive.RandomNormal(device, shape, mean: 0, deviation: 0.8f, seed: 5, (ulong)step);

    /// <summary>Steps of a quantizer alone, towards rows that it is shown.</summary>
    private sealed class Training : IDisposable
    {
        private readonly Device device;
        private readonly RandomState random;
        private readonly Scalars scalars;
        private readonly ScheduledScalar[] schedules;
        private readonly Adam? optimizer;
        private readonly Tensor<int> indices;

        public Training(Device device, QuantizerOptions options, bool isMasked = false)
        {
            options.Validate();
            this.device = device;
            Quantizer = options.Build(new ModuleScope(device, seed: 1));
            random = new RandomState(device, seed: 2);
            schedules = [.. Quantizer.Schedules];
            scalars = new Scalars(device, schedules.Select(schedule => schedule.Name));
            optimizer = Quantizer.Parameters.Any()
                ? new Adam(Quantizer.Parameters, new AdamOptions { LearningRate = 1e-2 })
                : null;
            Rows = Primitive.Fill(device, [N, options.Width], 0);
            Gradient = Primitive.Fill(device, [N, options.Width], 0);
            Loss = Primitive.Fill(device, [], 0);
            indices = device.From<int>(new int[N * Quantizer.CodebookSizes.Length], [N, Quantizer.CodebookSizes.Length]);
            Mask = isMasked ? Primitive.Fill(device, [N], 0) : null;
        }

        public Quantizer Quantizer { get; }

        public Tensor<float> Rows { get; }

        public Tensor<float>? Mask { get; }

        public Tensor<float> Gradient { get; }

        public Tensor<float> Loss { get; }

        /// <summary>Indices of the last step's first level.</summary>
        public IEnumerable<int> Ids => indices.ToArray().Chunk(indices.Shape[1]).Select(row => row[0]);

        public IEnumerable<NamedTensor> State => Quantizer.State.Concat(optimizer?.State ?? [])
            .Append(new NamedTensor("loss", Loss)).Append(new NamedTensor("gradient", Gradient));

        /// <summary>Brings what is another number in each step, outside of what is recorded.</summary>
        public void Load(int step, float? leftOut = null)
        {
            random.Set(step);
            foreach (var (name, at) in schedules)
            {
                scalars.Set(name, (float)at(step));
            }

            scalars.Write();
            optimizer?.Advance();
            using var drawn = Draw(device, step, Rows.Shape);
            var (rows, mask) = (drawn.ToArray(), Enumerable.Range(0, N).Select(n => (n + step) % 3 == 0 ? 0f : 1f).ToArray());
            Rows.CopyFrom([.. rows.Select((x, i) => mask[i / Rows.Shape[1]] == 0 ? leftOut ?? x : x)]);
            Mask?.CopyFrom(mask);
        }

        public void Step()
        {
            using var tape = new Tape(device);
            var context = new StepContext(IsTraining: true, random, scalars);
            var x = tape.Leaf(Rows);
            using var output = Mask is null ? Quantizer.Forward(x, context) : Quantizer.Forward(x, Mask, context);
            var objective = Mean.Apply(Square.Apply(output.Quantized - 0.5f)) + output.Loss!;
            Primitive.CopyInto(Loss, objective.Value);
            Primitive.CopyInto(indices, output.Ids);
            tape.Backward(objective);
            Primitive.CopyInto(Gradient, x.Gradient!);
            optimizer?.Apply();
        }

        public void Dispose()
        {
            optimizer?.Dispose();
            Quantizer.Dispose();
            random.Dispose();
            scalars.Dispose();
            Rows.Dispose();
            Gradient.Dispose();
            Loss.Dispose();
            indices.Dispose();
            Mask?.Dispose();
        }
    }
}
