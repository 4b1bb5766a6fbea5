using System.Runtime.InteropServices;

namespace ILGPU.Runtime.Cuda;

/// <summary>The driver of this system: functions of libcuda with the signatures of cuda.h, CUDA 11.0 to 13.</summary>
/// <remarks>
/// Where cuda.h gives a function a new signature under its old name, the library has the new one under a name with a version
/// (<c>cuMemAlloc_v2</c>); those are called. Handles are pointers, CUdevice is an int, CUdeviceptr is 64 bits wide.
/// </remarks>
internal sealed unsafe partial class NativeCudaDriver : CudaDriver
{
    private readonly delegate* unmanaged<uint, CudaError> init;
    private readonly delegate* unmanaged<int*, CudaError> driverGetVersion;
    private readonly delegate* unmanaged<CudaError, byte**, CudaError> getErrorName;
    private readonly delegate* unmanaged<CudaError, byte**, CudaError> getErrorString;
    private readonly delegate* unmanaged<int*, CudaError> deviceGetCount;
    private readonly delegate* unmanaged<int*, int, CudaError> deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, CudaError> deviceGetName;
    private readonly delegate* unmanaged<nuint*, int, CudaError> deviceTotalMem;
    private readonly delegate* unmanaged<int*, CudaDeviceAttribute, int, CudaError> deviceGetAttribute;
    private readonly delegate* unmanaged<nint*, int, CudaError> devicePrimaryCtxRetain;
    private readonly delegate* unmanaged<int, CudaError> devicePrimaryCtxRelease;
    private readonly delegate* unmanaged<nint, CudaError> ctxSetCurrent;
    private readonly delegate* unmanaged<CudaError> ctxSynchronize;
    private readonly delegate* unmanaged<nint*, uint, CudaError> streamCreate;
    private readonly delegate* unmanaged<nint, CudaError> streamDestroy;
    private readonly delegate* unmanaged<nint, CudaError> streamSynchronize;
    private readonly delegate* unmanaged<nint, nint, uint, CudaError> streamWaitEvent;
    private readonly delegate* unmanaged<nint*, uint, CudaError> eventCreate;
    private readonly delegate* unmanaged<nint, CudaError> eventDestroy;
    private readonly delegate* unmanaged<nint, nint, CudaError> eventRecord;
    private readonly delegate* unmanaged<nint, CudaError> eventSynchronize;
    private readonly delegate* unmanaged<float*, nint, nint, CudaError> eventElapsedTime;

    /// <param name="export">The address of a function, or 0 where the library does not have it.</param>
    /// <exception cref="EntryPointNotFoundException">A function is missing that every driver since CUDA 11.0 has.</exception>
    public NativeCudaDriver(Func<string, nint> export)
    {
        init = (delegate* unmanaged<uint, CudaError>)Required("cuInit");
        driverGetVersion = (delegate* unmanaged<int*, CudaError>)Required("cuDriverGetVersion");
        getErrorName = (delegate* unmanaged<CudaError, byte**, CudaError>)Required("cuGetErrorName");
        getErrorString = (delegate* unmanaged<CudaError, byte**, CudaError>)Required("cuGetErrorString");
        deviceGetCount = (delegate* unmanaged<int*, CudaError>)Required("cuDeviceGetCount");
        deviceGet = (delegate* unmanaged<int*, int, CudaError>)Required("cuDeviceGet");
        deviceGetName = (delegate* unmanaged<byte*, int, int, CudaError>)Required("cuDeviceGetName");
        deviceTotalMem = (delegate* unmanaged<nuint*, int, CudaError>)Required("cuDeviceTotalMem_v2");
        deviceGetAttribute =
            (delegate* unmanaged<int*, CudaDeviceAttribute, int, CudaError>)Required("cuDeviceGetAttribute");
        devicePrimaryCtxRetain = (delegate* unmanaged<nint*, int, CudaError>)Required("cuDevicePrimaryCtxRetain");
        devicePrimaryCtxRelease = (delegate* unmanaged<int, CudaError>)Required("cuDevicePrimaryCtxRelease_v2");
        ctxSetCurrent = (delegate* unmanaged<nint, CudaError>)Required("cuCtxSetCurrent");
        ctxSynchronize = (delegate* unmanaged<CudaError>)Required("cuCtxSynchronize");
        streamCreate = (delegate* unmanaged<nint*, uint, CudaError>)Required("cuStreamCreate");
        streamDestroy = (delegate* unmanaged<nint, CudaError>)Required("cuStreamDestroy_v2");
        streamSynchronize = (delegate* unmanaged<nint, CudaError>)Required("cuStreamSynchronize");
        streamWaitEvent = (delegate* unmanaged<nint, nint, uint, CudaError>)Required("cuStreamWaitEvent");
        eventCreate = (delegate* unmanaged<nint*, uint, CudaError>)Required("cuEventCreate");
        eventDestroy = (delegate* unmanaged<nint, CudaError>)Required("cuEventDestroy_v2");
        eventRecord = (delegate* unmanaged<nint, nint, CudaError>)Required("cuEventRecord");
        eventSynchronize = (delegate* unmanaged<nint, CudaError>)Required("cuEventSynchronize");
        eventElapsedTime = (delegate* unmanaged<float*, nint, nint, CudaError>)Required("cuEventElapsedTime");

        memory = new(Required, export);
        modules = new(Required);
        graphs = new(export);

        nint Required(string name) => export(name) is var address and not 0
            ? address
            : throw new EntryPointNotFoundException($"it has no {name}");
    }

    /// <summary>The name under which systems have the library.</summary>
    public static string LibraryName => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>The driver of this system, or why there is none.</summary>
    public static (CudaDriver? Driver, string Reason) Load()
    {
        if (!NativeLibrary.TryLoad(LibraryName, out var library))
        {
            return (null, $"no CUDA driver ({LibraryName}) found; install the driver of the NVIDIA GPU, {CudaVersion.OldestDriver}");
        }

        try
        {
            return (new NativeCudaDriver(name => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0), "");
        }
        catch (EntryPointNotFoundException exception)
        {
            return (null,
                $"the CUDA driver {LibraryName} is too old: {exception.Message}; install {CudaVersion.OldestDriver}");
        }
    }

    public override CudaError Initialize() => init(0);

    public override CudaError GetVersion(out int version)
    {
        fixed (int* place = &version)
        {
            *place = 0;
            return driverGetVersion(place);
        }
    }

    public override string? GetErrorName(CudaError error) => TextOf(getErrorName, error);

    public override string? GetErrorText(CudaError error) => TextOf(getErrorString, error);

    public override CudaError GetDeviceCount(out int count)
    {
        fixed (int* place = &count)
        {
            *place = 0;
            return deviceGetCount(place);
        }
    }

    public override CudaError GetDevice(int ordinal, out int device)
    {
        fixed (int* place = &device)
        {
            *place = 0;
            return deviceGet(place, ordinal);
        }
    }

    public override CudaError GetDeviceName(int device, out string name)
    {
        const int LongestName = 256;
        var text = stackalloc byte[LongestName];
        text[0] = 0;
        var error = deviceGetName(text, LongestName, device);
        name = Marshal.PtrToStringUTF8((nint)text)!.Trim();
        return error;
    }

    public override CudaError GetDeviceMemory(int device, out long bytes)
    {
        nuint size = 0;
        var error = deviceTotalMem(&size, device);
        bytes = (long)size;
        return error;
    }

    public override CudaError GetDeviceAttribute(CudaDeviceAttribute attribute, int device, out int value)
    {
        fixed (int* place = &value)
        {
            *place = 0;
            return deviceGetAttribute(place, attribute, device);
        }
    }

    public override CudaError RetainPrimaryContext(int device, out nint context)
    {
        fixed (nint* place = &context)
        {
            *place = 0;
            return devicePrimaryCtxRetain(place, device);
        }
    }

    public override CudaError ReleasePrimaryContext(int device) => devicePrimaryCtxRelease(device);

    public override CudaError SetCurrentContext(nint context) => ctxSetCurrent(context);

    public override CudaError SynchronizeContext() => ctxSynchronize();

    public override CudaError CreateStream(out nint stream)
    {
        const uint NonBlocking = 1;
        fixed (nint* place = &stream)
        {
            *place = 0;
            return streamCreate(place, NonBlocking);
        }
    }

    public override CudaError DestroyStream(nint stream) => streamDestroy(stream);

    public override CudaError SynchronizeStream(nint stream) => streamSynchronize(stream);

    public override CudaError WaitForEvent(nint stream, nint awaited) => streamWaitEvent(stream, awaited, 0);

    public override CudaError CreateEvent(bool withTiming, out nint created)
    {
        const uint Default = 0, DisableTiming = 2;
        fixed (nint* place = &created)
        {
            *place = 0;
            return eventCreate(place, withTiming ? Default : DisableTiming);
        }
    }

    public override CudaError DestroyEvent(nint destroyed) => eventDestroy(destroyed);

    public override CudaError RecordEvent(nint recorded, nint stream) => eventRecord(recorded, stream);

    public override CudaError SynchronizeEvent(nint awaited) => eventSynchronize(awaited);

    public override CudaError GetElapsedTime(nint start, nint end, out float milliseconds)
    {
        fixed (float* place = &milliseconds)
        {
            *place = 0;
            return eventElapsedTime(place, start, end);
        }
    }

    /// <summary>The text that the library keeps for a code.</summary>
    private static string? TextOf(delegate* unmanaged<CudaError, byte**, CudaError> function, CudaError code)
    {
        byte* text = null;
        return function(code, &text) == CudaError.CUDA_SUCCESS && text is not null
            ? Marshal.PtrToStringUTF8((nint)text)
            : null;
    }
}
