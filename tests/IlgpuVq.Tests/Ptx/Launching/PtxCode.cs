using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tests.Ptx.Launching;

/// <summary>Writes a kernel's arguments where the text expects them.</summary>
/// <param name="launcher">Not used: ILGPU's launchers begin with it.</param>
/// <param name="stream">Not used either.</param>
/// <param name="extent">The first argument of a kernel without groups.</param>
/// <param name="kernel">The kernel with its operands.</param>
/// <param name="target">As many bytes as the text declares.</param>
internal unsafe delegate void ArgumentWriter<in TKernel>(
    nint launcher, nint stream, Index1D extent, TKernel kernel, byte* target);

/// <summary>A kernel as ILGPU compiles it for CUDA, once per process.</summary>
internal sealed class PtxCode
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<Type, PtxCode> Compiled = [];
    private static readonly Context Context = KernelDevice.CreateContext(_ => { });
    private static readonly KernelCompiler Compiler = new(Context);
    private static readonly PTXArgumentMapper Mapper = new(Context);

    private readonly Delegate writer;

    private PtxCode(Type kernel)
    {
        Name = KernelEntry.NameOf(kernel);
        Text = Compiler.PtxOf(kernel).PTXAssembly;
        (writer, ArgumentBytes) = PtxArguments.WriterOf(
            Mapper, new EntryPoint(KernelCompiler.EntryOf(kernel), default, default), kernel);
    }

    /// <summary>The kernel's type.</summary>
    public string Name { get; }

    public string Text { get; }

    public int ArgumentBytes { get; }

    public static PtxCode Of(Type kernel)
    {
        lock (Gate)
        {
            return Compiled.TryGetValue(kernel, out var found) ? found : Compiled[kernel] = new PtxCode(kernel);
        }
    }

    public unsafe byte[] Arguments<TKernel>(int extent, TKernel kernel)
        where TKernel : struct
    {
        var bytes = new byte[ArgumentBytes];
        fixed (byte* target = bytes)
        {
            ((ArgumentWriter<TKernel>)writer)(0, 0, extent, kernel, target);
        }

        return bytes;
    }
}
