using System.Reflection.Emit;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.IL;
using ILGPU.Backends.PTX;

namespace IlgpuVq.Tests.Ptx.Launching;

/// <summary>
/// The layout of arguments is ILGPU's own: its mapper emits the code here that it emits in the launchers of its CUDA accelerator.
/// </summary>
internal static class PtxArguments
{
    private const int Target = 4;

    /// <summary>An <see cref="ArgumentWriter{TKernel}"/>, and how many bytes it writes.</summary>
    public static (Delegate Writer, int Bytes) WriterOf(PTXArgumentMapper mapper, EntryPoint entryPoint, Type kernel)
    {
        var method = new DynamicMethod(
            $"Arguments of {kernel.Name}", null, [typeof(nint), typeof(nint), typeof(Index1D), kernel, typeof(byte*)],
            typeof(PtxArguments).Module, skipVisibility: true);
        var emitter = new ILEmitter(method.GetILGenerator());
        var (structure, bytes) = mapper.Map(emitter, entryPoint);
        emitter.Emit(ArgumentOperation.Load, Target);
        emitter.Emit(LocalOperation.LoadAddress, structure);
        emitter.EmitConstant(bytes);
        emitter.Emit(OpCodes.Cpblk);
        emitter.Emit(OpCodes.Ret);
        return (method.CreateDelegate(typeof(ArgumentWriter<>).MakeGenericType(kernel)), bytes);
    }
}
