using ILGPU;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <summary>A driver that makes no objects of its own when it is given work, so that those of the runtime can be counted.</summary>
internal sealed unsafe class QuietDriver : FakeCudaDriver
{
    public override CudaError Launch(
        nint function, Index3D grid, Index3D group, int dynamicSharedBytes, nint stream, void** arguments) => CudaError.CUDA_SUCCESS;

    public override CudaError LaunchGraph(nint executable, nint stream) => CudaError.CUDA_SUCCESS;
}
