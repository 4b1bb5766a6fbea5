using ILGPU.Frontend;

namespace ILGPU.Runtime;

/// <summary>A kernel that a device runs as code of its own: launches hand it their arguments, not a delegate.</summary>
internal abstract class CompiledKernel : Kernel
{
    private protected CompiledKernel(Accelerator accelerator, KernelSource source, KernelSpecialization specialization)
        : base(accelerator, source, specialization)
    {
    }

    /// <summary>Begins a launch over the indices below an extent.</summary>
    public LaunchArguments Begin<TIndex>(AcceleratorStream stream, TIndex extent)
        where TIndex : struct, IIndex
    {
        Check(stream);
        return LaunchArguments.Begin(this, stream, IndexSpace.CheckExtent(Name, extent)).AddExtent(extent);
    }

    /// <summary>Begins a launch over a grid of groups.</summary>
    public LaunchArguments Begin(AcceleratorStream stream, in KernelConfig config)
    {
        Check(stream);
        config.Check(this);
        return LaunchArguments.Begin(this, stream, config);
    }

    /// <summary>Launches with arguments that are complete.</summary>
    public abstract void Launch(LaunchArguments arguments);
}
