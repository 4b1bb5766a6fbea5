namespace ILGPU.Runtime.Cuda;

/// <summary>The operations of the CUDA driver that this runtime needs, one method for each function, as its API has them.</summary>
/// <remarks>
/// <para>Every method returns what the driver returns and never throws; where it fails, what it gives back is not to be used. Nothing
/// above this class calls the driver in another way, so all of it runs on a driver that is not one.</para>
/// <para>Handles are those of the driver, addresses of the device are numbers of 64 bits. All but <see cref="Initialize"/> and those
/// that take a device want a current context of the calling thread.</para>
/// <para>Launches, copies and captures make no objects.</para>
/// </remarks>
internal abstract unsafe class CudaDriver
{
    /// <summary>Whether there are memory pools in this driver: CUDA 11.2 and later. The device has to support them as well.</summary>
    public abstract bool HasMemoryPools { get; }

    /// <summary>Whether streams can be captured as graphs in this driver.</summary>
    public abstract bool HasGraphs { get; }

    /// <summary>cuInit, which comes before everything else and may be called again.</summary>
    public abstract CudaError Initialize();

    /// <summary>cuDriverGetVersion: 1000 · major + 10 · minor of the CUDA version that the driver supports.</summary>
    public abstract CudaError GetVersion(out int version);

    /// <summary>cuGetErrorName; null for a code that the driver does not know.</summary>
    public abstract string? GetErrorName(CudaError error);

    /// <summary>cuGetErrorString; null for a code that the driver does not know.</summary>
    public abstract string? GetErrorText(CudaError error);

    /// <summary>cuDeviceGetCount.</summary>
    public abstract CudaError GetDeviceCount(out int count);

    /// <summary>cuDeviceGet.</summary>
    public abstract CudaError GetDevice(int ordinal, out int device);

    /// <summary>cuDeviceGetName.</summary>
    public abstract CudaError GetDeviceName(int device, out string name);

    /// <summary>cuDeviceTotalMem.</summary>
    public abstract CudaError GetDeviceMemory(int device, out long bytes);

    /// <summary>cuDeviceGetAttribute.</summary>
    public abstract CudaError GetDeviceAttribute(CudaDeviceAttribute attribute, int device, out int value);

    /// <summary>cuDevicePrimaryCtxRetain.</summary>
    public abstract CudaError RetainPrimaryContext(int device, out nint context);

    /// <summary>cuDevicePrimaryCtxRelease.</summary>
    public abstract CudaError ReleasePrimaryContext(int device);

    /// <summary>cuCtxSetCurrent: for the calling thread; 0 for none.</summary>
    public abstract CudaError SetCurrentContext(nint context);

    /// <summary>cuCtxSynchronize.</summary>
    public abstract CudaError SynchronizeContext();

    /// <summary>cuMemGetInfo.</summary>
    public abstract CudaError GetMemoryInfo(out long freeBytes, out long totalBytes);

    /// <summary>cuMemAlloc, aligned to at least 256 bytes.</summary>
    public abstract CudaError Allocate(long bytes, out ulong address);

    /// <summary>cuMemFree, which takes memory of pools too.</summary>
    public abstract CudaError Free(ulong address);

    /// <summary>cuDeviceGetDefaultMemPool.</summary>
    public abstract CudaError GetDefaultPool(int device, out nint pool);

    /// <summary>cuMemPoolSetAttribute for CU_MEMPOOL_ATTR_RELEASE_THRESHOLD.</summary>
    public abstract CudaError SetPoolReleaseThreshold(nint pool, ulong bytes);

    /// <summary>cuMemPoolTrimTo.</summary>
    public abstract CudaError TrimPool(nint pool, long bytesToKeep);

    /// <summary>cuMemAllocAsync, from the current pool of the stream's device.</summary>
    public abstract CudaError AllocateAsync(long bytes, nint stream, out ulong address);

    /// <summary>cuMemFreeAsync.</summary>
    public abstract CudaError FreeAsync(ulong address, nint stream);

    /// <summary>cuMemHostAlloc with CU_MEMHOSTALLOC_PORTABLE.</summary>
    public abstract CudaError AllocateHost(long bytes, out nint address);

    /// <summary>cuMemFreeHost.</summary>
    public abstract CudaError FreeHost(nint address);

    /// <summary>cuMemHostRegister with CU_MEMHOSTREGISTER_PORTABLE.</summary>
    public abstract CudaError RegisterHost(nint address, long bytes);

    /// <summary>cuMemHostUnregister.</summary>
    public abstract CudaError UnregisterHost(nint address);

    /// <summary>cuMemcpyHtoDAsync.</summary>
    public abstract CudaError CopyToDevice(ulong target, void* source, long bytes, nint stream);

    /// <summary>cuMemcpyDtoHAsync.</summary>
    public abstract CudaError CopyToHost(void* target, ulong source, long bytes, nint stream);

    /// <summary>cuMemcpyDtoDAsync. What overlaps is undefined.</summary>
    public abstract CudaError CopyOnDevice(ulong target, ulong source, long bytes, nint stream);

    /// <summary>cuMemsetD8Async.</summary>
    public abstract CudaError FillBytes(ulong target, byte value, long count, nint stream);

    /// <summary>cuMemsetD32Async, at an address that 4 divides.</summary>
    public abstract CudaError FillWords(ulong target, uint value, long count, nint stream);

    /// <summary>cuStreamCreate with CU_STREAM_NON_BLOCKING.</summary>
    public abstract CudaError CreateStream(out nint stream);

    /// <summary>cuStreamDestroy, which lets the work of the stream end.</summary>
    public abstract CudaError DestroyStream(nint stream);

    /// <summary>cuStreamSynchronize.</summary>
    public abstract CudaError SynchronizeStream(nint stream);

    /// <summary>cuStreamWaitEvent: later work of the stream waits for the event.</summary>
    public abstract CudaError WaitForEvent(nint stream, nint awaited);

    /// <summary>cuEventCreate; without <paramref name="withTiming"/> with CU_EVENT_DISABLE_TIMING.</summary>
    public abstract CudaError CreateEvent(bool withTiming, out nint created);

    /// <summary>cuEventDestroy.</summary>
    public abstract CudaError DestroyEvent(nint destroyed);

    /// <summary>cuEventRecord.</summary>
    public abstract CudaError RecordEvent(nint recorded, nint stream);

    /// <summary>cuEventSynchronize.</summary>
    public abstract CudaError SynchronizeEvent(nint awaited);

    /// <summary>cuEventElapsedTime.</summary>
    public abstract CudaError GetElapsedTime(nint start, nint end, out float milliseconds);

    /// <summary>cuLinkCreate, cuLinkAddData for PTX, cuLinkComplete and cuLinkDestroy: translates for the device of the context.</summary>
    /// <param name="ptx">The text in UTF-8 with a zero at its end.</param>
    /// <param name="optimizationLevel">CU_JIT_OPTIMIZATION_LEVEL: 0 to 4.</param>
    /// <param name="image">The program for the device, which <see cref="LoadModule"/> takes; empty where it fails.</param>
    /// <param name="log">What the translator says: errors, or else warnings and notes; empty if nothing.</param>
    public abstract CudaError Link(ReadOnlySpan<byte> ptx, int optimizationLevel, out byte[] image, out string log);

    /// <summary>cuModuleLoadData of what <see cref="Link"/> gave, in this run or an earlier one.</summary>
    public abstract CudaError LoadModule(ReadOnlySpan<byte> image, out nint module);

    /// <summary>cuModuleUnload.</summary>
    public abstract CudaError UnloadModule(nint module);

    /// <summary>cuModuleGetFunction.</summary>
    /// <param name="module">Where the function is.</param>
    /// <param name="name">Its name in UTF-8 with a zero at its end.</param>
    /// <param name="function">The function, which lives as long as the module.</param>
    public abstract CudaError GetFunction(nint module, ReadOnlySpan<byte> name, out nint function);

    /// <summary>cuFuncGetAttribute.</summary>
    public abstract CudaError GetFunctionAttribute(CudaFunctionAttribute attribute, nint function, out int value);

    /// <summary>cuFuncSetAttribute.</summary>
    public abstract CudaError SetFunctionAttribute(CudaFunctionAttribute attribute, nint function, int value);

    /// <summary>cuOccupancyMaxActiveBlocksPerMultiprocessor.</summary>
    public abstract CudaError GetGroupsPerMultiprocessor(nint function, int groupSize, long dynamicSharedBytes, out int groups);

    /// <summary>cuLaunchKernel.</summary>
    /// <param name="function">What is launched.</param>
    /// <param name="grid">The number of groups.</param>
    /// <param name="group">The threads of a group.</param>
    /// <param name="dynamicSharedBytes">Shared memory beyond that which the function declares.</param>
    /// <param name="stream">Where it waits for its turn.</param>
    /// <param name="arguments">One address for each parameter, of its value, which is read before this returns.</param>
    public abstract CudaError Launch(
        nint function, Index3D grid, Index3D group, int dynamicSharedBytes, nint stream, void** arguments);

    /// <summary>cuStreamBeginCapture with CU_STREAM_CAPTURE_MODE_THREAD_LOCAL.</summary>
    public abstract CudaError BeginCapture(nint stream);

    /// <summary>cuStreamEndCapture; no graph (0) where the capture became invalid.</summary>
    public abstract CudaError EndCapture(nint stream, out nint graph);

    /// <summary>cuStreamIsCapturing.</summary>
    public abstract CudaError GetCaptureStatus(nint stream, out CudaCaptureStatus status);

    /// <summary>cuGraphGetNodes, the number alone.</summary>
    public abstract CudaError GetNodeCount(nint graph, out long count);

    /// <summary>cuGraphInstantiate.</summary>
    public abstract CudaError InstantiateGraph(nint graph, out nint executable);

    /// <summary>cuGraphLaunch.</summary>
    public abstract CudaError LaunchGraph(nint executable, nint stream);

    /// <summary>cuGraphExecDestroy.</summary>
    public abstract CudaError DestroyExecutable(nint executable);

    /// <summary>cuGraphDestroy.</summary>
    public abstract CudaError DestroyGraph(nint graph);
}
