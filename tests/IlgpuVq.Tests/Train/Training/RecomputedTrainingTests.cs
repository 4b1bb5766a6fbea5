using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqModel;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Models.Layers;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Training that computes again what lies within blocks: the same bits, in less memory.</summary>
public sealed class RecomputedTrainingTests
{
    private static readonly VectorQuantizerOptions Quantizer = new() { CodebookSize = 16, CodeDim = 8 };

    private static readonly VqVaeOptions Model =
        new() { Hidden = 16, ResidualHidden = 8, ResidualLayers = 4, Dropout = 0.2, Quantizer = Quantizer };

    private static readonly AdversarialOptions Adversarial = new() { Normalize = false, Discriminator = new() { Hidden = 32 } };

    private static readonly VqModelOptions VqModel = new()
    {
        BlockOutChannels = [8, 8],
        NormNumGroups = 2,
        AttentionLevels = [1],
        NormType = NormType.Spatial,
        LatentChannels = 8,
        Quantizer = Quantizer,
    };

    /// <summary>All families, with dropout, batch norm, spatial norms, attention, masks and parts of a step among them.</summary>
    private static readonly Dictionary<string, RunConfig> Configs = new()
    {
        ["vqvae"] = Of(Model),
        ["vqvae, norms, gelu"] = Of(Model with { UseNorm = true, Activation = HiddenActivation.Gelu }),
        ["vqvae, one block, parts"] = Of(Model with { ResidualLayers = 1 }) with
        {
            Run = new RunOptions { Batch = 1, Accumulate = 2 },
        },
        ["vqvae, adversarial"] = Of(Model) with { Task = Adversarial },
        ["vqvae2"] = Of(new VqVae2Options { Hidden = 16, ResidualHidden = 8, ResidualLayers = 2, Quantizer = Quantizer }),
        ["keras-vqvae"] = Of(new KerasVqVaeOptions { Hidden = 16, Quantizer = Quantizer }),
        ["batchnorm-vqvae"] = Of(new BatchNormVqVaeOptions { Hidden = 16, Quantizer = Quantizer }),
        ["vq-cvae"] = Of(new VqCvaeOptions { Hidden = 16, Quantizer = Quantizer }),
        ["vqmodel"] = Of(VqModel),
        ["vqmodel, adversarial"] = Of(VqModel) with { Task = Adversarial },
        ["kl"] = Of(new KlAutoencoderOptions { BlockOutChannels = [8, 8], NormNumGroups = 2 }),
        ["asymmetric"] = Of(new AsymmetricOptions { BlockOutChannels = [8, 8], NormNumGroups = 2, MaskRectangles = 2 }),
        ["paella"] = Of(new PaellaOptions { EmbedDim = 16, Levels = 2, BottleneckBlocks = 4, Quantizer = Quantizer }),
        ["tiny"] = Of(new TinyAutoencoderOptions
        {
            EncoderBlockOutChannels = [8, 8],
            DecoderBlockOutChannels = [8, 8],
            NumEncoderBlocks = [1, 2],
            NumDecoderBlocks = [2, 1],
        }),
        ["cvae"] = Of(new CvaeOptions { Hidden = 8, ImageSize = 16 }),
    };

    public static TheoryData<string> Names { get; } = [.. Configs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_end_in_the_same_bits(string name)
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1, PoisonMemory: true));
        var kept = Configs[name];
        var recomputed = Recomputed(kept);

        Assert.Equal(Train(device, kept), Train(device, recomputed));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_need_less_memory_and_the_same_state(string name)
    {
        var side = Configs[name].Model.FixedSize ?? 64;
        var kept = Configs[name] with { Data = Configs[name].Data with { Height = side, Width = side } };
        var (less, all) = (StepMemory.Of(Recomputed(kept)), StepMemory.Of(kept));
        Assert.Equal(all.StateBytes, less.StateBytes);
        Assert.InRange(less.StepBytes, 1, (long)(MostOf(name) * all.StepBytes));
        Assert.Equal(all.Layers!.Rows, less.Layers!.Rows);
    }

    /// <summary>What is left of the memory of activations and gradients. Keras's encoder and decoder have three layers each, of
    /// which the last is larger than all else: nothing to win.</summary>
    private static double MostOf(string name) => name switch
    {
        "keras-vqvae" => 1,
        "vqmodel" or "kl" or "asymmetric" or "tiny" or "paella" => 0.75,
        _ => 0.97,
    };

    [Fact]
    public void Every_family_is_among_them() => Assert.Equal(
        ModelFamilies.All.Select(kind => kind.Name).Order(),
        Configs.Values.Select(config => config.Model.Family).Distinct().Order());

    [Theory]
    [InlineData("vqvae")]
    [InlineData("vqmodel")]
    public void The_number_of_threads_changes_no_bit(string name)
    {
        var config = Recomputed(Configs[name]);
        var ends = new[] { 1, 2, 3 }.Select(threads =>
        {
            using var device = Device.Open("cpu", new DeviceOptions(threads, PoisonMemory: true));
            return Train(device, config);
        }).ToArray();

        Assert.Equal(ends[0], ends[1]);
        Assert.Equal(ends[0], ends[2]);
    }

    /// <summary>More blocks make more to compute again, and little more that is held.</summary>
    [Fact]
    public void Memory_grows_less_with_the_number_of_blocks()
    {
        var config = Of(Model with { ResidualLayers = 16, Dropout = 0 }, side: 64);
        var more = Of(Model with { ResidualLayers = 64, Dropout = 0 }, side: 64);
        var keptGrowth = StepMemory.Of(more).StepBytes - StepMemory.Of(config).StepBytes;
        var growth = StepMemory.Of(Recomputed(more)).StepBytes - StepMemory.Of(Recomputed(config)).StepBytes;

        // Of 16 blocks 4 segments of 4, of 64 blocks 8 of 8: in encoder and decoder 2·4 results more, and 4 blocks more within
        // one, where without there are 2·48 blocks more.
        Assert.InRange(growth, 1, keptGrowth / 4);
    }

    [Fact]
    public void A_quantizer_within_a_segment_is_refused()
    {
        using var device = Device.Open("cpu");
        using var quantizer = Quantizer.Build(new ModuleScope(device, seed: 1));
        using var rows = Primitive.RandomUniform(device, [4, 8], -1, 1, seed: 1, stream: 0);
        using var mask = Primitive.Fill(device, [4], 1);
        using var tape = new Tape(device);
        var context = StepContext.Training with { Recomputation = Recomputation.On };

        AssertRefused((Variable x, in StepContext its) => quantizer.Forward(x, its).Quantized);
        AssertRefused((Variable x, in StepContext its) => quantizer.Forward(x, mask, its).Quantized);

        void AssertRefused(Part part) => Assert.Equal(
            "quantizer: expected a pass outside of recomputed segments, since what it learns and hands out counts once; got one "
                + "within. End the segment before it, and begin another behind.",
            Assert.Throws<InvalidOperationException>(() => context.Segment(tape.Leaf(rows), part)).Message);
    }

    /// <summary>A weight that comes nearer to its norm with each pass of training, once for both passes of a segment.</summary>
    [Fact]
    public void A_spectral_norm_takes_one_step()
    {
        using var device = Device.Open("cpu");
        using var kept = Net();
        using var recomputed = Net();

        Pass(kept, StepContext.Training);
        Pass(recomputed, StepContext.Training with { Recomputation = Recomputation.On });

        Assert.Equal(StateBits.Of(kept.State), StateBits.Of(recomputed.State));
        Assert.Equal(Gradients(kept), Gradients(recomputed));

        Sequential Net() => new(new ModuleScope(device, seed: 2), Layer, Layer);

        void Pass(Sequential net, in StepContext context)
        {
            using var x = Primitive.RandomUniform(device, [1, 2, 5, 5], -1, 1, seed: 1, stream: 0);
            using var tape = new Tape(device);
            tape.Backward(Sum.Apply(Square.Apply(net.Forward(tape.Constant(x), context))));
        }

        static Layer Layer(ModuleScope at) =>
            new NormalizedConv2dLayer(at, new ConvShape(2, 2, Kernel: 3), new Conv2dParams(Padding: 1), WeightRule.Spectral);

        static IEnumerable<float[]> Gradients(Module net) => net.Parameters.Select(parameter => parameter.Gradient!.ToArray());
    }

    private static RunConfig Of(AutoencoderOptions model, int side = 16) => new()
    {
        Run = new RunOptions { Batch = 2, Seed = 3 },
        Data = new DataOptions { Channels = 3, Height = side, Width = side, Variance = 0.06 },
        Model = model,
        Optimizer = new AdamOptions { LearningRate = 1e-2, ClipNorm = 1 },
    };

    private static RunConfig Recomputed(RunConfig config) =>
        config with { Task = (ReconstructionOptions)config.Task with { Recompute = true } };

    /// <summary>All that four steps end in, three of them replayed.</summary>
    private static int[] Train(Device device, RunConfig config)
    {
        using var state = new TrainingState(device, config);
        using var step = new TrainingStep(state);
        for (var i = 0; i < 4; i++)
        {
            using var images = Primitive.RandomUniform(
                device, [config.Run.ImagesPerStep, 3, 16, 16], -0.5f, 0.5f, seed: 1, stream: (ulong)i);
            step.Run(images.ToArray());
        }

        return StateBits.Of(state.Model.State.Concat(state.Optimizer.State).Concat(state.Task.State).Concat(state.Sums.State));
    }
}
