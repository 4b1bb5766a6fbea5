using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
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
    private static readonly Preset[] All =
    [
        // DeepMind's own notebook, in the sizes of the paper.
        new("deepmind", new RunConfig()),

        // zalandoresearch/pytorch-vq-vae, which rectifies its skips in place.
        new("zalando", new RunConfig
        {
            Data = new DataOptions { Name = DataSets.Cifar10 },
            Model = new VqVaeOptions { Init = Initialization.Torch, ResidualSkip = ResidualSkip.Rectified },
            Run = new RunOptions { Batch = 256, Steps = 15_000 },
            Optimizer = new AdamOptions { LearningRate = 1e-3 },
        }),

        // rosinality/vq-vae-2-pytorch.
        new("rosinality", new RunConfig
        {
            Model = new VqVae2Options { Init = Initialization.Torch },
            Task = new TaskOptions { Normalize = false },
            Run = new RunOptions { Batch = 128 },
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
            Task = new TaskOptions { Normalize = false },
            Run = new RunOptions { Batch = 128 },
            Optimizer = new AdamOptions
            {
                LearningRate = 2e-4,
                Schedule = new StepSchedule { Every = 30 * 391, Multiplier = 0.5 }, // 30 epochs of CIFAR-10
            },
        }),
    ];

    /// <summary>What diffusers trains its autoencoders with.</summary>
    private static RunConfig Diffusers => new()
    {
        Task = new TaskOptions { Normalize = false },
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
}
