using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <summary>
/// A driver without a device, which keeps the rules of the real one: calls want a current context, handles have to be alive, what a
/// stream is given while it is captured does not run. Memory is that of the host; kernels do what <see cref="Kernels"/> says.
/// </summary>
internal unsafe partial class FakeCudaDriver : CudaDriver
{
    private readonly ConcurrentDictionary<int, nint> currentOfThreads = [];
    private readonly Dictionary<nint, object> objects = [];
    private readonly Lock gate = new();
    private nint lastHandle = 0x1000;
    private int retained;

    /// <summary>What a kernel does, by the name of its entry point: it is given the grid, the group and the arguments.</summary>
    public delegate void KernelBody(FakeLaunch launch);

    public override bool HasMemoryPools => Pools;

    public override bool HasGraphs => Graphs;

    public bool Pools { get; init; } = true;

    public bool Graphs { get; init; } = true;

    public int Version { get; set; } = 12040;

    public int DeviceCount { get; set; } = 1;

    public Dictionary<CudaDeviceAttribute, int> Attributes { get; } = new()
    {
        [CudaDeviceAttribute.MaxThreadsPerBlock] = 1024,
        [CudaDeviceAttribute.MaxBlockDimX] = 1024,
        [CudaDeviceAttribute.MaxBlockDimY] = 1024,
        [CudaDeviceAttribute.MaxBlockDimZ] = 64,
        [CudaDeviceAttribute.MaxGridDimX] = int.MaxValue,
        [CudaDeviceAttribute.MaxGridDimY] = 65535,
        [CudaDeviceAttribute.MaxGridDimZ] = 65535,
        [CudaDeviceAttribute.MaxSharedMemoryPerBlock] = 48 << 10,
        [CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin] = 227 << 10,
        [CudaDeviceAttribute.TotalConstantMemory] = 64 << 10,
        [CudaDeviceAttribute.WarpSize] = 32,
        [CudaDeviceAttribute.MultiprocessorCount] = 132,
        [CudaDeviceAttribute.MaxThreadsPerMultiprocessor] = 2048,
        [CudaDeviceAttribute.ComputeMode] = 0,
        [CudaDeviceAttribute.ComputeCapabilityMajor] = 9,
        [CudaDeviceAttribute.ComputeCapabilityMinor] = 0,
        [CudaDeviceAttribute.MemoryPoolsSupported] = 1,
        [CudaDeviceAttribute.ClockRate] = 1_980_000,
    };

    /// <summary>What calls return in place of doing their work, by the name of the method; asked each time.</summary>
    public Func<string, CudaError> Fault { get; set; } = _ => CudaError.CUDA_SUCCESS;

    /// <summary>The methods in the order in which they were called.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What would have been undefined on a real driver.</summary>
    public List<string> Misuse { get; } = [];

    public Dictionary<string, KernelBody> Kernels { get; } = [];

    /// <summary>Everything that was created and not released, contexts included.</summary>
    public int LiveObjects => objects.Count + memory.Count + registered.Count + retained;

    public int CountOf(string method) => Calls.Count(call => call == method);

    public override CudaError Initialize() => Enter(nameof(Initialize), needsContext: false);

    public override CudaError GetVersion(out int version)
    {
        version = Version;
        return Enter(nameof(GetVersion), needsContext: false);
    }

    public override string? GetErrorName(CudaError error) => Enum.IsDefined(error) ? error.ToString() : null;

    public override string? GetErrorText(CudaError error) => error switch
    {
        CudaError.CUDA_ERROR_OUT_OF_MEMORY => "out of memory",
        CudaError.CUDA_ERROR_ILLEGAL_ADDRESS => "an illegal memory access was encountered",
        _ => null,
    };

    public override CudaError GetDeviceCount(out int count)
    {
        count = DeviceCount;
        return Enter(nameof(GetDeviceCount), needsContext: false);
    }

    public override CudaError GetDevice(int ordinal, out int device)
    {
        device = ordinal;
        return Enter(nameof(GetDevice), needsContext: false);
    }

    public override CudaError GetDeviceName(int device, out string name)
    {
        name = $"Fake GPU {device}";
        return Enter(nameof(GetDeviceName), needsContext: false);
    }

    public override CudaError GetDeviceMemory(int device, out long bytes)
    {
        bytes = 1L << 30;
        return Enter(nameof(GetDeviceMemory), needsContext: false);
    }

    public override CudaError GetDeviceAttribute(CudaDeviceAttribute attribute, int device, out int value)
    {
        value = Attributes.GetValueOrDefault(attribute, -1);
        return value < 0 ? CudaError.CUDA_ERROR_INVALID_VALUE : Enter(nameof(GetDeviceAttribute), needsContext: false);
    }

    public override CudaError RetainPrimaryContext(int device, out nint context)
    {
        context = 0;
        var error = Enter(nameof(RetainPrimaryContext), needsContext: false);
        if (error == CudaError.CUDA_SUCCESS)
        {
            context = 0x77;
            retained++;
        }

        return error;
    }

    public override CudaError ReleasePrimaryContext(int device)
    {
        Require(retained > 0, "a context is released that was not retained");
        retained--;
        return Enter(nameof(ReleasePrimaryContext), needsContext: false);
    }

    public override CudaError SetCurrentContext(nint context)
    {
        var error = Enter(nameof(SetCurrentContext), needsContext: false);
        if (error == CudaError.CUDA_SUCCESS)
        {
            currentOfThreads[Environment.CurrentManagedThreadId] = context;
        }

        return error;
    }

    public override CudaError SynchronizeContext() => Enter(nameof(SynchronizeContext));

    /// <summary>Notes the call, and says what it is to return.</summary>
    private CudaError Enter(string method, bool needsContext = true)
    {
        lock (gate)
        {
            Calls.Add(method);
        }

        if (needsContext && (retained == 0 || currentOfThreads.GetValueOrDefault(Environment.CurrentManagedThreadId) == 0))
        {
            Misuse.Add($"{method} without a context");
            return CudaError.CUDA_ERROR_INVALID_CONTEXT;
        }

        return Fault(method);
    }

    private void Require(bool condition, string misuse)
    {
        if (!condition)
        {
            Misuse.Add(misuse);
        }
    }

    private CudaError Create(string method, object value, out nint handle)
    {
        handle = 0;
        var error = Enter(method);
        if (error == CudaError.CUDA_SUCCESS)
        {
            handle = lastHandle += 0x10;
            objects.Add(handle, value);
        }

        return error;
    }

    private CudaError Destroy(string method, nint handle)
    {
        Require(objects.Remove(handle), $"{method} of what is not alive");
        return Enter(method);
    }

    private T Find<T>(nint handle)
        where T : class
    {
        if (objects.GetValueOrDefault(handle) is T found)
        {
            return found;
        }

        Misuse.Add($"no live {typeof(T).Name} has the handle {handle}");
        throw new InvalidOperationException(Misuse[^1]);
    }
}

/// <summary>A launch as the driver is given it.</summary>
internal sealed unsafe record FakeLaunch(string EntryPoint, Index3D Grid, Index3D Group, int DynamicSharedBytes, nint[] Arguments)
{
    /// <summary>How wide the arguments are that tests read: no more is copied.</summary>
    public const int LargestArgument = 8;

    /// <summary>An argument by its number.</summary>
    public T Read<T>(int index)
        where T : unmanaged => MemoryMarshal.Read<T>(MemoryMarshal.AsBytes(Arguments.AsSpan(index, 1)));

    /// <summary>The elements of a view whose three arguments begin at that number.</summary>
    public Span<T> View<T>(int index)
        where T : unmanaged => new((byte*)Read<nint>(index) + Read<long>(index + 1), (int)Read<long>(index + 2));
}
