using ILGPU;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Launches of kernels for groups of threads.</content>
internal sealed partial class KernelDevice
{
    public void LaunchGroups<TKernel>(in KernelConfig config, TKernel kernel)
        where TKernel : struct, IGroupKernel => engine.LaunchGroups(config, kernel);
}
