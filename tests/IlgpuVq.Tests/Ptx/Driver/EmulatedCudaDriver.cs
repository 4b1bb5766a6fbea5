using ILGPU.Runtime.Cuda;
using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Driver;

/// <summary>A CUDA driver whose device is the machine of this folder: like an H200, if not told otherwise.</summary>
/// <remarks>
/// Work of a stream runs as late as it may: when somebody waits for it. So what the runtime forgets to wait for shows. A fault of
/// a kernel loses the context: all later calls return it, and <see cref="GetErrorText"/> tells where it was.
/// </remarks>
internal sealed partial class EmulatedCudaDriver : CudaDriver, IDisposable
{
    private const nint Context = 0x77;

    private readonly DeviceMemory memory = new();
    private readonly Dictionary<nint, object> objects = [];
    private readonly ThreadLocal<nint> current = new();
    private readonly Lock gate = new();
    private nint lastHandle = 0x1000;
    private int retained;
    private CudaError lost = CudaError.CUDA_SUCCESS;

    /// <summary>The compute capability: 9 and 0 of 9.0.</summary>
    public (int Major, int Minor) Capability { get; init; } = (9, 0);

    /// <summary>1000 · major + 10 · minor of CUDA.</summary>
    public int Version { get; init; } = 12040;

    public int Multiprocessors { get; init; } = 132;

    public long Capacity { get; init; } = 8L << 30;

    public override bool HasMemoryPools => Version >= 11020;

    public override bool HasGraphs => true;

    /// <summary>What ended the context; null as long as all is well.</summary>
    public PtxFault? Fault { get; private set; }

    /// <summary>Instructions that lanes of all launches have gone through.</summary>
    public long LaneInstructions { get; private set; }

    private int Target => (Capability.Major * 10) + Capability.Minor;

    public override CudaError Initialize() => CudaError.CUDA_SUCCESS;

    public override CudaError GetVersion(out int version)
    {
        version = Version;
        return CudaError.CUDA_SUCCESS;
    }

    public override string? GetErrorName(CudaError error) => Enum.IsDefined(error) ? error.ToString() : null;

    public override string? GetErrorText(CudaError error) => error == lost ? Fault?.Message : null;

    public override CudaError GetDeviceCount(out int count)
    {
        count = 1;
        return CudaError.CUDA_SUCCESS;
    }

    public override CudaError GetDevice(int ordinal, out int device)
    {
        device = ordinal;
        return ordinal == 0 ? CudaError.CUDA_SUCCESS : CudaError.CUDA_ERROR_INVALID_DEVICE;
    }

    public override CudaError GetDeviceName(int device, out string name)
    {
        name = $"Emulated sm_{Target}";
        return CudaError.CUDA_SUCCESS;
    }

    public override CudaError GetDeviceMemory(int device, out long bytes)
    {
        bytes = Capacity;
        return CudaError.CUDA_SUCCESS;
    }

    public override CudaError GetDeviceAttribute(CudaDeviceAttribute attribute, int device, out int value)
    {
        const int KiB = 1024;
        var found = attribute switch
        {
            CudaDeviceAttribute.MaxThreadsPerBlock => 1024,
            CudaDeviceAttribute.MaxBlockDimX or CudaDeviceAttribute.MaxBlockDimY => 1024,
            CudaDeviceAttribute.MaxBlockDimZ => 64,
            CudaDeviceAttribute.MaxGridDimX => int.MaxValue,
            CudaDeviceAttribute.MaxGridDimY or CudaDeviceAttribute.MaxGridDimZ => 65535,
            CudaDeviceAttribute.MaxSharedMemoryPerBlock => 48 * KiB,
            CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin => MaxSharedBytes,
            CudaDeviceAttribute.MaxSharedMemoryPerMultiprocessor => MaxSharedBytes + KiB,
            CudaDeviceAttribute.TotalConstantMemory => 64 * KiB,
            CudaDeviceAttribute.WarpSize => Warp.Size,
            CudaDeviceAttribute.MaxRegistersPerBlock or CudaDeviceAttribute.MaxRegistersPerMultiprocessor => 64 * KiB,
            CudaDeviceAttribute.MultiprocessorCount => Multiprocessors,
            CudaDeviceAttribute.MaxThreadsPerMultiprocessor => 2048,
            CudaDeviceAttribute.ComputeMode => (int)CudaComputeMode.Default,
            CudaDeviceAttribute.ComputeCapabilityMajor => Capability.Major,
            CudaDeviceAttribute.ComputeCapabilityMinor => Capability.Minor,
            CudaDeviceAttribute.MemoryPoolsSupported or CudaDeviceAttribute.UnifiedAddressing => 1,
            CudaDeviceAttribute.ClockRate => 1_980_000,
            _ => -1,
        };
        value = Math.Max(found, 0);
        return found < 0 ? CudaError.CUDA_ERROR_INVALID_VALUE : CudaError.CUDA_SUCCESS;
    }

    public override CudaError RetainPrimaryContext(int device, out nint context)
    {
        lock (gate)
        {
            context = Context;
            retained++;
            return lost;
        }
    }

    public override CudaError ReleasePrimaryContext(int device)
    {
        lock (gate)
        {
            return retained-- > 0 ? CudaError.CUDA_SUCCESS : CudaError.CUDA_ERROR_INVALID_CONTEXT;
        }
    }

    public override CudaError SetCurrentContext(nint context)
    {
        current.Value = context;
        return CudaError.CUDA_SUCCESS;
    }

    public override CudaError SynchronizeContext() => Do(RunAll);

    public void Dispose()
    {
        memory.Dispose();
        current.Dispose();
    }

    /// <summary>What a call does, one at a time, on a context that lives.</summary>
    private CudaError Do(Func<CudaError> call)
    {
        lock (gate)
        {
            if (current.Value != Context || retained == 0)
            {
                return CudaError.CUDA_ERROR_INVALID_CONTEXT;
            }

            return lost != CudaError.CUDA_SUCCESS ? lost : call();
        }
    }

    /// <summary>What a call does to an object that a handle names.</summary>
    private CudaError With<T>(nint handle, Func<T, CudaError> call)
        where T : class =>
        Do(() => objects.GetValueOrDefault(handle) is T found ? call(found) : CudaError.CUDA_ERROR_INVALID_HANDLE);

    private nint Add(object created)
    {
        lastHandle += 0x10;
        objects.Add(lastHandle, created);
        return lastHandle;
    }

    private CudaError Create(Func<object> create, out nint handle)
    {
        nint added = 0;
        var error = Do(() =>
        {
            added = Add(create());
            return CudaError.CUDA_SUCCESS;
        });
        handle = added;
        return error;
    }

    private CudaError Destroy<T>(nint handle, Action<T>? atLast = null)
        where T : class => With<T>(handle, found =>
        {
            atLast?.Invoke(found);
            objects.Remove(handle);
            return lost;
        });
}
