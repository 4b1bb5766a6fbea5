using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tensors.Memory;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>A buffer of an accelerator, in 4-byte words. Drivers align buffers to 256 bytes or more.</summary>
internal sealed class KernelStorage(KernelDevice device, MemoryBuffer1D<int, Stride1D.Dense> buffer)
    : Storage((int)buffer.Length)
{
    public ArrayView<T> View<T>(int length)
        where T : unmanaged
    {
        device.Captured?.Add(this);
        return buffer.View.BaseView.SubView(0, length).Cast<T>();
    }

    public override void Free() => buffer.Dispose();

    public override void Poison() => device.Fill(buffer, 0xFF);
}
