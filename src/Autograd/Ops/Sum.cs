using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Sum over axes, <c>y = Σ x</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y without the summed axes, or with length 1 there if they are kept. No axes given means all; −1 is the
/// last.</para>
/// <para>Gradient: dX repeats dY along the summed axes.</para>
/// <para>NaN spreads to its sum; a sum of nothing is 0. Deterministic: the order of summation is fixed.</para>
/// </remarks>
public static class Sum
{
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    public static Variable Apply(Variable x, ReadOnlySpan<int> axes = default, bool keepDims = false)
    {
        var y = Primitive.Sum(x.Value, axes, keepDims);
        var kept = ReducedAxes.KeptShape(x.Shape, axes);
        return x.Tape.Record("sum", y, inputs: [x], dY => [ReducedAxes.Repeat(dY, kept, x.Shape)]);
    }
}
