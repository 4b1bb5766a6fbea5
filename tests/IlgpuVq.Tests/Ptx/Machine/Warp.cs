using System.Numerics;
using System.Runtime.InteropServices;
using IlgpuVq.Tests.Ptx.Decoding;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>32 lanes that run in lockstep where they are at the same instruction.</summary>
/// <remarks>
/// Every lane has a counter. The lanes with the lowest one run, until they meet those with the next: so what parted at a branch
/// comes together where the branches do, the code being in such an order. Registers are arrays over the lanes; predicates are
/// bits.
/// </remarks>
internal sealed unsafe class Warp : IDisposable
{
    public const int Size = 32;

    /// <summary>Steps after which other lanes and warps get their turn, should these wait for them in a loop.</summary>
    private const int Slice = 1 << 16;

    private readonly Step[] steps;
    private readonly PtxKernel kernel;
    private readonly uint[] written;
    private readonly int[] counters = new int[Size];
    private readonly byte* file;
    private readonly byte* local;
    private int lastStart = -1;
    private bool rotates;

    public Warp(Group group, int index, int lanes)
    {
        Group = group;
        Index = index;
        kernel = group.Launch.Kernel;
        steps = kernel.Steps;
        written = new uint[kernel.RegisterCount];
        Lanes = lanes == Size ? uint.MaxValue : (1u << lanes) - 1;
        file = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(kernel.FileBytes, 64), 64);
        local = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(kernel.LocalBytes * Size, 64), 64);
        kernel.WriteConstants(file);
    }

    public Group Group { get; }

    public int Index { get; }

    /// <summary>The lanes that have a thread.</summary>
    public uint Lanes { get; }

    /// <summary>Those that have not ended.</summary>
    public uint Alive { get; private set; }

    /// <summary>Those that wait at a barrier of the group.</summary>
    public uint AtBarrier { get; private set; }

    /// <summary>Those that wait for others of this warp.</summary>
    public uint Stalled { get; private set; }

    /// <summary>The allocation of the last access to global memory, which most likely is that of the next.</summary>
    public Allocation Recent { get; set; } = Allocation.None;

    public AsyncCopies Copies { get; } = new();

    public bool CanRun => (Alive & ~AtBarrier & ~Stalled) != 0;

    public long LaneInstructions { get; private set; }

    public byte* Local(int lane) => local + (lane * kernel.LocalBytes);

    public T* Register<T>(int offset)
        where T : unmanaged => (T*)(file + offset);

    public ref uint Predicate(int offset) => ref *(uint*)(file + offset);

    public void SetPredicate(int offset, int lane, bool value) =>
        Predicate(offset) = (Predicate(offset) & ~(1u << lane)) | ((value ? 1u : 0) << lane);

    public int CounterOf(int lane) => counters[lane];

    public void Start()
    {
        Alive = Lanes;
        AtBarrier = 0;
        Stalled = 0;
        rotates = false;
        Array.Clear(written);
        Array.Clear(counters);
        Copies.Clear();
        DeviceMemory.FillPoison(local, kernel.LocalBytes * Size);
        kernel.WriteSpecials(this);
    }

    /// <summary>Lanes that waited at a barrier go on behind it.</summary>
    public void Release(uint lanes)
    {
        AtBarrier &= ~lanes;
        foreach (var lane in new LaneSet(lanes))
        {
            counters[lane]++;
        }
    }

    /// <summary>Runs until all lanes have ended or wait, or other warps should have their turn.</summary>
    public void Run()
    {
        var budget = Slice;
        while (budget > 0 && Select() is var (mask, at, limit))
        {
            RunTogether(mask, at, limit, ref budget);
        }

        rotates = budget <= 0;
    }

    /// <summary>The lanes with the lowest counter, and the lowest counter of the others; nothing if no lane can run.</summary>
    private (uint Mask, int At, int Limit)? Select()
    {
        var able = Alive & ~AtBarrier & ~Stalled;
        if (able == 0)
        {
            return null;
        }

        var (at, above) = (int.MaxValue, int.MaxValue);
        foreach (var lane in new LaneSet(able))
        {
            at = Math.Min(at, counters[lane]);
            above = counters[lane] > lastStart ? Math.Min(above, counters[lane]) : above;
        }

        // Those who come first have had their turn without getting anywhere: the next ones, once.
        at = rotates && above != int.MaxValue ? above : at;
        rotates = false;
        lastStart = at;

        var (mask, limit) = (0u, int.MaxValue);
        foreach (var lane in new LaneSet(Alive & ~AtBarrier))
        {
            if (counters[lane] == at)
            {
                mask |= 1u << lane;
            }
            else if (counters[lane] > at && (able >> lane & 1) != 0)
            {
                limit = Math.Min(limit, counters[lane]);
            }
        }

        Stalled &= ~mask;
        return (mask, at, limit);
    }

    private void RunTogether(uint mask, int at, int limit, ref int budget)
    {
        while (at < limit && mask != 0 && budget-- > 0)
        {
            var step = steps[at];
            var active = step.Guard < 0 ? mask : mask & (Predicate(step.Guard) ^ step.GuardFlip);
            try
            {
                CheckRead(step, mask, active);
                LaneInstructions += BitOperations.PopCount(mask);
                if (active != 0)
                {
                    switch (step.Flow)
                    {
                        case Flow.Next:
                            step.Run(this, active);
                            break;

                        case Flow.Branch when active == mask:
                            at = step.Target - 1;
                            break;

                        case Flow.Branch:
                            step.Run(this, active);
                            Park(active, step.Target);
                            Park(mask & ~active, at + 1);
                            return;

                        case Flow.Meet when (step.Companions(this, active) & ~active) != 0:
                            // With those that wait here already it may be enough.
                            var waiting = StalledAt(at);
                            Stalled = waiting == 0 ? Stalled | active : Stalled & ~waiting;
                            Park(active, at);
                            Park(mask & ~active, at + 1);
                            return;

                        case Flow.Meet:
                            step.Run(this, active);
                            break;

                        case Flow.Barrier:
                            step.Run(this, active);
                            AtBarrier |= active;
                            Park(active, at);
                            Park(mask & ~active, at + 1);
                            return;

                        case Flow.End:
                            Alive &= ~active;
                            Park(active, at);
                            mask &= ~active;
                            break;
                    }
                }
            }
            catch (PtxFault fault) when (fault.Data["placed"] is null)
            {
                throw Group.Place(fault, this, step.Source);
            }

            foreach (var register in step.Writes)
            {
                written[register] |= active;
            }

            at++;
        }

        Park(mask, at);
    }

    private uint StalledAt(int at)
    {
        var here = 0u;
        foreach (var lane in new LaneSet(Stalled))
        {
            here |= (counters[lane] == at ? 1u : 0) << lane;
        }

        return here;
    }

    private void Park(uint lanes, int at)
    {
        foreach (var lane in new LaneSet(lanes))
        {
            counters[lane] = at;
        }
    }

    private void CheckRead(Step step, uint mask, uint active)
    {
        if (step.Guard >= 0)
        {
            CheckWritten(step.Reads[0], mask);
        }

        foreach (var register in step.Reads)
        {
            CheckWritten(register, active);
        }
    }

    private void CheckWritten(int register, uint lanes)
    {
        var missing = lanes & ~written[register];
        if (missing != 0)
        {
            throw new PtxFault(
                FaultKind.Undefined,
                $"{kernel.NameOfRegister(register)} is read before it is written",
                BitOperations.TrailingZeroCount(missing));
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(file);
        NativeMemory.AlignedFree(local);
        GC.SuppressFinalize(this);
    }
}
