namespace ILGPU.Runtime.Cuda;

/// <content>Memory of devices and hosts, pools and copies.</content>
internal sealed unsafe partial class NativeCudaDriver
{
    private readonly MemoryFunctions memory;

    public override bool HasMemoryPools => memory.HasPools;

    public override CudaError GetMemoryInfo(out long freeBytes, out long totalBytes)
    {
        nuint free = 0, total = 0;
        var error = memory.GetInfo(&free, &total);
        (freeBytes, totalBytes) = ((long)free, (long)total);
        return error;
    }

    public override CudaError Allocate(long bytes, out ulong address)
    {
        fixed (ulong* place = &address)
        {
            *place = 0;
            return memory.Alloc(place, (nuint)bytes);
        }
    }

    public override CudaError Free(ulong address) => memory.Free(address);

    public override CudaError GetDefaultPool(int device, out nint pool)
    {
        fixed (nint* place = &pool)
        {
            *place = 0;
            return HasMemoryPools ? memory.GetDefaultPool(place, device) : CudaError.CUDA_ERROR_NOT_SUPPORTED;
        }
    }

    public override CudaError SetPoolReleaseThreshold(nint pool, ulong bytes)
    {
        const int ReleaseThreshold = 4;
        return HasMemoryPools ? memory.PoolSetAttribute(pool, ReleaseThreshold, &bytes) : CudaError.CUDA_ERROR_NOT_SUPPORTED;
    }

    public override CudaError TrimPool(nint pool, long bytesToKeep) =>
        HasMemoryPools ? memory.PoolTrimTo(pool, (nuint)bytesToKeep) : CudaError.CUDA_ERROR_NOT_SUPPORTED;

    public override CudaError AllocateAsync(long bytes, nint stream, out ulong address)
    {
        fixed (ulong* place = &address)
        {
            *place = 0;
            return HasMemoryPools ? memory.AllocAsync(place, (nuint)bytes, stream) : CudaError.CUDA_ERROR_NOT_SUPPORTED;
        }
    }

    public override CudaError FreeAsync(ulong address, nint stream) =>
        HasMemoryPools ? memory.FreeAsync(address, stream) : CudaError.CUDA_ERROR_NOT_SUPPORTED;

    public override CudaError AllocateHost(long bytes, out nint address)
    {
        const uint Portable = 1;
        void* place = null;
        var error = memory.HostAlloc(&place, (nuint)bytes, Portable);
        address = (nint)place;
        return error;
    }

    public override CudaError FreeHost(nint address) => memory.FreeHost((void*)address);

    public override CudaError RegisterHost(nint address, long bytes)
    {
        const uint Portable = 1;
        return memory.HostRegister((void*)address, (nuint)bytes, Portable);
    }

    public override CudaError UnregisterHost(nint address) => memory.HostUnregister((void*)address);

    public override CudaError CopyToDevice(ulong target, void* source, long bytes, nint stream) =>
        memory.CopyHtoD(target, source, (nuint)bytes, stream);

    public override CudaError CopyToHost(void* target, ulong source, long bytes, nint stream) =>
        memory.CopyDtoH(target, source, (nuint)bytes, stream);

    public override CudaError CopyOnDevice(ulong target, ulong source, long bytes, nint stream) =>
        memory.CopyDtoD(target, source, (nuint)bytes, stream);

    public override CudaError FillBytes(ulong target, byte value, long count, nint stream) =>
        memory.SetD8(target, value, (nuint)count, stream);

    public override CudaError FillWords(ulong target, uint value, long count, nint stream) =>
        memory.SetD32(target, value, (nuint)count, stream);

    /// <summary>The addresses of the functions; pools came with CUDA 11.2.</summary>
    private sealed class MemoryFunctions(Func<string, nint> required, Func<string, nint> optional)
    {
        public readonly delegate* unmanaged<nuint*, nuint*, CudaError> GetInfo =
            (delegate* unmanaged<nuint*, nuint*, CudaError>)required("cuMemGetInfo_v2");

        public readonly delegate* unmanaged<ulong*, nuint, CudaError> Alloc =
            (delegate* unmanaged<ulong*, nuint, CudaError>)required("cuMemAlloc_v2");

        public readonly delegate* unmanaged<ulong, CudaError> Free = (delegate* unmanaged<ulong, CudaError>)required("cuMemFree_v2");

        public readonly delegate* unmanaged<void**, nuint, uint, CudaError> HostAlloc =
            (delegate* unmanaged<void**, nuint, uint, CudaError>)required("cuMemHostAlloc");

        public readonly delegate* unmanaged<void*, CudaError> FreeHost = (delegate* unmanaged<void*, CudaError>)required("cuMemFreeHost");

        public readonly delegate* unmanaged<void*, nuint, uint, CudaError> HostRegister =
            (delegate* unmanaged<void*, nuint, uint, CudaError>)required("cuMemHostRegister_v2");

        public readonly delegate* unmanaged<void*, CudaError> HostUnregister =
            (delegate* unmanaged<void*, CudaError>)required("cuMemHostUnregister");

        public readonly delegate* unmanaged<ulong, void*, nuint, nint, CudaError> CopyHtoD =
            (delegate* unmanaged<ulong, void*, nuint, nint, CudaError>)required("cuMemcpyHtoDAsync_v2");

        public readonly delegate* unmanaged<void*, ulong, nuint, nint, CudaError> CopyDtoH =
            (delegate* unmanaged<void*, ulong, nuint, nint, CudaError>)required("cuMemcpyDtoHAsync_v2");

        public readonly delegate* unmanaged<ulong, ulong, nuint, nint, CudaError> CopyDtoD =
            (delegate* unmanaged<ulong, ulong, nuint, nint, CudaError>)required("cuMemcpyDtoDAsync_v2");

        public readonly delegate* unmanaged<ulong, byte, nuint, nint, CudaError> SetD8 =
            (delegate* unmanaged<ulong, byte, nuint, nint, CudaError>)required("cuMemsetD8Async");

        public readonly delegate* unmanaged<ulong, uint, nuint, nint, CudaError> SetD32 =
            (delegate* unmanaged<ulong, uint, nuint, nint, CudaError>)required("cuMemsetD32Async");

        public readonly delegate* unmanaged<nint*, int, CudaError> GetDefaultPool =
            (delegate* unmanaged<nint*, int, CudaError>)optional("cuDeviceGetDefaultMemPool");

        public readonly delegate* unmanaged<nint, int, void*, CudaError> PoolSetAttribute =
            (delegate* unmanaged<nint, int, void*, CudaError>)optional("cuMemPoolSetAttribute");

        public readonly delegate* unmanaged<nint, nuint, CudaError> PoolTrimTo =
            (delegate* unmanaged<nint, nuint, CudaError>)optional("cuMemPoolTrimTo");

        public readonly delegate* unmanaged<ulong*, nuint, nint, CudaError> AllocAsync =
            (delegate* unmanaged<ulong*, nuint, nint, CudaError>)optional("cuMemAllocAsync");

        public readonly delegate* unmanaged<ulong, nint, CudaError> FreeAsync =
            (delegate* unmanaged<ulong, nint, CudaError>)optional("cuMemFreeAsync");

        public bool HasPools =>
            GetDefaultPool is not null && PoolSetAttribute is not null && PoolTrimTo is not null && AllocAsync is not null &&
            FreeAsync is not null;
    }
}
