namespace ILGPU.Runtime.Cuda;

/// <summary>CUDA could not do what it was asked for.</summary>
public sealed class CudaException : AcceleratorException
{
    public CudaException()
        : this(CudaError.CUDA_ERROR_UNKNOWN)
    {
    }

    public CudaException(CudaError errorCode)
        : this(errorCode, $"CUDA: expected success; got {Describe(errorCode)}.")
    {
    }

    internal CudaException(CudaError errorCode, string message)
        : base(message)
    {
        Error = errorCode;
    }

    public CudaError Error { get; }

    public override AcceleratorType AcceleratorType => AcceleratorType.Cuda;

    /// <exception cref="CudaException">The call failed.</exception>
    public static void ThrowIfFailed(CudaError cudaStatus)
    {
        if (cudaStatus != CudaError.CUDA_SUCCESS)
        {
            throw new CudaException(cudaStatus);
        }
    }

    /// <exception cref="CudaException">The call failed.</exception>
    internal static void ThrowIfFailed(CudaDriver driver, CudaError error, string function)
    {
        if (error != CudaError.CUDA_SUCCESS)
        {
            throw new CudaException(error, $"{function}: expected CUDA_SUCCESS; got {Describe(error, driver)}.");
        }
    }

    /// <summary>The name and the number, and what the driver says of it.</summary>
    internal static string Describe(CudaError error, CudaDriver? driver = null)
    {
        var name = Enum.IsDefined(error) ? error.ToString() : driver?.GetErrorName(error);
        var code = name is null ? $"error {(int)error}" : $"{name} ({(int)error})";
        return driver?.GetErrorText(error) is { Length: > 0 } text ? $"{code}: {text.TrimEnd('.')}" : code;
    }
}
