using ILGPU;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Launches of kernels for groups of threads.</content>
internal sealed partial class KernelDevice
{
    public void LaunchGroups<TKernel>(in KernelConfig config, TKernel kernel)
        where TKernel : struct, IGroupKernel
    {
        var start = Watching?.Now ?? 0;
        engine.LaunchGroups(config, kernel);
        if (Watching is { } timeline)
        {
            Add(timeline, start, new KernelLaunch(typeof(TKernel), InWords(config.GridDim), InWords(config.GroupDim)));
        }
    }

    private static string InWords(Index3D extent) => $"{extent.X}×{extent.Y}×{extent.Z}";
}
