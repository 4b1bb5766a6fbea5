using ILGPU.Frontend;
using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>The threads that share memory and can wait for each other; in explicitly grouped kernels only.</summary>
[KernelFeature(KernelFeatures.GroupIndex)]
public static class Group
{
    /// <summary>The position of this thread in its group.</summary>
    public static Index3D Index => KernelThread.InGroup().GroupIndex;

    public static int IdxX => KernelThread.InGroup().GroupIndex.X;

    public static int IdxY => KernelThread.InGroup().GroupIndex.Y;

    public static int IdxZ => KernelThread.InGroup().GroupIndex.Z;

    /// <summary>The number of threads of the group along each axis.</summary>
    public static Index3D Dimension => KernelThread.InGroup().Launch.GroupDimension;

    public static int DimX => KernelThread.InGroup().Launch.GroupDimension.X;

    public static int DimY => KernelThread.InGroup().Launch.GroupDimension.Y;

    public static int DimZ => KernelThread.InGroup().Launch.GroupDimension.Z;

    /// <summary>The number of this thread in its group, X fastest.</summary>
    public static int LinearIndex => KernelThread.InGroup().LinearIndex;

    public static bool IsFirstThread => LinearIndex == 0;

    public static bool IsLastThread => LinearIndex == KernelThread.InGroup().Launch.GroupSize - 1;

    /// <summary>Waits for all threads of the group; what they wrote before can be read after.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static void Barrier() => KernelThread.InGroup().Meet(Rendezvous.GroupBarrier);

    /// <summary>A barrier that tells how many threads gave true.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static int BarrierPopCount(bool predicate) => KernelThread.InGroup().Sum(predicate ? 1 : 0);

    /// <summary>A barrier that tells whether all threads gave true.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static bool BarrierAnd(bool predicate) => KernelThread.InGroup().Sum(predicate ? 0 : 1) == 0;

    /// <summary>A barrier that tells whether any thread gave true.</summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static bool BarrierOr(bool predicate) => KernelThread.InGroup().Sum(predicate ? 1 : 0) > 0;

    /// <summary>
    /// The value that the thread with linear number <paramref name="groupIndex"/> gives, in all threads of the group.
    /// </summary>
    [KernelFeature(KernelFeatures.Rendezvous)]
    public static T Broadcast<T>(T value, int groupIndex)
        where T : unmanaged => KernelThread.InGroup().Broadcast(value, groupIndex);
}
