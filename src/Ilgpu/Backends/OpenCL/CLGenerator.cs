using ILGPU.Frontend;

namespace ILGPU.Backends.OpenCL;

/// <summary>Writes kernels as OpenCL C 1.2.</summary>
internal static class CLGenerator
{
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
        CLTarget target) =>
        throw new CapabilityNotSupportedException($"kernel {source.Name}: OpenCL C is not generated yet for {target}.");
}
