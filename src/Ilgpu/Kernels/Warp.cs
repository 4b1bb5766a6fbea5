using ILGPU.Frontend;
using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>
/// The threads of a group that run in step and can read each other's values; in explicitly grouped kernels only.
/// </summary>
/// <remarks>A shuffle whose source lies outside the warp, or outside its part of <c>width</c> lanes, gives the thread's own
/// value.</remarks>
[KernelFeature(KernelFeatures.GroupIndex)]
public static class Warp
{
    /// <summary>The number of threads of a warp.</summary>
    public static int WarpSize => KernelThread.InGroup().Launch.WarpSize;

    /// <summary>The number of this thread in its warp.</summary>
    public static int LaneIdx => KernelThread.InGroup().LaneIndex;

    /// <summary>The number of this warp in its group.</summary>
    public static int WarpIdx => KernelThread.InGroup().WarpIndex;

    public static bool IsFirstLane => LaneIdx == 0;

    public static bool IsLastLane => LaneIdx == WarpSize - 1;

    /// <summary>Waits for the threads of the warp.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static void Barrier() => KernelThread.InGroup().Meet(Rendezvous.WarpBarrier);

    /// <summary>The value of the lane <paramref name="sourceLane"/>.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T Shuffle<T>(T variable, int sourceLane)
        where T : unmanaged => Shuffle(variable, sourceLane, WarpSize);

    /// <summary>The value of the lane <paramref name="sourceLane"/> of this part of <paramref name="width"/> lanes.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T Shuffle<T>(T variable, int sourceLane, int width)
        where T : unmanaged => Read(variable, sourceLane, width);

    /// <summary>The value of the lane <paramref name="delta"/> above this one.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T ShuffleDown<T>(T variable, int delta)
        where T : unmanaged => ShuffleDown(variable, delta, WarpSize);

    /// <inheritdoc cref="ShuffleDown{T}(T, int)"/>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T ShuffleDown<T>(T variable, int delta, int width)
        where T : unmanaged => Read(variable, (LaneIdx % width) + delta, width);

    /// <summary>The value of the lane <paramref name="delta"/> below this one.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T ShuffleUp<T>(T variable, int delta)
        where T : unmanaged => ShuffleUp(variable, delta, WarpSize);

    /// <inheritdoc cref="ShuffleUp{T}(T, int)"/>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T ShuffleUp<T>(T variable, int delta, int width)
        where T : unmanaged => Read(variable, (LaneIdx % width) - delta, width);

    /// <summary>The value of the lane whose number differs from this one's in the bits of <paramref name="mask"/>.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T ShuffleXor<T>(T variable, int mask)
        where T : unmanaged => ShuffleXor(variable, mask, WarpSize);

    /// <inheritdoc cref="ShuffleXor{T}(T, int)"/>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T ShuffleXor<T>(T variable, int mask, int width)
        where T : unmanaged => Read(variable, (LaneIdx % width) ^ mask, width);

    /// <summary>The value of the lane <paramref name="laneIndex"/>, in all threads of the warp.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T Broadcast<T>(T value, int laneIndex)
        where T : unmanaged => Shuffle(value, laneIndex);

    /// <summary>
    /// The value of a lane of this part of <paramref name="width"/> lanes, or the own one if there is no such lane.
    /// </summary>
    private static T Read<T>(T variable, int source, int width)
        where T : unmanaged
    {
        var thread = KernelThread.InGroup();
        if (width < 1 || width > thread.Launch.WarpSize || !int.IsPow2(width))
        {
            throw new InvalidKernelOperationException(
                $"Warp.Shuffle: expected a power of two up to the warp size of {thread.Launch.WarpSize} as width; got {width}.");
        }

        var part = thread.LinearIndex / width * width;
        var exists = source >= 0 && source < width && part + source < thread.Launch.GroupSize;
        return thread.Shuffle(variable, exists ? part + source : thread.LinearIndex);
    }
}
