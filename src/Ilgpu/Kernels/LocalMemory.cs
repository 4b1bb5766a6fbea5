using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>Memory of one thread, as long as it runs. On devices the lengths have to be constants.</summary>
/// <remarks>Nothing is promised of the content; on the CPU accelerator it is zero.</remarks>
public static class LocalMemory
{
    /// <summary>A number of elements.</summary>
    public static ArrayView<T> Allocate<T>(int length)
        where T : unmanaged => KernelThread.InKernel().AllocateLocal<T>(length);

    /// <inheritdoc cref="Allocate{T}(int)"/>
    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent)
        where T : unmanaged => KernelThread.InKernel().AllocateLocal<T>(extent);

    /// <summary>A tile of any stride.</summary>
    public static ArrayView2D<T, TStride> Allocate2D<T, TStride>(Index2D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride2D =>
        new(KernelThread.InKernel().AllocateLocal<T>(checked((int)stride.ComputeBufferLength(extent))), extent, stride);
}
