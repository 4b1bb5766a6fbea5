using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Tensors one after another along an axis.</summary>
/// <remarks>
/// <para>Shapes: one part or more, equal but for the length of that axis → y with the sum of those lengths; axis −1 is the
/// last.</para>
/// <para>Gradient: each part gets its slice of dY.</para>
/// <para>NaN and ∞ pass. Deterministic.</para>
/// </remarks>
public static class Concat
{
    /// <exception cref="ShapeException">There are no parts, ranks or other lengths differ, or the axis does not
    /// exist.</exception>
    public static Variable Apply(int axis, params ReadOnlySpan<Variable> parts)
    {
        if (parts.IsEmpty)
        {
            throw new ShapeException("concat", "at least one part", "none");
        }

        var inputs = parts.ToArray();
        var tape = Tape.Of("concat", inputs);
        var y = Primitive.Concat(axis, Array.ConvertAll(inputs, part => part.Value));
        var along = axis < 0 ? axis + y.Shape.Rank : axis;
        return tape.Record("concat", y, inputs, dY =>
        {
            var gradients = new Tensor<float>?[inputs.Length];
            var start = 0;
            for (var i = 0; i < inputs.Length; i++)
            {
                var length = inputs[i].Shape[along];
                gradients[i] = inputs[i].RequiresGradient ? Primitive.Slice(dY, along, start, length) : null;
                start += length;
            }

            return gradients;
        });
    }
}
