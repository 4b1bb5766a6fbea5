namespace ILGPU.Runtime.OpenCL;

/// <summary>A kernel on an OpenCL device.</summary>
internal sealed class CLKernel(CLAccelerator accelerator, CLKernelVariants variants, KernelSpecialization specialization)
    : CompiledKernel(accelerator, variants.Source, specialization)
{
    public override void Launch(LaunchArguments arguments)
    {
        var variant = variants.Get(arguments.Constants);
        if (arguments.Range.Dimensions > 0)
        {
            LaunchIndexed(variant, arguments);
        }
        else
        {
            LaunchGrouped(variant, arguments);
        }
    }

    /// <summary>One thread per index, and idle ones up to whole groups: the code compares with the extent.</summary>
    private void LaunchIndexed(CLKernelVariant variant, LaunchArguments arguments)
    {
        var range = arguments.Range;
        var size = Specialization.MaxNumThreadsPerGroup ?? variant.DefaultGroupSize;
        var (x, y, z) = ImplicitGroups.Shape(size, range.Dimensions, Accelerator.MaxGroupSize);
        ReadOnlySpan<nuint> group = [(nuint)x, (nuint)y, (nuint)z];
        ReadOnlySpan<nuint> threads = [RoundUp(range.X, x), RoundUp(range.Y, y), RoundUp(range.Z, z)];
        variant.Launch(arguments, threads[..range.Dimensions], group[..range.Dimensions], 0);
    }

    private static void LaunchGrouped(CLKernelVariant variant, LaunchArguments arguments)
    {
        var (grid, group) = (arguments.Config.GridDim, arguments.Config.GroupDim);
        variant.Launch(
            arguments,
            [(nuint)grid.X * (nuint)group.X, (nuint)grid.Y * (nuint)group.Y, (nuint)grid.Z * (nuint)group.Z],
            [(nuint)group.X, (nuint)group.Y, (nuint)group.Z],
            arguments.Config.SharedMemoryConfig.ArraySize);
    }

    private static nuint RoundUp(long extent, int size) => (nuint)((extent + size - 1) / size * size);
}
