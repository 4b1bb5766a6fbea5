namespace ILGPU.Runtime.CPU;

/// <summary>A kernel threw; the message says which and where.</summary>
internal sealed class CPUKernelException(string message, Exception innerException) : AcceleratorException(message, innerException)
{
    public override AcceleratorType AcceleratorType => AcceleratorType.CPU;
}
