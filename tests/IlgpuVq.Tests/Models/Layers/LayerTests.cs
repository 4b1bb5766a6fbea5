using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Priors;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using Xunit;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tests.Models.Layers;

/// <summary>What holds for every layer, and what each does on its own.</summary>
public sealed class LayerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    public static TheoryData<string> Names { get; } = [.. LayerCases.All.Keys];

    private Device Cpu => devices.Open("cpu");

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_of_inputs_and_parameters_are_those_of_differences(string name)
    {
        var layer = LayerCases.All[name];
        using var module = layer.Build(new ModuleScope(Cpu, seed: 5));
        using var inputs = Inputs(layer);

        var result = GradCheck.Run(
            tape => layer.Run(module, [.. inputs.Items.Select(tape.Watch)], StepContext.Training),
            [.. inputs.Items, .. module.Parameters]);

        Assert.True(result.IsRight, result.ToString());
        Assert.All(result.Leaves, leaf => Assert.True(leaf.Checked > 0, leaf.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pass_gives_all_its_memory_back_and_outside_of_training_changes_nothing(string name)
    {
        var layer = LayerCases.All[name];
        using var module = layer.Build(new ModuleScope(Cpu, seed: 5));
        using var inputs = Inputs(layer);
        Pass(StepContext.Training);
        var (live, state) = (Cpu.Memory.LiveBuffers, StateBits.Of(module.State));
        Pass(StepContext.Inference);

        Assert.Equal(live, Cpu.Memory.LiveBuffers);
        Assert.Equal(state, StateBits.Of(module.State));

        void Pass(in StepContext context)
        {
            using var tape = new Tape(Cpu);
            var y = layer.Run(module, [.. inputs.Items.Select(tape.Watch)], context);
            tape.Backward(Sum.Apply(y, []));
            foreach (var parameter in inputs.Items.Concat(module.Parameters))
            {
                parameter.ClearGradient();
            }
        }
    }

    [Fact]
    public void Masked_taps_get_no_gradient_whatever_they_hold()
    {
        using var layer = CausalConv2dLayer.Masked(
            new ModuleScope(Cpu, seed: 1), new ConvShape(1, 1, 3), ConvMask.A, hasBias: false);
        var weight = layer.Parameters.Single();
        using var x = Draw([1, 1, 4, 4], stream: 1);
        var before = Run();
        var values = weight.Value.ToArray();
        Assert.All(weight.Gradient!.ToArray().Select((dW, i) => (dW, i)), tap => Assert.Equal(tap.i < 4, tap.dW != 0));
        weight.Value.CopyFrom([.. values.Select((value, i) => i < 4 ? value : 100)]);

        Assert.Equal(before, Run());

        float[] Run()
        {
            weight.ClearGradient();
            using var tape = new Tape(Cpu);
            var y = layer.Forward(tape.Constant(x), StepContext.Training).Keep();
            tape.Backward(Sum.Apply(y, []));
            return y.Value.ToArray();
        }
    }

    [Theory]
    [InlineData(ConvMask.A, 5)]
    [InlineData(ConvMask.B, 5)]
    [InlineData(ConvMask.B, 4)]
    public void What_a_masked_convolution_gives_depends_on_no_later_pixel(ConvMask mask, int kernel)
    {
        using var layer = CausalConv2dLayer.Masked(new ModuleScope(Cpu, seed: 1), new ConvShape(2, 3, kernel), mask);
        var x = Numbers([1, 2, 4, 4]);
        var before = Run(x);
        var changed = (float[])x.Clone();
        (changed[6], changed[16 + 6]) = (9, 9);
        var after = Run(changed);

        // Pixel 6 of each channel: those before it are as they were, itself by the mask, some after it are not.
        var isSame = Enumerable.Range(0, 16)
            .Select(i => Enumerable.Range(0, 3).All(c => before[c * 16 + i] == after[c * 16 + i])).ToList();
        Assert.All(isSame[..6], Assert.True);
        Assert.Equal(mask == ConvMask.A, isSame[6]);
        Assert.Contains(false, isSame[7..]);

        float[] Run(float[] pixels)
        {
            using var tape = new Tape(Cpu, recording: false);
            return layer.Forward(tape.Constant(pixels, [1, 2, 4, 4]), StepContext.Inference).Value.ToArray();
        }
    }

    [Fact]
    public void A_mask_of_ones_own_keeps_the_taps_it_says()
    {
        using var layer = new CausalConv2dLayer(
            new ModuleScope(Cpu, seed: 1), new ConvShape(1, 1, new Pair(2, 3)), own: new Pair(1, 2),
            tap => tap == new Pair(0, 2));
        using var tape = new Tape(Cpu);
        var y = layer.Forward(tape.Constant([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]), StepContext.Inference);
        var (weight, bias) = (layer.Parameters.First().Value.ToArray(), layer.Parameters.Last().Value.Item());

        Assert.Equal(
            new[] { 0, 0, 0, 1, 2, 3 }.Select(seen => MathF.Round(weight[2] * seen + bias, 5)),
            y.Value.ToArray().Select(value => MathF.Round(value, 5)));
    }

    [Fact]
    public void An_embedding_gives_the_rows_of_its_ids_and_sums_their_gradients()
    {
        using var layer = new EmbeddingLayer(new ModuleScope(Cpu, seed: 1), count: 5, width: 2);
        var weight = layer.Parameters.Single();
        Assert.Equal("weight (5, 2)", $"{weight.Name} {weight.Shape}");
        int[] which = [4, 0, 4, 1, 4, 1];
        using var ids = Cpu.From<int>(which, [2, 3, 1]);
        using var tape = new Tape(Cpu);
        var y = layer.Forward(tape, ids).Keep();
        tape.Backward(Sum.Apply(y, []));

        Assert.Equal([2, 3, 1, 2], y.Shape);
        var rows = weight.Value.ToArray().Chunk(2).ToArray();
        Assert.Equal(which.SelectMany(id => rows[id]), y.Value.ToArray());
        Assert.Equal([1, 1, 2, 2, 0, 0, 0, 0, 3, 3], weight.Gradient!.ToArray());
    }

    [Fact]
    public void Attention_of_four_maps_is_PyTorchs_with_the_maps_packed()
    {
        var shape = new AttentionShape(Width: 6, Heads: 2, IsCausal: true);
        using var packed = new MultiheadAttentionLayer(new ModuleScope(Cpu, seed: 1), shape);
        using var four = new AttentionLayer(new ModuleScope(Cpu, seed: 2), shape, AttentionKeys.Diffusers);
        var (from, to) = (Values(packed), four.State.ToDictionary(named => named.Key, named => named.Tensor));
        foreach (var (i, name) in new[] { "to_q", "to_k", "to_v" }.Index())
        {
            to[$"{name}.weight"].CopyFrom(from["in_proj_weight"].AsSpan(i * 36, 36));
            to[$"{name}.bias"].CopyFrom(from["in_proj_bias"].AsSpan(i * 6, 6));
        }

        to["to_out.0.weight"].CopyFrom(from["out_proj.weight"]);
        to["to_out.0.bias"].CopyFrom(from["out_proj.bias"]);
        Assert.Equal(8, to.Count);
        using var x = Draw([2, 5, 6], stream: 3);
        using var tape = new Tape(Cpu, recording: false);

        var expected = packed.Forward(tape.Constant(x), StepContext.Inference).Value.ToArray();
        Assert.Equal(expected, four.Forward(tape.Constant(x), StepContext.Inference).Value.ToArray());
    }

    [Fact]
    public void Causal_attention_sees_nothing_later()
    {
        using var layer = new AttentionLayer(
            new ModuleScope(Cpu, seed: 2), new AttentionShape(Width: 4, Heads: 2, IsCausal: true), AttentionKeys.Diffusers);
        var x = Numbers([1, 6, 4]);
        var before = Run(x);
        var changed = (float[])x.Clone();
        changed[3 * 4] += 1;
        var after = Run(changed);

        Assert.Equal(before[..12], after[..12]);
        Assert.All(Enumerable.Range(3, 3), t => Assert.NotEqual(before[(t * 4)..(t * 4 + 4)], after[(t * 4)..(t * 4 + 4)]));

        float[] Run(float[] sequence)
        {
            using var tape = new Tape(Cpu, recording: false);
            return layer.Forward(tape.Constant(sequence, [1, 6, 4]), StepContext.Inference).Value.ToArray();
        }
    }

    [Theory]
    [InlineData(Initialization.Torch)]
    [InlineData(Initialization.Sonnet)]
    public void Weights_start_from_the_distributions_of_the_library(Initialization initialization)
    {
        var scope = new ModuleScope(Cpu, seed: 1, initialization);
        using var linear = new LinearLayer(scope.In("linear"), (In: 400, Out: 300));
        using var embedding = new EmbeddingLayer(scope.In("embedding"), count: 300, width: 400);
        using var attention = new MultiheadAttentionLayer(scope.In("attention"), new AttentionShape(Width: 200, Heads: 2));
        var (weight, bias) = (Values(linear)["linear.weight"], Values(linear)["linear.bias"]);
        var (vectors, packed) = (Values(embedding)["embedding.weight"], Values(attention)["attention.in_proj_weight"]);
        if (initialization == Initialization.Torch)
        {
            AssertUniform(weight, 1 / Math.Sqrt(400));
            AssertUniform(bias, 1 / Math.Sqrt(400));
            AssertUniform(packed, Math.Sqrt(6.0 / 800));
            Assert.Equal(1, Deviation(vectors), 0.01);
            Assert.Contains(vectors, value => Math.Abs(value) > 3);
        }
        else
        {
            AssertCutNormal(weight, 1 / Math.Sqrt(400));
            AssertCutNormal(packed, 1 / Math.Sqrt(200));
            AssertCutNormal(vectors, 1);
            Assert.All(bias, value => Assert.Equal(0, value));
        }

        Assert.All(Values(attention)["attention.in_proj_bias"], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Sequential_numbers_its_layers_and_gives_the_context_to_each()
    {
        using var layer = new Sequential(
            new ModuleScope(Cpu, seed: 1, path: "net"),
            at => new LinearLayer(at, (In: 2, Out: 3)),
            at => new FunctionLayer(at, Tanh.Apply),
            at => new BatchNormLayer(at, 3));
        Assert.Equal(
            [
                "net.0.weight", "net.0.bias",
                "net.2.weight", "net.2.bias", "net.2.running_mean", "net.2.running_var", "net.2.num_batches_tracked",
            ],
            layer.State.Select(named => named.Key));
        Assert.Equal(3, layer.Layers.Count);
        using var tape = new Tape(Cpu);
        layer.Forward(tape.Constant([1, 2, 3, 4], [2, 2]), StepContext.Inference);
        Assert.Equal(0, Count());
        layer.Forward(tape.Constant([1, 2, 3, 4], [2, 2]), StepContext.Training);
        Assert.Equal(1, Count());

        int Count() => layer.State.Single(named => named.WholeNumbers is not null).WholeNumbers!.Item();
    }

    [Fact]
    public void Padding_of_height_and_width_is_that_of_all_four_sides() =>
        Assert.Equal(new Padding(Top: 1, Bottom: 1, Left: 2, Right: 2), new Conv2dParams(Padding: new Pair(1, 2)).Padding);

    [Theory]
    [InlineData("batch-norm: expected x (B, 3, …) with two numbers or more for each channel; got x (1, 3, 1).", true, 1, 3, 1)]
    [InlineData("batch-norm: expected x (B, 3, …); got x (2, 4).", false, 2, 4)]
    [InlineData("batch-norm: expected x (B, 3, …); got x (3).", false, 3)]
    public void Batch_norm_refuses_what_has_no_statistics(string message, bool isTraining, params int[] shape)
    {
        using var layer = new BatchNormLayer(new ModuleScope(Cpu, seed: 1), 3);
        using var x = Primitive.Fill(Cpu, [.. shape], 1);
        using var tape = new Tape(Cpu);
        var before = StateBits.Of(layer.State);

        var error = Assert.Throws<ShapeException>(() => layer.Forward(tape.Constant(x), new StepContext(isTraining)));
        Assert.Equal(message, error.Message);
        Assert.Equal(before, StateBits.Of(layer.State));
    }

    [Fact]
    public void A_channel_without_variance_and_one_of_nan_have_the_running_statistics_of_those()
    {
        using var layer = new BatchNormLayer(new ModuleScope(Cpu, seed: 1), 2);
        using var tape = new Tape(Cpu);
        layer.Forward(tape.Constant([3, float.NaN, 3, 1], [2, 2]), StepContext.Training);
        var state = Values(layer);

        Assert.Equal(0.3f, state["running_mean"][0], 1e-6f);
        Assert.Equal(0.9f, state["running_var"][0], 1e-6f);
        Assert.Equal((float.NaN, float.NaN), (state["running_mean"][1], state["running_var"][1]));
    }

    private static Dictionary<string, float[]> Values(Module module) =>
        module.State.Where(named => named.WholeNumbers is null).ToDictionary(named => named.Key, named => named.Tensor.ToArray());

    private static double Deviation(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value) / values.Length);

    private static void AssertUniform(float[] values, double bound)
    {
        Assert.All(values, value => Assert.InRange(value, -bound, bound));
        Assert.Equal(bound / Math.Sqrt(3), Deviation(values), 0.1 * bound);
        Assert.True(values.Max() > 0.95 * bound && values.Min() < -0.95 * bound);
    }

    private static void AssertCutNormal(float[] values, double deviation)
    {
        Assert.All(values, value => Assert.InRange(value, -2 * deviation, 2 * deviation));
        Assert.Equal(0.8796, Deviation(values) / deviation, 0.01); // the cut normal's own
    }

    private Owned Inputs(LayerCase layer) =>
        new(layer.Inputs.Select((shape, i) => new Parameter($"x{i}", Draw(shape, stream: (ulong)i + 1))));

    private Tensor<float> Draw(Shape shape, ulong stream) =>
        Primitive.RandomNormal(Cpu, shape, mean: 0, deviation: 1, seed: 11, stream);

    private float[] Numbers(Shape shape)
    {
        using var tensor = Draw(shape, stream: 7);
        return tensor.ToArray();
    }

    private sealed class Owned(IEnumerable<Parameter> parameters) : IDisposable
    {
        public List<Parameter> Items { get; } = [.. parameters];

        public void Dispose() => Items.ForEach(parameter => parameter.Dispose());
    }
}
