using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors;

/// <summary>One call of a primitive with its operands: the same array operation in host form and in kernel form.</summary>
/// <remarks>A value with no state beyond its operands, so that a call can be kept and run again.</remarks>
internal interface IPrimitive
{
    /// <summary>Whether the same call gives other numbers in the next step, so that a recording refuses it.</summary>
    static virtual bool DrawsNumbers => false;

    /// <summary>Whether its host form has the same bits on every processor, so that a device of
    /// <see cref="DeviceOptions.Reproducible"/> takes it.</summary>
    static virtual bool IsReproducible => false;

    /// <summary>Runs on the processor, vectorised and on all threads of the device's team.</summary>
    void OnHost(HostDevice device);

    /// <summary>Launches the kernels on an accelerator.</summary>
    void OnKernels(KernelDevice device);
}
