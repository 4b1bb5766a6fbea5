using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>What is left out, what stands for nothing, and that a recorded step is a step.</summary>
public sealed class ResidualQuantizerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int N = 40;

    private static readonly VectorQuantizerOptions Ema = new() { CodebookSize = 6, CodeDim = 3, Decay = 0.9 };

    private static readonly ResidualQuantizerOptions Dropping = new() { Layers = 5, Layer = Ema, QuantizeDropout = true };

    private static readonly SimVqOptions SimVq = new() { CodebookSize = 7, CodeDim = 4 };

    private static readonly Dictionary<string, QuantizerOptions> Kinds = new()
    {
        ["residual"] = new ResidualQuantizerOptions { Layers = 3, Layer = Ema with { DeadCodeThreshold = 0.5 } },
        ["residual, dropout"] = Dropping,
        ["residual, shared, dropout"] = Dropping with { SharedCodebook = true },
        ["residual, gradient, dropout"] = Dropping with { Layer = Ema with { Rule = CodebookRule.Gradient } },
        ["residual, implicit, dropout"] =
            Dropping with { Layers = 3, Layer = Ema with { Rule = CodebookRule.Gradient }, ImplicitDepth = 2 },
        ["residual-fsq, dropout"] = new ResidualFsqOptions
        {
            Layers = 3,
            Layer = new() { Levels = [5, 4] },
            QuantizeDropout = true,
        },
        ["grouped-residual, dropout"] = new GroupedResidualOptions { Group = Dropping },
        ["simvq"] = SimVq,
        ["residual-simvq, dropout"] = new ResidualSimVqOptions { Layers = 3, Layer = SimVq, QuantizeDropout = true },
        ["random-projection"] = new RandomProjectionOptions { CodebookSize = 9, CodeDim = 6, ProjectionDim = 3 },
    };

    public static TheoryData<string> Devices { get; } = [.. LawDevices.Names];

    public static TheoryData<string, string> OnEveryDevice { get; } =
        [.. from name in Kinds.Keys from device in LawDevices.Names select (name, device)];

    [Theory]
    [MemberData(nameof(OnEveryDevice))]
    public void A_recorded_step_replayed_is_the_step(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        using var plain = new Steps(device, Kinds[name]);
        using var recorded = new Steps(device, Kinds[name]);
        using var recording = new Recording(device, recorded.Compute);
        for (var step = 0; step < 5; step++)
        {
            plain.Begin(step);
            plain.Compute();
            recorded.Begin(step);
            recording.Run();

            Assert.Equal(plain.Results(), recorded.Results());
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Dropout_leaves_out_all_levels_from_one_on_and_what_is_left_out_is_as_if_it_were_not_there(string deviceName)
    {
        var device = devices.Open(deviceName);
        using var random = new RandomState(device, seed: 3);
        var kept = new List<int>();
        for (var step = 0; step < 30; step++)
        {
            random.Set(step);
            using var quantizer = Build(device, Dropping);
            var before = Numbers(quantizer);
            var (levels, output) = Run(quantizer, new StepContext(IsTraining: true, random), step);
            kept.Add(levels);

            // The same with as many levels as were kept, and none left out.
            using var shorter = Build(device, Dropping with { Layers = levels, QuantizeDropout = false });
            var (all, expected) = Run(shorter, StepContext.Training, step);
            Assert.Equal(levels, all);
            Assert.Equal(expected.Quantized, output.Quantized);
            Assert.Equal(expected.Loss, output.Loss);
            AssertClose(expected.Gradient, output.Gradient);
            Assert.Equal(expected.Ids, output.Ids.Chunk(Dropping.Layers).SelectMany(row => row.Take(levels)));
            Assert.All(output.Ids.Chunk(Dropping.Layers).SelectMany(row => row.Skip(levels)), id => Assert.Equal(-1, id));

            // What is left out has learnt nothing.
            var (after, own) = (Numbers(quantizer), Numbers(shorter));
            Assert.All(own, pair => Assert.Equal(pair.Value, after[pair.Key]));
            Assert.All(before.Where(pair => !own.ContainsKey(pair.Key)), pair => Assert.Equal(pair.Value, after[pair.Key]));
        }

        Assert.Equal([1, 2, 3, 4, 5], kept.Distinct().Order());
    }

    [Theory]
    [InlineData(2, 1, new[] { 3, 4, 5 })]
    [InlineData(0, 2, new[] { 2, 4, 5 })]
    [InlineData(3, 4, new[] { 4, 5 })]
    [InlineData(4, 1, new[] { 5 })]
    public void Dropout_keeps_the_levels_up_to_its_cutoff_and_leaves_out_as_many_together_as_is_said(
        int cutoff, int multiple, int[] expected)
    {
        var device = devices.Open("cpu");
        using var random = new RandomState(device, seed: 4);
        using var quantizer = Build(
            device, Dropping with { QuantizeDropoutCutoff = cutoff, QuantizeDropoutMultiple = multiple });
        var kept = new List<int>();
        for (var step = 0; step < 60; step++)
        {
            random.Set(step);
            kept.Add(Run(quantizer, new StepContext(IsTraining: true, random), step).Levels);
        }

        Assert.Equal(expected, kept.Distinct().Order());
    }

    [Fact]
    public void Nothing_is_left_out_outside_training_and_dropout_needs_random_numbers()
    {
        var device = devices.Open("cpu");
        using var quantizer = Build(device, Dropping);
        Assert.Equal(5, Run(quantizer, StepContext.Inference, step: 0).Levels);
        Assert.Equal(
            "residual-quantizer: expected random numbers in the step's context; got none. "
            + "Give the StepContext a RandomState, and set it before each step.",
            Assert.Throws<InvalidOperationException>(() => Run(quantizer, StepContext.Training, step: 0)).Message);
    }

    [Fact]
    public void All_groups_leave_out_the_same_levels()
    {
        var device = devices.Open("cpu");
        using var random = new RandomState(device, seed: 5);
        using var quantizer = Build(device, new GroupedResidualOptions { Groups = 3, Group = Dropping });
        for (var step = 0; step < 20; step++)
        {
            random.Set(step);
            using var tape = new Tape(device, recording: false);
            using var rows = Rows(device, quantizer.Width, step);
            using var output = quantizer.Forward(tape.Constant(rows), new StepContext(IsTraining: true, random));
            var kept = output.Ids.ToArray().Chunk(Dropping.Layers).Select(ids => ids.Count(id => id >= 0));
            Assert.Single(kept.Distinct());
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_level_without_an_index_adds_nothing_and_one_with_an_impossible_index_is_no_number(string deviceName)
    {
        using var scope = new TensorScope(devices.Open(deviceName));
        using var quantizer = Build(scope.Device, new ResidualQuantizerOptions { Layers = 3, Layer = Ema });
        float[] Lookup(params int[] ids) => scope.Keep(quantizer.Lookup(scope.Ints(ids, [1, 3]))).ToArray();

        var parts = new[] { Lookup(4, -1, -1), Lookup(-1, 5, -1), Lookup(-1, -1, 2) };
        Assert.All(parts, part => Assert.All(part, number => Assert.NotEqual(0, number)));
        Assert.Equal(3, parts.Select(part => part[0]).Distinct().Count());
        Assert.Equal(
            Enumerable.Range(0, 3).Select(d => parts[0][d] + parts[1][d] + parts[2][d]), Lookup(4, 5, 2));
        Assert.Equal([0, 0, 0], Lookup(-1, -1, -1));
        Assert.All(Lookup(4, 6, 2), number => Assert.Equal(float.NaN, number));
        Assert.All(Lookup(4, -2, 2), number => Assert.Equal(float.NaN, number));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Each_level_of_finite_scalars_divides_the_steps_of_the_one_before(int layers)
    {
        var device = devices.Open("cpu");
        int[] counts = [5, 4];
        using var quantizer = Build(device, new ResidualFsqOptions { Layers = layers, Layer = new() { Levels = [.. counts] } });
        using var rows = Primitive.RandomUniform(device, [500, 2], -4, 4, seed: 7, stream: 7);
        using var tape = new Tape(device, recording: false);
        using var output = quantizer.Forward(tape.Constant(rows), StepContext.Inference);
        var (x, y) = (rows.ToArray(), output.Quantized.Value.ToArray());
        for (var i = 0; i < x.Length; i++)
        {
            // Within half a cell of the last level of what the bound makes of it.
            var count = counts[i % 2];
            var bound = 1 + 1.0 / (count - 1);
            var half = Math.Pow(count, 1 - layers) / (count - 1);
            Assert.InRange(y[i] - Math.Tanh(x[i] / bound) * bound, -half - 1e-6, half + 1e-6);
        }
    }

    [Fact]
    public void The_layers_of_a_shared_codebook_are_one()
    {
        var device = devices.Open("cpu");
        using var own = Build(device, new ResidualQuantizerOptions { Layers = 3, Layer = Ema });
        using var shared = Build(device, new ResidualQuantizerOptions { Layers = 3, Layer = Ema, SharedCodebook = true });

        Assert.Equal(3 * shared.State.Count(), own.State.Count());
        Assert.All(shared.State, named => Assert.StartsWith("layers.0.", named.Key, StringComparison.Ordinal));
        Assert.Equal([6, 6, 6], shared.CodebookSizes);
        var updates = shared.State.Single(named => named.Key.EndsWith("_updates", StringComparison.Ordinal));
        Run(shared, StepContext.Training, step: 0);
        Assert.Equal(3, updates.Tensor.Item());
    }

    [Fact]
    public void Frozen_codes_have_the_variance_of_their_width_and_no_gradient()
    {
        var device = devices.Open("cpu");
        using var quantizer = new SimVqOptions { CodebookSize = 4000, CodeDim = 25 }.Build(new ModuleScope(device, seed: 1));
        var frozen = quantizer.State.Single(named => named.Key == "frozen_codebook").Tensor.ToArray();

        Assert.Equal(1.0 / 25, frozen.Average(number => (double)number * number), 1e-3);
        Assert.Equal(["code_transform.weight"], quantizer.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public void Random_projections_choose_by_direction_alone()
    {
        var device = devices.Open("cpu");
        using var quantizer = Build(device, Kinds["random-projection"]);
        Assert.Empty(quantizer.Parameters);
        using var rows = Rows(device, quantizer.Width, step: 1);
        using var tape = new Tape(device, recording: false);
        var x = tape.Constant(rows);
        using var output = quantizer.Forward(x, StepContext.Training);
        using var moved = quantizer.Forward(x * 3 + 7, StepContext.Training);
        using var turned = quantizer.Forward(-x, StepContext.Training);

        Assert.Equal(output.Ids.ToArray(), moved.Ids.ToArray());
        Assert.NotEqual(output.Ids.ToArray(), turned.Ids.ToArray());
        Assert.InRange(output.Ids.ToArray().Distinct().Count(), 5, 9);
        var codes = quantizer.State.Single(named => named.Key == "codebook").Tensor.ToArray().Chunk(3);
        Assert.All(codes, code => Assert.Equal(1, code.Sum(number => number * number), 1e-5));
    }

    private static Quantizer Build(Device device, QuantizerOptions options) => options.Build(new ModuleScope(device, seed: 1));

    private static Tensor<float> Rows(Device device, int width, long step) =>
        Primitive.RandomNormal(device, [N, width], mean: 0, deviation: 1, seed: 6, stream: (ulong)step);

    private static Dictionary<string, float[]> Numbers(Quantizer quantizer) =>
        quantizer.State.ToDictionary(named => named.Key, named => named.Tensor.ToArray());

    /// <summary>How many levels were kept, and what came of them.</summary>
    private static (int Levels, (float[] Quantized, float Loss, float[] Gradient, int[] Ids) Output) Run(
        Quantizer quantizer, StepContext context, long step)
    {
        using var tape = new Tape(quantizer.Device);
        using var rows = Rows(quantizer.Device, quantizer.Width, step);
        using var upstream = Primitive.RandomNormal(quantizer.Device, rows.Shape, mean: 0, deviation: 1, seed: 8, stream: 8);
        var x = tape.Leaf(rows);
        using var output = quantizer.Forward(x, context);
        tape.Backward(Sum.Apply(output.Quantized.Keep() * tape.Constant(upstream), []) + output.Loss!.Keep());
        var ids = output.Ids.ToArray();
        return (ids.Take(output.Ids.Shape[1]).Count(id => id >= 0),
            (output.Quantized.Value.ToArray(), output.Loss!.Value.Item(), x.Gradient!.ToArray(), ids));
    }

    private static void AssertClose(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));

    /// <summary>Training steps whose results stay.</summary>
    private sealed class Steps : IDisposable
    {
        private readonly Device device;
        private readonly Quantizer quantizer;
        private readonly RandomState random;
        private readonly Tensor<float> rows, upstream, quantized, gradient;
        private readonly Tensor<float>[] trained;
        private readonly Tensor<int> ids;

        public Steps(Device device, QuantizerOptions options)
        {
            this.device = device;
            quantizer = Build(device, options);
            random = new RandomState(device, seed: 2);
            rows = Rows(device, quantizer.Width, step: 0);
            upstream = Rows(device, quantizer.Width, step: 1000);
            quantized = device.Empty<float>(rows.Shape);
            gradient = device.Empty<float>(rows.Shape);
            trained = [.. quantizer.Parameters.Select(parameter => device.Empty<float>(parameter.Value.Shape))];
            ids = device.Empty<int>([N, quantizer.CodebookSizes.Length]);
        }

        public void Begin(long step)
        {
            random.Set(step);
            using var next = Rows(device, quantizer.Width, step);
            Primitive.CopyInto(rows, next);
        }

        public void Compute()
        {
            using var tape = new Tape(device);
            var x = tape.Leaf(rows);
            using var output = quantizer.Forward(x, new StepContext(IsTraining: true, random));
            var objective = Sum.Apply(output.Quantized.Keep() * tape.Constant(upstream), []);
            tape.Backward(output.Loss is { } loss ? objective + loss : objective);
            Primitive.CopyInto(quantized, output.Quantized.Value);
            Primitive.CopyInto(gradient, x.Gradient!);
            Primitive.CopyInto(ids, output.Ids);
            foreach (var (parameter, target) in quantizer.Parameters.Zip(trained))
            {
                Primitive.CopyInto(target, parameter.Gradient!);
                parameter.ClearGradient();
            }
        }

        /// <summary>The bits of all that a step leaves.</summary>
        public int[] Results() =>
        [
            .. ids.ToArray(), .. Bits(quantized), .. Bits(gradient), .. trained.SelectMany(Bits),
            .. quantizer.State.SelectMany(named => Bits(named.Tensor)),
        ];

        public void Dispose()
        {
            foreach (var disposable in (IDisposable[])[quantizer, random, rows, upstream, quantized, gradient, ids, .. trained])
            {
                disposable.Dispose();
            }
        }

        private static IEnumerable<int> Bits(Tensor<float> tensor) => tensor.ToArray().Select(BitConverter.SingleToInt32Bits);
    }
}
