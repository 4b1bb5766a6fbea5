using System.Text;

namespace ILGPU.Runtime.Cuda;

/// <content>Programs and launches.</content>
internal sealed unsafe partial class NativeCudaDriver
{
    private readonly ModuleFunctions modules;

    /// <summary>CUjit_option of cuda.h.</summary>
    private enum JitOption
    {
        InfoLogBuffer = 3,
        InfoLogBufferSizeBytes = 4,
        ErrorLogBuffer = 5,
        ErrorLogBufferSizeBytes = 6,
        OptimizationLevel = 7,
    }

    public override CudaError Link(ReadOnlySpan<byte> ptx, int optimizationLevel, out byte[] image, out string log)
    {
        const int LogBytes = 16 << 10, InputPtx = 1;
        image = [];

        // The driver writes to the logs and to the array of values as long as the linker lives.
        byte[] infos = new byte[LogBytes], errors = new byte[LogBytes];
        fixed (byte* text = ptx, info = infos, failure = errors, name = "kernel\0"u8)
        {
            var options = stackalloc JitOption[]
            {
                JitOption.InfoLogBuffer, JitOption.InfoLogBufferSizeBytes, JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferSizeBytes,
                JitOption.OptimizationLevel,
            };
            var values = stackalloc void*[] { info, (void*)LogBytes, failure, (void*)LogBytes, (void*)optimizationLevel };
            nint linker = 0;
            var error = modules.LinkCreate(5, options, values, &linker);
            if (error == CudaError.CUDA_SUCCESS)
            {
                error = modules.LinkAddData(linker, InputPtx, text, (nuint)ptx.Length, name, 0, null, null);
                void* program = null;
                nuint size = 0;
                if (error == CudaError.CUDA_SUCCESS)
                {
                    error = modules.LinkComplete(linker, &program, &size);
                }

                if (error == CudaError.CUDA_SUCCESS)
                {
                    // The program is the linker's, and gone with it.
                    image = new ReadOnlySpan<byte>(program, checked((int)size)).ToArray();
                }

                _ = modules.LinkDestroy(linker);
            }

            log = TextOf(errors) is { Length: > 0 } said ? said : TextOf(infos);
            return error;
        }
    }

    public override CudaError LoadModule(ReadOnlySpan<byte> image, out nint module)
    {
        fixed (nint* place = &module)
        fixed (byte* content = image)
        {
            *place = 0;
            return modules.LoadData(place, content);
        }
    }

    public override CudaError UnloadModule(nint module) => modules.Unload(module);

    public override CudaError GetFunction(nint module, ReadOnlySpan<byte> name, out nint function)
    {
        fixed (nint* place = &function)
        fixed (byte* text = name)
        {
            *place = 0;
            return modules.GetFunction(place, module, text);
        }
    }

    public override CudaError GetFunctionAttribute(CudaFunctionAttribute attribute, nint function, out int value)
    {
        fixed (int* place = &value)
        {
            *place = 0;
            return modules.FuncGetAttribute(place, attribute, function);
        }
    }

    public override CudaError SetFunctionAttribute(CudaFunctionAttribute attribute, nint function, int value) =>
        modules.FuncSetAttribute(function, attribute, value);

    public override CudaError GetGroupsPerMultiprocessor(nint function, int groupSize, long dynamicSharedBytes, out int groups)
    {
        fixed (int* place = &groups)
        {
            *place = 0;
            return modules.OccupancyMaxActiveBlocks(place, function, groupSize, (nuint)dynamicSharedBytes);
        }
    }

    public override CudaError Launch(
        nint function, Index3D grid, Index3D group, int dynamicSharedBytes, nint stream, void** arguments) =>
        modules.LaunchKernel(
            function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)group.X, (uint)group.Y, (uint)group.Z,
            (uint)dynamicSharedBytes, stream, arguments, null);

    /// <summary>The text up to the first zero.</summary>
    private static string TextOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
    }

    /// <summary>The addresses of the functions.</summary>
    private sealed class ModuleFunctions(Func<string, nint> required)
    {
        public readonly delegate* unmanaged<uint, JitOption*, void**, nint*, CudaError> LinkCreate =
            (delegate* unmanaged<uint, JitOption*, void**, nint*, CudaError>)required("cuLinkCreate_v2");

        public readonly delegate* unmanaged<nint, int, void*, nuint, byte*, uint, JitOption*, void**, CudaError> LinkAddData =
            (delegate* unmanaged<nint, int, void*, nuint, byte*, uint, JitOption*, void**, CudaError>)required("cuLinkAddData_v2");

        public readonly delegate* unmanaged<nint, void**, nuint*, CudaError> LinkComplete =
            (delegate* unmanaged<nint, void**, nuint*, CudaError>)required("cuLinkComplete");

        public readonly delegate* unmanaged<nint, CudaError> LinkDestroy =
            (delegate* unmanaged<nint, CudaError>)required("cuLinkDestroy");

        public readonly delegate* unmanaged<nint*, void*, CudaError> LoadData =
            (delegate* unmanaged<nint*, void*, CudaError>)required("cuModuleLoadData");

        public readonly delegate* unmanaged<nint, CudaError> Unload = (delegate* unmanaged<nint, CudaError>)required("cuModuleUnload");

        public readonly delegate* unmanaged<nint*, nint, byte*, CudaError> GetFunction =
            (delegate* unmanaged<nint*, nint, byte*, CudaError>)required("cuModuleGetFunction");

        public readonly delegate* unmanaged<int*, CudaFunctionAttribute, nint, CudaError> FuncGetAttribute =
            (delegate* unmanaged<int*, CudaFunctionAttribute, nint, CudaError>)required("cuFuncGetAttribute");

        public readonly delegate* unmanaged<nint, CudaFunctionAttribute, int, CudaError> FuncSetAttribute =
            (delegate* unmanaged<nint, CudaFunctionAttribute, int, CudaError>)required("cuFuncSetAttribute");

        public readonly delegate* unmanaged<int*, nint, int, nuint, CudaError> OccupancyMaxActiveBlocks =
            (delegate* unmanaged<int*, nint, int, nuint, CudaError>)required("cuOccupancyMaxActiveBlocksPerMultiprocessor");

        public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, CudaError> LaunchKernel =
            (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, CudaError>)
            required("cuLaunchKernel");
    }
}
