namespace ILGPU.Runtime.Cuda;

/// <summary>A kernel on a CUDA device.</summary>
internal sealed class CudaKernel(CudaAccelerator accelerator, CudaKernelVariants variants, KernelSpecialization specialization)
    : CompiledKernel(accelerator, variants.Source, specialization)
{
    /// <summary>The CUmodule; 0 for a kernel of specialized values, which has one for each of them.</summary>
    public nint ModulePtr => variants.Only?.ModulePtr ?? 0;

    /// <summary>The CUfunction; 0 for a kernel of specialized values.</summary>
    public nint FunctionPtr => variants.Only?.FunctionPtr ?? 0;

    /// <summary>What the kernel needs; null for a kernel of specialized values.</summary>
    public CudaKernelResources? Resources => variants.Only?.Resources;

    public override void Launch(LaunchArguments arguments)
    {
        var variant = variants.Get(arguments.Constants);
        if (arguments.Range.Dimensions > 0)
        {
            LaunchIndexed(variant, arguments);
        }
        else
        {
            var config = arguments.Config;
            variant.Launch(arguments, config.GridDim, config.GroupDim, config.SharedMemoryConfig.ArraySize);
        }
    }

    /// <summary>One thread per index, and idle ones up to whole groups: the code compares with the extent.</summary>
    private void LaunchIndexed(CudaKernelVariant variant, LaunchArguments arguments)
    {
        var range = arguments.Range;
        var size = Specialization.MaxNumThreadsPerGroup ?? variant.DefaultGroupSize;
        var group = ImplicitGroups.Shape(size, range.Dimensions, Accelerator.MaxGroupSize);
        var most = Accelerator.MaxGridSize;

        // Far fewer groups fit the grid along Y than along X: what is too high gets higher groups.
        while (Groups(range.Y, group.Y) > most.Y && group.X % 2 == 0 && 2 * group.Y <= Accelerator.MaxGroupSize.Y)
        {
            group = new(group.X / 2, 2 * group.Y, group.Z);
        }

        var (x, y, z) = (Groups(range.X, group.X), Groups(range.Y, group.Y), Groups(range.Z, group.Z));
        if (x > most.X || y > most.Y || z > most.Z)
        {
            throw new ArgumentOutOfRangeException(
                nameof(arguments),
                $"kernel {Name}: expected an extent that at most {most} groups of {group} threads cover on {Accelerator.Name}; " +
                $"got ({range.X}, {range.Y}, {range.Z}). Split the launch, or make X the longest axis.");
        }

        variant.Launch(arguments, new((int)x, (int)y, (int)z), group, 0);
    }

    private static long Groups(long extent, int size) => (extent + size - 1) / size;
}
