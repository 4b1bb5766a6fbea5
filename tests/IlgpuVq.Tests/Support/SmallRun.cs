using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Tests.Support;

/// <summary>A run that takes an accelerator of the tests a moment.</summary>
internal static class SmallRun
{
    public static RunConfig Config { get; } = new()
    {
        Run = new RunOptions { Batch = 2, Seed = 3 },
        Data = new DataOptions { Channels = 3, Height = 8, Width = 8, Variance = 0.06 },
        Model = new VqVaeOptions
        {
            Hidden = 8,
            ResidualHidden = 4,
            ResidualLayers = 1,
            Quantizer = new VectorQuantizerOptions { CodebookSize = 8, CodeDim = 4 },
        },
    };
}
