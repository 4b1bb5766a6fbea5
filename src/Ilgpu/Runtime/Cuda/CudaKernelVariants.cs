using ILGPU.Frontend;

namespace ILGPU.Runtime.Cuda;

/// <summary>A kernel as compiled for one CUDA device.</summary>
internal sealed class CudaKernelVariants(CudaAccelerator accelerator, KernelSource source, bool isImplicitlyGrouped)
    : KernelVariants<CudaKernelVariant>(accelerator, source, isImplicitlyGrouped, MaxParameterBytes)
{
    /// <summary>What every device takes; devices from 7.0 on take more with PTX 8.1.</summary>
    private const int MaxParameterBytes = 4096;

    private readonly CudaAccelerator accelerator = accelerator;

    protected override CudaKernelVariant Compile(object?[] constants)
    {
        var code = accelerator.Compiler.Generate(Source, IsImplicitlyGrouped, constants, accelerator.Target);
        return new(accelerator, Source.Name, code);
    }
}
