using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Frontend;
using ILGPU.Frontend.Translation;
using ILGPU.IR;
using ILGPU.IR.Passes;
using ILGPU.Runtime;

namespace ILGPU.Backends;

/// <summary>Kernels as text, to read.</summary>
internal static class KernelListing
{
    /// <summary>A device that has all that code can use.</summary>
    private static readonly CLTarget Target = new(WarpSize: 32, HasFloat64: true, HasInt64Atomics: true, HasSubgroupShuffle: false);

    /// <summary>
    /// The name of a kernel, its form, its OpenCL C and its PTX. A kernel whose first parameter is an index is implicitly grouped.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="isOnlyForCuda">It has no other form, and no OpenCL C.</param>
    /// <exception cref="InternalCompilerException">It uses what the language of kernels does not have.</exception>
    public static (string Name, string Form, string? OpenCl, string Ptx) Of(Delegate kernel, bool isOnlyForCuda)
    {
        var source = KernelSource.Of(kernel);
        var parameters = source.Method.GetParameters();
        var isImplicitlyGrouped = parameters is [var first, ..] && typeof(IIndex).IsAssignableFrom(first.ParameterType);
        var constants = new object?[parameters.Length - (isImplicitlyGrouped ? 1 : 0)];
        var target = isOnlyForCuda
            ? PTXGenerator.KernelTarget(PTXTarget.Default)
            : new KernelTarget(AcceleratorType.OpenCL, Target.WarpSize);
        var form = Translator.Translate(source, isImplicitlyGrouped, constants, target);
        Optimizer.Run(form);
        var ptx = PTXGenerator.Generate(source, isImplicitlyGrouped, constants, PTXTarget.Default);
        return (source.Name, FormPrinter.Print(form), isOnlyForCuda ? null : CLGenerator.Write(form, Target).Source, ptx.Text);
    }
}
