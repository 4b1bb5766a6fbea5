namespace ILGPU.Runtime;

/// <summary>Work of one accelerator in the order in which it was given.</summary>
public abstract class AcceleratorStream : AcceleratorObject
{
    private protected AcceleratorStream(Accelerator accelerator)
        : base(accelerator)
    {
    }

    /// <summary>Waits for everything that was given to this stream.</summary>
    public abstract void Synchronize();

    /// <inheritdoc cref="Synchronize"/>
    public virtual Task SynchronizeAsync() => Task.Run(Synchronize);

    /// <summary>Marks this point of the stream, to measure the time from an earlier marker to it.</summary>
    /// <exception cref="NotSupportedException">The context was built without profiling.</exception>
    public ProfilingMarker AddProfilingMarker()
    {
        ThrowIfDisposed();
        return Accelerator.Context.Properties.EnableProfiling
            ? AddProfilingMarkerCore()
            : throw new NotSupportedException(
                "AddProfilingMarker: expected a context with profiling; got one without. Call Profiling() on its builder.");
    }

    private protected abstract ProfilingMarker AddProfilingMarkerCore();
}
