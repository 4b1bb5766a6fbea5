using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Adds 1 to every element, in place: a count of steps that a recording counts on.</summary>
    /// <remarks>
    /// <para>Shapes: counts any.</para>
    /// <para>The largest int stays what it is. Deterministic.</para>
    /// </remarks>
    public static void Increment(Tensor<int> counts) => counts.Device.Run(new IncrementKernels.Call(counts));
}

internal static class IncrementKernels
{
    internal readonly struct IncrementElements(ArrayView<int> counts) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            counts[i] = Next(counts[i]);
        }
    }

    internal readonly record struct Call(Tensor<int> Counts) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Counts.Size, HostLoop.ElementGrain, this);

        public void Range(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                Counts.Span[i] = Next(Counts.Span[i]);
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Counts.Size, new IncrementElements(Counts.View));
    }

    private static int Next(int count) => count == int.MaxValue ? count : count + 1;
}
