using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tests.Ptx.Driver;

/// <summary>The accelerator of the library on a driver that is emulated.</summary>
internal static class EmulatedCuda
{
    /// <summary>Programs are not kept on disk, so that all of them are checked in every run.</summary>
    public static CudaAccelerator Open(Context context, EmulatedCudaDriver driver) =>
        new(context, new CudaDevice(driver, 0), new CudaCompiler(PTXGenerator.Generate, new BinaryCache(null)));

    /// <summary>The device <c>cuda</c> of tensors.</summary>
    public static Device OpenDevice(EmulatedCudaDriver driver, DeviceOptions options)
    {
        var context = Context.Create(builder => builder.EnableAlgorithms());
        return new KernelDevice("cuda", context, Open(context, driver), options);
    }
}
