namespace ILGPU.Runtime.Cuda;

/// <summary>Memory of a CUDA device, which the host reaches by copies alone.</summary>
/// <remarks>Freed by Dispose; a buffer that is dropped without it is freed by the finalizer. What streams were given before may
/// still use it: the memory is free after that.</remarks>
public sealed unsafe class CudaMemoryBuffer : MemoryBuffer
{
    private readonly CudaHandle? memory;

    /// <exception cref="CudaException">The device has no room for the memory.</exception>
    internal CudaMemoryBuffer(CudaAccelerator accelerator, long length, int elementSize)
        : base(accelerator, length, elementSize)
    {
        try
        {
            memory = LengthInBytes > 0 ? accelerator.AllocateMemory(LengthInBytes) : null;
            accelerator.Memory.Add(LengthInBytes);
        }
        catch
        {
            GC.SuppressFinalize(this);
            throw;
        }
    }

    ~CudaMemoryBuffer() => Dispose(false);

    /// <summary>The address on the device.</summary>
    public override nint NativePtr => memory?.Value ?? 0;

    internal override nint BaseAddress => unchecked((nint)DeviceBaseAddress);

    private ulong Address => (ulong)NativePtr;

    private protected override void MemSetCore(AcceleratorStream stream, byte value, long offset, long length)
    {
        const uint EachByte = 0x01010101;
        var target = (CudaStream)stream;
        var driver = target.Device.Enter(nameof(MemSet));
        var address = Address + (ulong)offset;
        target.Check(
            (offset | length) % sizeof(uint) == 0
                ? driver.FillWords(address, value * EachByte, length / sizeof(uint), target.StreamPtr)
                : driver.FillBytes(address, value, length, target.StreamPtr),
            nameof(MemSet));
    }

    private protected override void CopyFromHostCore(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset)
    {
        const string Operation = "CopyFromCPU";
        var target = (CudaStream)stream;

        // A graph would take the bytes of now each time.
        target.RequireNoCapture(Operation, "reads from the host");
        if (target.Staging is { } staging)
        {
            staging.Copy(Address + (ulong)targetOffset, source);
        }
        else
        {
            CopyFromLockedHostCore(stream, source, targetOffset);
            target.Finish(Operation);
        }
    }

    private protected override void CopyToHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset)
    {
        const string Operation = "CopyToCPU";
        var source = (CudaStream)stream;
        source.RequireNoCapture(Operation, "waits for the device");
        CopyToLockedHostCore(stream, target, sourceOffset);
        source.Finish(Operation);
    }

    private protected override void CopyFromLockedHostCore(AcceleratorStream stream, ReadOnlySpan<byte> source, long targetOffset)
    {
        const string Operation = "CopyFromCPU";
        var target = (CudaStream)stream;
        fixed (byte* data = source)
        {
            target.Check(
                target.Device.Enter(Operation).CopyToDevice(Address + (ulong)targetOffset, data, source.Length, target.StreamPtr),
                Operation);
        }
    }

    private protected override void CopyToLockedHostCore(AcceleratorStream stream, Span<byte> target, long sourceOffset)
    {
        const string Operation = "CopyToCPU";
        var source = (CudaStream)stream;
        fixed (byte* data = target)
        {
            source.Check(
                source.Device.Enter(Operation).CopyToHost(data, Address + (ulong)sourceOffset, target.Length, source.StreamPtr),
                Operation);
        }
    }

    private protected override void CopyFromBufferCore(
        AcceleratorStream stream,
        MemoryBuffer source,
        long sourceOffset,
        long targetOffset,
        long length)
    {
        const string Operation = "CopyTo";
        var queue = (CudaStream)stream;
        var driver = queue.Device.Enter(Operation);
        var (from, to) = ((ulong)source.Storage.NativePtr + (ulong)sourceOffset, Address + (ulong)targetOffset);
        if (source.Storage == this && Math.Abs(sourceOffset - targetOffset) < length)
        {
            // The driver leaves open what ranges that overlap become, so they go through memory of their own.
            using var between = queue.Device.AllocateMemory(length);
            queue.Check(driver.CopyOnDevice((ulong)between.Value, from, length, queue.StreamPtr), Operation);
            queue.Check(driver.CopyOnDevice(to, (ulong)between.Value, length, queue.StreamPtr), Operation);
        }
        else
        {
            queue.Check(driver.CopyOnDevice(to, from, length, queue.StreamPtr), Operation);
        }
    }

    private protected override void DisposeCore(bool disposing)
    {
        memory?.Dispose();
        Accelerator.Memory.Remove(LengthInBytes);
    }
}
