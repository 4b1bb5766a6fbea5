using System.Diagnostics;
using System.Text.Json.Serialization;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Benchmarks;

/// <summary>What <see cref="StepBenchmark"/> measured; times in milliseconds, memory in megabytes (10⁶ bytes).</summary>
/// <remarks><c>Graph</c> tells whether the step is one launch, and <c>GraphObstacle</c> why not, on a device that could. <c>CpuMs</c> is the processor time of all threads per step. With one thread it is what a step costs on a machine that others
/// use too.</remarks>
internal sealed record StepBenchmarkResult(
    string Model, string Accelerator, string Precision, int Threads, int Batch, int Image, int Hidden, bool Inference, double MsMedian, double MsMin,
    double CpuMs, double ImagesPerS, double Gflops, double PeakRssMb, double ManagedBytesPerStep,
    bool Graph, string? GraphObstacle);

/// <summary>Times whole training steps on random images: forward, backward, Adam and the figures of the log.</summary>
internal static class StepBenchmark
{
    public static StepBenchmarkResult Run(Device device, RunConfig config, int warmup, bool inference)
    {
        using var state = new TrainingState(device, config);
        using var images = RandomFill.Uniform(
            device, [config.Batch, config.Channels, config.Height, config.Width], -0.5f, 0.5f, config.Seed, stream: 0);
        var pixels = images.ToArray();
        using var step = new TrainingStep(state, config);
        var times = new double[config.Steps];
        var (allocated, cpu) = (0L, TimeSpan.Zero);
        for (var i = -warmup; i < times.Length; i++)
        {
            (allocated, cpu) = i == 0 ? (GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime) : (allocated, cpu);
            var start = Stopwatch.GetTimestamp();
            if (inference)
            {
                Reconstructions.Compute(state.Model, images).Dispose();
            }
            else
            {
                step.Run(pixels);
            }

            device.Synchronize();
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        (allocated, cpu) = (GC.GetTotalAllocatedBytes(precise: true) - allocated, Environment.CpuUsage.TotalTime - cpu);
        Array.Sort(times);
        var median = times[times.Length / 2];
        var flops = 2.0 * Macs(config) * (inference ? 1 : 3) * config.Batch;
        return new StepBenchmarkResult(
            config.Model, device.Name, device.Precision.ToString().ToLowerInvariant(), device.Threads, config.Batch, config.Height, config.Hidden, inference, median, times[0],
            cpu.TotalMilliseconds / times.Length,
            config.Batch / median * 1e3, flops / median / 1e6, PeakResidentMegabytes(), allocated / (double)times.Length,
            step.Recording.IsCaptured, step.Recording.GraphObstacle);
    }

    /// <summary>Multiply-adds of one image's forward pass, from the layers' shapes; a training step counts three times as many.</summary>
    private static double Macs(RunConfig c)
    {
        var (half, full, latent) = (c.Hidden / 2.0, (double)c.Hidden, c.Height / 4.0 * (c.Width / 4.0));
        var residual = c.ResidualLayers * latent * (c.ResidualHidden * full * 9 + full * c.ResidualHidden);
        var encoder = latent * 4 * half * c.Channels * 16 + latent * full * half * 16 + latent * full * full * 9 + residual;
        var quantizer = latent * c.CodeDim * full + latent * c.Codes * c.CodeDim;
        var decoder = latent * full * c.CodeDim * 9 + residual + latent * full * half * 16 + latent * 4 * half * c.Channels * 16;
        return encoder + quantizer + decoder;
    }

    private static double PeakResidentMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StepBenchmarkResult))]
internal sealed partial class StepBenchmarkJson : JsonSerializerContext;
