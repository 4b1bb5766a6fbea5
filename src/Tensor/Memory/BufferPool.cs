using System.Collections.Concurrent;
using System.Numerics;

namespace IlgpuVq.Tensors.Memory;

/// <summary>What a device's tensors hold; all zero-cost counters, for tests of leaks and for reports.</summary>
/// <param name="LiveBuffers">Buffers lent to tensors that are not disposed.</param>
/// <param name="LiveBytes">Bytes in those buffers.</param>
/// <param name="ReservedBytes">Bytes taken from the operating system or driver, lent or kept for reuse.</param>
/// <param name="PeakBytes">The largest value that <paramref name="LiveBytes"/> had.</param>
/// <param name="Allocations">How often memory was taken from the operating system or driver.</param>
public readonly record struct MemoryUse(int LiveBuffers, long LiveBytes, long ReservedBytes, long PeakBytes, long Allocations);

/// <summary>Keeps freed buffers by size and lends them again: after the first steps of a training
/// run nothing is allocated.</summary>
/// <remarks>Sizes are rounded up to eighths of a power of two, so a buffer is at most an eighth larger than asked for.
/// Not thread-safe: a device is driven by one thread.</remarks>
internal sealed class BufferPool(string device, Func<int, Storage> allocate, bool poison) : IDisposable
{
    private const int SmallestWords = 64;
    private readonly Dictionary<int, Stack<Storage>> free = [];
    private readonly List<Storage> all = [];
    private readonly ConcurrentQueue<Storage> forgotten = [];
    private int liveBuffers;
    private long liveBytes;
    private long reservedBytes;
    private long peakBytes;
    private long allocations;
    /// <summary>Where buffers are lent from first, and stay; null for the memory that all share.</summary>
    public MemoryArena? Arena { get; set; }

    /// <summary>The memory of the recording that runs again now; null for none.</summary>
    public MemoryArena? Replaying { get; set; }

    /// <summary>Whether all memory was given back for good.</summary>
    public bool IsDisposed { get; private set; }

    public MemoryUse Use => new(liveBuffers, liveBytes, reservedBytes, peakBytes, allocations);

    /// <summary>So many loans succeed, and then none until this is set again; null for no such limit. For tests of what work
    /// that fails leaves behind.</summary>
    public int? LoansLeft { get; set; }

    public Storage Rent(int words)
    {
        if (LoansLeft is { } left)
        {
            LoansLeft = left > 0 ? left - 1 : throw new DeviceException("memory: expected a loan to be left; got none.");
        }

        _ = IsDisposed ? throw new ObjectDisposedException($"device {device}") : true;
        var size = SizeClass(words);
        if (!(Arena is not null && StackOf(Arena.Free, size).TryPop(out var storage)) && !StackOf(free, size).TryPop(out storage))
        {
            storage = Allocate(size);
            all.Add(storage);
            reservedBytes += sizeof(int) * (long)size;
            allocations++;
        }

        if (poison)
        {
            storage.Poison();
        }

        storage.LendFrom(this);
        storage.Arena = Arena;
        if (Arena is not null)
        {
            Arena.LiveBuffers++;
        }

        liveBuffers++;
        liveBytes += sizeof(int) * (long)size;
        peakBytes = Math.Max(peakBytes, liveBytes);
        return storage;
    }

    public void Return(Storage storage)
    {
        if (IsDisposed)
        {
            return;
        }

        if (storage.Arena is not null)
        {
            storage.Arena.LiveBuffers--;
        }

        if (Arena is not null && storage.Arena != Arena)
        {
            Arena.HasLostOthers = true;
        }

        StackOf(storage.Arena?.Free ?? free, storage.Words).Push(storage);
        liveBuffers--;
        liveBytes -= sizeof(int) * (long)storage.Words;
    }

    /// <summary>Notes a loan whose tensor was collected without having been disposed; on any thread.</summary>
    public void Forget(Storage storage) => forgotten.Enqueue(storage);

    /// <summary>Ends the loans of tensors that nobody can reach any more, though nobody disposed them.</summary>
    public void TakeBackForgotten()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var arena = Arena;
        Arena = null; // to a recording these were no tensors of its body
        while (forgotten.TryDequeue(out var storage))
        {
            storage.Release();
        }

        Arena = arena;
    }

    /// <summary>Makes the buffers of an arena, free or lent, those that all share.</summary>
    public void Dissolve(MemoryArena arena)
    {
        foreach (var (size, stack) in arena.Free)
        {
            while (stack.TryPop(out var storage))
            {
                StackOf(free, size).Push(storage);
            }
        }

        foreach (var storage in all)
        {
            storage.Arena = storage.Arena == arena ? null : storage.Arena;
        }
    }

    public void Dispose()
    {
        if (IsDisposed)
        {
            return;
        }

        IsDisposed = true;
        foreach (var storage in all)
        {
            storage.Free();
        }
    }

    private static Stack<Storage> StackOf(Dictionary<int, Stack<Storage>> stacks, int size)
    {
        if (!stacks.TryGetValue(size, out var stack))
        {
            stacks[size] = stack = new Stack<Storage>();
        }

        return stack;
    }

    /// <summary>Takes new memory; where there is no room, gives back first what was forgotten and what is kept for
    /// reuse.</summary>
    private Storage Allocate(int size)
    {
        try
        {
            return allocate(size);
        }
        catch (Exception exception) when (exception is DeviceException or OutOfMemoryException)
        {
            TakeBackForgotten();
            if (!FreeUnused())
            {
                throw;
            }
        }

        return allocate(size);
    }

    /// <summary>Gives back what no tensor uses; false if there was nothing.</summary>
    private bool FreeUnused()
    {
        var unused = free.Values.SelectMany(stack => stack).ToHashSet();
        foreach (var storage in unused)
        {
            storage.Free();
            reservedBytes -= sizeof(int) * (long)storage.Words;
        }

        foreach (var stack in free.Values)
        {
            stack.Clear();
        }

        all.RemoveAll(unused.Contains);
        return unused.Count > 0;
    }

    private static int SizeClass(int words)
    {
        var size = Math.Max(words, SmallestWords);
        var step = 1 << Math.Max(0, BitOperations.Log2((uint)size) - 3);
        return (int)Math.Min(((long)size + step - 1) / step * step, int.MaxValue);
    }
}
