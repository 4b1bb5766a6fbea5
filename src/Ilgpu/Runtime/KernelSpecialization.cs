namespace ILGPU.Runtime;

/// <summary>What the compiler may assume of the launches of a kernel.</summary>
/// <param name="maxNumThreadsPerGroup">No group is larger.</param>
/// <param name="minNumGroupsPerMultiprocessor">This many groups shall fit a multiprocessor at a time.</param>
public readonly struct KernelSpecialization(int? maxNumThreadsPerGroup, int? minNumGroupsPerMultiprocessor)
    : IEquatable<KernelSpecialization>
{
    /// <summary>No assumptions.</summary>
    public static readonly KernelSpecialization Empty;

    public int? MaxNumThreadsPerGroup { get; } = maxNumThreadsPerGroup;

    public int? MinNumGroupsPerMultiprocessor { get; } = minNumGroupsPerMultiprocessor;

    public static bool operator ==(KernelSpecialization left, KernelSpecialization right) => left.Equals(right);

    public static bool operator !=(KernelSpecialization left, KernelSpecialization right) => !left.Equals(right);

    public bool Equals(KernelSpecialization other) =>
        MaxNumThreadsPerGroup == other.MaxNumThreadsPerGroup &&
        MinNumGroupsPerMultiprocessor == other.MinNumGroupsPerMultiprocessor;

    public override bool Equals(object? obj) => obj is KernelSpecialization other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(MaxNumThreadsPerGroup, MinNumGroupsPerMultiprocessor);
}
