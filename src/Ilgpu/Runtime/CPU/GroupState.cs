namespace ILGPU.Runtime.CPU;

/// <summary>What the threads of the group that currently runs have in common.</summary>
internal sealed class GroupState(KernelLaunch launch)
{
    private readonly MemoryArena arena = new();
    private readonly List<(Type Type, int Length, nint Address)> allocations = [];
    private nint dynamic;

    public Index3D GridIndex { get; private set; }

    /// <summary>Where the group is, for errors.</summary>
    public string Place => $"grid {GridIndex}";

    /// <summary>Starts the group with a linear number, X fastest, with fresh shared memory.</summary>
    public void Begin(long linearIndex)
    {
        var dimension = launch.GridDimension;
        GridIndex = new(
            (int)(linearIndex % dimension.X),
            (int)(linearIndex / dimension.X % dimension.Y),
            (int)(linearIndex / ((long)dimension.X * dimension.Y)));
        arena.Reset();
        allocations.Clear();
        dynamic = arena.Allocate(launch.DynamicSharedBytes);
    }

    /// <summary>The dynamic shared memory as elements of one type.</summary>
    public unsafe ArrayView<T> Dynamic<T>()
        where T : unmanaged => new(null, dynamic, launch.DynamicSharedBytes / sizeof(T));

    /// <summary>The allocation with a number: the first thread that comes to it makes it, the others get the same.</summary>
    public nint Shared(int number, Type type, int length, int elementSize)
    {
        if (number < allocations.Count)
        {
            var made = allocations[number];
            return made.Type == type && made.Length == length
                ? made.Address
                : throw new InvalidKernelOperationException(
                    $"SharedMemory.Allocate: expected all threads of a group to allocate the same; got {made.Length} of " +
                    $"{made.Type.Name} in one and {length} of {type.Name} in another. Allocate outside branches.");
        }

        var bytes = checked((long)length * elementSize);
        var limit = launch.Accelerator.MaxSharedMemoryPerGroup;
        if (bytes > limit - arena.Used)
        {
            throw new InvalidKernelOperationException(
                $"SharedMemory.Allocate: expected at most {limit} bytes for a group; got {arena.Used + bytes}. " +
                "Allocate outside loops, or use smaller tiles.");
        }

        var address = arena.Allocate((int)bytes);
        allocations.Add((type, length, address));
        return address;
    }
}
