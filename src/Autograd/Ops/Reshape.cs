using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>The same elements, row-major, in another shape.</summary>
/// <remarks>
/// <para>Shapes: x any, shape of the same size → y of that shape; shares x's memory.</para>
/// <para>Gradient: dX is dY in x's shape.</para>
/// <para>NaN and ∞ pass. Deterministic; costs nothing.</para>
/// </remarks>
public static class Reshape
{
    /// <exception cref="ShapeException">The sizes differ.</exception>
    public static Variable Apply(Variable x, Shape shape) =>
        Tape.Of("reshape", x).Record("reshape", x.Value.Reshape(shape), inputs: [x], dY => [dY.Reshape(x.Shape)]);
}
