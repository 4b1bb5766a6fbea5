using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>A new tensor with every element one number.</summary>
    public static Tensor<float> Fill(Device device, Shape shape, float value)
    {
        var y = device.Empty<float>(shape);
        FillInto(y, value);
        return y;
    }

    /// <summary>Sets every element of <paramref name="y"/> to one number.</summary>
    public static void FillInto(Tensor<float> y, float value)
    {
        y.CheckMayChange("fill");
        y.Device.Run(new FillKernels.Call(y, value));
        y.Device.Trace?.Record(y, new FillOperation(value));
    }
}

internal static class FillKernels
{
    internal readonly struct FillElements(ArrayView<float> y, float value) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            y[i] = value;
        }
    }

    internal readonly record struct Call(Tensor<float> Y, float Value) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public void Range(int start, int end) => Y.Span[start..end].Fill(Value);

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new FillElements(Y.View, Value));
    }
}
