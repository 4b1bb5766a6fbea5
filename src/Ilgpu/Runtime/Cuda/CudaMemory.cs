namespace ILGPU.Runtime.Cuda;

/// <summary>Takes memory of a device and gives it back, in the order of the default stream where the device has pools.</summary>
/// <remarks>
/// <para>The pool keeps what is given back, so that a later allocation costs no call to the system; what is out of memory trims it and
/// tries again. What other streams were given before memory is given back still uses it: the default stream waits for them.</para>
/// <para>While a stream is captured nothing is given back, and the thread that captures gets nothing: the driver would make it part of
/// the graph. Other threads get memory without order then.</para>
/// </remarks>
internal sealed class CudaMemory
{
    private readonly Lock gate = new();
    private readonly CudaAccelerator accelerator;
    private readonly List<(ulong Address, bool IsPooled)> held = [];
    private readonly nint pool;
    private CudaStream? captured;
    private int capturingThread;
    private bool isClosed;

    /// <exception cref="CudaException">The pool of the device cannot be used.</exception>
    public CudaMemory(CudaAccelerator accelerator)
    {
        this.accelerator = accelerator;
        if (accelerator.CudaDevice.HasMemoryPools)
        {
            var driver = accelerator.Enter("memory pool");
            accelerator.Check(driver.GetDefaultPool(accelerator.CudaDevice.DeviceId, out pool), "memory pool");
            accelerator.Check(driver.SetPoolReleaseThreshold(pool, ulong.MaxValue), "memory pool");
        }
    }

    /// <summary>The memory, or none and the reason.</summary>
    /// <exception cref="CudaException">This thread is capturing a stream.</exception>
    public CudaHandle? TryAllocate(long bytes, out CudaError error)
    {
        var driver = accelerator.Enter("Allocate");
        var stream = (CudaStream)accelerator.DefaultStream;
        lock (gate)
        {
            if (captured is not null && capturingThread == Environment.CurrentManagedThreadId)
            {
                captured.RequireNoCapture("Allocate", "allocates memory");
            }

            if (pool == 0 || captured is not null)
            {
                error = driver.Allocate(bytes, out var plain);
                return error == CudaError.CUDA_SUCCESS ? new(accelerator.NativeContext, (nint)plain, FreePlain) : null;
            }

            error = driver.AllocateAsync(bytes, stream.StreamPtr, out var address);
            if (error == CudaError.CUDA_ERROR_OUT_OF_MEMORY)
            {
                // What was given back may still wait for its turn.
                error = driver.SynchronizeStream(stream.StreamPtr);
                if (error == CudaError.CUDA_SUCCESS && (error = driver.TrimPool(pool, 0)) == CudaError.CUDA_SUCCESS)
                {
                    error = driver.AllocateAsync(bytes, stream.StreamPtr, out address);
                }
            }

            if (error != CudaError.CUDA_SUCCESS)
            {
                return null;
            }

            var memory = new CudaHandle(accelerator.NativeContext, (nint)address, FreePooled);
            if (!accelerator.OtherStreams.IsEmpty)
            {
                // The memory is there when the default stream comes to it, and other streams do not wait for that. An error of what
                // ran before shows in the next call.
                _ = driver.SynchronizeStream(stream.StreamPtr);
            }

            return memory;
        }
    }

    /// <summary>From now on what is given back is kept; false where a stream is captured already.</summary>
    public bool TryBeginCapture(CudaStream stream)
    {
        lock (gate)
        {
            if (captured is not null)
            {
                return false;
            }

            (captured, capturingThread) = (stream, Environment.CurrentManagedThreadId);
            return true;
        }
    }

    /// <summary>Gives back what was kept.</summary>
    public void EndCapture()
    {
        lock (gate)
        {
            captured = null;
            held.ForEach(memory => _ = Free(accelerator.Driver, memory.Address, memory.IsPooled));
            held.Clear();
        }
    }

    /// <summary>All streams have done their work and will be gone: what is given back later needs no order.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
        }
    }

    private CudaError FreePlain(CudaDriver driver, nint address) => Free(driver, (ulong)address, isPooled: false);

    private CudaError FreePooled(CudaDriver driver, nint address) => Free(driver, (ulong)address, isPooled: true);

    private CudaError Free(CudaDriver driver, ulong address, bool isPooled)
    {
        lock (gate)
        {
            if (captured is not null)
            {
                held.Add((address, isPooled));
                return CudaError.CUDA_SUCCESS;
            }

            return isPooled && !isClosed ? FreeInOrder(driver, address) : driver.Free(address);
        }
    }

    private CudaError FreeInOrder(CudaDriver driver, ulong address)
    {
        var stream = (CudaStream)accelerator.DefaultStream;
        foreach (var other in accelerator.OtherStreams)
        {
            _ = stream.WaitFor(other);
        }

        return driver.FreeAsync(address, stream.StreamPtr);
    }
}
