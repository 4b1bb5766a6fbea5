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
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Config;

/// <summary>Settings of a known system, under its name.</summary>
/// <param name="Name">What <c>--preset</c> calls it.</param>
/// <param name="Config">What it starts from.</param>
internal sealed record Preset(string Name, RunConfig Config);

/// <summary>All presets; the first is what runs without one start from.</summary>
internal static class Presets
{
    /// <summary>The EMA codebook of the PyTorch notebook: N(0, 1), counts from 0, smoothed ones written back.</summary>
    private static readonly VectorQuantizerOptions NotebookEma = new() { EmaStart = EmaStart.Running };

    private static readonly VectorQuantizerOptions NotebookGradient = new() { Rule = CodebookRule.Gradient };

    private static readonly RunConfig Zalando = new()
    {
        Data = new DataOptions { Name = DataSets.Cifar10 },
        Model = new VqVaeOptions
        {
            Init = Initialization.Torch,
            ResidualSkip = ResidualSkip.Rectified,
            Quantizer = NotebookEma,
        },
        Run = new RunOptions { Batch = 256, Steps = 15_000 },
        Optimizer = new AdamOptions { LearningRate = 1e-3 },
    };

    private static readonly RunConfig HwangJohn = Zalando with
    {
        Model = (VqVaeOptions)Zalando.Model with { BlockNames = BlockNames.Twice },
    };

    /// <summary>Errors of pixels in [−1, 1].</summary>
    private static readonly ReconstructionOptions SignedError = new() { Normalize = false, ReconstructionWeight = 4 };

    private static readonly Preset[] All =
    [
        // DeepMind's own notebook, in the sizes of the paper.
        new("deepmind", new RunConfig()),

        // zalandoresearch/pytorch-vq-vae, which rectifies its skips in place.
        new("zalando", Zalando),
        new("zalando-gradient", Zalando with { Model = (VqVaeOptions)Zalando.Model with { Quantizer = NotebookGradient } }),

        // rosinality/vq-vae-2-pytorch, whose schedule is an option there.
        new("rosinality", new RunConfig
        {
            Model = new VqVae2Options
            {
                Init = Initialization.Torch,
                PixelRange = PixelRange.Signed,
                Quantizer = new VectorQuantizerOptions { EmaStart = EmaStart.Zero },
            },
            Task = SignedError,
            Run = new RunOptions { Batch = 128 },
            Optimizer = new AdamOptions { Schedule = new CycleSchedule() },
        }),

        // The notes in PyTorch on arXiv:1711.00937 that this design started from: a codebook loss, codes from U(±1/K).
        new("seed-notebook", new RunConfig
        {
            Data = new DataOptions { Name = DataSets.Cifar10 },
            Model = new VqVaeOptions
            {
                Init = Initialization.Torch,
                Quantizer = NotebookGradient with { CodebookStart = CodebookStart.Uniform },
            },
            Task = new ReconstructionOptions { Normalize = false },
            Run = new RunOptions { Batch = 256, Steps = 10_000 },
            Optimizer = new AdamOptions { LearningRate = 1e-3 },
        }),

        // HwangJohn/vq-vae-test, config/*.yaml; "local" trains on the first ten images.
        new("hwangjohn-local", HwangJohn with
        {
            Data = HwangJohn.Data with { Limit = 10 },
            Run = new RunOptions { Batch = 10, Steps = 10_000 },
        }),
        new("hwangjohn-colab", HwangJohn),
        new("hwangjohn-paper", Zalando with
        {
            Model = new VqVaeOptions
            {
                Init = Initialization.Torch,
                Hidden = 256,
                UseNorm = true,
                BlockNames = BlockNames.Twice,
                Quantizer = NotebookEma,
            },
            Run = new RunOptions { Batch = 128, Steps = 250_000 },
            Optimizer = new AdamOptions { LearningRate = 2e-4 },
        }),

        // keras.io, vq_vae: 30 epochs of MNIST.
        new("keras-mnist", new RunConfig
        {
            Data = new DataOptions { Name = DataSets.Mnist },
            Model = new KerasVqVaeOptions(),
            Run = new RunOptions { Batch = 128, Steps = 30 * 469 },
            Optimizer = new AdamOptions { LearningRate = 1e-3, Epsilon = 1e-7 },
        }),

        // ritheshkumar95/pytorch-vqvae: 100 epochs, of CIFAR-10 unless another set is named.
        new("ritheshkumar", new RunConfig
        {
            Data = new DataOptions { Name = DataSets.Cifar10 },
            Model = new BatchNormVqVaeOptions(),
            Task = SignedError,
            Run = new RunOptions { Batch = 128, Steps = 100 * 391 },
            Optimizer = new AdamOptions { LearningRate = 2e-4 },
        }),

        // nadavbh12/VQ-VAE: 20 epochs; of a folder at most 50 000 images each.
        new("nadavbh12-mnist", Nadavbh12(DataSets.Mnist, codes: 10, hidden: 64, PixelRange.Unit) with
        {
            Run = new RunOptions { Batch = 128, Steps = 20 * 469 },
        }),
        new("nadavbh12-cifar10", Nadavbh12(DataSets.Cifar10, codes: 10, hidden: 256)),
        new("nadavbh12-imagenet", Nadavbh12("imagenet", codes: 512, hidden: 128, decayEpochs: 10) with
        {
            Data = new DataOptions { Name = "imagenet", Resize = "256", Crop = "256" },
        }),

        // diffusers' models, in the sizes of their defaults or of the weights that are published with them.
        new("diffusers-vqmodel", Diffusers with
        {
            Model = new VqModelOptions
            {
                Init = Initialization.Torch,
                BlockOutChannels = [64],
                LatentChannels = 3,
                Quantizer = new VectorQuantizerOptions
                {
                    CodebookSize = 256,
                    CodeDim = 3,
                    Rule = CodebookRule.Gradient,
                    CodebookStart = CodebookStart.Uniform,
                    BetaOn = BetaTerm.Codebook,
                },
            },
        }),
        new("diffusers-kl", Diffusers with
        {
            Model = new KlAutoencoderOptions
            {
                Init = Initialization.Torch,
                BlockOutChannels = [128, 256, 512, 512],
                LayersPerBlock = 2,
            },
        }),
        new("diffusers-tiny", Diffusers with { Model = new TinyAutoencoderOptions { Init = Initialization.Torch } }),
        new("diffusers-asymmetric", Diffusers with
        {
            Model = new AsymmetricOptions
            {
                Init = Initialization.Torch,
                BlockOutChannels = [128, 256, 512, 512],
                LayersPerBlock = 2,
                UpBlockOutChannels = [192, 384, 768, 768],
                LayersPerUpBlock = 3,
            },
        }),
        new("paella", Diffusers with
        {
            Model = new PaellaOptions
            {
                Init = Initialization.Torch,
                Quantizer = new VectorQuantizerOptions
                {
                    CodebookSize = 8192,
                    CodeDim = 4,
                    Rule = CodebookRule.Gradient,
                    CodebookStart = CodebookStart.Uniform,
                },
            },
        }),

        // nadavbh12/VQ-VAE: its coefficient 0.1 is of the mean over pixels, and its error that of images from -1 to 1.
        new("nadavbh12-cvae", new RunConfig
        {
            Data = new DataOptions { Name = DataSets.Cifar10 },
            Model = new CvaeOptions { Init = Initialization.Torch, Hidden = 256, PosteriorWeight = 0.1 / (3 * 1024) / 4 },
            Task = new ReconstructionOptions { Normalize = false },
            Run = new RunOptions { Batch = 128 },
            Optimizer = new AdamOptions
            {
                LearningRate = 2e-4,
                Schedule = new StepSchedule { EveryEpochs = 30, Multiplier = 0.5 },
            },
        }),

        // The VQGAN example of huggingface/diffusers.
        new("vqgan", new RunConfig
        {
            Model = new VqModelOptions
            {
                Init = Initialization.Torch,
                BlockOutChannels = [128, 256, 512],
                LayersPerBlock = 2,
                NormType = NormType.Spatial,
                Quantizer = new VectorQuantizerOptions
                {
                    CodebookSize = 16384,
                    CodeDim = 4,
                    Rule = CodebookRule.Gradient,
                    CodebookStart = CodebookStart.Uniform,
                    BetaOn = BetaTerm.Codebook,
                },
            },
            Task = new AdversarialOptions { Normalize = false },
            Run = new RunOptions { Batch = 16 },
            Optimizer = new AdamWOptions { LearningRate = 1e-4, WeightDecay = 1e-2, ClipNorm = 1 },
        }),
    ];

    /// <summary>What diffusers trains its autoencoders with.</summary>
    private static RunConfig Diffusers => new()
    {
        Task = new ReconstructionOptions { Normalize = false },
        Run = new RunOptions { Batch = 8 },
        Optimizer = new AdamWOptions { LearningRate = 1e-4, WeightDecay = 1e-2, ClipNorm = 1 },
    };

    public static IEnumerable<string> Names => All.Select(preset => preset.Name);

    /// <summary>The preset that runs without one start from.</summary>
    public static string DefaultName => All[0].Name;

    /// <summary>What runs start from without a preset.</summary>
    public static RunConfig Default => All[0].Config;

    /// <summary>The preset of that name.</summary>
    /// <exception cref="RunException">No preset has that name.</exception>
    public static Preset Find(string name) => Array.Find(All, preset => preset.Name == name)
        ?? throw new RunException(
            "--preset", string.Join(", ", Names), $"'{name}'",
            Spelling.DidYouMean(name, Names) is { Length: > 0 } guess ? guess : "Choose one of these.");

    private static RunConfig Nadavbh12(
        string data, int codes, int hidden, PixelRange range = PixelRange.Signed, int decayEpochs = 30) => new()
        {
            Data = new DataOptions { Name = data },
            Model = new VqCvaeOptions
            {
                Hidden = hidden,
                PixelRange = range,
                Quantizer = VqCvaeOptions.QuantizerOf(codes, width: hidden),
            },
            Task = range == PixelRange.Signed ? SignedError : new ReconstructionOptions { Normalize = false },
            Run = new RunOptions { Batch = 128, Steps = 20 * 391 },
            Optimizer = new AdamOptions
            {
                LearningRate = range == PixelRange.Signed ? 2e-4 : 1e-4,
                Schedule = new StepSchedule { EveryEpochs = decayEpochs, Multiplier = 0.5 },
            },
        };
}
