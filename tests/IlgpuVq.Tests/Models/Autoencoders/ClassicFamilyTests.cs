using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>The families of keras.io, ritheshkumar95 and nadavbh12, and what HwangJohn's program has beyond the notebook's: their
/// published sizes, keys and initial numbers.</summary>
public sealed class ClassicFamilyTests
{
    /// <remarks>Those of batch norms and codes included. Where a program counts them itself: keras.io 49 937,
    /// ritheshkumar95 4 882 179, zalandoresearch 694 851 with the codes; the others
    /// were counted of the programs' own models.</remarks>
    [Theory]
    [InlineData("keras-mnist", 1, 49_937)]
    [InlineData("ritheshkumar", 3, 4_882_179)]
    [InlineData("zalando-gradient", 3, 694_851)]
    [InlineData("seed-notebook", 3, 694_851)]
    [InlineData("hwangjohn-colab", 3, 694_851 - 512 * 64)]
    [InlineData("hwangjohn-paper", 3, 2_146_883)]
    [InlineData("nadavbh12-mnist", 1, 299_329)]
    [InlineData("nadavbh12-cifar10", 3, 4_752_643)]
    [InlineData("nadavbh12-imagenet", 3, 1_260_931)]
    public void A_preset_has_the_parameters_of_its_program(string preset, int channels, int count)
    {
        using var device = Device.OpenDry();
        using var model = Build(device, preset, channels);

        Assert.Equal(count, model.Parameters.Sum(parameter => parameter.Value.Size));
    }

    [Theory]
    [InlineData("ritheshkumar", "encoder.0.weight encoder.1.running_mean encoder.3.bias encoder.4.block.1.weight "
        + "encoder.5.block.5.num_batches_tracked codebook._embedding.weight decoder.1.block.2.bias decoder.3.weight "
        + "decoder.4.weight decoder.6.bias")]
    [InlineData("nadavbh12-cifar10", "encoder.0.weight encoder.4.running_var encoder.6.convs.2.weight encoder.8.convs.4.bias "
        + "encoder.9.weight emb._embedding.weight decoder.0.convs.3.weight decoder.2.convs.1.bias decoder.3.weight "
        + "decoder.4.bias decoder.6.weight")]
    [InlineData("hwangjohn-paper", "_encoder.bn1.weight _encoder.bn3.running_mean "
        + "_encoder._residual_stack._layers.1._block.0.weight _encoder._residual_stack._layers.0._block.4.running_var "
        + "_decoder._residual_stack._layers.0._block.3.weight _decoder._conv_trans_2.bias")]
    public void Keys_are_those_of_the_program(string preset, string keys)
    {
        using var device = Device.OpenDry();
        using var model = Build(device, preset, channels: 3);

        var known = model.State.Select(named => named.Key).ToHashSet();
        Assert.All(keys.Split(' '), key => Assert.Contains(key, known));
    }

    /// <summary>Xavier's bound of 4×4 taps from 6 to 6 channels is √(6 / 192).</summary>
    [Theory]
    [InlineData("ritheshkumar", "encoder.3.weight", 0.1768, true)]
    [InlineData("ritheshkumar", "decoder.3.weight", 0.1768, true)]
    [InlineData("keras-mnist", "encoder.1.weight", 0.2722, true)] // 3 · 9 in, 6 · 9 out
    [InlineData("keras-mnist", "decoder.1.weight", 0.2722, true)]
    [InlineData("keras-mnist", "quantizer._embedding.weight", 0.05, true)]
    [InlineData("ritheshkumar", "codebook._embedding.weight", 1 / 512.0, true)]
    [InlineData("nadavbh12-cifar10", "encoder.3.weight", 0.02, false)]
    [InlineData("nadavbh12-cifar10", "emb._embedding.weight", 0.02, false)]
    [InlineData("nadavbh12-cifar10", "decoder.3.weight", 0.1021, true)] // PyTorch's own, 1/√(6 · 16)
    public void Weights_begin_with_the_distributions_of_the_program(string preset, string key, double bound, bool isUniform)
    {
        using var device = Device.Open("cpu");
        using var model = Build(device, preset, channels: 3, hidden: 6);

        var values = model.State.Single(named => named.Key == key).Tensor.ToArray();
        var deviation = Math.Sqrt(values.Average(value => (double)value * value));
        Assert.InRange(deviation / (isUniform ? bound / Math.Sqrt(3) : bound), 0.9, 1.1);
        Assert.Equal(isUniform, values.All(value => Math.Abs(value) <= bound * 1.0005));
    }

    [Fact]
    public void The_last_norm_of_nadavbh12s_encoder_begins_at_a_fortieth_and_the_others_at_one()
    {
        using var device = Device.Open("cpu");
        using var model = Build(device, "nadavbh12-cifar10", channels: 3, hidden: 6);

        var state = model.State.ToDictionary(named => named.Key);
        Assert.All(state["encoder.9.weight"].Tensor.ToArray(), value => Assert.Equal(1 / 40f, value));
        Assert.All(state["encoder.7.weight"].Tensor.ToArray(), value => Assert.Equal(1, value));
        Assert.All(state["encoder.3.bias"].Tensor.ToArray(), value => Assert.Equal(0, value));
    }

    private static Autoencoder Build(Device device, string preset, int channels, int? hidden = null)
    {
        var options = Presets.Find(preset).Config.Model with { Channels = channels };
        options = (options, hidden) switch
        {
            (_, null) => options,
            (KerasVqVaeOptions keras, { } n) => keras with { Hidden = n },
            (BatchNormVqVaeOptions norm, { } n) => norm with { Hidden = n },
            (VqCvaeOptions cvae, { } n) => cvae with { Hidden = n },
            _ => throw new ArgumentException(preset),
        };
        return options.Build(new ModuleScope(device, seed: 1));
    }
}
