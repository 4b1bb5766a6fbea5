using System.Runtime.InteropServices;
using ILGPU.Backends.OpenCL;

namespace ILGPU.Runtime.OpenCL;

/// <summary>A kernel in the form in which a device runs it.</summary>
internal sealed class CLKernelVariant : IDisposable
{
    /// <summary>OpenCL has no shared memory of no bytes.</summary>
    private const int LeastSharedBytes = 16;

    private readonly Lock gate = new();
    private readonly CLAccelerator accelerator;
    private readonly string operation;
    private readonly CLKernelCode code;
    private readonly CLHandle program;
    private readonly CLHandle kernel;
    private readonly long staticSharedBytes;

    public CLKernelVariant(CLAccelerator accelerator, CLKernelVariants variants, CLKernelCode code)
    {
        this.accelerator = accelerator;
        this.code = code;
        operation = $"kernel {variants.Source.Name}";
        program = accelerator.Compiler.Build(accelerator, operation, code);
        try
        {
            var library = accelerator.Library;
            kernel = library.CreateKernel(program, CLCompiler.Ended(code.EntryPoint));
            CheckArguments(variants.ArgumentCount);
            var device = accelerator.CLDevice.DeviceId;
            MaxGroupSize = (int)library.GetKernelSize(kernel, device, CLInfo.KernelWorkGroupSize);
            staticSharedBytes = library.GetKernelSize(kernel, device, CLInfo.KernelLocalMemSize);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the registers that the kernel needs leave room for.</summary>
    public int MaxGroupSize { get; }

    /// <inheritdoc cref="ImplicitGroups.DefaultSize"/>
    public int DefaultGroupSize => ImplicitGroups.DefaultSize(MaxGroupSize);

    /// <summary>Launches over groups of a size that divides the number of threads along each axis.</summary>
    /// <param name="arguments">The arguments that come from the host.</param>
    /// <param name="threads">The number of threads along each axis.</param>
    /// <param name="group">The threads of one group along each axis.</param>
    /// <param name="dynamicSharedBytes">The shared memory that the launch asks for.</param>
    /// <exception cref="ArgumentOutOfRangeException">The group has too many threads, or too much shared memory.</exception>
    public void Launch(LaunchArguments arguments, ReadOnlySpan<nuint> threads, ReadOnlySpan<nuint> group, int dynamicSharedBytes)
    {
        var groupSize = 1L;
        foreach (var size in group)
        {
            groupSize *= (long)size;
        }

        CheckGroup(groupSize, dynamicSharedBytes);
        var stream = (CLStream)arguments.Stream;
        lock (gate)
        {
            SetArguments(arguments, groupSize, dynamicSharedBytes);
            stream.Check(accelerator.Library.EnqueueKernel(stream.Queue, kernel, threads, group), operation);
        }
    }

    public void Dispose()
    {
        kernel?.Dispose();
        program.Dispose();
    }

    private void SetArguments(LaunchArguments arguments, long groupSize, int dynamicSharedBytes)
    {
        var library = accelerator.Library;
        var index = 0;
        foreach (var argument in arguments.Arguments)
        {
            Check(argument.IsBuffer
                ? library.SetBuffer(kernel, index, argument.Buffer?.NativePtr ?? 0)
                : library.SetValue(kernel, index, arguments.Values.Slice(argument.Offset, argument.Size)));
        }

        if (code.UsesDynamicSharedMemory)
        {
            Check(library.SetSharedMemory(kernel, index, Math.Max(dynamicSharedBytes, LeastSharedBytes)));
            Check(library.SetValue(kernel, index, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in dynamicSharedBytes))));
        }

        if (code.SharedBytesPerThread > 0)
        {
            Check(library.SetSharedMemory(kernel, index, code.SharedBytesPerThread * groupSize));
        }

        void Check(CLError error)
        {
            if (error != CLError.CL_SUCCESS)
            {
                throw accelerator.Failure(error, $"{operation}, argument {index}");
            }

            index++;
        }
    }

    private void CheckGroup(long groupSize, int dynamicSharedBytes)
    {
        if (groupSize > MaxGroupSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(groupSize),
                $"{operation}: expected a group of at most {MaxGroupSize} threads, which is what {accelerator.Name} has registers " +
                $"for; got {groupSize}.");
        }

        var shared = staticSharedBytes + dynamicSharedBytes + (code.SharedBytesPerThread * groupSize);
        if (shared > accelerator.MaxSharedMemoryPerGroup)
        {
            throw new ArgumentOutOfRangeException(
                nameof(dynamicSharedBytes),
                $"{operation}: expected at most {accelerator.MaxSharedMemoryPerGroup} bytes of shared memory per group on " +
                $"{accelerator.Name}; got {shared}: {staticSharedBytes} static, {dynamicSharedBytes} dynamic, " +
                $"{code.SharedBytesPerThread * groupSize} for exchanges between threads.");
        }
    }

    /// <exception cref="InternalCompilerException">The code does not take the arguments that launches give it.</exception>
    private void CheckArguments(int ofParameters)
    {
        var expected = ofParameters + (code.UsesDynamicSharedMemory ? 2 : 0) + (code.SharedBytesPerThread > 0 ? 1 : 0);
        var actual = accelerator.Library.GetArgumentCount(kernel);
        if (actual != expected)
        {
            throw new InternalCompilerException(
                $"{operation}: expected OpenCL C with {expected} arguments, for the parameters of the method; got {actual}.");
        }
    }
}
