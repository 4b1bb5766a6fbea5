using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Sets every element to one number.</summary>
public static class Fill
{
    /// <summary>A new tensor of one number.</summary>
    public static Tensor<float> Constant(Device device, Shape shape, float value)
    {
        var y = device.Empty<float>(shape);
        Into(y, value);
        return y;
    }

    /// <summary>Overwrites <paramref name="y"/>.</summary>
    public static void Into(Tensor<float> y, float value) => y.Device.Run(new Call(y, value));

    internal readonly struct FillElements(ArrayView<float> y, float value) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            y[i] = value;
        }
    }

    private readonly record struct Call(Tensor<float> Y, float Value) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public void Range(int start, int end) => Y.Span[start..end].Fill(Value);

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new FillElements(Y.View, Value));
    }
}
