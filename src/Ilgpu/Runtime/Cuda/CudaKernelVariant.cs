using ILGPU.Backends.PTX;

namespace ILGPU.Runtime.Cuda;

/// <summary>What a kernel needs of a multiprocessor.</summary>
/// <param name="Registers">Of each thread.</param>
/// <param name="LocalBytes">Of each thread: arrays, and registers for which there was no room.</param>
/// <param name="StaticSharedBytes">Of each group.</param>
/// <param name="MaxGroupSize">What the registers leave room for.</param>
internal sealed record CudaKernelResources(int Registers, int LocalBytes, int StaticSharedBytes, int MaxGroupSize);

/// <summary>A kernel in the form in which a device runs it.</summary>
internal sealed unsafe class CudaKernelVariant : IDisposable
{
    private readonly Lock gate = new();
    private readonly CudaAccelerator accelerator;
    private readonly string operation;
    private readonly CudaHandle module;
    private readonly int addedSharedBytes;

    /// <summary>How much dynamic shared memory launches may have so far: beyond a limit that all devices have, it is asked for.</summary>
    private int allowedDynamicBytes;

    public CudaKernelVariant(CudaAccelerator accelerator, string name, PTXKernelCode code)
    {
        this.accelerator = accelerator;
        operation = $"kernel {name}";
        addedSharedBytes = code.AddedSharedBytes;
        module = accelerator.Compiler.Load(accelerator, operation, code);
        try
        {
            accelerator.Check(
                accelerator.Driver.GetFunction(module.Value, CudaCompiler.Ended(code.EntryPoint), out var function), operation);
            FunctionPtr = function;
            Resources = new(
                Get(CudaFunctionAttribute.NumRegs),
                Get(CudaFunctionAttribute.LocalSizeBytes),
                Get(CudaFunctionAttribute.SharedSizeBytes),
                Get(CudaFunctionAttribute.MaxThreadsPerBlock));
            allowedDynamicBytes = Get(CudaFunctionAttribute.MaxDynamicSharedSizeBytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public nint ModulePtr => module.Value;

    public nint FunctionPtr { get; }

    public CudaKernelResources Resources { get; }

    /// <inheritdoc cref="ImplicitGroups.DefaultSize"/>
    public int DefaultGroupSize => ImplicitGroups.DefaultSize(Resources.MaxGroupSize);

    /// <summary>How many groups of that size a multiprocessor runs at a time.</summary>
    public int GroupsPerMultiprocessor(int groupSize, int dynamicSharedBytes)
    {
        accelerator.Check(
            accelerator.Enter(operation).GetGroupsPerMultiprocessor(
                FunctionPtr, groupSize, dynamicSharedBytes + addedSharedBytes, out var groups),
            operation);
        return groups;
    }

    /// <summary>Launches over a grid of groups.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The group has too many threads, or too much shared memory.</exception>
    public void Launch(LaunchArguments arguments, Index3D grid, Index3D group, int dynamicSharedBytes)
    {
        CheckGroup(group.Size, dynamicSharedBytes);
        var driver = accelerator.Enter(operation);
        var dynamicBytes = dynamicSharedBytes + addedSharedBytes;
        AllowDynamic(driver, dynamicBytes);

        var list = arguments.Arguments;
        var buffers = stackalloc ulong[list.Length];
        var places = stackalloc void*[list.Length];
        var stream = (CudaStream)arguments.Stream;
        fixed (byte* values = arguments.Values)
        {
            for (var i = 0; i < list.Length; i++)
            {
                buffers[i] = (ulong)(list[i].Buffer?.NativePtr ?? 0);
                places[i] = list[i].IsBuffer ? buffers + i : values + list[i].Offset;
            }

            stream.Check(driver.Launch(FunctionPtr, grid, group, dynamicBytes, stream.StreamPtr, places), operation);
        }
    }

    public void Dispose() => module.Dispose();

    private int Get(CudaFunctionAttribute attribute)
    {
        accelerator.Check(accelerator.Driver.GetFunctionAttribute(attribute, FunctionPtr, out var value), operation);
        return value;
    }

    /// <summary>Asks for more dynamic shared memory than launches may have by themselves, once for the life of the function.</summary>
    private void AllowDynamic(CudaDriver driver, int bytes)
    {
        if (bytes <= Volatile.Read(ref allowedDynamicBytes))
        {
            return;
        }

        lock (gate)
        {
            var most = accelerator.MaxSharedMemoryPerGroup - Resources.StaticSharedBytes;
            accelerator.Check(
                driver.SetFunctionAttribute(CudaFunctionAttribute.MaxDynamicSharedSizeBytes, FunctionPtr, most), operation);
            Volatile.Write(ref allowedDynamicBytes, most);
        }
    }

    private void CheckGroup(int groupSize, int dynamicSharedBytes)
    {
        if (groupSize > Resources.MaxGroupSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(groupSize),
                $"{operation}: expected a group of at most {Resources.MaxGroupSize} threads, which is what {accelerator.Name} has " +
                $"registers for; got {groupSize}.");
        }

        var fixedBytes = Resources.StaticSharedBytes + addedSharedBytes;
        if (fixedBytes + (long)dynamicSharedBytes > accelerator.MaxSharedMemoryPerGroup)
        {
            throw new ArgumentOutOfRangeException(
                nameof(dynamicSharedBytes),
                $"{operation}: expected at most {accelerator.MaxSharedMemoryPerGroup} bytes of shared memory per group on " +
                $"{accelerator.Name}; got {fixedBytes + (long)dynamicSharedBytes}: {fixedBytes} static, {dynamicSharedBytes} dynamic.");
        }
    }
}
