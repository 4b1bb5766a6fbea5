using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Largest element over axes.</summary>
/// <remarks>
/// <para>Shapes: x any → y without the searched axes, or with length 1 there if they are kept. No axes given means all; −1 is the
/// last.</para>
/// <para>Gradient: dY goes to the first largest element in row-major order, 0 to all others; so also where several are
/// equal.</para>
/// <para>NaN counts as largest. Deterministic.</para>
/// </remarks>
public static class Max
{
    /// <exception cref="ShapeException">An axis does not exist, is named twice, or has length 0.</exception>
    public static Variable Apply(Variable x, ReadOnlySpan<int> axes = default, bool keepDims = false)
    {
        var y = Primitive.Max(x.Value, axes, keepDims);
        var searched = axes.ToArray();
        return x.Tape.Record("max", y, inputs: [x], dY => [Primitive.MaxGradient(x.Value, dY, searched)]);
    }
}
