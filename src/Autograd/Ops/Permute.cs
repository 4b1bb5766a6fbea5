using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Axes in another order: axis i of y is axis axes[i] of x.</summary>
/// <remarks>
/// <para>Shapes: x any, axes a permutation of x's → y with those lengths; a copy.</para>
/// <para>Gradient: dX is dY with the axes put back.</para>
/// <para>NaN and ∞ pass. Deterministic.</para>
/// </remarks>
public static class Permute
{
    /// <exception cref="ShapeException">axes does not name every axis once.</exception>
    public static Variable Apply(Variable x, params ReadOnlySpan<int> axes)
    {
        var y = Primitive.Permute(x.Value, axes);
        var inverse = new int[axes.Length];
        for (var i = 0; i < axes.Length; i++)
        {
            inverse[axes[i] < 0 ? axes[i] + axes.Length : axes[i]] = i;
        }

        return x.Tape.Record("permute", y, inputs: [x], dY => [Primitive.Permute(dY, inverse)]);
    }
}
