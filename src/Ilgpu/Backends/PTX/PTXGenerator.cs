using System.Globalization;
using System.Text;
using ILGPU.Frontend;
using ILGPU.Frontend.Translation;
using ILGPU.IR;
using ILGPU.IR.Passes;
using ILGPU.Runtime;

namespace ILGPU.Backends.PTX;

/// <summary>Writes kernels as PTX, the assembly of NVIDIA's virtual machine, which the driver compiles for the device.</summary>
internal static class PTXGenerator
{
    /// <summary>The memory that the launch asks for.</summary>
    public const string DynamicShared = "dynamic_shared";

    /// <summary>Threads of a warp, on every device so far.</summary>
    public const int WarpSize = 32;

    /// <summary>What the arrays of a module may have together in shared memory; a launch can ask for more.</summary>
    private const int MaxStaticSharedBytes = 48 * 1024;

    /// <summary>The code of a kernel.</summary>
    /// <param name="source">Its method.</param>
    /// <param name="isImplicitlyGrouped">Its first parameter is an index that the launch gives it.</param>
    /// <param name="constants">For each parameter after the index: the value inside a <see cref="SpecializedValue{T}"/>, or null.</param>
    /// <param name="target">What the device can do.</param>
    /// <exception cref="InternalCompilerException">The kernel uses what the language of kernels does not have.</exception>
    /// <exception cref="CapabilityNotSupportedException">The kernel uses what the device does not have.</exception>
    public static PTXKernelCode Generate(
        KernelSource source,
        bool isImplicitlyGrouped,
        IReadOnlyList<object?> constants,
        PTXTarget target)
    {
        var form = Translator.Translate(source, isImplicitlyGrouped, constants, KernelTarget(target));
        Optimizer.Run(form);
        ConstantSteps.Run(form);
        VectorAccess.Run(form);
        return Write(form, target);
    }

    /// <summary>What kernels can ask about a device.</summary>
    public static KernelTarget KernelTarget(PTXTarget target) => new(AcceleratorType.Cuda, WarpSize, target.FastMath);

    /// <summary>The code of a kernel in its final form.</summary>
    public static PTXKernelCode Write(KernelForm form, PTXTarget target)
    {
        var entryPoint = PTXText.Identifier(form.Name[(form.Name.LastIndexOf('.') + 1)..]);
        var memory = new PTXSharedMemory(form, MaxStaticSharedBytes);
        var writer = new PTXWriter(form, target, memory);
        var body = writer.Write();
        var text = new StringBuilder();
        text.Append("// ").Append(form.Name).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $".version {target.IsaMajor}.{target.IsaMinor}\n");
        text.Append(CultureInfo.InvariantCulture, $".target sm_{target.Major}{target.Minor}\n");
        text.Append(".address_size 64\n\n");
        if (memory.UsesDynamic)
        {
            text.Append(".extern .shared .align 16 .b8 ").Append(DynamicShared).Append("[];\n\n");
        }

        text.Append(".visible .entry ").Append(entryPoint).Append("(\n    ");
        text.AppendJoin(",\n    ", form.Parameters.Select(parameter =>
            $".param .{(parameter.Kind == ValueKind.Pointer ? "u64" : PTXText.TypeOf(parameter.Type))} {writer.NameOf(parameter)}"));
        text.Append(")\n{\n").Append(writer.Declarations()).Append('\n').Append(body).Append("}\n");
        return new(entryPoint, text.ToString(), memory.AddedBytes);
    }
}
