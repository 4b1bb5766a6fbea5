namespace ILGPU.Runtime.Cuda;

/// <summary>Page-locked memory through which a stream takes bytes of the host: they are read at once, and copied in their turn.</summary>
/// <remarks>Two halves by turns: while the device reads one, the host writes the other. It waits only where the device is two behind.</remarks>
internal sealed unsafe class CudaStaging : IDisposable
{
    /// <summary>A batch of 256 images of 32×32 in colour has 3 MiB.</summary>
    public const int HalfBytes = 4 << 20;

    private const string Operation = "CopyFromCPU";

    private readonly Lock gate = new();
    private readonly CudaStream stream;
    private readonly CudaHandle memory;
    private readonly CudaHandle[] read;
    private int next;

    private CudaStaging(CudaStream stream, CudaHandle memory, CudaHandle[] read) =>
        (this.stream, this.memory, this.read) = (stream, memory, read);

    /// <summary>Null where the system locks no more pages.</summary>
    /// <exception cref="CudaException">The device is lost.</exception>
    public static CudaStaging? TryCreate(CudaStream stream)
    {
        var device = stream.Device;
        var error = device.Enter(Operation).AllocateHost(2 * HalfBytes, out var address);
        if (error != CudaError.CUDA_SUCCESS)
        {
            return CudaFailure.IsLasting(error) ? throw device.Failure(error, Operation) : null;
        }

        var memory = new CudaHandle(device.NativeContext, address, static (driver, address) => driver.FreeHost(address));
        var read = new List<CudaHandle>();
        try
        {
            read.Add(device.CreateEvent(withTiming: false, Operation));
            read.Add(device.CreateEvent(withTiming: false, Operation));
        }
        catch
        {
            read.ForEach(half => half.Dispose());
            memory.Dispose();
            throw;
        }

        return new(stream, memory, [.. read]);
    }

    /// <summary>Copies to an address of the device in the order of the stream. The source may change when this returns.</summary>
    public void Copy(ulong target, ReadOnlySpan<byte> source)
    {
        var driver = stream.Device.Enter(Operation);
        lock (gate)
        {
            while (!source.IsEmpty)
            {
                var part = source[..Math.Min(source.Length, HalfBytes)];
                var half = read[next].Value;
                var place = (byte*)memory.Value + (next * HalfBytes);
                next = 1 - next;

                // An event that was never recorded is no wait.
                stream.Check(driver.SynchronizeEvent(half), Operation);
                part.CopyTo(new Span<byte>(place, part.Length));
                stream.Check(driver.CopyToDevice(target, place, part.Length, stream.StreamPtr), Operation);
                stream.Check(driver.RecordEvent(half, stream.StreamPtr), Operation);
                target += (ulong)part.Length;
                source = source[part.Length..];
            }
        }
    }

    /// <summary>The stream has done its work.</summary>
    public void Dispose()
    {
        memory.Dispose();
        Array.ForEach(read, half => half.Dispose());
    }
}
