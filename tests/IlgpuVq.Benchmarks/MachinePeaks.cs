using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Benchmarks;

/// <summary>What the processor, on all threads at once, or an accelerator can do at best.</summary>
/// <param name="Gflops">10⁹ operations per second in fused multiply-adds, each of which counts as two; null where it is not
/// measured.</param>
/// <param name="CopyGbPerS">10⁹ bytes per second that a copy of large arrays reads and writes together.</param>
internal sealed record MachinePeaks(double? Gflops, double CopyGbPerS)
{
    private const int Rounds = 5;
    private const int FmaSteps = 4_000_000;

    /// <summary>Independent sums of a step: enough to hide a latency of four cycles on two units.</summary>
    private const int Sums = 8;

    /// <summary>Floats that all threads copy together, 128 MB: more than most processors' caches.</summary>
    private const int CopyFloats = 32 * 1024 * 1024;

    /// <summary>The same for accelerators, 512 MB.</summary>
    private const int DeviceCopyFloats = 128 * 1024 * 1024;

    private static float sink;

    public static MachinePeaks Measure(int threads)
    {
        var floats = CopyFloats / threads;
        var arrays = Enumerable.Range(0, threads).Select(_ => (From: new float[floats], To: new float[floats])).ToArray();
        var lanes = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        var fma = BestSeconds(threads, _ => MultiplyAdd());
        var copy = BestSeconds(threads, thread => arrays[thread].From.CopyTo(arrays[thread].To.AsSpan()));
        return new MachinePeaks(
            2.0 * threads * FmaSteps * Sums * lanes / fma / 1e9, 2.0 * threads * floats * sizeof(float) / copy / 1e9);
    }

    /// <summary>How fast an accelerator copies its own memory.</summary>
    public static MachinePeaks OfCopies(Device device)
    {
        using var source = Primitive.Fill(device, [DeviceCopyFloats], 1);
        using var target = device.Empty<float>(source.Shape);
        var best = OpBenchmark.Times(device, [() => Primitive.CopyInto(target, source)])[0][0];
        return new MachinePeaks(null, 2.0 * DeviceCopyFloats * sizeof(float) / best / 1e6);
    }

    /// <summary>The shortest of some rounds in which all threads work from a common start until the last is done.</summary>
    private static double BestSeconds(int threads, Action<int> work)
    {
        var best = double.PositiveInfinity;
        var start = 0L;
        using var barrier = new Barrier(threads, _ =>
        {
            var now = Stopwatch.GetTimestamp();
            best = start == 0 ? best : Math.Min(best, Stopwatch.GetElapsedTime(start, now).TotalSeconds);
            start = now;
        });
        var team = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            work(thread);
            for (var round = 0; round <= Rounds; round++)
            {
                barrier.SignalAndWait();
                work(thread);
            }
        })).ToList();
        team.ForEach(thread => thread.Start());
        team.ForEach(thread => thread.Join());
        return best;
    }

    private static void MultiplyAdd() => sink = Vector512.IsHardwareAccelerated ? MultiplyAdd512()
        : Vector256.IsHardwareAccelerated ? MultiplyAdd256() : MultiplyAdd128();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float MultiplyAdd512()
    {
        var (x, y) = (Vector512.Create(0.5f), Vector512.Create(sink));
        var (a, b, c, d, e, f, g, h) = (y, y, y, y, y, y, y, y);
        for (var i = 0; i < FmaSteps; i++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float MultiplyAdd256()
    {
        var (x, y) = (Vector256.Create(0.5f), Vector256.Create(sink));
        var (a, b, c, d, e, f, g, h) = (y, y, y, y, y, y, y, y);
        for (var i = 0; i < FmaSteps; i++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float MultiplyAdd128()
    {
        var (x, y) = (Vector128.Create(0.5f), Vector128.Create(sink));
        var (a, b, c, d, e, f, g, h) = (y, y, y, y, y, y, y, y);
        for (var i = 0; i < FmaSteps; i++)
        {
            a = Vector128.FusedMultiplyAdd(a, x, y);
            b = Vector128.FusedMultiplyAdd(b, x, y);
            c = Vector128.FusedMultiplyAdd(c, x, y);
            d = Vector128.FusedMultiplyAdd(d, x, y);
            e = Vector128.FusedMultiplyAdd(e, x, y);
            f = Vector128.FusedMultiplyAdd(f, x, y);
            g = Vector128.FusedMultiplyAdd(g, x, y);
            h = Vector128.FusedMultiplyAdd(h, x, y);
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h);
    }
}
