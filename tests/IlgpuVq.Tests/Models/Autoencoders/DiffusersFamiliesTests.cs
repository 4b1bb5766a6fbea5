using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
using IlgpuVq.Models.Autoencoders.VqModel;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Config;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>The families of diffusers, and nadavbh12's CVAE.</summary>
public sealed class DiffusersFamiliesTests : IDisposable
{
    private static readonly VectorQuantizerOptions Codes = new()
    {
        CodebookSize = 16,
        CodeDim = 4,
        Rule = CodebookRule.Gradient,
    };

    private static readonly Dictionary<string, AutoencoderOptions> Small = new()
    {
        ["vqmodel"] = new VqModelOptions { BlockOutChannels = [8, 16], NormNumGroups = 4, Quantizer = Codes },
        ["vqmodel, spatial"] = new VqModelOptions
        {
            BlockOutChannels = [8, 16],
            NormNumGroups = 4,
            NormType = NormType.Spatial,
            AttentionLevels = [1],
            Quantizer = Codes,
        },
        ["kl"] = new KlAutoencoderOptions { BlockOutChannels = [8, 16], NormNumGroups = 4 },
        ["tiny"] = new TinyAutoencoderOptions
        {
            EncoderBlockOutChannels = [16, 16],
            DecoderBlockOutChannels = [16, 16],
            NumEncoderBlocks = [1, 1],
            NumDecoderBlocks = [1, 1],
        },
        ["asymmetric"] = new AsymmetricOptions
        {
            BlockOutChannels = [8, 16],
            UpBlockOutChannels = [8, 24],
            NormNumGroups = 4,
        },
        ["paella"] = new PaellaOptions { EmbedDim = 16, BottleneckBlocks = 2, Quantizer = Codes },
        ["cvae"] = new CvaeOptions { Hidden = 16, ImageSize = 16 },
    };

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    private readonly RandomState random;

    public DiffusersFamiliesTests() => random = new RandomState(device, seed: 1);

    public static TheoryData<string> Names { get; } = [.. Small.Keys];

    public static TheoryData<string> Continuous { get; } = ["kl", "tiny", "asymmetric", "cvae"];

    private StepContext Training => new(IsTraining: true, random);

    public void Dispose()
    {
        random.Dispose();
        device.Dispose();
    }

    /// <summary>Of the published weights; buffers apart, such as running averages.</summary>
    [Theory]
    [InlineData("diffusers-kl", 83_653_863)]
    [InlineData("diffusers-tiny", 2_445_063)]
    public void Presets_have_the_published_numbers_of_parameters(string preset, long parameters)
    {
        using var dry = Device.OpenDry();
        using var model = Presets.Find(preset).Config.Model.Build(new ModuleScope(dry, seed: 0));

        Assert.Equal(parameters, model.Parameters.Sum(parameter => (long)parameter.Value.Size));
    }

    [Fact]
    public void A_vqmodel_has_the_keys_of_diffusers()
    {
        var options = (VqModelOptions)Presets.Find("diffusers-vqmodel").Config.Model;
        var keys = KeysOf(options with { BlockOutChannels = [32, 64], AttentionLevels = [1] });
        string[] some =
        [
            "encoder.conv_in.weight", "encoder.down_blocks.0.resnets.0.norm1.weight",
            "encoder.down_blocks.0.downsamplers.0.conv.weight", "encoder.down_blocks.1.resnets.0.conv_shortcut.weight",
            "encoder.down_blocks.1.attentions.0.to_q.weight", "encoder.mid_block.attentions.0.group_norm.weight",
            "encoder.mid_block.attentions.0.to_out.0.bias", "encoder.mid_block.resnets.1.conv2.bias",
            "encoder.conv_norm_out.weight", "encoder.conv_out.bias", "quant_conv.weight", "quantize.embedding.weight",
            "post_quant_conv.bias", "decoder.up_blocks.0.resnets.1.norm2.bias", "decoder.up_blocks.0.upsamplers.0.conv.weight",
            "decoder.up_blocks.0.attentions.1.to_v.weight", "decoder.up_blocks.1.resnets.0.conv_shortcut.bias",
            "decoder.conv_norm_out.bias", "decoder.conv_out.weight",
        ];
        Assert.All(some, key => Assert.Contains(key, keys));
        Assert.DoesNotContain(keys, key => key.Contains("down_blocks.1.downsamplers", StringComparison.Ordinal) ||
            key.Contains("up_blocks.1.upsamplers", StringComparison.Ordinal) ||
            key.Contains("_embedding", StringComparison.Ordinal));

        var spatial = KeysOf(options with { NormType = NormType.Spatial, BlockOutChannels = [32, 64], LatentChannels = 3 });
        string[] more =
        [
            "decoder.mid_block.attentions.0.spatial_norm.norm_layer.weight", "decoder.mid_block.resnets.0.norm1.conv_y.weight",
            "decoder.up_blocks.1.resnets.0.norm2.conv_b.bias", "decoder.conv_norm_out.norm_layer.bias",
            "encoder.conv_norm_out.weight",
        ];
        Assert.All(more, key => Assert.Contains(key, spatial));
    }

    [Fact]
    public void Paella_and_the_asymmetric_decoder_have_the_keys_of_diffusers()
    {
        var paella = KeysOf(Presets.Find("paella").Config.Model);
        string[] some =
        [
            "in_block.1.weight", "down_blocks.0.gammas", "down_blocks.1.weight", "down_blocks.2.depthwise.1.bias",
            "down_blocks.3.0.weight", "down_blocks.3.1.running_var", "vquantizer.embedding.weight", "up_blocks.0.0.bias",
            "up_blocks.12.channelwise.2.weight", "up_blocks.13.weight", "up_blocks.14.channelwise.0.bias", "out_block.0.weight",
        ];
        Assert.All(some, key => Assert.Contains(key, paella));
        Assert.DoesNotContain("down_blocks.3.0.bias", paella);

        var asymmetric = KeysOf(Presets.Find("diffusers-asymmetric").Config.Model);
        Assert.Equal(10, asymmetric.Count(key => key.StartsWith("decoder.condition_encoder.layers.", StringComparison.Ordinal)));
        Assert.Contains("decoder.up_blocks.3.resnets.3.conv2.weight", asymmetric);
        Assert.DoesNotContain("decoder.up_blocks.3.resnets.4.conv2.weight", asymmetric);

        var cvae = KeysOf(new CvaeOptions { Hidden = 4 });
        Assert.All(
            (string[])["encoder.0.weight", "encoder.6.convs.2.running_mean", "encoder.8.convs.4.bias", "fc11.weight", "fc12.bias",
                "decoder.2.convs.1.weight", "decoder.7.weight"],
            key => Assert.Contains(key, cvae));
        Assert.DoesNotContain("encoder.0.bias", cvae);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_batch_is_learnt_by_heart(string name)
    {
        using var model = Build(name);
        using var optimizer = new Adam(model.Parameters, new AdamOptions { LearningRate = 3e-3 });
        using var images = Primitive.RandomUniform(device, [2, 3, 2, 2], -0.5f, 0.5f, seed: 5, stream: 1);
        using var tape = new Tape(device);
        using var large = NearestResize.Apply(tape.Constant(images), 16, 16).Value.Share(); // squares of one colour each
        var first = Step(0);
        for (var step = 1; step < 250; step++)
        {
            Step(step);
        }

        var last = Step(250);
        Assert.True(last < first / 10, $"{first} to {last}");

        double Step(int step)
        {
            random.Set(step);
            using var own = new Tape(device);
            var x = own.Constant(large);
            using var output = model.Forward(x, Training);
            var error = MeanSquaredError.Apply(output.Reconstruction, x).Keep();
            own.Backward(output.Loss is { } loss ? error + loss : error);
            optimizer.Step();
            return error.Value.Item();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_recorded_step_learns_what_a_plain_one_does(string name)
    {
        using var images = Primitive.RandomUniform(device, [2, 3, 16, 16], -0.5f, 0.5f, seed: 5, stream: 1);
        Assert.Equal(After(isReplayed: false), After(isReplayed: true));

        float[] After(bool isReplayed)
        {
            using var model = Build(name);
            using var optimizer = new Adam(model.Parameters, new AdamOptions { LearningRate = 1e-3 });
            using var step = new Recording(device, Step);
            for (var i = 0; i < 4; i++)
            {
                random.Set(i);
                optimizer.Advance();
                if (isReplayed)
                {
                    step.Run();
                }
                else
                {
                    Step();
                }
            }

            return [.. model.State.Where(named => named.WholeNumbers is null).SelectMany(named => named.Tensor.ToArray())];

            void Step()
            {
                using var tape = new Tape(device);
                var x = tape.Constant(images);
                using var output = model.Forward(x, Training);
                var error = MeanSquaredError.Apply(output.Reconstruction, x);
                tape.Backward(output.Loss is { } loss ? error + loss : error);
                optimizer.Apply();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Continuous))]
    public void Decoded_latent_images_are_the_reconstruction_bit_for_bit(string name)
    {
        using var model = (ContinuousAutoencoder)Build(name);
        using var images = Primitive.RandomUniform(device, [2, 3, 16, 16], -0.5f, 0.5f, seed: 5, stream: 1);
        using var latents = model.EncodeLatents(images);
        using var decoded = model.DecodeLatents(latents);
        using var tape = new Tape(device, recording: false);
        using var output = model.Forward(tape.Constant(images), StepContext.Inference);

        var layout = model.LatentLayout(16, 16);
        Assert.Equal([2, layout.Channels, layout.Height, layout.Width], latents.Shape);
        Assert.Equal(output.Reconstruction.Value.ToArray(), decoded.ToArray());
        Assert.Empty(output.Codes);
        Assert.Empty(model.Layouts(16, 16));
        Assert.Equal(model.Figures, output.Figures.Select(figure => figure.Name));

        var message =
            $"{model.Options.Family}: expected a model with a quantizer, where codes are asked for; got one of continuous latent "
                + "images. Use EncodeLatents and DecodeLatents, or another model.";
        Assert.Equal(message, Assert.Throws<ShapeException>(() => model.Encode(images)).Message);
        Assert.Equal(message, Assert.Throws<ShapeException>(() => model.Decode([])).Message);
        Assert.Equal(
            $"{model.Options.Family}: expected latent images (B, {layout.Channels}, h, w); got latents {images.Shape}.",
            Assert.Throws<ShapeException>(() => model.DecodeLatents(images)).Message);
    }

    /// <summary>Training draws from the posterior; its weight counts the figure.</summary>
    [Fact]
    public void Training_of_a_kl_autoencoder_draws_and_weighs_the_divergence()
    {
        using var model = (GaussianAutoencoder)(((KlAutoencoderOptions)Small["kl"]) with { PosteriorWeight = 0.25 })
            .Build(new ModuleScope(device, seed: 1));
        using var images = Primitive.RandomUniform(device, [2, 3, 16, 16], -0.5f, 0.5f, seed: 5, stream: 1);
        using var tape = new Tape(device, recording: false);
        var x = tape.Constant(images);
        var posterior = model.Posterior(x, Training);
        using var output = model.Forward(x, Training);
        using var again = model.Forward(x, Training);
        var z = posterior.Sample(random, ModuleScope.StreamOf("posterior"));

        Assert.Equal(model.Images([z], Training).Value.ToArray(), output.Reconstruction.Value.ToArray());
        Assert.Equal(output.Reconstruction.Value.ToArray(), again.Reconstruction.Value.ToArray());
        random.Set(1);
        using var next = model.Forward(x, Training);
        Assert.NotEqual(output.Reconstruction.Value.ToArray(), next.Reconstruction.Value.ToArray());
        var kl = output.Figures.Single(figure => figure.Name == "kl").Value.Value.Item();
        Assert.Equal(posterior.Kl().Value.ToArray().Average(), kl, 1e-4 * kl);
        Assert.Equal(kl / 4, output.Loss!.Value.Item(), 1e-6 * kl);
    }

    [Fact]
    public void A_mask_of_ones_draws_all_of_the_image_and_one_of_zeros_sees_the_given_one()
    {
        using var model = (AsymmetricModel)Build("asymmetric");
        using var images = Primitive.RandomUniform(device, [1, 3, 16, 16], -0.5f, 0.5f, seed: 5, stream: 1);
        using var others = Primitive.RandomUniform(device, [1, 3, 16, 16], -0.5f, 0.5f, seed: 6, stream: 1);
        using var tape = new Tape(device, recording: false);
        var (x, other) = (tape.Constant(images), tape.Constant(others));
        var z = model.Latents(x, StepContext.Inference)[0];

        var plain = model.Images([z], StepContext.Inference).Value.ToArray();
        Assert.Equal(plain, Inpaint(other, 1));
        Assert.NotEqual(Inpaint(x, 0), Inpaint(other, 0));

        var wrong = tape.Constant([1f], [1, 1, 1, 1]);
        Assert.StartsWith(
            "asymmetric: expected latents (B, 4, H/2, W/2), image (B, C, H, W) and mask (B, 1, H, W); got",
            Assert.Throws<ShapeException>(() => model.Inpaint(z, x, wrong, StepContext.Inference)).Message,
            StringComparison.Ordinal);

        float[] Inpaint(Variable image, float mask) => model.Inpaint(
            z, image, tape.Constant(Enumerable.Repeat(mask, 256).ToArray(), [1, 1, 16, 16]), StepContext.Inference)
            .Value.ToArray();
    }

    [Fact]
    public void Images_of_another_size_than_a_cvaes_are_refused()
    {
        using var model = Build("cvae");
        using var images = Primitive.Fill(device, [1, 3, 32, 32], 0);
        using var tape = new Tape(device, recording: false);
        var x = tape.Constant(images);
        Assert.Equal(
            "cvae: expected x (B, 3, 16, 16), the one size that its linear maps take; got x (1, 3, 32, 32). Resize or crop the "
                + "images.",
            Assert.Throws<ShapeException>(() => model.Forward(x, StepContext.Inference)).Message);
    }

    [Theory]
    [InlineData("block-out-channels: expected multiples of 32, the groups that are normalized together; got 48.")]
    [InlineData("attention-levels: expected levels from 0 to 0; got 1.")]
    [InlineData("norm-type: expected group where codes have another width, 64, than the 4 latent channels; got Spatial.")]
    [InlineData("num-encoder-blocks: expected a number for each of 4 stages; got 1.")]
    [InlineData("up-block-out-channels: expected a number for each of 1 levels; got 32,64.")]
    [InlineData("image-size: expected a multiple of 4; got 30.")]
    [InlineData("posterior-weight: expected a finite number of at least 0; got -1.")]
    [InlineData("resolutions: expected a whole number from 1 to 12; got 0.")]
    public void Options_out_of_range_are_named(string message)
    {
        AutoencoderOptions options = message.Split(':')[0] switch
        {
            "block-out-channels" => new VqModelOptions { BlockOutChannels = [48] },
            "attention-levels" => new KlAutoencoderOptions { AttentionLevels = [1] },
            "norm-type" => new VqModelOptions { NormType = NormType.Spatial },
            "num-encoder-blocks" => new TinyAutoencoderOptions { NumEncoderBlocks = [1] },
            "up-block-out-channels" => new AsymmetricOptions { UpBlockOutChannels = [32, 64] },
            "image-size" => new CvaeOptions { ImageSize = 30 },
            "posterior-weight" => new KlAutoencoderOptions { PosteriorWeight = -1 },
            _ => new PaellaOptions { Levels = 0 },
        };

        Assert.Equal(message, Assert.Throws<OptionException>(options.Validate).Message);
    }

    private static HashSet<string> KeysOf(AutoencoderOptions options)
    {
        using var dry = Device.OpenDry();
        using var model = options.Build(new ModuleScope(dry, seed: 0));
        return [.. model.State.Select(named => named.Key)];
    }

    private Autoencoder Build(string name) =>
        (Small[name] with { Init = Initialization.Torch }).Build(new ModuleScope(device, seed: 1));
}
