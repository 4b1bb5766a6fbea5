using System.Runtime.InteropServices;

namespace ILGPU.Runtime.Cuda;

/// <summary>The primary context of a device, which the process shares; kept as long as anything lives in it.</summary>
internal sealed class CudaContext : SafeHandle
{
    private static long count;

    /// <summary>The context that this thread has made current, by its number: handles are used again.</summary>
    [ThreadStatic]
    private static long currentOfThread;

    private readonly long number = Interlocked.Increment(ref count);
    private readonly int device;

    /// <exception cref="CudaException">The device has no resources left, or is gone.</exception>
    public CudaContext(CudaDriver driver, int device)
        : base(0, ownsHandle: true)
    {
        Driver = driver;
        this.device = device;
        CudaException.ThrowIfFailed(driver, driver.RetainPrimaryContext(device, out var context), "cuDevicePrimaryCtxRetain");
        SetHandle(context);
    }

    public CudaDriver Driver { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>Makes this the context of the calling thread, if it is not.</summary>
    public CudaError MakeCurrent()
    {
        if (currentOfThread == number)
        {
            return CudaError.CUDA_SUCCESS;
        }

        var error = Driver.SetCurrentContext(handle);
        currentOfThread = error == CudaError.CUDA_SUCCESS ? number : 0;
        return error;
    }

    protected override bool ReleaseHandle()
    {
        if (currentOfThread == number)
        {
            currentOfThread = 0;
            _ = Driver.SetCurrentContext(0);
        }

        return Driver.ReleasePrimaryContext(device) == CudaError.CUDA_SUCCESS;
    }
}
