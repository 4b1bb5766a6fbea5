using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU.Runtime.CPU;

/// <summary>Native memory of the host, aligned to 64 bytes (a cache line, and the widest vector).</summary>
/// <remarks>
/// <para>Fresh memory is zero. The API promises nothing of its content, so a kernel that relies on zeros is wrong on other
/// accelerators; zeros make such a mistake show in the same way in every run.</para>
/// <para>Freed by Dispose; a buffer that is dropped without it is freed by the finalizer.</para>
/// </remarks>
public sealed unsafe class CPUMemoryBuffer : MemoryBuffer
{
    private const int Alignment = 64;

    private void* memory;

    /// <exception cref="OutOfMemoryException">The host has no room for the memory.</exception>
    internal CPUMemoryBuffer(Accelerator accelerator, long length, int elementSize)
        : base(accelerator, length, elementSize)
    {
        accelerator.Memory.Add(LengthInBytes);
        var bytes = (nuint)LengthInBytes;
        if (bytes == 0)
        {
            return;
        }

        try
        {
            memory = NativeMemory.AlignedAlloc(bytes, Alignment);
        }
        catch (OutOfMemoryException)
        {
            Dispose();
            throw;
        }

        NativeMemory.Clear(memory, bytes);
    }

    ~CPUMemoryBuffer() => Dispose(false);

    public override nint NativePtr => (nint)memory;

    private protected override void MemSetCore(AcceleratorStream stream, byte value, long offset, long length) =>
        NativeMemory.Fill((byte*)memory + offset, (nuint)length, value);

    private protected override void CopyFromHostCore(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset) =>
        source.CopyTo(new Span<byte>((byte*)memory + targetOffset, source.Length));

    private protected override void CopyToHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset) =>
        new ReadOnlySpan<byte>((byte*)memory + sourceOffset, target.Length).CopyTo(target);

    private protected override void CopyFromBufferCore(
        AcceleratorStream stream,
        MemoryBuffer source,
        long sourceOffset,
        long targetOffset,
        long length) =>
        Buffer.MemoryCopy(
            (byte*)Unsafe.As<CPUMemoryBuffer>(source.Storage).memory + sourceOffset,
            (byte*)memory + targetOffset,
            length,
            length);

    private protected override void DisposeCore(bool disposing)
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        Accelerator.Memory.Remove(LengthInBytes);
    }
}
