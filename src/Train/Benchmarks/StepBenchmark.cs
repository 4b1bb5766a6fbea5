using System.Diagnostics;
using System.Text.Json.Serialization;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Benchmarks;

/// <summary>What <see cref="StepBenchmark"/> measured; times in milliseconds, memory in megabytes (10⁶ bytes).</summary>
/// <remarks><c>Graph</c> tells whether the step is one launch, and <c>GraphObstacle</c> why not, on a device that could.
/// <c>CpuMs</c> is the processor time of all threads per step. With one thread it is what a step costs on a machine that others
/// use too.</remarks>
internal sealed record StepBenchmarkResult(
    string Model, string? Quantizer, string Optimizer, string Accelerator, string Precision, int Threads, int Batch, int Image,
    long Parameters, bool Inference, int Steps, double MsMedian, double MsMin, double CpuMs, double ImagesPerS, double PeakRssMb,
    double ManagedBytesPerStep, bool Graph, string? GraphObstacle);

/// <summary>Times whole training steps on random images: forward, backward, Adam and the figures of the log.</summary>
internal static class StepBenchmark
{
    /// <param name="device">Where.</param>
    /// <param name="config">The model, and how many steps of how many images.</param>
    /// <param name="warmup">Steps before those that count.</param>
    /// <param name="inference">Whether to reconstruct only.</param>
    /// <param name="advance">Told how many steps are done, between two of them; what it does does not count.</param>
    public static StepBenchmarkResult Run(
        Device device, RunConfig config, int warmup, bool inference, Action<long>? advance = null)
    {
        using var state = new TrainingState(device, config);
        var data = config.Data;
        using var images = Primitive.RandomUniform(
            device, [config.Run.ImagesPerStep, data.Channels, data.Height, data.Width], -0.5f, 0.5f, config.Run.Seed, stream: 0);
        var pixels = images.ToArray();
        using var step = new TrainingStep(state);
        using var frozen = inference ? state.Model.Freeze() : null;
        using var reconstruction = device.Empty<float>(images.Shape);
        using var reconstruct = new Recording(device, () =>
        {
            using var its = Reconstructions.Compute(state.Model, images);
            Primitive.CopyInto(reconstruction, its);
        });
        var times = new double[config.Run.Steps];
        var (allocated, cpu) = (0L, TimeSpan.Zero);
        for (var i = -warmup; i < times.Length; i++)
        {
            advance?.Invoke(warmup + i);
            var (bytesBefore, cpuBefore) = (GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime);
            var start = Stopwatch.GetTimestamp();
            if (inference)
            {
                reconstruct.Run();
            }
            else
            {
                step.Run(pixels);
            }

            device.Synchronize();
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                cpu += Environment.CpuUsage.TotalTime - cpuBefore;
                allocated += GC.GetTotalAllocatedBytes(precise: true) - bytesBefore;
            }
        }

        Array.Sort(times);
        var median = times[times.Length / 2];
        var quantizer = ConfigOptions.QuantizerOf(config.Model);
        return new StepBenchmarkResult(
            config.Model.Family, quantizer is null ? null : QuantizerKinds.All.NameOf(quantizer),
            OptimizerKinds.All.NameOf(config.Optimizer), device.Name, device.Precision.ToString().ToLowerInvariant(),
            device.Threads, config.Run.ImagesPerStep, data.Height,
            state.Parameters.Sum(parameter => (long)parameter.Value.Size), inference, times.Length, median, times[0],
            cpu.TotalMilliseconds / times.Length,
            config.Run.ImagesPerStep / median * 1e3, PeakResidentMegabytes(), allocated / (double)times.Length,
            step.Recording.IsCaptured, step.Recording.GraphObstacle);
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
