using System.Text;
using ILGPU.Frontend;
using ILGPU.Frontend.Translation;
using ILGPU.IR;
using ILGPU.IR.Passes;
using ILGPU.Runtime;

namespace ILGPU.Backends.OpenCL;

/// <summary>Writes kernels as OpenCL C 1.2.</summary>
internal static class CLGenerator
{
    /// <summary>The parameter for the shared memory that the launch asks for.</summary>
    public const string DynamicShared = "dynamic_shared";

    /// <summary>The parameter for its size.</summary>
    public const string DynamicSharedBytes = "dynamic_shared_bytes";

    /// <summary>The parameter for the shared memory through which threads exchange values.</summary>
    public const string Exchange = "exchange";

    private const int ExchangeBytesPerThread = 8;

    /// <summary>The code of a kernel.</summary>
    /// <param name="source">Its method.</param>
    /// <param name="isImplicitlyGrouped">Its first parameter is an index that the launch gives it.</param>
    /// <param name="constants">For each parameter after the index: the value inside a <see cref="SpecializedValue{T}"/>, or null.</param>
    /// <param name="target">What the device can do.</param>
    /// <exception cref="InternalCompilerException">The kernel uses what the language of kernels does not have.</exception>
    /// <exception cref="CapabilityNotSupportedException">The kernel uses what the device does not have.</exception>
    public static CLKernelCode Generate(
        KernelSource source,
        bool isImplicitlyGrouped,
        IReadOnlyList<object?> constants,
        CLTarget target)
    {
        var form = Translator.Translate(
            source, isImplicitlyGrouped, constants, new KernelTarget(AcceleratorType.OpenCL, target.WarpSize));
        Optimizer.Run(form);
        return Write(form, target);
    }

    /// <summary>The code of a kernel in its final form.</summary>
    public static CLKernelCode Write(KernelForm form, CLTarget target)
    {
        var identifiers = new CLIdentifiers();
        var helpers = new CLHelpers();
        var entryPoint = identifiers.Fresh(form.Name[(form.Name.LastIndexOf('.') + 1)..]);
        var parameters = form.Parameters.ConvertAll(parameter => $"{Declare(parameter)} {identifiers.NameOf(parameter)}");
        var writer = new CLWriter(form, target, helpers, identifiers);
        var body = writer.Write();
        var usesDynamic = form.Entry.Instructions.Exists(instruction => instruction.Detail is Allocation { Bytes: < 0 });
        if (usesDynamic)
        {
            parameters.Add($"local uchar* {DynamicShared}");
            parameters.Add($"int {DynamicSharedBytes}");
        }

        if (writer.UsesExchange)
        {
            parameters.Add($"local long* {Exchange}");
        }

        if (helpers.UsesFloat64 && !target.HasFloat64)
        {
            throw new CapabilityNotSupportedException(
                $"kernel {form.Name}: expected a device with cl_khr_fp64 for its double precision; got one without.");
        }

        var text = new StringBuilder();
        text.Append("// ").Append(form.Name).Append('\n');
        text.Append("#pragma OPENCL FP_CONTRACT OFF\n");
        if (helpers.UsesFloat64)
        {
            text.Append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n");
        }

        if (helpers.UsesInt64Atomics)
        {
            text.Append("#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n");
            text.Append("#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n");
        }

        if (helpers.UsesSubgroups)
        {
            text.Append("#pragma OPENCL EXTENSION cl_khr_subgroup_shuffle : enable\n");
        }

        foreach (var function in helpers.Functions)
        {
            text.Append('\n').Append(function.ReplaceLineEndings("\n")).Append('\n');
        }

        text.Append("\nkernel void ").Append(entryPoint).Append("(\n    ");
        text.AppendJoin(",\n    ", parameters).Append(")\n{\n").Append(body).Append("}\n");
        return new(entryPoint, text.ToString(), usesDynamic, writer.UsesExchange ? ExchangeBytesPerThread : 0);
    }

    private static string Declare(Parameter parameter) => parameter.Kind == ValueKind.Pointer
        ? CLText.TypeOf(new PointerType(AddressSpace.Global, parameter.Type))
        : CLText.TypeOf(parameter.Type);
}
