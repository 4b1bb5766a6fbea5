namespace ILGPU.Frontend;

/// <summary>What a kernel uses of the machine model, which decides how it has to be run.</summary>
[Flags]
internal enum KernelFeatures
{
    None = 0,

    /// <summary>The place of a thread in its group and grid.</summary>
    GroupIndex = 1,

    /// <summary>Memory that the threads of a group share.</summary>
    SharedMemory = 2,

    /// <summary>Barriers, broadcasts and shuffles: the threads of a group wait for each other.</summary>
    Rendezvous = 4,

    /// <summary>Atomic operations, whose order can change results.</summary>
    Atomics = 8,

    /// <summary>What only kernels with explicit groups may use.</summary>
    ExplicitGroups = GroupIndex | SharedMemory | Rendezvous,
}

/// <summary>Marks what a member of the kernel API uses; on a type it holds for all its members.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class KernelFeatureAttribute(KernelFeatures features) : Attribute
{
    public KernelFeatures Features { get; } = features;
}
