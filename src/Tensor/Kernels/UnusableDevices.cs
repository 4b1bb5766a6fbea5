#if !UPSTREAM
using ILGPU.Runtime.OpenCL;
#endif

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Devices that are there but cannot be used: what kernels run on tells why, or, if it is another package, does not.</summary>
internal static class UnusableDevices
{
    /// <summary>Those of OpenCL; not empty where there is no other.</summary>
    public static IEnumerable<(string Description, string Reason)> OpenCl()
    {
#if UPSTREAM
        using var context = ILGPU.Context.Create(builder => ILGPU.Runtime.OpenCL.CLContextExtensions.OpenCL(builder));
        return context.Devices.IsEmpty ? [("OpenCL device", "ILGPU finds none with a generic address space")] : [];
#else
        return CLDeviceReport.All.Where(report => report.Device is null).Select(report => (report.Name, report.Reason));
#endif
    }
}
