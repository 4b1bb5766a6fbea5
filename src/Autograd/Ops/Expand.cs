using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>A tensor repeated to a larger shape, as broadcasting does.</summary>
/// <remarks>
/// <para>Shapes: x that broadcasts to shape (from the last axis on, equal lengths or 1) → y of that shape; a copy.</para>
/// <para>Gradient: dX sums dY over the repetitions.</para>
/// <para>NaN and ∞ pass. Deterministic: the sums have a fixed order.</para>
/// </remarks>
public static class Expand
{
    /// <exception cref="ShapeException">x does not broadcast to the shape.</exception>
    public static Variable Apply(Variable x, Shape shape) => x.Tape.Record(
        "expand", Primitive.Expand(x.Value, shape), inputs: [x], dY => [Primitive.SumTo(dY, x.Shape)]);
}
