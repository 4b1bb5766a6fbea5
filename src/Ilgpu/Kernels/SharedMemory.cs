using ILGPU.Frontend;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>Memory that the threads of a group share; in explicitly grouped kernels only.</summary>
/// <remarks>
/// <para>All threads of a group have to make the same allocations in the same order, outside of loops. On devices the lengths
/// have to be constants.</para>
/// <para>Nothing is promised of the content. On the CPU accelerator it is zero, so that a kernel that reads before it writes is
/// wrong in the same way in every run.</para>
/// </remarks>
[KernelFeature(KernelFeatures.SharedMemory)]
public static class SharedMemory
{
    /// <summary>One element.</summary>
    public static ref T Allocate<T>()
        where T : unmanaged => ref KernelThread.InGroup().AllocateShared<T>(1)[0];

    /// <summary>A number of elements.</summary>
    public static ArrayView<T> Allocate<T>(int length)
        where T : unmanaged => KernelThread.InGroup().AllocateShared<T>(length);

    /// <inheritdoc cref="Allocate{T}(int)"/>
    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent)
        where T : unmanaged => KernelThread.InGroup().AllocateShared<T>(extent);

    /// <summary>A tile of any stride.</summary>
    public static ArrayView2D<T, TStride> Allocate2D<T, TStride>(Index2D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride2D =>
        new(KernelThread.InGroup().AllocateShared<T>(checked((int)stride.ComputeBufferLength(extent))), extent, stride);

    /// <summary>A tile with X contiguous.</summary>
    public static ArrayView2D<T, Stride2D.DenseX> Allocate2DDenseX<T>(Index2D extent)
        where T : unmanaged => Allocate2D<T, Stride2D.DenseX>(extent, Stride2D.DenseX.Of(extent));

    /// <summary>A tile with Y contiguous.</summary>
    public static ArrayView2D<T, Stride2D.DenseY> Allocate2DDenseY<T>(Index2D extent)
        where T : unmanaged => Allocate2D<T, Stride2D.DenseY>(extent, Stride2D.DenseY.Of(extent));

    /// <summary>The memory that the launch asked for in its <see cref="SharedMemoryConfig"/>, as elements of any type.</summary>
    public static ArrayView<T> GetDynamic<T>()
        where T : unmanaged => KernelThread.InGroup().Group.Dynamic<T>();
}
