using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>A kernel of the primitives as ILGPU compiles it, to read.</summary>
/// <param name="Name">Type, with type arguments.</param>
/// <param name="OpenCl">The OpenCL C that is made of it; null for kernels of tensor cores, which only CUDA devices run.</param>
/// <param name="Ptx">The PTX that is made of it, for NVIDIA devices of compute capability 8.0 and later.</param>
public sealed record KernelText(string Name, string? OpenCl, string Ptx)
{
    /// <summary>Some kernels, in their order.</summary>
    /// <param name="kernels">Their types, as a <see cref="TimelineSlice"/> has them.</param>
    public static IReadOnlyList<KernelText> Of(IEnumerable<Type> kernels)
    {
        using var context = KernelDevice.CreateContext(_ => { });
        using var compiler = new KernelCompiler(context);
        return [.. kernels.Select(compiler.TextOf)];
    }

    /// <summary>The name of a kernel's type, with type arguments.</summary>
    public static string NameOf(Type kernel) => KernelEntry.NameOf(kernel);

    /// <summary>A device that launches nothing and computes nothing: under a <see cref="Timeline"/> it says which kernels some
    /// work takes on an accelerator whose groups of threads are fast.</summary>
    /// <param name="precision">How products multiply there.</param>
    public static Device OpenList(Precision precision) => KernelList.Open(precision);

    /// <summary>The kernels of all primitives, ordered by name.</summary>
    /// <remarks>No device is needed. Primitives that have a form for one thread per result and
    /// one for groups show both.</remarks>
    /// <param name="others">Calls primitives with what other projects give them, such as functions of numbers.</param>
    public static IReadOnlyList<KernelText> All(Action<Device> others)
    {
        using var context = KernelDevice.CreateContext(_ => { });
        using var compiler = new KernelCompiler(context);
        return [.. KernelList.All(others).OrderBy(KernelEntry.NameOf, StringComparer.Ordinal).Select(compiler.TextOf)];
    }
}

/// <summary>ILGPU's back ends for CUDA and OpenCL, without a device.</summary>
internal sealed class KernelCompiler(Context context) : IDisposable
{
    private readonly PTXBackend ptx = new(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_75, null!);
    private readonly CLBackend openCl = new(
        context,
        new CLCapabilityContext(subGroups: true, float16: true, float64: true, int64_Atomics: true, genericAddressSpace: true),
        CLDeviceVendor.Other, CLCVersion.CL20);

    public KernelText TextOf(Type kernel) => new(
        KernelEntry.NameOf(kernel),
        KernelList.NeedsTensorCores(kernel) ? null : OpenClOf(kernel).Source,
        PtxOf(kernel).PTXAssembly);

    public PTXCompiledKernel PtxOf(Type kernel) =>
        PtxCorrections.Correct((PTXCompiledKernel)ptx.Compile(EntryOf(kernel), default));

    public CLCompiledKernel OpenClOf(Type kernel) =>
        KernelNames.Renumber((CLCompiledKernel)openCl.Compile(EntryOf(kernel), default));

    public void Dispose()
    {
        ptx.Dispose();
        openCl.Dispose();
    }

    /// <summary>What ILGPU is told of a kernel.</summary>
    public static EntryPointDescription EntryOf(Type kernel) => typeof(IKernel).IsAssignableFrom(kernel)
        ? EntryPointDescription.FromImplicitlyGroupedKernel(KernelEntry.Of(kernel))
        : EntryPointDescription.FromExplicitlyGroupedKernel(KernelEntry.Of(kernel));
}
