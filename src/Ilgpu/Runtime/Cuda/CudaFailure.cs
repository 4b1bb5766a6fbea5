namespace ILGPU.Runtime.Cuda;

/// <summary>What errors of a device mean for those who use it.</summary>
internal static class CudaFailure
{
    /// <summary>The context is lost: the driver gives the same error from now on.</summary>
    public static bool IsLasting(CudaError error) => error
        is CudaError.CUDA_ERROR_DEINITIALIZED or CudaError.CUDA_ERROR_DEVICE_UNAVAILABLE
        or CudaError.CUDA_ERROR_ECC_UNCORRECTABLE or CudaError.CUDA_ERROR_NVLINK_UNCORRECTABLE or CudaError.CUDA_ERROR_CONTAINED
        or CudaError.CUDA_ERROR_CONTEXT_IS_DESTROYED or CudaError.CUDA_ERROR_LAUNCH_TIMEOUT or CudaError.CUDA_ERROR_EXTERNAL_DEVICE
        or CudaError.CUDA_ERROR_MPS_CLIENT_TERMINATED or CudaError.CUDA_ERROR_UNKNOWN || IsByKernel(error);

    /// <summary>Something that only a graph that is being captured makes wrong.</summary>
    public static bool IsAboutCapture(CudaError error) =>
        error is >= CudaError.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED and <= CudaError.CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;

    /// <summary>One line: what was expected, what came, what to do.</summary>
    public static string Describe(CudaError error, string operation, long bytes, CudaAccelerator accelerator)
    {
        var (name, got) = (accelerator.Name, CudaException.Describe(error, accelerator.Driver));
        if (error == CudaError.CUDA_ERROR_OUT_OF_MEMORY)
        {
            var memory = accelerator.Memory;
            return $"{operation}: expected {(bytes > 0 ? $"room for {ByteSize.Of(bytes)}" : "enough memory")} on {name}; got {got}, " +
                $"with {ByteSize.Of(memory.LiveBytes)} of {ByteSize.Of(accelerator.MemoryLimit)} in use by {memory.LiveBuffers} buffers" +
                $"{FreeOn(accelerator)}. Use a smaller batch or model, or close other programs that use the device.";
        }

        if (IsLasting(error))
        {
            return $"{operation}: expected {name} to do its work; got {got}. The device is lost to this process" +
                (IsByKernel(error)
                    ? ": a kernel that ran before left its memory or failed. Start the program again; the CPU accelerator checks every index."
                    : ". Start the program again.");
        }

        return error is CudaError.CUDA_ERROR_INVALID_VALUE or CudaError.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES
            ? $"{operation}: expected a request that {name} accepts; got {got}. The driver refuses its sizes or arguments."
            : $"{operation}: expected {name} to do its work; got {got}.";
    }

    private static bool IsByKernel(CudaError error) => error
        is CudaError.CUDA_ERROR_ILLEGAL_ADDRESS or CudaError.CUDA_ERROR_ASSERT or CudaError.CUDA_ERROR_HARDWARE_STACK_ERROR
        or CudaError.CUDA_ERROR_ILLEGAL_INSTRUCTION or CudaError.CUDA_ERROR_MISALIGNED_ADDRESS
        or CudaError.CUDA_ERROR_INVALID_ADDRESS_SPACE or CudaError.CUDA_ERROR_INVALID_PC or CudaError.CUDA_ERROR_LAUNCH_FAILED;

    /// <summary>What other programs leave.</summary>
    private static string FreeOn(CudaAccelerator accelerator) =>
        accelerator.Driver.GetMemoryInfo(out var free, out var total) == CudaError.CUDA_SUCCESS
            ? $" and {ByteSize.Of(free)} of {ByteSize.Of(total)} free on the device"
            : "";
}
