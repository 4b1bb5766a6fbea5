using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;
using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Driver;

/// <content>Memory of the device, and of the host where the device may reach it while the host goes on.</content>
internal sealed unsafe partial class EmulatedCudaDriver
{
    private const nint Pool = 0x99;

    /// <summary>Memory that copies may read and write later: address and bytes.</summary>
    private readonly Dictionary<nint, long> pinned = [];

    public override CudaError GetMemoryInfo(out long freeBytes, out long totalBytes)
    {
        (freeBytes, totalBytes) = (Capacity - memory.LiveBytes, Capacity);
        return Do(() => CudaError.CUDA_SUCCESS);
    }

    public override CudaError Allocate(long bytes, out ulong address)
    {
        ulong found = 0;
        var error = Do(() => IsCapturedByThisThread() ? Invalidate() : Take(bytes, out found));
        address = found;
        return error;
    }

    /// <summary>Waits for all that was queued before.</summary>
    public override CudaError Free(ulong address) => Do(() =>
    {
        if (IsCapturedByThisThread())
        {
            return Invalidate();
        }

        var error = RunAll();
        return memory.Free(address) ? error : CudaError.CUDA_ERROR_INVALID_VALUE;
    });

    public override CudaError GetDefaultPool(int device, out nint pool)
    {
        pool = Pool;
        return CudaError.CUDA_SUCCESS;
    }

    public override CudaError SetPoolReleaseThreshold(nint pool, ulong bytes) =>
        pool == Pool ? CudaError.CUDA_SUCCESS : CudaError.CUDA_ERROR_INVALID_VALUE;

    public override CudaError TrimPool(nint pool, long bytesToKeep) =>
        pool == Pool ? CudaError.CUDA_SUCCESS : CudaError.CUDA_ERROR_INVALID_VALUE;

    public override CudaError AllocateAsync(long bytes, nint stream, out ulong address)
    {
        ulong found = 0;
        var error = With<EmulatedStream>(stream, owner =>
            owner.Captured is null ? Take(bytes, out found) : CudaError.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        address = found;
        return error;
    }

    public override CudaError FreeAsync(ulong address, nint stream) => With<EmulatedStream>(stream, owner =>
    {
        if (owner.Captured is not null)
        {
            return CudaError.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        }

        return memory.Find(address) is { } found && found.Base == address
            ? owner.Add(() => memory.Free(address))
            : CudaError.CUDA_ERROR_INVALID_VALUE;
    });

    public override CudaError AllocateHost(long bytes, out nint address)
    {
        var allocated = (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        address = allocated;
        return Do(() => RegisterUnlessThere(allocated, bytes));
    }

    public override CudaError FreeHost(nint address) => Do(() =>
    {
        var error = RunAll();
        if (!pinned.Remove(address))
        {
            return CudaError.CUDA_ERROR_INVALID_VALUE;
        }

        NativeMemory.AlignedFree((void*)address);
        return error;
    });

    public override CudaError RegisterHost(nint address, long bytes) => Do(() => RegisterUnlessThere(address, bytes));

    public override CudaError UnregisterHost(nint address) => Do(() =>
    {
        var error = RunAll();
        return pinned.Remove(address) ? error : CudaError.CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
    });

    /// <summary>Memory that is not pinned is read before this returns.</summary>
    public override CudaError CopyToDevice(ulong target, void* source, long bytes, nint stream) =>
        With<EmulatedStream>(stream, owner =>
        {
            if (memory.Resolve(target, bytes) is null)
            {
                return CudaError.CUDA_ERROR_INVALID_VALUE;
            }

            if (IsPinned((nint)source, bytes) || owner.Captured is not null)
            {
                return owner.Add(() => Buffer.MemoryCopy(source, Live(target, bytes), bytes, bytes));
            }

            var staged = new Span<byte>(source, checked((int)bytes)).ToArray();
            return owner.Add(() => staged.CopyTo(new Span<byte>(Live(target, bytes), staged.Length)));
        });

    /// <summary>Memory that is not pinned is written before this returns.</summary>
    public override CudaError CopyToHost(void* target, ulong source, long bytes, nint stream) =>
        With<EmulatedStream>(stream, owner =>
        {
            if (memory.Resolve(source, bytes) is null)
            {
                return CudaError.CUDA_ERROR_INVALID_VALUE;
            }

            var error = owner.Add(() => Buffer.MemoryCopy(Live(source, bytes), target, bytes, bytes));
            var mayWait = IsPinned((nint)target, bytes) || owner.Captured is not null;
            return mayWait || error != CudaError.CUDA_SUCCESS ? error : Run(owner);
        });

    public override CudaError CopyOnDevice(ulong target, ulong source, long bytes, nint stream) =>
        With<EmulatedStream>(stream, owner =>
        {
            var isOverlap = target < source + (ulong)bytes && source < target + (ulong)bytes;
            return isOverlap || memory.Resolve(target, bytes) is null || memory.Resolve(source, bytes) is null
                ? CudaError.CUDA_ERROR_INVALID_VALUE
                : owner.Add(() => Buffer.MemoryCopy(Live(source, bytes), Live(target, bytes), bytes, bytes));
        });

    public override CudaError FillBytes(ulong target, byte value, long count, nint stream) =>
        With<EmulatedStream>(stream, owner => memory.Resolve(target, count) is null
            ? CudaError.CUDA_ERROR_INVALID_VALUE
            : owner.Add(() => NativeMemory.Fill(Live(target, count), (nuint)count, value)));

    public override CudaError FillWords(ulong target, uint value, long count, nint stream) =>
        With<EmulatedStream>(stream, owner => target % 4 != 0 || memory.Resolve(target, count * 4) is null
            ? CudaError.CUDA_ERROR_INVALID_VALUE
            : owner.Add(() => new Span<uint>(Live(target, count * 4), checked((int)count)).Fill(value)));

    private CudaError Take(long bytes, out ulong address)
    {
        address = 0;
        if (bytes <= 0)
        {
            return CudaError.CUDA_ERROR_INVALID_VALUE;
        }

        if (memory.LiveBytes + bytes > Capacity)
        {
            return CudaError.CUDA_ERROR_OUT_OF_MEMORY;
        }

        address = memory.Allocate(bytes).Base;
        return CudaError.CUDA_SUCCESS;
    }

    private CudaError RegisterUnlessThere(nint address, long bytes) => pinned.TryAdd(address, bytes)
        ? CudaError.CUDA_SUCCESS
        : CudaError.CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;

    private bool IsPinned(nint address, long bytes) =>
        pinned.Any(range => address >= range.Key && address + bytes <= range.Key + range.Value);

    /// <summary>Where the bytes are when the work runs.</summary>
    private byte* Live(ulong address, long bytes)
    {
        var place = memory.Resolve(address, bytes);
        return place is null
            ? throw new PtxFault(FaultKind.IllegalAddress, $"a copy: no {bytes} bytes of global memory at 0x{address:X}")
            : place;
    }
}
