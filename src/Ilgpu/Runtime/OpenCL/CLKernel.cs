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
        var (x, y, z) = GroupShape(Specialization.MaxNumThreadsPerGroup ?? variant.DefaultGroupSize, range.Dimensions);
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

    /// <summary>
    /// A group of this many threads that is wide along X, whose neighbours lie side by side in memory, and as high as is left.
    /// </summary>
    private (int X, int Y, int Z) GroupShape(int size, int dimensions)
    {
        const int Width = 32, Height = 4;
        if (dimensions == 1)
        {
            return (size, 1, 1);
        }

        var x = PowerOfTwoIn(size, Width);
        var y = dimensions == 2 ? size / x : PowerOfTwoIn(size / x, Height);
        var shape = new Index3D(x, y, size / x / y);
        return shape.InBoundsInclusive(Accelerator.MaxGroupSize) ? (shape.X, shape.Y, shape.Z) : (size, 1, 1);
    }

    /// <summary>The largest power of two up to a bound that divides a number.</summary>
    private static int PowerOfTwoIn(int number, int bound) => Math.Min(number & -number, bound);

    private static nuint RoundUp(long extent, int size) => (nuint)((extent + size - 1) / size * size);
}
