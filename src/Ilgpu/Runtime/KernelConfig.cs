using ILGPU.Runtime;

namespace ILGPU;

/// <summary>The grid of groups over which an explicitly grouped kernel is launched.</summary>
public readonly struct KernelConfig(Index3D gridDim, Index3D groupDim, SharedMemoryConfig sharedMemoryConfig)
    : IEquatable<KernelConfig>
{
    public KernelConfig(Index3D gridDim, Index3D groupDim)
        : this(gridDim, groupDim, SharedMemoryConfig.Empty)
    {
    }

    public KernelConfig(Index2D gridDim, Index2D groupDim)
        : this(gridDim, groupDim, default)
    {
    }

    public KernelConfig(Index2D gridDim, Index2D groupDim, SharedMemoryConfig sharedMemoryConfig)
        : this(new Index3D(gridDim, 1), new Index3D(groupDim, 1), sharedMemoryConfig)
    {
    }

    public KernelConfig(Index1D gridDim, Index1D groupDim)
        : this(gridDim, groupDim, default)
    {
    }

    public KernelConfig(Index1D gridDim, Index1D groupDim, SharedMemoryConfig sharedMemoryConfig)
        : this(new Index3D(gridDim, 1, 1), new Index3D(groupDim, 1, 1), sharedMemoryConfig)
    {
    }

    /// <summary>The number of groups.</summary>
    public Index3D GridDim { get; } = gridDim;

    /// <summary>The number of threads of each group.</summary>
    public Index3D GroupDim { get; } = groupDim;

    public SharedMemoryConfig SharedMemoryConfig { get; } = sharedMemoryConfig;

    public bool UsesDynamicSharedMemory => SharedMemoryConfig.UsesDynamicSharedMemory;

    /// <summary>The number of threads in all.</summary>
    public long Size => GridDim.LongSize * GroupDim.LongSize;

    public bool IsValid => IsPositive(GridDim) && IsPositive(GroupDim);

    public static implicit operator KernelConfig((Index1D Grid, Index1D Group) dimensions) =>
        new(dimensions.Grid, dimensions.Group);

    public static implicit operator KernelConfig((Index2D Grid, Index2D Group) dimensions) =>
        new(dimensions.Grid, dimensions.Group);

    public static implicit operator KernelConfig((Index3D Grid, Index3D Group) dimensions) =>
        new(dimensions.Grid, dimensions.Group);

    public static implicit operator KernelConfig((Index1D Grid, Index1D Group, SharedMemoryConfig Shared) dimensions) =>
        new(dimensions.Grid, dimensions.Group, dimensions.Shared);

    public static implicit operator KernelConfig((Index2D Grid, Index2D Group, SharedMemoryConfig Shared) dimensions) =>
        new(dimensions.Grid, dimensions.Group, dimensions.Shared);

    public static implicit operator KernelConfig((Index3D Grid, Index3D Group, SharedMemoryConfig Shared) dimensions) =>
        new(dimensions.Grid, dimensions.Group, dimensions.Shared);

    public static bool operator ==(KernelConfig left, KernelConfig right) => left.Equals(right);

    public static bool operator !=(KernelConfig left, KernelConfig right) => !left.Equals(right);

    public bool Equals(KernelConfig other) =>
        GridDim == other.GridDim && GroupDim == other.GroupDim && SharedMemoryConfig == other.SharedMemoryConfig;

    public override bool Equals(object? obj) => obj is KernelConfig other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(GridDim, GroupDim, SharedMemoryConfig);

    public override string ToString() => $"grid {GridDim}, group {GroupDim}";

    /// <exception cref="ArgumentOutOfRangeException">The accelerator of the kernel cannot run such a grid.</exception>
    internal void Check(Kernel kernel)
    {
        var accelerator = kernel.Accelerator;
        var threads = Math.Min(accelerator.MaxNumThreadsPerGroup, kernel.Specialization.MaxNumThreadsPerGroup ?? int.MaxValue);
        var isPossible = IsValid && GridDim.InBoundsInclusive(accelerator.MaxGridSize)
            && GroupDim.InBoundsInclusive(accelerator.MaxGroupSize) && GroupDim.LongSize <= threads
            && SharedMemoryConfig.ArraySize <= accelerator.MaxSharedMemoryPerGroup;
        if (!isPossible)
        {
            var (rule, actual) = WhyNot(accelerator, threads);
            throw new ArgumentOutOfRangeException(nameof(kernel), $"kernel {kernel.Name}: expected {rule}; got {actual}.");
        }
    }

    private static bool IsPositive(Index3D dimension) => dimension.X > 0 && dimension.Y > 0 && dimension.Z > 0;

    /// <summary>The first rule that does not hold. Apart from the check, which every launch makes.</summary>
    private (string Rule, object Actual) WhyNot(Accelerator accelerator, int threads) => this switch
    {
        _ when !IsPositive(GridDim) => ("a grid of at least 1 group in every dimension", GridDim),
        _ when !GridDim.InBoundsInclusive(accelerator.MaxGridSize) =>
            ($"a grid of at most {accelerator.MaxGridSize} groups", GridDim),
        _ when !IsPositive(GroupDim) => ("a group of at least 1 thread in every dimension", GroupDim),
        _ when !GroupDim.InBoundsInclusive(accelerator.MaxGroupSize) =>
            ($"a group of at most {accelerator.MaxGroupSize} threads", GroupDim),
        _ when GroupDim.LongSize > threads => ($"a group of at most {threads} threads", GroupDim),
        _ => ($"at most {accelerator.MaxSharedMemoryPerGroup} bytes of dynamic shared memory", SharedMemoryConfig.ArraySize),
    };
}
