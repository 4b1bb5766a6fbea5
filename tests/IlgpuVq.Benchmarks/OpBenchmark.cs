using System.Diagnostics;
using System.Text.Json.Serialization;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="Op">The op, and which of its passes.</param>
/// <param name="Size">Its shapes.</param>
/// <param name="MsMedian">Milliseconds of a call, the median of the runs.</param>
/// <param name="MsMin">The same of the shortest run, from which the rates follow.</param>
/// <param name="Gflops">10⁹ operations of the definition per second; null where memory is what limits. A convolution that needs
/// fewer multiplications than its definition may exceed the peak.</param>
/// <param name="GbPerS">10⁹ bytes per second, each operand and result counted once. Above the copy's where a cache holds
/// them.</param>
/// <param name="OfPeak">The part of the machine's peak: of multiply-adds where <paramref name="Gflops"/> is given, of a copy
/// else; null where that peak is not known.</param>
internal sealed record OpTiming(
    string Op, string Size, double MsMedian, double MsMin, double? Gflops, double GbPerS, double? OfPeak);

/// <summary>What <c>ops</c> prints.</summary>
internal sealed record OpBenchmarkResult(
    string Accelerator, string Precision, int Threads, int Batch, double? PeakGflops, double PeakCopyGbPerS,
    IReadOnlyList<OpTiming> Ops);

/// <summary>Times single ops at the sizes that the model gives them.</summary>
/// <remarks>All ops take turns, so that a minute in which others use the machine falls on all of them alike; each turn begins
/// with a call that is not counted, which brings the operands back into the caches.</remarks>
internal static class OpBenchmark
{
    private const int Turns = 5;

    /// <summary>Runs of an op in a turn, at the least, and milliseconds of them together.</summary>
    private const int LeastRuns = 2;
    private const double LeastMilliseconds = 8;

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
            var names = string.Join(", ", all.Select(op => op.Op).Distinct());
            throw new RunException("--filter", $"a part of an op's name ({names})", filter, "Give another value.");
        }

        var peaks = device.IsHost ? MachinePeaks.Measure(device.Threads) : MachinePeaks.OfCopies(device);
        var times = Times(device, [.. chosen.Select(op => op.Run)]);
        return new OpBenchmarkResult(
            device.Name, device.Precision.ToString().ToLowerInvariant(), device.Threads, batch, peaks.Gflops, peaks.CopyGbPerS,
            [.. chosen.Zip(times, (op, own) => Timing(op, own, peaks))]);
    }

    /// <summary>Sorted milliseconds of a call of each.</summary>
    internal static List<double>[] Times(Device device, Action[] runs)
    {
        var calls = Array.ConvertAll(runs, run => CallsBetweenWaits(device, run));
        var times = Array.ConvertAll(runs, _ => new List<double>());
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var i = 0; i < runs.Length; i++)
            {
                AddTurn(device, runs[i], calls[i], times[i]);
            }
        }

        Array.ForEach(times, own => own.Sort());
        return times;
    }

    /// <summary>A call to an accelerator returns before it is done, and waiting takes longer than many an op.</summary>
    private static int CallsBetweenWaits(Device device, Action run)
    {
        const int tries = 10;
        Milliseconds(device, run, calls: 1);
        return device.IsHost
            ? 1
            : Math.Max(1, (int)(LeastBetweenWaits / Math.Max(1e-3, Milliseconds(device, run, tries) / tries)));
    }

    private static void AddTurn(Device device, Action run, int calls, List<double> times)
    {
        Milliseconds(device, run, calls: 1);
        for (var (count, total) = (0, 0.0); count < LeastRuns || total < LeastMilliseconds; count++)
        {
            var elapsed = Milliseconds(device, run, calls);
            times.Add(elapsed / calls);
            total += elapsed;
        }
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

    private static OpTiming Timing(OpCase op, List<double> times, MachinePeaks peaks)
    {
        var (gflops, bytes) = (op.Flops / times[0] / 1e6, op.Bytes / times[0] / 1e6);
        return op.Flops > 0
            ? new OpTiming(op.Op, op.Size, times[times.Count / 2], times[0], gflops, bytes, gflops / peaks.Gflops)
            : new OpTiming(op.Op, op.Size, times[times.Count / 2], times[0], null, bytes, bytes / peaks.CopyGbPerS);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpBenchmarkResult))]
internal sealed partial class OpBenchmarkJson : JsonSerializerContext;
