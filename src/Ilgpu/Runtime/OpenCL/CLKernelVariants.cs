using ILGPU.Frontend;

namespace ILGPU.Runtime.OpenCL;

/// <summary>A kernel as compiled for one OpenCL device.</summary>
internal sealed class CLKernelVariants(CLAccelerator accelerator, KernelSource source, bool isImplicitlyGrouped)
    : KernelVariants<CLKernelVariant>(accelerator, source, isImplicitlyGrouped, accelerator.CLDevice.MaxParameterSize)
{
    private readonly CLAccelerator accelerator = accelerator;

    protected override CLKernelVariant Compile(object?[] constants)
    {
        var code = accelerator.Compiler.Generate(Source, IsImplicitlyGrouped, constants, accelerator.CLDevice.Target);
        return new(accelerator, this, code);
    }
}
