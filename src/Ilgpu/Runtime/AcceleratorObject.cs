namespace ILGPU.Runtime;

/// <summary>Something that belongs to one accelerator and has to be given back.</summary>
public abstract class AcceleratorObject : IDisposable
{
    private int disposed;

    private protected AcceleratorObject(Accelerator accelerator)
    {
        Accelerator = accelerator;
    }

    public Accelerator Accelerator { get; }

    public AcceleratorType AcceleratorType => Accelerator.AcceleratorType;

    public bool IsDisposed => Volatile.Read(ref disposed) != 0;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <exception cref="ObjectDisposedException">The object, or its accelerator, was disposed.</exception>
    internal void ThrowIfDisposed()
    {
        if (IsDisposed)
        {
            var type = GetType().Name.Split('`')[0];
            throw new ObjectDisposedException(
                type,
                $"{type} of {Accelerator.Name}: expected a live object; got one that was disposed.");
        }

        Accelerator.ThrowIfDisposed();
    }

    /// <summary>Frees what the object holds, once; from the finalizer only what is not managed.</summary>
    private protected void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            DisposeCore(disposing);
        }
    }

    private protected abstract void DisposeCore(bool disposing);
}
