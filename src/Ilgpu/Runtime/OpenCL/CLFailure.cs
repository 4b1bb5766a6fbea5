namespace ILGPU.Runtime.OpenCL;

/// <summary>What errors of a device mean for those who use it.</summary>
internal static class CLFailure
{
    /// <summary>The device, or the host on its behalf, is out of memory.</summary>
    public static bool IsAboutMemory(CLError error) => error
        is CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_OUT_OF_RESOURCES or CLError.CL_OUT_OF_HOST_MEMORY;

    /// <summary>One line: what was expected, what came, what to do.</summary>
    public static string Describe(CLError error, string operation, long bytes, CLAccelerator accelerator)
    {
        var (name, got) = (accelerator.Name, CLException.Describe(error));
        if (IsAboutMemory(error))
        {
            var memory = accelerator.Memory;
            return $"{operation}: expected {(bytes > 0 ? $"room for {ByteSize.Of(bytes)}" : "enough memory")} on {name}; got {got} " +
                $"with {ByteSize.Of(memory.LiveBytes)} of {ByteSize.Of(accelerator.MemoryLimit)} in use by {memory.LiveBuffers} buffers. " +
                "Use a smaller batch or model, or close other programs that use the device." +
                (error == CLError.CL_OUT_OF_RESOURCES ? " A kernel that leaves its buffers can give the same error." : "");
        }

        return IsAboutLaunch(error)
            ? $"{operation}: expected a launch that {name} accepts; got {got}. The driver refuses its sizes or arguments."
            : $"{operation}: expected {name} to do its work; got {got}. The device is lost: its driver was reset, or a kernel " +
                "crashed. Start the program again.";
    }

    private static bool IsAboutLaunch(CLError error) => error
        is CLError.CL_INVALID_VALUE or CLError.CL_INVALID_PROGRAM_EXECUTABLE or CLError.CL_INVALID_KERNEL
        or CLError.CL_INVALID_ARG_INDEX or CLError.CL_INVALID_ARG_VALUE or CLError.CL_INVALID_ARG_SIZE
        or CLError.CL_INVALID_KERNEL_ARGS or CLError.CL_INVALID_WORK_DIMENSION or CLError.CL_INVALID_WORK_GROUP_SIZE
        or CLError.CL_INVALID_WORK_ITEM_SIZE or CLError.CL_INVALID_GLOBAL_OFFSET or CLError.CL_INVALID_GLOBAL_WORK_SIZE;
}
