using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tests.Support;

/// <summary>An OpenCL device that can be lost, whose memory can be small, and which counts what lives.</summary>
internal sealed class FaultyOpenCl : KernelEngine
{
    private readonly List<MemoryBuffer> buffers = [];

    private FaultyOpenCl(Context context, Accelerator accelerator)
        : base(context, accelerator)
    {
    }

    /// <summary>Launches fail from now on.</summary>
    public bool IsLost { get; set; }

    public long MemoryLimit { get; set; } = long.MaxValue;

    /// <summary>Buffers of the driver.</summary>
    public int LiveBuffers => Live().Count;

    public long LiveBytes => Live().Sum(buffer => buffer.LengthInBytes);

    public static (KernelDevice Device, FaultyOpenCl Engine) Open()
    {
        OptionalDevice.Require("opencl");
        FaultyOpenCl? engine = null;
        var device = OpenClDevices.Open(
            "opencl", new DeviceOptions(), (context, accelerator) => engine = new FaultyOpenCl(context, accelerator));
        return (device!, engine!);
    }

    public override MemoryBuffer1D<int, Stride1D.Dense> Allocate(int words)
    {
        if (LiveBytes + sizeof(int) * (long)words > MemoryLimit)
        {
            throw new CLException(CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE);
        }

        var buffer = base.Allocate(words);
        buffers.Add(buffer);
        return buffer;
    }

    public override void Launch<TKernel>(int extent, TKernel kernel)
    {
        ThrowIfLost();
        base.Launch(extent, kernel);
    }

    public override void LaunchGroups<TKernel>(in KernelConfig config, TKernel kernel)
    {
        ThrowIfLost();
        base.LaunchGroups(config, kernel);
    }

    private List<MemoryBuffer> Live()
    {
        buffers.RemoveAll(buffer => buffer.IsDisposed);
        return buffers;
    }

    private void ThrowIfLost() => CLException.ThrowIfFailed(IsLost ? CLError.CL_DEVICE_NOT_AVAILABLE : CLError.CL_SUCCESS);
}
