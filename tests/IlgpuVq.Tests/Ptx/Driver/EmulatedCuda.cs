using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tests.Ptx.Driver;

/// <summary>The accelerator of the library on a driver that is emulated.</summary>
internal static class EmulatedCuda
{
    /// <summary>Programs are not kept on disk, so that all of them are checked in every run.</summary>
    public static CudaAccelerator Open(Context context, EmulatedCudaDriver driver) =>
        new(context, new CudaDevice(driver, 0), new CudaCompiler(PTXGenerator.Generate, new BinaryCache(null)));
}
