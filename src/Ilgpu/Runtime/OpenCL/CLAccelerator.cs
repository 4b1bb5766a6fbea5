using System.Collections.Concurrent;
using System.Reflection;
using ILGPU.Frontend;

namespace ILGPU.Runtime.OpenCL;

/// <summary>An OpenCL device in use.</summary>
/// <remarks>
/// <para>Launches and fills return at once; copies from and to the host wait. Errors of the device show in the next call that
/// waits for it.</para>
/// <para>Kernels stay compiled as long as the accelerator lives. May be used from several threads.</para>
/// </remarks>
public sealed class CLAccelerator : Accelerator
{
    private readonly ConcurrentDictionary<(MethodInfo Method, bool IsImplicitlyGrouped), CLKernelVariants> kernels = [];

    /// <summary>The streams that are in use; those that nobody holds any more have nothing to be waited for.</summary>
    private readonly List<WeakReference<CLStream>> streams = [];

    internal CLAccelerator(Context context, CLDevice device, CLCompiler compiler)
        : base(context, device)
    {
        CLDevice = device;
        Compiler = compiler;
        MemoryLimit = Math.Min(device.MemorySize, MemoryAccount.LimitOfThisProcess);
        try
        {
            NativeContext = RuntimeSignals.Keep(() => Library.CreateContext(device.PlatformId, device.DeviceId));
            DefaultStream = new CLStream(this);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override AcceleratorStream DefaultStream { get; }

    internal CLDevice CLDevice { get; }

    internal CLCompiler Compiler { get; }

    /// <summary>How many bytes all buffers may have together: the memory of the device, or less where less is asked for.</summary>
    internal long MemoryLimit { get; set; }

    internal CLLibrary Library => CLDevice.Library;

    internal CLHandle NativeContext { get; }

    /// <summary>Memory of the device, with room found for it now rather than at its first use, if the driver can be asked to.</summary>
    /// <exception cref="CLException">There is no room.</exception>
    internal CLHandle AllocateMemory(long bytes)
    {
        if (bytes > CLDevice.MaxAllocationSize)
        {
            throw new CLException(
                CLError.CL_INVALID_BUFFER_SIZE,
                $"Allocate: expected at most {ByteSize.Of(CLDevice.MaxAllocationSize)} for one buffer on {Name}; " +
                $"got {ByteSize.Of(bytes)}. Use smaller batches, or split the data.");
        }

        // Drivers for processors would take all memory of the host, and then the system ends the process.
        var error = CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE;
        if (Memory.LiveBytes > MemoryLimit - bytes ||
            Library.TryCreateBuffer(NativeContext, bytes, out error) is not { } memory)
        {
            throw Failure(error, "Allocate", bytes);
        }

        error = Library.EnqueuePlacement(((CLStream)DefaultStream).Queue, memory);
        if (CLFailure.IsAboutMemory(error))
        {
            memory.Dispose();
            throw Failure(error, "Allocate", bytes);
        }

        return memory;
    }

    /// <summary>What a failed call means.</summary>
    internal CLException Failure(CLError error, string operation, long bytes = 0) =>
        new(error, CLFailure.Describe(error, operation, bytes, this));

    private protected override AcceleratorStream CreateStreamCore()
    {
        var stream = new CLStream(this);
        lock (streams)
        {
            streams.RemoveAll(reference => !reference.TryGetTarget(out var other) || other.IsDisposed);
            streams.Add(new(stream));
        }

        return stream;
    }

    private protected override void SynchronizeCore()
    {
        DefaultStream.Synchronize();
        foreach (var stream in OtherStreams())
        {
            stream.Finish("Synchronize");
        }
    }

    private protected override MemoryBuffer AllocateCore(long length, int elementSize) =>
        new CLMemoryBuffer(this, length, elementSize);

    private protected override Kernel LoadCore(
        KernelSource source,
        bool isImplicitlyGrouped,
        KernelSpecialization specialization)
    {
        var variants = kernels.GetOrAdd(
            (source.Method, isImplicitlyGrouped),
            _ => new CLKernelVariants(this, source, isImplicitlyGrouped));
        variants.CompileEarly();
        return new CLKernel(this, variants, specialization);
    }

    private protected override void DisposeCore()
    {
        // A failure changes nothing: what is left of the device is given back.
        CLStream[] all = [.. OtherStreams(), .. DefaultStream is CLStream stream ? [stream] : Array.Empty<CLStream>()];
        Array.ForEach(all, queue => _ = Library.Finish(queue.Queue));
        foreach (var variants in kernels.Values)
        {
            variants.Dispose();
        }

        Array.ForEach(all, queue => queue.Dispose());
        NativeContext?.Dispose();
    }

    private CLStream[] OtherStreams()
    {
        lock (streams)
        {
            return [.. streams.Select(reference => reference.TryGetTarget(out var stream) ? stream : null)
                .OfType<CLStream>().Where(stream => !stream.IsDisposed)];
        }
    }
}
