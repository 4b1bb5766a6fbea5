using ILGPU.Runtime;
#if !UPSTREAM
using ILGPU.Backends;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
#endif

namespace IlgpuVq.Tensors.Kernels;

/// <summary>What our own ILGPU tells beyond the API of the package. With the package itself, nothing is told.</summary>
internal static class OwnIlgpu
{
    /// <summary>OpenCL devices that are there but cannot be used, and why; not empty where there is no other.</summary>
    public static IEnumerable<(string Description, string Reason)> UnusableOpenCl()
    {
#if UPSTREAM
        using var context = ILGPU.Context.Create(builder => ILGPU.Runtime.OpenCL.CLContextExtensions.OpenCL(builder));
        return context.Devices.IsEmpty ? [("OpenCL device", "ILGPU finds none with a generic address space")] : [];
#else
        return CLDeviceReport.All.Where(report => report.Device is null).Select(report => (report.Name, report.Reason));
#endif
    }

    /// <summary>CUDA devices that are there but cannot be used, and why; not empty where there is no other.</summary>
    public static IEnumerable<(string Description, string Reason)> UnusableCuda()
    {
#if UPSTREAM
        using var context = ILGPU.Context.Create(builder => ILGPU.Runtime.Cuda.CudaContextExtensions.Cuda(builder));
        return context.Devices.IsEmpty ? [("NVIDIA GPU", "ILGPU finds none")] : [];
#else
        return CudaDeviceReport.All.Where(report => report.Device is null).Select(report => (report.Name, report.Reason));
#endif
    }

    /// <summary>The compute capability of a CUDA device as text, and the CUDA version of its driver.</summary>
    public static string CapabilityOf(ILGPU.Runtime.Cuda.CudaDevice device)
    {
#if UPSTREAM
        return $"compute capability {device.Architecture}, driver for CUDA {device.DriverVersion}";
#else
        var (major, minor) = device.ComputeCapability;
        return $"compute capability {major}.{minor}, driver for CUDA {CudaVersion.Text(device.DriverVersion)}";
#endif
    }

    /// <summary>Whether an accelerator has tensor cores that our kernels can use.</summary>
    public static bool HasTensorCores(Accelerator accelerator)
    {
#if UPSTREAM
        return false;
#else
        return accelerator is CudaAccelerator cuda && cuda.CudaDevice.ComputeCapability.CompareTo((8, 0)) >= 0;
#endif
    }

    /// <summary>
    /// Ends a copy from or to the host. The package may not be done with the memory of the host when it returns; our own accelerators
    /// are, and only the one that would stand still by it does not wait. To the others it tells at once that a device is lost.
    /// </summary>
    public static void FinishCopy(Accelerator accelerator)
    {
#if !UPSTREAM
        if (accelerator is CudaAccelerator)
        {
            return;
        }
#endif
        accelerator.Synchronize();
    }

    /// <summary>Whether an accelerator can take the launches of a recording as one piece.</summary>
    public static bool CanCapture(Accelerator accelerator)
    {
#if UPSTREAM
        return false;
#else
        return accelerator is CudaAccelerator { Driver.HasGraphs: true };
#endif
    }

    /// <summary>Takes what some work launches as one piece, without running it; null where that does not succeed.</summary>
    /// <param name="accelerator">One that can capture.</param>
    /// <param name="work">Launches, copies and fills on the default stream.</param>
    /// <param name="obstacle">Why it does not succeed.</param>
    public static (Action Launch, IDisposable Graph)? TryCapture(Accelerator accelerator, Action work, out string obstacle)
    {
#if UPSTREAM
        throw new NotSupportedException();
#else
        var stream = (CudaStream)accelerator.DefaultStream;
        return CudaGraph.TryCapture(stream, work, out obstacle) is { } graph ? (graph.Launch, graph) : null;
#endif
    }

    /// <summary>What a kernel is compiled to.</summary>
    /// <exception cref="DeviceException">The kernels are compiled by the package.</exception>
    public static KernelText TextOf(Delegate kernel, bool isOnlyForCuda)
    {
#if UPSTREAM
        throw new DeviceException("kernels: expected the project's own ILGPU, which shows its code; got the package.");
#else
        var (name, form, openCl, ptx) = KernelListing.Of(kernel, isOnlyForCuda);
        return new KernelText(name, form, openCl, ptx);
#endif
    }
}
