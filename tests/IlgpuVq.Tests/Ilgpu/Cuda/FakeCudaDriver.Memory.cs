using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <content>Memory: that of the host.</content>
internal unsafe partial class FakeCudaDriver
{
    private const nint Pool = 0x99;

    private readonly Dictionary<ulong, (long Bytes, bool IsPooled)> memory = [];
    private readonly HashSet<nint> registered = [];

    /// <summary>How much memory there is; what the pool keeps counts until it is trimmed.</summary>
    public long Capacity { get; set; } = 1L << 30;

    /// <summary>What was given back to the pool and is not trimmed.</summary>
    public long KeptBytes { get; private set; }

    public ulong? ReleaseThreshold { get; private set; }

    public override CudaError GetMemoryInfo(out long freeBytes, out long totalBytes)
    {
        (freeBytes, totalBytes) = (Capacity - memory.Values.Sum(block => block.Bytes), Capacity);
        return Enter(nameof(GetMemoryInfo));
    }

    public override CudaError Allocate(long bytes, out ulong address) => Take(nameof(Allocate), bytes, isPooled: false, out address);

    public override CudaError Free(ulong address)
    {
        Require(!IsCapturing(), "memory is freed by the thread that captures");
        Give(address, null);
        return Enter(nameof(Free));
    }

    public override CudaError GetDefaultPool(int device, out nint pool)
    {
        pool = Pool;
        return Enter(nameof(GetDefaultPool), needsContext: false);
    }

    public override CudaError SetPoolReleaseThreshold(nint pool, ulong bytes)
    {
        Require(pool == Pool, "another pool");
        ReleaseThreshold = bytes;
        return Enter(nameof(SetPoolReleaseThreshold));
    }

    public override CudaError TrimPool(nint pool, long bytesToKeep)
    {
        Require(pool == Pool, "another pool");
        KeptBytes = Math.Min(KeptBytes, bytesToKeep);
        return Enter(nameof(TrimPool));
    }

    public override CudaError AllocateAsync(long bytes, nint stream, out ulong address)
    {
        Require(Find<FakeStream>(stream).Captured is null, "memory is allocated on a stream that is captured");
        return Take(nameof(AllocateAsync), bytes, isPooled: true, out address);
    }

    public override CudaError FreeAsync(ulong address, nint stream)
    {
        Require(Find<FakeStream>(stream).Captured is null, "memory is freed on a stream that is captured");
        Give(address, isPooled: true);
        return Enter(nameof(FreeAsync));
    }

    public override CudaError AllocateHost(long bytes, out nint address)
    {
        address = 0;
        var error = Enter(nameof(AllocateHost));
        if (error == CudaError.CUDA_SUCCESS)
        {
            address = (nint)NativeMemory.Alloc((nuint)bytes);
            registered.Add(address);
        }

        return error;
    }

    public override CudaError FreeHost(nint address)
    {
        Require(registered.Remove(address), "host memory is freed that was not allocated");
        NativeMemory.Free((void*)address);
        return Enter(nameof(FreeHost));
    }

    public override CudaError RegisterHost(nint address, long bytes)
    {
        var error = Enter(nameof(RegisterHost));
        return error != CudaError.CUDA_SUCCESS || registered.Add(address) ? error : CudaError.CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    }

    public override CudaError UnregisterHost(nint address)
    {
        Require(registered.Remove(address), "host memory is unregistered that was not registered");
        return Enter(nameof(UnregisterHost));
    }

    public override CudaError CopyToDevice(ulong target, void* source, long bytes, nint stream) =>
        Enqueue(nameof(CopyToDevice), stream, () => Buffer.MemoryCopy(source, (void*)target, bytes, bytes));

    public override CudaError CopyToHost(void* target, ulong source, long bytes, nint stream) =>
        Enqueue(nameof(CopyToHost), stream, () => Buffer.MemoryCopy((void*)source, target, bytes, bytes));

    public override CudaError CopyOnDevice(ulong target, ulong source, long bytes, nint stream)
    {
        Require(target >= source + (ulong)bytes || source >= target + (ulong)bytes, "a copy of ranges that overlap");
        return Enqueue(nameof(CopyOnDevice), stream, () => Buffer.MemoryCopy((void*)source, (void*)target, bytes, bytes));
    }

    public override CudaError FillBytes(ulong target, byte value, long count, nint stream) =>
        Enqueue(nameof(FillBytes), stream, () => NativeMemory.Fill((void*)target, (nuint)count, value));

    public override CudaError FillWords(ulong target, uint value, long count, nint stream)
    {
        Require(target % sizeof(uint) == 0, "words are filled that are not aligned");
        return Enqueue(nameof(FillWords), stream, () => new Span<uint>((void*)target, (int)count).Fill(value));
    }

    private CudaError Take(string method, long bytes, bool isPooled, out ulong address)
    {
        const int Alignment = 256;
        address = 0;
        var error = Enter(method);
        if (error == CudaError.CUDA_SUCCESS && memory.Values.Sum(block => block.Bytes) + KeptBytes + bytes > Capacity)
        {
            error = CudaError.CUDA_ERROR_OUT_OF_MEMORY;
        }

        if (error == CudaError.CUDA_SUCCESS)
        {
            address = (ulong)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
            memory.Add(address, (bytes, isPooled));
        }

        return error;
    }

    private void Give(ulong address, bool? isPooled)
    {
        if (!memory.Remove(address, out var block) || (isPooled is not null && isPooled != block.IsPooled))
        {
            Misuse.Add("memory is freed that is not alive, or in the wrong way");
            return;
        }

        KeptBytes += block.IsPooled ? block.Bytes : 0;
        NativeMemory.AlignedFree((void*)address);
    }
}
