using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Config;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>The sizes and keys of rosinality/vq-vae-2-pytorch, positions of a Sequential that count its ReLUs.</summary>
public sealed class VqVae2Tests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void The_preset_rosinality_has_its_1_388_867_parameters()
    {
        using var model = Presets.Find("rosinality").Config.Model.Build(new ModuleScope(device, seed: 0));

        Assert.IsType<VqVae2Model>(model);
        Assert.Equal(1_388_867, model.Parameters.Sum(parameter => parameter.Value.Size));
    }

    [Fact]
    public void The_state_dictionary_has_its_keys_and_shapes()
    {
        using var model = new VqVae2Model(new ModuleScope(device, seed: 0), new VqVae2Options());
        var codebook = new[] { "_embedding.weight", "_ema_cluster_size", "_ema_w", "_ema_updates" };
        (string Key, Shape Weight, int Bias)[] layers =
        [
            ("enc_b.blocks.0", [64, 3, 4, 4], 64), ("enc_b.blocks.2", [128, 64, 4, 4], 128),
            ("enc_b.blocks.4", [128, 128, 3, 3], 128),
            .. Block("enc_b.blocks.5"), .. Block("enc_b.blocks.6"),
            ("enc_t.blocks.0", [64, 128, 4, 4], 64), ("enc_t.blocks.2", [128, 64, 3, 3], 128),
            .. Block("enc_t.blocks.3"), .. Block("enc_t.blocks.4"),
            ("quantize_conv_t", [64, 128, 1, 1], 64),
            ("dec_t.blocks.0", [128, 64, 3, 3], 128), .. Block("dec_t.blocks.1"), .. Block("dec_t.blocks.2"),
            ("dec_t.blocks.4", [128, 64, 4, 4], 64),
            ("quantize_conv_b", [64, 192, 1, 1], 64), ("upsample_t", [64, 64, 4, 4], 64),
            ("dec.blocks.0", [128, 128, 3, 3], 128), .. Block("dec.blocks.1"), .. Block("dec.blocks.2"),
            ("dec.blocks.4", [128, 64, 4, 4], 64), ("dec.blocks.6", [64, 3, 4, 4], 3),
        ];

        var expected = layers
            .SelectMany(
                layer => new (string, Shape)[] { (layer.Key + ".weight", layer.Weight), (layer.Key + ".bias", [layer.Bias]) })
            .Concat(new[] { "quantize_t", "quantize_b" }.SelectMany(name => codebook.Zip<string, Shape>(
                [[512, 64], [512], [512, 64], []]).Select(pair => ($"{name}.{pair.First}", pair.Second))));
        Assert.Equal(
            expected.OrderBy(pair => pair.Item1, StringComparer.Ordinal),
            model.State.Select(named => (named.Key, named.Tensor.Shape)).OrderBy(pair => pair.Key, StringComparer.Ordinal));

        static IEnumerable<(string, Shape, int)> Block(string place) =>
            [($"{place}.conv.1", [32, 128, 3, 3], 32), ($"{place}.conv.3", [128, 32, 1, 1], 128)];
    }

    [Fact]
    public void The_top_has_a_quarter_of_the_bottoms_indices()
    {
        using var model = new VqVae2Model(
            new ModuleScope(device, seed: 0),
            new VqVae2Options { Hidden = 8, Quantizer = new VectorQuantizerOptions { CodebookSize = 16, CodeDim = 4 } });

        Assert.Equal([new CodeLayout("top", 32, 16, [16]), new CodeLayout("bottom", 64, 32, [16])], model.Layouts(256, 128));
        using var images = Primitive.RandomUniform(device, [2, 3, 16, 24], -0.5f, 0.5f, seed: 1, stream: 1);
        var codes = model.Encode(images);
        Assert.Equal<IEnumerable<Shape>>([[2, 1, 2, 3], [2, 1, 4, 6]], codes.Select(grid => grid.Ids.Shape));
        foreach (var grid in codes)
        {
            grid.Dispose();
        }
    }

    [Fact]
    public void Both_codebooks_learn_and_each_of_its_own_grid()
    {
        using var model = new VqVae2Model(
            new ModuleScope(device, seed: 0),
            new VqVae2Options { Hidden = 8, Quantizer = new VectorQuantizerOptions { CodebookSize = 16, CodeDim = 4 } });
        using var images = Primitive.RandomUniform(device, [2, 3, 16, 24], -0.5f, 0.5f, seed: 1, stream: 1);
        using var tape = new Tape(device);
        using var output = model.Forward(tape.Constant(images), StepContext.Training);

        // (1 − γ) of the indices of a batch: 2·2·3 and 2·4·6.
        Assert.Equal(0.01 * 12, Sizes("quantize_t"), 1e-5);
        Assert.Equal(0.01 * 48, Sizes("quantize_b"), 1e-5);

        double Sizes(string name) => model.State.Single(named => named.Key == $"{name}._ema_cluster_size").Tensor.ToArray().Sum();
    }
}
