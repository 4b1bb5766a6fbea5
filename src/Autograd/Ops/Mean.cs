using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Mean over axes, <c>y = Σ x / n</c> with n the number of elements of each sum.</summary>
/// <remarks>
/// <para>Shapes: x any → y without the averaged axes, or with length 1 there if they are kept. No axes given means all; −1 is the
/// last.</para>
/// <para>Gradient: dX repeats dY / n along the averaged axes.</para>
/// <para>NaN spreads to its mean; a mean of nothing is NaN. Deterministic: the order of summation is fixed.</para>
/// </remarks>
public static class Mean
{
    /// <exception cref="ShapeException">An axis does not exist or is named twice.</exception>
    public static Variable Apply(Variable x, ReadOnlySpan<int> axes = default, bool keepDims = false)
    {
        var y = Primitive.Mean(x.Value, axes, keepDims);
        var kept = ReducedAxes.KeptShape(x.Shape, axes);
        return x.Tape.Record("mean", y, inputs: [x], dY =>
        {
            // Divided before it is repeated: the small tensor is the cheap one to scale.
            using var share = Primitive.Map(dY, new Affine((float)kept.Size / x.Shape.Size, shift: 0));
            return [ReducedAxes.Repeat(share, kept, x.Shape)];
        });
    }
}
