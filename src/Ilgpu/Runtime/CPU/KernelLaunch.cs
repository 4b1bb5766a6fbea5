namespace ILGPU.Runtime.CPU;

/// <summary>What all threads of one launch have in common.</summary>
internal sealed class KernelLaunch(CPUAccelerator accelerator, string kernelName, in KernelConfig config)
{
    public CPUAccelerator Accelerator { get; } = accelerator;

    public string KernelName { get; } = kernelName;

    public Index3D GridDimension { get; } = config.GridDim;

    public Index3D GroupDimension { get; } = config.GroupDim;

    public int GroupSize { get; } = config.GroupDim.Size;

    public int WarpSize { get; } = accelerator.WarpSize;

    public int DynamicSharedBytes { get; } = config.SharedMemoryConfig.ArraySize;

    /// <summary>The failure of a thread as the launch reports it.</summary>
    public CPUKernelException Failure(string place, Exception exception) =>
        new($"kernel {KernelName}, {place}: {exception.Message}", exception);
}
