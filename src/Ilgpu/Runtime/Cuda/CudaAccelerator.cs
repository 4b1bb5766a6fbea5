using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using ILGPU.Backends.PTX;
using ILGPU.Frontend;

namespace ILGPU.Runtime.Cuda;

/// <summary>A CUDA device in use.</summary>
/// <remarks>
/// <para>Launches, fills and copies from and to page-locked memory return at once. Other copies from the host return when they have read
/// it, copies to it when they are done. Errors of kernels show in a later call. After one that the driver cannot recover from, every call
/// says the same.</para>
/// <para>Kernels stay compiled as long as the accelerator lives. May be used from several threads.</para>
/// </remarks>
public sealed class CudaAccelerator : Accelerator
{
    private readonly ConcurrentDictionary<(MethodInfo Method, bool IsImplicitlyGrouped), CudaKernelVariants> kernels = [];

    /// <summary>The streams beside the default one that are not disposed: memory is given back in the order of their work too.</summary>
    private ImmutableArray<CudaStream> otherStreams = [];

    /// <summary>The error that the device was lost by; 0 for none.</summary>
    private int lostBy;

    internal CudaAccelerator(Context context, CudaDevice device, CudaCompiler compiler)
        : base(context, device)
    {
        CudaDevice = device;
        Compiler = compiler;
        Target = device.TargetFor(context.Properties.MathMode);
        MemoryLimit = Math.Min(device.MemorySize, MemoryAccount.LimitOfThisProcess);
        try
        {
            NativeContext = new(device.Driver, device.DeviceId);
            DefaultStream = new CudaStream(this);
            NativeMemory = new(this);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override AcceleratorStream DefaultStream { get; }

    internal CudaDevice CudaDevice { get; }

    internal CudaCompiler Compiler { get; }

    /// <summary>What code for this accelerator may use.</summary>
    internal PTXTarget Target { get; }

    /// <summary>How many bytes all buffers may have together: the memory of the device, or less where less is asked for.</summary>
    internal long MemoryLimit { get; set; }

    internal CudaDriver Driver => CudaDevice.Driver;

    internal CudaContext NativeContext { get; }

    internal CudaMemory NativeMemory { get; }

    /// <summary>The driver, ready for calls of this thread.</summary>
    /// <exception cref="CudaException">The device is lost.</exception>
    internal CudaDriver Enter(string operation)
    {
        if (Volatile.Read(ref lostBy) is var lost and not 0)
        {
            throw Failure((CudaError)lost, operation);
        }

        Check(NativeContext.MakeCurrent(), operation);
        return Driver;
    }

    /// <summary>Throws what a call failed with.</summary>
    /// <param name="error">What it returned.</param>
    /// <param name="operation">The name by which errors call it.</param>
    /// <param name="bytes">The memory that it uses, if it is known.</param>
    internal void Check(CudaError error, string operation, long bytes = 0)
    {
        if (error != CudaError.CUDA_SUCCESS)
        {
            throw Failure(error, operation, bytes);
        }
    }

    /// <summary>What a failed call means.</summary>
    internal CudaException Failure(CudaError error, string operation, long bytes = 0)
    {
        if (CudaFailure.IsLasting(error))
        {
            Interlocked.CompareExchange(ref lostBy, (int)error, 0);
        }

        var cause = Volatile.Read(ref lostBy) is var lost and not 0 ? (CudaError)lost : error;
        return new(cause, CudaFailure.Describe(cause, operation, bytes, this));
    }

    /// <summary>Memory of the device.</summary>
    /// <exception cref="CudaException">There is no room.</exception>
    internal CudaHandle AllocateMemory(long bytes)
    {
        const string Operation = "Allocate";
        var error = CudaError.CUDA_ERROR_OUT_OF_MEMORY;
        _ = Enter(Operation);
        if (Memory.LiveBytes > MemoryLimit - bytes || NativeMemory.TryAllocate(bytes, out error) is not { } memory)
        {
            throw Failure(error, Operation, bytes);
        }

        return memory;
    }

    internal CudaHandle CreateEvent(bool withTiming, string operation)
    {
        Check(Enter(operation).CreateEvent(withTiming, out var created), operation);
        return new(NativeContext, created, static (driver, value) => driver.DestroyEvent(value));
    }

    /// <summary>The streams beside the default one.</summary>
    internal ImmutableArray<CudaStream> OtherStreams => otherStreams;

    /// <summary>A stream has done its work and is gone.</summary>
    internal void Remove(CudaStream stream) => ImmutableInterlocked.Update(ref otherStreams, streams => streams.Remove(stream));

    /// <inheritdoc/>
    internal override IDisposable? LockPages(nint address, long bytes)
    {
        // Pages that cannot be locked are copied as others are: what shares a page with locked memory, or is more than the system allows.
        var driver = Enter("AllocatePageLocked");
        var error = bytes > 0 ? driver.RegisterHost(address, bytes) : CudaError.CUDA_ERROR_INVALID_VALUE;
        return error == CudaError.CUDA_SUCCESS
            ? new CudaHandle(NativeContext, address, static (driver, pages) =>
            {
                // A copy may still be under way.
                _ = driver.SynchronizeContext();
                return driver.UnregisterHost(pages);
            })
            : CudaFailure.IsLasting(error) ? throw Failure(error, "AllocatePageLocked") : null;
    }

    private protected override AcceleratorStream CreateStreamCore()
    {
        // Memory that was taken before is there when the default stream has come to it.
        ((CudaStream)DefaultStream).Finish(nameof(CreateStream));
        var stream = new CudaStream(this);
        ImmutableInterlocked.Update(ref otherStreams, streams => streams.Add(stream));
        return stream;
    }

    private protected override void SynchronizeCore()
    {
        DefaultStream.Synchronize();
        foreach (var stream in OtherStreams)
        {
            stream.Finish("Synchronize");
        }
    }

    private protected override MemoryBuffer AllocateCore(long length, int elementSize) =>
        new CudaMemoryBuffer(this, length, elementSize);

    private protected override Kernel LoadCore(
        KernelSource source,
        bool isImplicitlyGrouped,
        KernelSpecialization specialization)
    {
        var variants = kernels.GetOrAdd(
            (source.Method, isImplicitlyGrouped),
            _ => new CudaKernelVariants(this, source, isImplicitlyGrouped));
        variants.CompileEarly();
        return new CudaKernel(this, variants, specialization);
    }

    private protected override void DisposeCore()
    {
        // A failure changes nothing: what is left of the device is given back.
        if (NativeContext?.MakeCurrent() == CudaError.CUDA_SUCCESS)
        {
            _ = Driver.SynchronizeContext();
        }

        NativeMemory?.Close();
        foreach (var variants in kernels.Values)
        {
            variants.Dispose();
        }

        foreach (var stream in OtherStreams)
        {
            stream.Dispose();
        }

        DefaultStream?.Dispose();
        NativeContext?.Dispose();
    }
}
