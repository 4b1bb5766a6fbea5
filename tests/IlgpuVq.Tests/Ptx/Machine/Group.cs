using System.Numerics;
using System.Runtime.InteropServices;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>A group of threads: its warps, its shared memory and its barriers.</summary>
internal sealed unsafe class Group : IDisposable
{
    /// <summary>Shared memory does not start at 0: devices since sm_80 keep the first KiB to themselves.</summary>
    public const ulong SharedBase = 1024;

    private readonly Warp[] warps;
    private readonly byte* shared;

    public Group(PtxLaunch launch)
    {
        Launch = launch;
        SharedBytes = launch.Kernel.SharedBytes + launch.DynamicSharedBytes;
        shared = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(SharedBytes, 64), 1024);
        var threads = launch.GroupThreads;
        warps = new Warp[(threads + Warp.Size - 1) / Warp.Size];
        for (var i = 0; i < warps.Length; i++)
        {
            warps[i] = new Warp(this, i, Math.Min(Warp.Size, threads - (i * Warp.Size)));
        }
    }

    public PtxLaunch Launch { get; }

    public int SharedBytes { get; }

    public (uint X, uint Y, uint Z) Position { get; private set; }

    public Barriers Barriers { get; } = new();

    public long LaneInstructions => warps.Sum(warp => warp.LaneInstructions);

    /// <summary>
    /// The place in shared memory of an address that begins with <see cref="SharedBase"/>; null if it has not the bytes.
    /// </summary>
    public byte* Shared(ulong address, int bytes)
    {
        var offset = address - SharedBase;
        return offset < (ulong)SharedBytes && (ulong)SharedBytes - offset >= (ulong)bytes ? shared + offset : null;
    }

    public void Run(long number)
    {
        var (x, y, _) = Launch.Grid;
        Position = ((uint)(number % x), (uint)(number / x % y), (uint)(number / x / y));
        DeviceMemory.FillPoison(shared, SharedBytes);
        Barriers.Clear();
        var before = LaneInstructions;
        foreach (var warp in warps)
        {
            warp.Start();
        }

        while (true)
        {
            foreach (var warp in warps)
            {
                warp.Run();
            }

            PtxLaunch.CheckTime(LaneInstructions - before);
            if (!warps.Any(warp => warp.CanRun) && !Barriers.Release(warps, Launch.GroupThreads))
            {
                if (warps.All(warp => warp.Alive == 0))
                {
                    return;
                }

                throw Deadlock();
            }
        }
    }

    /// <summary>The fault with the place where it happened.</summary>
    public PtxFault Place(PtxFault fault, Warp warp, PtxInstruction instruction)
    {
        var thread = fault.Lane is { } lane ? $"thread {(warp.Index * Warp.Size) + lane}" : $"warp {warp.Index}";
        var placed = new PtxFault(
            fault.Kind,
            $"{Launch.Kernel.Name}, line {instruction.Line}, group {Position}, {thread}: {instruction.Name}: {fault.Message}",
            fault.Lane);
        placed.Data["placed"] = true;
        return placed;
    }

    public void Dispose()
    {
        foreach (var warp in warps)
        {
            warp.Dispose();
        }

        NativeMemory.AlignedFree(shared);
        GC.SuppressFinalize(this);
    }

    /// <summary>Says how many threads stand where.</summary>
    private PtxFault Deadlock()
    {
        var lines = new SortedDictionary<int, int>();
        var ended = 0;
        foreach (var warp in warps)
        {
            ended += BitOperations.PopCount(warp.Lanes & ~warp.Alive);
            foreach (var lane in new LaneSet(warp.Alive))
            {
                var line = Launch.Kernel.Steps[warp.CounterOf(lane)].Source.Line;
                lines[line] = lines.GetValueOrDefault(line) + 1;
            }
        }

        var waiting = string.Join(", ", lines.Select(pair => $"{pair.Value} at line {pair.Key}"));
        return new PtxFault(
            FaultKind.Deadlock,
            $"{Launch.Kernel.Name}, group {Position}: threads wait for each other: {waiting}; {ended} have ended");
    }
}
