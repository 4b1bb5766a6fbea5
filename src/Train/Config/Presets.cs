using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
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

        // The VQGAN example of huggingface/diffusers.
        new("vqgan", new RunConfig
        {
            Model = new VqVaeOptions(),
            Task = new AdversarialOptions { Normalize = false },
            Run = new RunOptions { Batch = 16 },
            Optimizer = new AdamWOptions { LearningRate = 1e-4, WeightDecay = 1e-2, ClipNorm = 1 },
        }),
    ];

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
