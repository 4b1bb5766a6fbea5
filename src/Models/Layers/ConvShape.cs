using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Channels and kernel of a convolution layer.</summary>
public readonly record struct ConvShape(int In, int Out, Pair Kernel)
{
    public int KernelArea => Kernel.H * Kernel.W;
}
