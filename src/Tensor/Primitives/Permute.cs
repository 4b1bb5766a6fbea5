using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Exchanges axes: axis i of y is axis <c>axes[i]</c> of x.</summary>
    /// <remarks>
    /// <para>Shapes: x any; axes each of its axes once, negative ones counted from the end → y with their lengths in that
    /// order.</para>
    /// <para>Numbers are copied bit by bit. On the host, matrices in it are transposed eight by eight in registers.</para>
    /// </remarks>
    /// <exception cref="ShapeException">axes is not an order of x's axes.</exception>
    public static Tensor<T> Permute<T>(Tensor<T> x, ReadOnlySpan<int> axes)
        where T : unmanaged
    {
        var order = PermuteKernels.CheckShapes(x.Shape, axes);
        var strides = x.Shape.Strides();
        var result = Shape.Create([.. order.Select(axis => x.Shape[axis])]);
        var plan = new CopyPlan("permute", x.Shape, result.AsSpan(), [.. order.Select(axis => strides[axis])], result.Strides());
        var y = x.Device.Empty<T>(result);
        StridedCopy.Run(plan, x, sourceStart: 0, y, targetStart: 0);
        x.Device.Trace?.Record(y, new PermutationOperation([.. order]), x);
        return y;
    }
}

internal static class PermuteKernels
{
    internal static int[] CheckShapes(Shape x, ReadOnlySpan<int> axes) => axes.Length == x.Rank
        ? Axis.CheckDistinct("permute", x, axes)
        : throw new ShapeException("permute", $"an order of {x.Rank} axes", $"axes {string.Join(", ", axes.ToArray())} of x {x}");
}
