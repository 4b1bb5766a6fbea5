using System.Runtime.CompilerServices;

namespace ILGPU.Runtime.CPU;

/// <summary>
/// What a thread of a kernel knows of itself. Host threads that run kernels have one; it is reused from thread to thread.
/// </summary>
internal sealed class KernelThread
{
    [ThreadStatic]
    private static KernelThread? current;

    private readonly MemoryArena local = new();
    private GroupState? group;
    private int sharedAllocations;

    private KernelThread(KernelLaunch launch)
    {
        Launch = launch;
    }

    /// <summary>The kernel thread that the calling thread runs; null on the host.</summary>
    public static KernelThread? Current => current;

    public KernelLaunch Launch { get; }

    /// <summary>The group of an explicitly grouped kernel.</summary>
    public GroupState Group => group ?? throw NotInGroup(nameof(Group));

    public Index3D GroupIndex { get; private set; }

    public int LinearIndex { get; private set; }

    public int LaneIndex => LinearIndex % Launch.WarpSize;

    public int WarpIndex => LinearIndex / Launch.WarpSize;

    /// <summary>What lets this thread wait for others; null where the threads of a group run one after another.</summary>
    public Lane? Lane { get; private set; }

    /// <summary>
    /// Makes the calling thread run threads of a kernel until <see cref="Leave"/>, or until it enters another launch.
    /// </summary>
    public static KernelThread Enter(KernelLaunch launch)
    {
        if (current is { } thread && thread.Launch == launch)
        {
            return thread;
        }

        return current = new KernelThread(launch);
    }

    public static void Leave() => current = null;

    /// <summary>The current thread of an explicitly grouped kernel.</summary>
    /// <exception cref="InvalidKernelOperationException">There is none.</exception>
    public static KernelThread InGroup([CallerMemberName] string member = "", [CallerFilePath] string file = "") =>
        current is { group: not null } thread ? thread : throw NotInGroup($"{Path.GetFileNameWithoutExtension(file)}.{member}");

    /// <summary>The current thread of any kernel.</summary>
    /// <exception cref="InvalidKernelOperationException">There is none.</exception>
    public static KernelThread InKernel([CallerMemberName] string member = "", [CallerFilePath] string file = "") =>
        current ?? throw NotInKernel($"{Path.GetFileNameWithoutExtension(file)}.{member}");

    /// <summary>Starts the next thread of an implicitly grouped kernel.</summary>
    public void Begin() => local.Reset();

    /// <summary>Starts a thread of a group.</summary>
    public void Begin(GroupState state, int linearIndex, Lane? lane)
    {
        local.Reset();
        group = state;
        sharedAllocations = 0;
        Lane = lane;
        LinearIndex = linearIndex;
        var dimension = Launch.GroupDimension;
        GroupIndex = new(
            linearIndex % dimension.X,
            linearIndex / dimension.X % dimension.Y,
            linearIndex / (dimension.X * dimension.Y));
    }

    /// <summary>Zeroed memory that lives as long as this thread of the kernel.</summary>
    public unsafe ArrayView<T> AllocateLocal<T>(int length)
        where T : unmanaged => new(null, local.Allocate(checked(length * sizeof(T))), length);

    /// <summary>The shared memory that the same allocation of the other threads of the group gets as well.</summary>
    public unsafe ArrayView<T> AllocateShared<T>(int length)
        where T : unmanaged => new(null, Group.Shared(sharedAllocations++, typeof(T), length, sizeof(T)), length);

    /// <summary>Waits for the other threads of the group, or of the warp.</summary>
    public void Meet(Rendezvous place)
    {
        if (CanWait(place))
        {
            Lane!.Meet(place);
        }
    }

    /// <summary>Adds up a value of every thread of the group.</summary>
    public int Sum(int value) => CanWait(Rendezvous.GroupReduction) ? Lane!.Sum(value) : value;

    /// <summary>The value of one thread of the group in all of them.</summary>
    public T Broadcast<T>(T value, int source)
        where T : unmanaged
    {
        if ((uint)source >= (uint)Launch.GroupSize)
        {
            throw new InvalidKernelOperationException(
                $"Group.Broadcast: expected a thread of the group, in [0, {Launch.GroupSize}); got {source}.");
        }

        return CanWait(Rendezvous.GroupBroadcast) ? Lane!.Exchange(value, Rendezvous.GroupBroadcast, source) : value;
    }

    /// <summary>The value of the thread of the same warp with a linear number.</summary>
    public T Shuffle<T>(T value, int source)
        where T : unmanaged => CanWait(Rendezvous.WarpShuffle) ? Lane!.Exchange(value, Rendezvous.WarpShuffle, source) : value;

    /// <summary>False if there is no other thread to wait for.</summary>
    private bool CanWait(Rendezvous place)
    {
        if (Lane is null && Launch.GroupSize > 1)
        {
            throw new InvalidKernelOperationException(
                $"{place}: expected a call that can be found by reading the kernel; " +
                "got one through a delegate or a virtual method.");
        }

        return Lane is not null;
    }

    private static InvalidKernelOperationException NotInGroup(string member) => current is null
        ? NotInKernel(member)
        : new($"{member}: expected an explicitly grouped kernel; got {current.Launch.KernelName}, which is implicitly grouped.");

    private static InvalidKernelOperationException NotInKernel(string member) =>
        new($"{member}: expected a call from a kernel; got one from host code.");
}
