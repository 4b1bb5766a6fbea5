using System.Text;
using ILGPU;
using ILGPU.Runtime.Cuda;
using IlgpuVq.Tests.Ptx.Decoding;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Driver;

/// <content>
/// Programs and launches. A program for the device is its PTX: it is checked when it is linked, and again when it is loaded.
/// </content>
internal sealed unsafe partial class EmulatedCudaDriver
{
    /// <summary>What every function may ask for, and what it may opt in to.</summary>
    private const int DefaultDynamicBytes = 48 * 1024;

    /// <summary>What functions say, since nothing here has to fit into registers.</summary>
    private const int RegistersOfFunctions = 40;

    private (byte[] Image, PtxProgram Program)? linked;

    /// <summary>By capability, from the table of the programming guide.</summary>
    private int MaxSharedBytes => 1024 * Target switch
    {
        >= 90 => 227,
        80 or 87 => 163,
        > 80 => 99,
        75 => 64,
        70 or 72 => 96,
        _ => 48,
    };

    public override CudaError Link(ReadOnlySpan<byte> ptx, int optimizationLevel, out byte[] image, out string log)
    {
        var text = ptx.ToArray();
        var (found, said) = (Array.Empty<byte>(), "");
        var error = Do(() =>
        {
            if (text[^1] != 0)
            {
                return CudaError.CUDA_ERROR_INVALID_VALUE;
            }

            try
            {
                linked?.Program.Unload();
                linked = (text, Translate(text));
                found = text;
                return CudaError.CUDA_SUCCESS;
            }
            catch (PtxException failure)
            {
                linked = null;
                said = string.Join('\n', failure.Errors.Select(line => $"ptxas error: {line}"));
                return CudaError.CUDA_ERROR_INVALID_PTX;
            }
        });
        (image, log) = (found, said);
        return error;
    }

    public override CudaError LoadModule(ReadOnlySpan<byte> image, out nint module)
    {
        nint added = 0;
        var text = image.ToArray();
        var error = Do(() =>
        {
            try
            {
                var isLinked = linked is { } last && last.Image.AsSpan().SequenceEqual(text);
                var program = isLinked ? linked!.Value.Program : Translate(text);
                linked = isLinked ? null : linked;
                added = Add(program);
                return CudaError.CUDA_SUCCESS;
            }
            catch (PtxException)
            {
                return CudaError.CUDA_ERROR_INVALID_IMAGE;
            }
        });
        module = added;
        return error;
    }

    public override CudaError UnloadModule(nint module) => Destroy<PtxProgram>(module, program =>
    {
        RunAll();
        program.Unload();
        var functions = objects.Where(pair => pair.Value is Function function && function.Program == program);
        foreach (var (handle, _) in functions.ToArray())
        {
            objects.Remove(handle);
        }
    });

    public override CudaError GetFunction(nint module, ReadOnlySpan<byte> name, out nint function)
    {
        nint added = 0;
        var entryPoint = Encoding.UTF8.GetString(name.TrimEnd((byte)0));
        var error = With<PtxProgram>(module, program =>
        {
            if (!program.Kernels.TryGetValue(entryPoint, out var kernel))
            {
                return CudaError.CUDA_ERROR_NOT_FOUND;
            }

            added = Add(new Function(program, kernel));
            return CudaError.CUDA_SUCCESS;
        });
        function = added;
        return error;
    }

    public override CudaError GetFunctionAttribute(CudaFunctionAttribute attribute, nint function, out int value)
    {
        var found = 0;
        var error = With<Function>(function, owner =>
        {
            found = attribute switch
            {
                CudaFunctionAttribute.MaxThreadsPerBlock => owner.MaxThreads,
                CudaFunctionAttribute.SharedSizeBytes => owner.Kernel.SharedBytes,
                CudaFunctionAttribute.LocalSizeBytes => owner.Kernel.LocalBytes,
                CudaFunctionAttribute.NumRegs => RegistersOfFunctions,
                CudaFunctionAttribute.BinaryVersion => Target,
                CudaFunctionAttribute.MaxDynamicSharedSizeBytes => owner.DynamicBytes,
                _ => 0,
            };
            return CudaError.CUDA_SUCCESS;
        });
        value = found;
        return error;
    }

    public override CudaError SetFunctionAttribute(CudaFunctionAttribute attribute, nint function, int value) =>
        With<Function>(function, owner =>
        {
            if (attribute != CudaFunctionAttribute.MaxDynamicSharedSizeBytes || value < 0
                || value + owner.Kernel.SharedBytes > MaxSharedBytes)
            {
                return CudaError.CUDA_ERROR_INVALID_VALUE;
            }

            owner.DynamicBytes = value;
            return CudaError.CUDA_SUCCESS;
        });

    public override CudaError GetGroupsPerMultiprocessor(nint function, int groupSize, long dynamicSharedBytes, out int groups)
    {
        var found = 0;
        var error = With<Function>(function, owner =>
        {
            const int Threads = 2048, Groups = 32;
            var shared = owner.Kernel.SharedBytes + dynamicSharedBytes + 1024;
            found = (int)Math.Min(Math.Min(Threads / groupSize, Groups), (MaxSharedBytes + 1024) / shared);
            return CudaError.CUDA_SUCCESS;
        });
        groups = found;
        return error;
    }

    public override CudaError Launch(
        nint function, Index3D grid, Index3D group, int dynamicSharedBytes, nint stream, void** arguments) =>
        With<Function>(function, owner => With<EmulatedStream>(stream, queue =>
        {
            var kernel = owner.Kernel;
            if (!IsAllowed(grid, group, owner.MaxThreads) || dynamicSharedBytes < 0 || dynamicSharedBytes > owner.DynamicBytes
                || kernel.SharedBytes + dynamicSharedBytes > MaxSharedBytes
                || (kernel.Limits.IsExact && group.Size != kernel.Limits.MaxThreads))
            {
                return CudaError.CUDA_ERROR_INVALID_VALUE;
            }

            var values = new byte[kernel.ParameterBytes];
            for (var i = 0; i < kernel.Parameters.Count; i++)
            {
                var (offset, bytes) = kernel.Parameters[i];
                new Span<byte>(arguments[i], bytes).CopyTo(values.AsSpan(offset));
            }

            return queue.Add(() =>
            {
                var launch = new PtxLaunch(kernel, memory, Of(grid), Of(group), dynamicSharedBytes, values);
                launch.Run();
                LaneInstructions += launch.LaneInstructions;
            });
        }));

    private static (uint X, uint Y, uint Z) Of(Index3D index) => ((uint)index.X, (uint)index.Y, (uint)index.Z);

    private static bool IsAllowed(Index3D grid, Index3D group, int maxThreads) =>
        grid.X >= 1 && grid.Y is >= 1 and <= 65535 && grid.Z is >= 1 and <= 65535
        && group.X is >= 1 and <= 1024 && group.Y is >= 1 and <= 1024 && group.Z is >= 1 and <= 64 && group.Size <= maxThreads;

    private PtxProgram Translate(byte[] text)
    {
        var program = new PtxProgram(Encoding.UTF8.GetString(text).TrimEnd('\0'), memory, Target);
        var (major, minor) = CudaVersion.IsaOf(Version);
        if (program.Version > new PtxVersion(major, minor))
        {
            program.Unload();
            throw new PtxException([$".version: expected {major}.{minor} or lower; got {program.Version}"]);
        }

        return program;
    }

    private sealed class Function(PtxProgram program, PtxKernel kernel)
    {
        public PtxProgram Program { get; } = program;

        public PtxKernel Kernel { get; } = kernel;

        public int MaxThreads => Kernel.Limits.MaxThreads > 0 ? Math.Min(Kernel.Limits.MaxThreads, 1024) : 1024;

        /// <summary>Dynamic shared memory that launches may have.</summary>
        public int DynamicBytes { get; set; } = DefaultDynamicBytes - kernel.SharedBytes;
    }
}
