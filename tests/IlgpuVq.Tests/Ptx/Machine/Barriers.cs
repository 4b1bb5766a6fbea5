using System.Numerics;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>The sixteen barriers of a group: who waits at which, and for how many.</summary>
internal sealed class Barriers
{
    public const int Count = 16;

    private readonly List<Arrival>[] arrivals = [.. Enumerable.Range(0, Count).Select(_ => new List<Arrival>())];

    public void Clear() => Array.ForEach(arrivals, list => list.Clear());

    /// <summary>
    /// Lanes have come. Those that wait stand in the barrier until <see cref="Release"/>. It takes as many threads as are
    /// expected; 0 is for the whole group.
    /// </summary>
    public void Arrive(int barrier, Warp warp, uint lanes, int expected, bool waits, bool isAligned) =>
        arrivals[barrier].Add(new Arrival(warp, lanes, expected, waits, isAligned));

    /// <summary>Opens the barriers to which all have come; false if there are none.</summary>
    public bool Release(Warp[] warps, int groupThreads)
    {
        var any = false;
        for (var barrier = 0; barrier < Count; barrier++)
        {
            var list = arrivals[barrier];
            if (list.Count > 0 && IsComplete(list, barrier, groupThreads))
            {
                foreach (var warp in warps)
                {
                    CheckAligned(list.Where(arrival => arrival.Warp == warp && arrival.IsAligned), warp);
                }

                foreach (var arrival in list.Where(arrival => arrival.Waits))
                {
                    arrival.Warp.Release(arrival.Lanes);
                }

                list.Clear();
                any = true;
            }
        }

        return any;
    }

    private static bool IsComplete(List<Arrival> list, int barrier, int groupThreads)
    {
        var expected = list[0].Expected;
        if (list.Any(arrival => arrival.Expected != expected))
        {
            throw new PtxFault(FaultKind.Undefined, $"barrier {barrier}: threads expect different numbers of threads");
        }

        var threads = expected == 0 ? groupThreads : expected;
        var come = list.Sum(arrival => BitOperations.PopCount(arrival.Lanes));
        return come > threads
            ? throw new PtxFault(FaultKind.Undefined, $"barrier {barrier}: expected {threads} threads; got {come}")
            : come == threads;
    }

    /// <summary>An aligned barrier is one instruction for all lanes of a warp.</summary>
    private static void CheckAligned(IEnumerable<Arrival> arrivals, Warp warp)
    {
        var lanes = arrivals.Aggregate(0u, (all, arrival) => all | arrival.Lanes);
        var steps = new HashSet<int>();
        foreach (var lane in new LaneSet(lanes & warp.AtBarrier))
        {
            steps.Add(warp.CounterOf(lane));
        }

        if (steps.Count > 1)
        {
            var lines = steps.Select(step => warp.Group.Launch.Kernel.Steps[step].Source.Line).Order();
            var kernel = warp.Group.Launch.Kernel.Name;
            throw new PtxFault(
                FaultKind.Undefined,
                $"{kernel}: lanes of warp {warp.Index} wait at different barriers: lines {string.Join(", ", lines)}");
        }
    }

    private sealed record Arrival(Warp Warp, uint Lanes, int Expected, bool Waits, bool IsAligned);
}
