namespace ILGPU.Runtime.Cuda;

/// <summary>A stream of a device, which does everything in the order in which it was given.</summary>
/// <remarks>
/// Not the driver's stream that all parts of a process share, and without order to it: so it can be captured. Lives until it is
/// disposed, which waits for its work, or its accelerator is.
/// </remarks>
public sealed class CudaStream : AcceleratorStream
{
    private readonly CudaHandle handle;

    /// <summary>Marks how far another stream has to come for this one to go on.</summary>
    private readonly CudaHandle awaited;

    private readonly Lazy<CudaStaging?> staging;

    private string? captureObstacle;

    internal CudaStream(CudaAccelerator accelerator)
        : base(accelerator)
    {
        Device = accelerator;
        var driver = accelerator.Enter(nameof(accelerator.CreateStream));
        accelerator.Check(driver.CreateStream(out var stream), nameof(accelerator.CreateStream));
        handle = new(accelerator.NativeContext, stream, static (driver, stream) => driver.DestroyStream(stream));
        try
        {
            awaited = accelerator.CreateEvent(withTiming: false, nameof(accelerator.CreateStream));
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        staging = new(() => CudaStaging.TryCreate(this), LazyThreadSafetyMode.ExecutionAndPublication);
    }

    /// <summary>The CUstream.</summary>
    public nint StreamPtr => handle.Value;

    /// <summary>Whether what the stream is given becomes part of a graph.</summary>
    internal bool IsCapturing { get; private set; }

    /// <summary>Takes bytes of the host; null where the system has no memory for it.</summary>
    internal CudaStaging? Staging => staging.Value;

    internal CudaAccelerator Device { get; }

    /// <exception cref="CudaException">Something that was given to the device failed, or the device is lost.</exception>
    public override void Synchronize()
    {
        ThrowIfDisposed();
        Finish(nameof(Synchronize));
    }

    /// <summary>Waits on behalf of an operation.</summary>
    internal void Finish(string operation)
    {
        RequireNoCapture(operation, "waits for the device");
        Check(Device.Enter(operation).SynchronizeStream(StreamPtr), operation);
    }

    /// <summary>Lets what comes later wait for what the other stream was given so far.</summary>
    internal CudaError WaitFor(CudaStream other)
    {
        var error = Device.Driver.RecordEvent(awaited.Value, other.StreamPtr);
        return error == CudaError.CUDA_SUCCESS ? Device.Driver.WaitForEvent(StreamPtr, awaited.Value) : error;
    }

    /// <inheritdoc cref="CudaAccelerator.Check"/>
    internal void Check(CudaError error, string operation, long bytes = 0) => Device.Check(error, operation, bytes);

    /// <summary>From now on what the stream is given becomes part of a graph.</summary>
    internal void BeginCapture() => (IsCapturing, captureObstacle) = (true, null);

    /// <summary>Says what the graph lacks; null if nothing.</summary>
    internal string? EndCapture()
    {
        IsCapturing = false;
        return captureObstacle;
    }

    /// <summary>Refuses what a graph cannot hold.</summary>
    /// <exception cref="CudaException">The stream is being captured.</exception>
    internal void RequireNoCapture(string operation, string what)
    {
        if (IsCapturing)
        {
            captureObstacle ??= $"{operation} {what}";
            throw new CudaException(
                CudaError.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                $"{operation}: expected work that a graph can hold; got some that {what}.");
        }
    }

    private protected override ProfilingMarker AddProfilingMarkerCore()
    {
        RequireNoCapture(nameof(AddProfilingMarker), "is measured");
        return new CudaProfilingMarker(Device, this);
    }

    private protected override void DisposeCore(bool disposing)
    {
        // Memory that the stream uses may be given back as soon as nobody knows the stream any more.
        if (Device.NativeContext.MakeCurrent() == CudaError.CUDA_SUCCESS)
        {
            _ = Device.Driver.SynchronizeStream(StreamPtr);
        }

        Device.Remove(this);
        if (staging.IsValueCreated)
        {
            staging.Value?.Dispose();
        }

        handle.Dispose();
        awaited.Dispose();
    }
}
