using System.Runtime.InteropServices;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>Memory of the device: what it allocates itself, at addresses that the host cannot use by mistake and that are never
/// given out twice, and memory of the host that it is lent.</summary>
internal sealed unsafe class DeviceMemory : IDisposable
{
    /// <summary>What memory holds before it is written: NaN as a float, and a large number as an integer.</summary>
    public const uint Poison = 0xFFC0_DEAD;

    private const ulong First = 0x7_4000_0000_0000;

    /// <summary>What cuMemAlloc promises at least, and room between allocations so that overruns meet nothing.</summary>
    private const ulong Alignment = 512;

    private readonly Lock changes = new();
    private volatile Allocation[] live = [];
    private ulong next = First;

    public long LiveBytes { get; private set; }

    public int LiveCount => live.Length;

    public static void FillPoison(byte* target, long bytes)
    {
        for (long i = 0; i < bytes; i++)
        {
            target[i] = (byte)(Poison >> (int)(8 * (i & 3)));
        }
    }

    public Allocation Allocate(long bytes)
    {
        lock (changes)
        {
            var pointer = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)Alignment);
            FillPoison(pointer, bytes);
            var allocation = new Allocation(next, bytes, pointer, isOwned: true);
            next += ((ulong)bytes + (2 * Alignment) - 1) / Alignment * Alignment;
            Add(allocation);
            return allocation;
        }
    }

    /// <summary>Memory of the host, at its own address, until it is freed here; its owner frees it there.</summary>
    public void Lend(nint address, long bytes)
    {
        lock (changes)
        {
            FillPoison((byte*)address, bytes);
            Add(new Allocation((ulong)address, bytes, (byte*)address, isOwned: false));
        }
    }

    /// <summary>False if nothing lives that begins there.</summary>
    public bool Free(ulong address)
    {
        lock (changes)
        {
            if (Find(address) is not { } found || found.Base != address)
            {
                return false;
            }

            live = [.. live.Where(other => other != found)];
            LiveBytes -= found.Bytes;
            found.Release();
            return true;
        }
    }

    /// <summary>The allocation that an address lies in.</summary>
    public Allocation? Find(ulong address)
    {
        var sorted = live;
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle].Base <= address ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && address - sorted[low - 1].Base < (ulong)sorted[low - 1].Bytes ? sorted[low - 1] : null;
    }

    /// <summary>Where the bytes are on the host; null if not all of them live in one allocation.</summary>
    public byte* Resolve(ulong address, long bytes)
    {
        var found = Find(address);
        return found is not null && found.Contains(address, bytes) ? found.Pointer + (address - found.Base) : null;
    }

    public void Dispose()
    {
        foreach (var allocation in live)
        {
            allocation.Release();
        }

        live = [];
    }

    private void Add(Allocation allocation)
    {
        live = [.. live.Append(allocation).OrderBy(other => other.Base)];
        LiveBytes += allocation.Bytes;
    }
}

internal sealed unsafe class Allocation(ulong first, long bytes, byte* pointer, bool isOwned)
{
    /// <summary>Contains nothing.</summary>
    public static readonly Allocation None = new(0, 0, null, isOwned: false);

    public ulong Base { get; } = first;

    public long Bytes { get; } = bytes;

    public byte* Pointer { get; } = pointer;

    public bool Contains(ulong address, long bytes) =>
        address - Base < (ulong)Bytes && Bytes - (long)(address - Base) >= bytes;

    public void Release()
    {
        if (isOwned)
        {
            NativeMemory.AlignedFree(Pointer);
        }
    }
}
