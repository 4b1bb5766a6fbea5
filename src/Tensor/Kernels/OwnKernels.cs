using ILGPU;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Kernels of a caller's own on tensors: what a primitive does, without a host form.</summary>
/// <remarks>
/// <para>They run on devices that have kernels: <c>kernels</c>, <c>opencl</c>, <c>cuda</c>; in order with the primitives, not in
/// a <see cref="Recording"/>.</para>
/// <para>A kernel may do what ILGPU can compile: no objects, no exceptions, no <c>bool</c> fields. Nothing checks where it reads
/// and writes.</para>
/// </remarks>
public static class OwnKernels
{
    /// <summary>The elements as kernels see them, row-major; for as long as the tensor lives.</summary>
    /// <exception cref="DeviceException">The tensor's device runs no kernels.</exception>
    public static ArrayView<T> AsView<T>(this Tensor<T> tensor)
        where T : unmanaged
    {
        _ = Check(tensor.Device);
        return tensor.View;
    }

    /// <summary>Runs a kernel once for each index from 0 to <paramref name="extent"/>, in any order; for 0 not at all.</summary>
    /// <exception cref="DeviceException">The device runs no kernels, or failed.</exception>
    /// <exception cref="InvalidOperationException">A <see cref="Recording"/> is made: it would not keep the kernel.</exception>
    public static void Launch<TKernel>(this Device device, int extent, TKernel kernel)
        where TKernel : struct, IKernel
    {
        ArgumentOutOfRangeException.ThrowIfNegative(extent);
        var kernels = Check(device);
        device.CheckNotRecorded("a kernel of a caller's own", "Launch it before or after Run.");
        kernels.Try(() => kernels.Launch(extent, kernel));
    }

    private static KernelDevice Check(Device device) => device as KernelDevice ?? throw new DeviceException(
        $"launch: expected a device with kernels; got {device.Name}. Open kernels, opencl or cuda.");
}
