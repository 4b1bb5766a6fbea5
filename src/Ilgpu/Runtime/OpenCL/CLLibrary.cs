using System.Runtime.InteropServices;
using System.Text;

namespace ILGPU.Runtime.OpenCL;

/// <summary>The functions of the system's OpenCL loader that this runtime calls, as far as OpenCL 1.2 has them.</summary>
/// <param name="export">The address of a function.</param>
internal sealed unsafe partial class CLLibrary(Func<string, nint> export)
{
    private readonly delegate* unmanaged<uint, nint*, uint*, CLError> getPlatformIds =
        (delegate* unmanaged<uint, nint*, uint*, CLError>)export("clGetPlatformIDs");

    private readonly delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError> getPlatformInfo =
        (delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError>)export("clGetPlatformInfo");

    private readonly delegate* unmanaged<nint, CLDeviceType, uint, nint*, uint*, CLError> getDeviceIds =
        (delegate* unmanaged<nint, CLDeviceType, uint, nint*, uint*, CLError>)export("clGetDeviceIDs");

    private readonly delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError> getDeviceInfo =
        (delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError>)export("clGetDeviceInfo");

    private readonly delegate* unmanaged<nint*, uint, nint*, nint, nint, CLError*, nint> createContext =
        (delegate* unmanaged<nint*, uint, nint*, nint, nint, CLError*, nint>)export("clCreateContext");

    private readonly delegate* unmanaged<nint, nint, ulong, CLError*, nint> createCommandQueue =
        (delegate* unmanaged<nint, nint, ulong, CLError*, nint>)export("clCreateCommandQueue");

    private readonly delegate* unmanaged<nint, ulong, nuint, void*, CLError*, nint> createBuffer =
        (delegate* unmanaged<nint, ulong, nuint, void*, CLError*, nint>)export("clCreateBuffer");

    private int liveObjects;

    /// <summary>The objects that were created and not released yet, for tests of leaks.</summary>
    public int LiveObjects => Volatile.Read(ref liveObjects);

    /// <summary>The names under which systems have the loader.</summary>
    public static string[] Names => OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    /// <summary>The loader of this system, or why there is none.</summary>
    public static (CLLibrary? Library, string Reason) Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                try
                {
                    return (new(function => NativeLibrary.GetExport(handle, function)), "");
                }
                catch (EntryPointNotFoundException exception)
                {
                    return (null, $"the OpenCL loader {name} is older than OpenCL 1.2: {exception.Message}");
                }
            }
        }

        return (null, $"no OpenCL loader ({Names[0]}) found; install the driver of the GPU, or for the processor PoCL");
    }

    public CLError GetPlatforms(out nint[] platforms)
    {
        platforms = [];
        uint count = 0;
        var error = getPlatformIds(0, null, &count);
        if (error != CLError.CL_SUCCESS || count == 0)
        {
            return error;
        }

        platforms = new nint[count];
        fixed (nint* pointer = platforms)
        {
            return getPlatformIds(count, pointer, null);
        }
    }

    public CLError GetDevices(nint platform, out nint[] devices)
    {
        devices = [];
        uint count = 0;
        var error = getDeviceIds(platform, CLDeviceType.CL_DEVICE_TYPE_ALL, 0, null, &count);
        if (error != CLError.CL_SUCCESS || count == 0)
        {
            return error;
        }

        devices = new nint[count];
        fixed (nint* pointer = devices)
        {
            return getDeviceIds(platform, CLDeviceType.CL_DEVICE_TYPE_ALL, count, pointer, null);
        }
    }

    public string GetPlatformText(nint platform, CLInfo info) => Text(Query(getPlatformInfo, platform, info, "clGetPlatformInfo"));

    public string GetDeviceText(nint device, CLInfo info) => Text(GetDeviceBytes(device, info));

    public T GetDeviceValue<T>(nint device, CLInfo info)
        where T : unmanaged => MemoryMarshal.Read<T>(GetDeviceBytes(device, info));

    public byte[] GetDeviceBytes(nint device, CLInfo info) => Query(getDeviceInfo, device, info, "clGetDeviceInfo");

    public CLHandle CreateContext(nint platform, nint device)
    {
        const nint ContextPlatform = 0x1084;
        CLError error;
        var properties = stackalloc nint[] { ContextPlatform, platform, 0 };
        return Own(createContext(properties, 1, &device, 0, 0, &error), CLObjectKind.Context, error, "clCreateContext");
    }

    public CLHandle CreateQueue(CLHandle context, nint device, bool withProfiling)
    {
        const ulong ProfilingEnable = 2;
        CLError error;
        var queue = createCommandQueue(context.Value, device, withProfiling ? ProfilingEnable : 0, &error);
        return Own(queue, CLObjectKind.Queue, error, "clCreateCommandQueue");
    }

    /// <summary>The buffer, or none and the reason.</summary>
    public CLHandle? TryCreateBuffer(CLHandle context, long size, out CLError error)
    {
        const ulong ReadWrite = 1;
        CLError status;
        var buffer = createBuffer(context.Value, ReadWrite, (nuint)size, null, &status);
        error = status;
        return status == CLError.CL_SUCCESS ? Own(buffer, CLObjectKind.Buffer, status, "clCreateBuffer") : null;
    }

    public void Release(CLObjectKind kind, nint handle)
    {
        // A failure leaves nothing to be done: the object is gone, or its device is.
        _ = releases[(int)kind](handle);
        Interlocked.Decrement(ref liveObjects);
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes).TrimEnd('\0').Trim();

    /// <summary>What an object says of itself.</summary>
    private static byte[] Query(
        delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError> function,
        nint handle,
        CLInfo info,
        string name)
    {
        nuint size = 0;
        CLException.ThrowIfFailed(function(handle, info, 0, null, &size), $"{name}({info})");
        var bytes = new byte[size];
        fixed (byte* pointer = bytes)
        {
            CLException.ThrowIfFailed(function(handle, info, size, pointer, null), $"{name}({info})");
        }

        return bytes;
    }

    private CLHandle Own(nint handle, CLObjectKind kind, CLError error, string function)
    {
        CLException.ThrowIfFailed(error, function);
        Interlocked.Increment(ref liveObjects);
        return new(this, kind, handle);
    }
}
