#if !UPSTREAM
using ILGPU.Backends;
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

    /// <summary>What a kernel is compiled to.</summary>
    /// <exception cref="DeviceException">The kernels are compiled by the package.</exception>
    public static KernelText TextOf(Delegate kernel)
    {
#if UPSTREAM
        throw new DeviceException("kernels: expected the project's own ILGPU, which shows its code; got the package.");
#else
        var (name, form, openCl, ptx) = KernelListing.Of(kernel);
        return new KernelText(name, form, openCl, ptx);
#endif
    }
}
