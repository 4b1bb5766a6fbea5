using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Kernel form of <see cref="Primitive.Sum"/>: partial results by slices, then the partial results in the
/// same way until one is left.</summary>
internal static class ReduceKernel
{
    private const int SliceLength = 64;

    public static void Run<TOp>(
        KernelDevice device, Tensor<float> x, Tensor<float> y, ReducePlan plan, float identity, float divisor, TOp op)
        where TOp : unmanaged, IBinaryFunction
    {
        var slices = plan.Slices(SliceLength);
        if (slices == 1)
        {
            device.Launch(plan.Outputs, new ReduceSlices<TOp>(x.View, y.View, plan, slices, identity, divisor, op));
            return;
        }

        Shape shape = plan.HasReducedInside != 0 ? [plan.Outputs, slices] : [slices, plan.Outputs];
        using var partial = device.Empty<float>(shape);
        device.Launch(shape.Size, new ReduceSlices<TOp>(x.View, partial.View, plan, slices, identity, 1f, op));
        var rest = new ReducePlan("reduce", shape, [plan.HasReducedInside == 0, plan.HasReducedInside != 0]);
        Run(device, partial, y, rest, identity, divisor, op);
    }

    internal readonly struct ReduceSlices<TOp>(
        ArrayView<float> x, ArrayView<float> y, ReducePlan plan, int slices, float identity, float divisor, TOp op) : IKernel
        where TOp : unmanaged, IBinaryFunction
    {
        public void Run(int i)
        {
            // Grid: one thread per slice of an output, neighbours in memory to neighbouring threads: i = output·slices + slice
            // where the reduced axis is innermost, else i = slice·outputs + output. A slice is every slices-th element.
            int thread = i;
            var slice = plan.HasReducedInside != 0 ? thread % slices : thread / plan.Outputs;
            var output = plan.HasReducedInside != 0 ? thread / slices : thread % plan.Outputs;
            var first = plan.Kept.Offset(output);
            var result = identity;
            for (var r = slice; r < plan.Count; r += slices)
            {
                result = op.Apply(result, x[first + plan.Reduced.Offset(r)]);
            }

            y[i] = result / divisor;
        }
    }
}
