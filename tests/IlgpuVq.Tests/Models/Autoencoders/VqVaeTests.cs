using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

public sealed class VqVaeTests : IDisposable
{
    private static readonly VectorQuantizerOptions SmallQuantizer = new() { CodebookSize = 32, CodeDim = 8 };

    private static readonly VqVaeOptions Small = new() { Hidden = 16, ResidualHidden = 8, Quantizer = SmallQuantizer };

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void The_default_model_has_the_notebooks_694_851_parameters()
    {
        using var trained = Build(new VqVaeOptions { Quantizer = new VectorQuantizerOptions { Rule = CodebookRule.Gradient } });

        Assert.Equal(694_851, trained.Parameters.Sum(parameter => parameter.Value.Size));
    }

    [Fact]
    public void The_state_dictionary_has_the_notebooks_keys_and_shapes()
    {
        using var model = Build(new VqVaeOptions());

        var state = model.State.ToDictionary(named => named.Key, named => named.Tensor.Shape);

        Shape residual3 = [32, 128, 3, 3], residual1 = [128, 32, 1, 1];
        foreach (var half in new[] { "_encoder", "_decoder" })
        {
            foreach (var layer in new[] { 0, 1 })
            {
                Assert.Equal(residual3, state[$"{half}._residual_stack._layers.{layer}._block.1.weight"]);
                Assert.Equal(residual1, state[$"{half}._residual_stack._layers.{layer}._block.3.weight"]);
            }
        }

        Assert.Equal<IEnumerable<Shape>>([[64, 3, 4, 4], [64], [128, 64, 4, 4], [128], [128, 128, 3, 3], [128]], Encoder(state));
        Assert.Equal<IEnumerable<Shape>>([[64, 128, 1, 1], [64]], [state["_pre_vq_conv.weight"], state["_pre_vq_conv.bias"]]);
        Assert.Equal<IEnumerable<Shape>>(
            [[128, 64, 3, 3], [128], [128, 64, 4, 4], [64], [64, 3, 4, 4], [3]],
            new[] { "_conv_1", "_conv_trans_1", "_conv_trans_2" }.SelectMany(
                name => new[] { state[$"_decoder.{name}.weight"], state[$"_decoder.{name}.bias"] }));
        Assert.Equal<IEnumerable<Shape>>(
            [[512, 64], [512], [512, 64]],
            [state["_vq_vae._embedding.weight"], state["_vq_vae._ema_cluster_size"], state["_vq_vae._ema_w"]]);
        Assert.Equal(6 + 2 + 6 + 8 + 4, state.Count);

        static IEnumerable<Shape> Encoder(Dictionary<string, Shape> state) =>
            new[] { "_conv_1", "_conv_2", "_conv_3" }.SelectMany(
            name => new[] { state[$"_encoder.{name}.weight"], state[$"_encoder.{name}.bias"] });
    }

    [Theory]
    [InlineData("_encoder._conv_2.weight", 1024)]
    [InlineData("_encoder._conv_2.bias", 1024)]
    [InlineData("_decoder._conv_trans_1.weight", 1024)] // PyTorch's fan-in of a transposed convolution: 64 output channels · 16
    [InlineData("_pre_vq_conv.weight", 128)]
    public void Torchs_weights_start_uniform_within_one_over_the_root_of_the_fan_in(string key, int fanIn)
    {
        using var model = Build(new VqVaeOptions { Init = Initialization.Torch });

        var values = model.State.Single(named => named.Key == key).Tensor.ToArray();

        var bound = 1 / MathF.Sqrt(fanIn);
        Assert.All(values, value => Assert.InRange(value, -bound, bound));
        Assert.True(values.Max() > 0.9f * bound && values.Min() < -0.9f * bound);
        Assert.InRange(values.Average(), -3 * bound / MathF.Sqrt(3 * values.Length), 3 * bound / MathF.Sqrt(3 * values.Length));
    }

    [Theory]
    [InlineData("_encoder._conv_2.weight", 1024)]
    [InlineData("_decoder._conv_trans_1.weight", 2048)]
    public void Sonnets_weights_start_as_a_normal_cut_at_two_deviations_and_its_biases_at_zero(string key, int fanIn)
    {
        using var model = Build(new VqVaeOptions { Init = Initialization.Sonnet });
        var state = model.State.ToDictionary(named => named.Key, named => named.Tensor.ToArray());
        var (values, deviation) = (state[key], 1 / MathF.Sqrt(fanIn));

        Assert.All(values, value => Assert.InRange(value, -2 * deviation, 2 * deviation));
        Assert.Equal(
            0.8796, MathF.Sqrt(values.Sum(value => value * value) / values.Length) / deviation, 0.01); // the cut normal's own
        Assert.All(state[key.Replace("weight", "bias", StringComparison.Ordinal)], value => Assert.Equal(0, value));
        var bound = MathF.Sqrt(3f / 64);
        Assert.All(state["_vq_vae._embedding.weight"], value => Assert.InRange(value, -bound, bound));
    }

    [Fact]
    public void The_seed_fixes_the_initial_weights()
    {
        using var a = Build(Small, seed: 3);
        using var b = Build(Small, seed: 3);
        using var other = Build(Small, seed: 4);

        Assert.Equal(Numbers(a), Numbers(b));
        Assert.NotEqual(Numbers(a), Numbers(other));
    }

    [Theory]
    [InlineData("codes: expected a whole number of at least 1; got 0.")]
    [InlineData("hidden: expected an even number of channels; got 7.")]
    [InlineData("decay: expected a number from 0 to below 1; got 1.")]
    public void Options_out_of_range_are_named(string message)
    {
        var options = message.Split(':')[0] switch
        {
            "codes" => Small with { Quantizer = SmallQuantizer with { CodebookSize = 0 } },
            "hidden" => Small with { Hidden = 7 },
            _ => Small with { Quantizer = SmallQuantizer with { Decay = 1 } },
        };

        Assert.Equal(message, Assert.Throws<OptionException>(() => Build(options)).Message);
    }

    private static float[] Numbers(VqVaeModel model) => [.. model.State.SelectMany(named => named.Tensor.ToArray())];

    private VqVaeModel Build(VqVaeOptions options, ulong seed = 1) => new(new ModuleScope(device, seed), options);
}
