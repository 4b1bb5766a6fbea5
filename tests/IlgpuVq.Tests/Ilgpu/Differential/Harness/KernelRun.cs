using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>One run of a kernel on one accelerator: the buffers it gets, and what it leaves in those that are results.</summary>
public sealed class KernelRun(Accelerator accelerator) : IDisposable
{
    /// <summary>What outputs hold before the run, so that what is never written is seen.</summary>
    private const byte Unwritten = 0xA5;

    private readonly List<MemoryBuffer> buffers = [];
    private readonly List<(string Name, string Values)> inputs = [];
    private readonly List<Func<KernelResult>> results = [];

    public Accelerator Accelerator { get; } = accelerator;

    /// <summary>A buffer to read from.</summary>
    public ArrayView1D<T, Stride1D.Dense> Input<T>(T[] values)
        where T : unmanaged => Allocate(values).View;

    /// <summary>A buffer to write to; what the kernel leaves in it is compared.</summary>
    public ArrayView1D<T, Stride1D.Dense> Output<T>(long length, Bound bound = default, string name = "y")
        where T : unmanaged
    {
        var initial = new T[length];
        MemoryMarshal.AsBytes(initial.AsSpan()).Fill(Unwritten);
        return InOut(initial, bound, name);
    }

    /// <summary>A buffer to read from and write to; what the kernel leaves in it is compared.</summary>
    public ArrayView1D<T, Stride1D.Dense> InOut<T>(T[] initial, Bound bound = default, string name = "y")
        where T : unmanaged
    {
        var buffer = Allocate(initial);
        results.Add(() => new(name, typeof(T), Bytes(buffer.GetAsArray1D()), Bytes(initial), bound));
        return buffer.View;
    }

    /// <summary>Waits for the kernels, and reads the buffers that are compared.</summary>
    internal IReadOnlyList<KernelResult> Read()
    {
        Accelerator.Synchronize();
        return [.. results.Select(read => read())];
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
        {
            buffer.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(T[] values)
        where T : unmanaged
    {
        var buffer = Accelerator.Allocate1D(values);
        buffers.Add(buffer);
        return buffer;
    }

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
