using System.Diagnostics;
using System.Text.Json.Serialization;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="Op">The op, and which of its passes.</param>
/// <param name="Size">Its shapes.</param>
/// <param name="MsMedian">Milliseconds of a call, the median of the runs.</param>
/// <param name="MsMin">The same of the shortest run, from which the rates follow.</param>
/// <param name="Gflops">10⁹ operations of the definition per second; null where memory is what limits. A convolution that needs fewer
/// multiplications than its definition may exceed the peak.</param>
/// <param name="GbPerS">10⁹ bytes per second, each operand and result counted once. Above the copy's where a cache holds them.</param>
/// <param name="OfPeak">The part of the machine's peak: of multiply-adds where <paramref name="Gflops"/> is given, of a copy else; null
/// where that peak is not known.</param>
internal sealed record OpTiming(string Op, string Size, double MsMedian, double MsMin, double? Gflops, double GbPerS, double? OfPeak);

/// <summary>What <c>bench --ops</c> prints.</summary>
internal sealed record OpBenchmarkResult(
    string Accelerator, string Precision, int Threads, int Batch, double? PeakGflops, double PeakCopyGbPerS, IReadOnlyList<OpTiming> Ops);

/// <summary>Times single ops at the sizes that the model gives them.</summary>
internal static class OpBenchmark
{
    private const int LeastRuns = 10;
    private const double LeastMilliseconds = 40;

    /// <summary>Calls that an accelerator is given before it is waited for take as long together, in milliseconds.</summary>
    private const double LeastBetweenWaits = 2;

    /// <param name="device">Where the ops run.</param>
    /// <param name="batch">Images of a batch.</param>
    /// <param name="filter">Only ops whose name holds this; empty for all.</param>
    /// <exception cref="RunException">No op's name holds it.</exception>
    public static OpBenchmarkResult Run(Device device, int batch, string filter)
    {
        using var cases = new OpCases(device, batch);
        var all = cases.All();
        var chosen = all.Where(op => op.Op.Contains(filter, StringComparison.Ordinal)).ToList();
        if (chosen.Count == 0)
        {
            throw new RunException(
                "--filter", $"a part of an op's name ({string.Join(", ", all.Select(op => op.Op).Distinct())})", filter, "Give another value.");
        }

        var peaks = device.IsHost ? MachinePeaks.Measure(device.Threads) : MachinePeaks.OfCopies(device);
        var timings = chosen.Select(op => Time(device, op, peaks)).ToList();
        return new OpBenchmarkResult(
            device.Name, device.Precision.ToString().ToLowerInvariant(), device.Threads, batch, peaks.Gflops, peaks.CopyGbPerS, timings);
    }

    /// <summary>Sorted milliseconds of a call, without those of the first ones.</summary>
    internal static List<double> Times(Device device, Action run)
    {
        // A call to an accelerator returns before it is done, and waiting takes longer than many an op.
        var calls = device.IsHost ? 1 : Math.Max(1, (int)(LeastBetweenWaits / Math.Max(1e-3, Milliseconds(device, run, 10) / 10)));
        var times = new List<double>();
        for (var (round, total) = (-2, 0.0); round < LeastRuns || total < LeastMilliseconds; round++)
        {
            var elapsed = Milliseconds(device, run, calls);
            if (round >= 0)
            {
                times.Add(elapsed / calls);
                total += elapsed;
            }
        }

        times.Sort();
        return times;
    }

    private static double Milliseconds(Device device, Action run, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            run();
        }

        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static OpTiming Time(Device device, OpCase op, MachinePeaks peaks)
    {
        var times = Times(device, op.Run);
        var (gflops, bytes) = (op.Flops / times[0] / 1e6, op.Bytes / times[0] / 1e6);
        return op.Flops > 0
            ? new OpTiming(op.Op, op.Size, times[times.Count / 2], times[0], gflops, bytes, gflops / peaks.Gflops)
            : new OpTiming(op.Op, op.Size, times[times.Count / 2], times[0], null, bytes, bytes / peaks.CopyGbPerS);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpBenchmarkResult))]
internal sealed partial class OpBenchmarkJson : JsonSerializerContext;
