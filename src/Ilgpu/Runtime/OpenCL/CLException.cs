namespace ILGPU.Runtime.OpenCL;

/// <summary>OpenCL could not do what it was asked for.</summary>
public sealed class CLException : AcceleratorException
{
    public CLException()
        : this(CLError.CL_INVALID_OPERATION)
    {
    }

    public CLException(CLError errorCode)
        : this(errorCode, $"OpenCL: expected success; got {Describe(errorCode)}.")
    {
    }

    internal CLException(CLError errorCode, string message)
        : base(message)
    {
        Error = errorCode;
    }

    public CLError Error { get; }

    public override AcceleratorType AcceleratorType => AcceleratorType.OpenCL;

    /// <exception cref="CLException">The call failed.</exception>
    public static void ThrowIfFailed(CLError clStatus)
    {
        if (clStatus != CLError.CL_SUCCESS)
        {
            throw new CLException(clStatus);
        }
    }

    /// <exception cref="CLException">The call failed.</exception>
    internal static void ThrowIfFailed(CLError error, string function)
    {
        if (error != CLError.CL_SUCCESS)
        {
            throw new CLException(error, $"{function}: expected CL_SUCCESS; got {Describe(error)}.");
        }
    }

    /// <summary>The name and the number, or the number alone of a code that OpenCL itself does not have.</summary>
    internal static string Describe(CLError error) => Enum.IsDefined(error) ? $"{error} ({(int)error})" : $"error {(int)error}";
}
