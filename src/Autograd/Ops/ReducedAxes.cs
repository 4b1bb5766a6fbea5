using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>What the gradients of reductions share: dY repeated along the axes that are gone.</summary>
internal static class ReducedAxes
{
    /// <summary>The shape that a reduction with kept axes has.</summary>
    /// <param name="x">The shape before the reduction.</param>
    /// <param name="axes">Axes that the reduction has checked already; none for all.</param>
    public static Shape KeptShape(Shape x, ReadOnlySpan<int> axes)
    {
        var lengths = axes.IsEmpty ? [.. Enumerable.Repeat(1, x.Rank)] : x.ToArray();
        foreach (var axis in axes)
        {
            lengths[axis < 0 ? axis + x.Rank : axis] = 1;
        }

        return Shape.Create(lengths);
    }

    /// <summary><paramref name="dY"/> in the shape that keeps its axes, stretched to <paramref name="x"/>.</summary>
    public static Tensor<float> Repeat(Tensor<float> dY, Shape kept, Shape x)
    {
        using var aligned = dY.Reshape(kept);
        return kept == x ? aligned.Share() : Primitive.Expand(aligned, x);
    }
}
