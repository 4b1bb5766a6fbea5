using System.Runtime.InteropServices;
using IlgpuVq.Tensors.Memory;

namespace IlgpuVq.Tensors.Host;

/// <summary>Native memory, 64-byte aligned. Vector code may read, never use, up to <see cref="SlackBytes"/> behind the last
/// word.</summary>
internal sealed unsafe class HostStorage : Storage
{
    internal const int SlackBytes = 256;
    private void* pointer;

    public HostStorage(int words)
        : base(words)
    {
        var bytes = checked((nuint)words * sizeof(int) + SlackBytes);
        pointer = HostMemory.Allocate(bytes);
    }

    public void* Pointer => pointer;

    public override void Free()
    {
        HostMemory.Free(pointer);
        pointer = null;
    }

    public override void Poison() => NativeMemory.Fill(pointer, (nuint)Words * sizeof(int), 0xFF);
}
