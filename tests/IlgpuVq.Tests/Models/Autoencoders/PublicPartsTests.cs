using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>What someone does who uses the models as a library: takes them apart and puts other things between.</summary>
/// <remarks>Public types and members alone.</remarks>
public sealed class PublicPartsTests : IDisposable
{
    private readonly Device device = Device.Open("cpu");

    public void Dispose() => device.Dispose();

    [Fact]
    public void Encoder_quantizer_and_decoder_of_a_vqvae_are_the_model()
    {
        using var model = new VqVaeModel(
            new ModuleScope(device, seed: 1), new VqVaeOptions { Hidden = 8, ResidualHidden = 4, Quantizer = Quantizer });
        using var tape = new Tape(device);
        var x = Images(tape);
        var z = model.PreVqConv.Forward(model.Encoder.Forward(x, StepContext.Inference));
        using var quantized = model.ImageQuantizer.Forward(z, StepContext.Inference);
        var y = model.Decoder.Forward(quantized.Quantized, StepContext.Inference);

        AssertIsModel(model, tape, x, [z], [quantized], y);
    }

    [Fact]
    public void The_parts_of_both_levels_of_a_vqvae2_are_the_model()
    {
        using var model = new VqVae2Model(
            new ModuleScope(device, seed: 1), new VqVae2Options { Hidden = 8, ResidualHidden = 4, Quantizer = Quantizer });
        using var tape = new Tape(device);
        var x = Images(tape);
        var z = model.Latents(x, StepContext.Inference);
        using var top = model.Top.Forward(z[0], StepContext.Inference);
        using var bottom = model.Bottom.Forward(z[1], StepContext.Inference);
        var y = model.Images([top.Quantized, bottom.Quantized], StepContext.Inference);

        Assert.Equal([2, 8, 4, 4], model.BottomEncoder.Forward(x, StepContext.Inference).Shape);
        Assert.Equal([2, 4, 4, 4], model.TopDecoder.Forward(top.Quantized, StepContext.Inference).Shape);
        AssertIsModel(model, tape, x, z, [top, bottom], y);
    }

    [Fact]
    public void A_loss_of_ones_own_on_the_latents_trains_the_encoder_alone()
    {
        using var model = new VqVaeModel(
            new ModuleScope(device, seed: 1), new VqVaeOptions { Hidden = 8, ResidualHidden = 4, Quantizer = Quantizer });
        using var tape = new Tape(device);
        var z = model.Latents(Images(tape), StepContext.Training)[0];
        tape.Backward(Mean.Apply(Square.Apply(z)));

        Assert.All(model.Encoder.Parameters, parameter => Assert.NotNull(parameter.Gradient));
        Assert.All(model.Decoder.Parameters, parameter => Assert.Null(parameter.Gradient));
    }

    [Fact]
    public void Latents_that_are_not_one_for_each_grid_are_refused()
    {
        using var model = new VqVae2Model(
            new ModuleScope(device, seed: 1), new VqVae2Options { Hidden = 8, ResidualHidden = 4, Quantizer = Quantizer });
        using var tape = new Tape(device);
        var z = model.Latents(Images(tape), StepContext.Inference);

        Assert.Equal(
            "vqvae2: expected latent images for 2 quantizers; got 1. Give those of Latents, in its order.",
            Assert.Throws<ShapeException>(() => model.Images([z[0]], StepContext.Inference)).Message);
        Assert.Equal(
            "vqvae2: expected latent images for 2 quantizers; got 3. Give those of Latents, in its order.",
            Assert.Throws<ShapeException>(() => model.Quantize([.. z, z[0]], StepContext.Inference)).Message);
    }

    private static VectorQuantizerOptions Quantizer => new() { CodebookSize = 16, CodeDim = 4 };

    private static void AssertIsModel(
        Autoencoder model, Tape tape, Variable x, IReadOnlyList<Variable> z, ImageQuantizerOutput[] quantized, Variable y)
    {
        using var output = model.Forward(x, StepContext.Inference);
        Assert.Same(tape, output.Reconstruction.Tape);
        Assert.Equal(output.Reconstruction.Value.ToArray(), y.Value.ToArray());
        Assert.Equal(output.Codes.Select(grid => grid.Ids.ToArray()), quantized.Select(each => each.Codes.Ids.ToArray()));
        Assert.Equal(output.Loss!.Value.Item(), quantized.Sum(each => each.Loss!.Value.Item()), 1e-6f);
        var latents = model.Latents(x, StepContext.Inference);
        Assert.Equal(latents.Select(variable => variable.Value.ToArray()), z.Select(variable => variable.Value.ToArray()));
        Assert.Equal(
            quantized.Select(each => each.Quantized.Value.ToArray()),
            model.Quantize(latents, StepContext.Inference).Select(variable => variable.Value.ToArray()));
        Assert.Equal(
            model.Layouts(16, 16).Select(layout => (layout.Height, layout.Width)),
            latents.Select(each => (each.Shape[2], each.Shape[3])));
    }

    private static Variable Images(Tape tape) =>
        tape.Constant([.. Enumerable.Range(0, 2 * 3 * 16 * 16).Select(i => MathF.Sin(i) / 2)], [2, 3, 16, 16], "images");
}
