using System.Runtime.InteropServices;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>The functions of NVIDIA's driver that ILGPU does not reach: why there is no device,
/// and graphs of captured launches.</summary>
/// <remarks>Source: CUDA Driver API. All return 0 for success.</remarks>
internal static unsafe class CudaDriver
{
    private const int Success = 0;

    private static readonly nint Library = LoadLibrary();

    private static string LibraryName => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Whether launches can be captured as graphs: CUDA 11.4 and later.</summary>
    public static bool HasGraphs => Find("cuStreamBeginCapture_v2") != 0 && Find("cuGraphInstantiateWithFlags") != 0;

    /// <summary>Why no device can be used, in the driver's own words.</summary>
    public static string WhyNoDevice()
    {
        if (Library == 0)
        {
            return $"no NVIDIA driver: {LibraryName} is not installed";
        }

        var initialize = (delegate* unmanaged<uint, int>)Find("cuInit");
        var count = 0;
        var error = initialize(0);
        if (error == Success)
        {
            error = ((delegate* unmanaged<int*, int>)Find("cuDeviceGetCount"))(&count);
        }

        return error != Success ? $"the NVIDIA driver says: {NameOf(error)}"
            : count == 0 ? "the NVIDIA driver knows no device"
            : $"the NVIDIA driver knows {count}, but ILGPU takes none: expected compute capability 5.0 or later";
    }

    /// <summary>The name of an error and its number.</summary>
    public static string NameOf(int error)
    {
        byte* name = null;
        var find = (delegate* unmanaged<int, byte**, int>)Find("cuGetErrorName");
        return find != null && find(error, &name) == Success && name != null
            ? $"{Marshal.PtrToStringUTF8((nint)name)} ({error})"
            : $"CUDA error {error}";
    }

    /// <summary>Begins to take what is put on a stream instead of running it. Other threads, such as finalizers,
    /// may call the driver.</summary>
    public static int BeginCapture(nint stream)
    {
        const int relaxed = 2;
        return ((delegate* unmanaged<nint, int, int>)Find("cuStreamBeginCapture_v2"))(stream, relaxed);
    }

    public static int EndCapture(nint stream, out nint graph)
    {
        fixed (nint* result = &graph)
        {
            return ((delegate* unmanaged<nint, nint*, int>)Find("cuStreamEndCapture"))(stream, result);
        }
    }

    public static int Instantiate(nint graph, out nint executable)
    {
        fixed (nint* result = &executable)
        {
            return ((delegate* unmanaged<nint*, nint, ulong, int>)Find("cuGraphInstantiateWithFlags"))(result, graph, 0);
        }
    }

    public static int Launch(nint executable, nint stream) =>
        ((delegate* unmanaged<nint, nint, int>)Find("cuGraphLaunch"))(executable, stream);

    public static int DestroyGraph(nint graph) => ((delegate* unmanaged<nint, int>)Find("cuGraphDestroy"))(graph);

    public static int DestroyExecutable(nint executable) =>
        ((delegate* unmanaged<nint, int>)Find("cuGraphExecDestroy"))(executable);

    private static nint LoadLibrary() => NativeLibrary.TryLoad(LibraryName, out var library) ? library : 0;

    private static nint Find(string function) =>
        Library != 0 && NativeLibrary.TryGetExport(Library, function, out var address) ? address : 0;
}
