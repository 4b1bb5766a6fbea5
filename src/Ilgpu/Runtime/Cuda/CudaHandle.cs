using System.Runtime.InteropServices;

namespace ILGPU.Runtime.Cuda;

/// <summary>An object of the driver, released once: when it is disposed, or else when nothing refers to it any more.</summary>
/// <remarks>Objects keep their context alive, so the order of releases is free.</remarks>
internal sealed class CudaHandle : SafeHandle
{
    private readonly CudaContext context;
    private readonly Func<CudaDriver, nint, CudaError> release;

    /// <param name="context">Where it was made.</param>
    /// <param name="value">The object.</param>
    /// <param name="release">Gives it back; a failure leaves nothing to be done.</param>
    public CudaHandle(CudaContext context, nint value, Func<CudaDriver, nint, CudaError> release)
        : base(0, ownsHandle: true)
    {
        (this.context, this.release) = (context, release);
        var isKept = false;
        context.DangerousAddRef(ref isKept);
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The object, or zero once it is released.</summary>
    public nint Value => IsClosed ? 0 : handle;

    protected override bool ReleaseHandle()
    {
        var error = context.MakeCurrent();
        if (error == CudaError.CUDA_SUCCESS)
        {
            error = release(context.Driver, handle);
        }

        context.DangerousRelease();
        return error == CudaError.CUDA_SUCCESS;
    }
}
