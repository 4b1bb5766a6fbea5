namespace ILGPU;

/// <summary>A kernel cannot be compiled: it uses something that kernels must not, or does not fit how it is loaded.</summary>
public class InternalCompilerException : Exception
{
    public InternalCompilerException()
    {
    }

    public InternalCompilerException(string message)
        : base(message)
    {
    }

    public InternalCompilerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The accelerator lacks a feature that was asked for.</summary>
public class CapabilityNotSupportedException : Exception
{
    public CapabilityNotSupportedException()
    {
    }

    public CapabilityNotSupportedException(string message)
        : base(message)
    {
    }

    public CapabilityNotSupportedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Something that only kernels may do was called by the host, or the other way round.</summary>
public class InvalidKernelOperationException : InvalidOperationException
{
    public InvalidKernelOperationException()
    {
    }

    public InvalidKernelOperationException(string message)
        : base(message)
    {
    }

    public InvalidKernelOperationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
