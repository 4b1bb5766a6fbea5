using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Moving averages.</content>
public static partial class Primitive
{
    /// <summary>One step of a moving average, in place:
    /// <c>average[i] ← average[i] + weight·(value[i] − average[i])</c>.</summary>
    /// <remarks>
    /// <para>Shapes: average and value alike, weight ().</para>
    /// <para>NaN and ∞ as IEEE 754 has them; ∞ in both gives NaN.</para>
    /// <para>Deterministic: one owner for each element.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ, or the weight is not ().</exception>
    public static void MoveTowards(Tensor<float> average, Tensor<float> value, Tensor<float> weight)
    {
        MoveTowardsKernels.CheckShapes(average.Shape, value.Shape, weight.Shape);
        average.Device.Run(new MoveTowardsKernels.Call(average, value, weight));
    }
}

internal static class MoveTowardsKernels
{
    public static void CheckShapes(Shape average, Shape value, Shape weight)
    {
        if (value != average || weight != [])
        {
            throw new ShapeException("move-towards", "average and value of one shape, weight ()",
                ("average", average), ("value", value), ("weight", weight));
        }
    }

    internal readonly struct MoveElements(ArrayView<float> average, ArrayView<float> value, ArrayView<float> weight) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            average[i] += weight[0] * (value[i] - average[i]);
        }
    }

    internal readonly record struct Call(Tensor<float> Average, Tensor<float> Value, Tensor<float> Weight)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Average.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            float* average = Average.Pointer, value = Value.Pointer;
            var weight = Vector512.Create(Weight.Pointer[0]);
            for (var i = start; i < end; i += HostLoop.Width)
            {
                var own = Vector512.Load(average + i);
                var moved = own + weight * (Vector512.Load(value + i) - own);
                HostLoop.StorePart(moved, average + i, Math.Min(HostLoop.Width, end - i));
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Average.Size, new MoveElements(Average.View, Value.View, Weight.View));
    }
}
