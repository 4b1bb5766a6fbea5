using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>A part of a computation whose inner values are not kept: the backward pass computes them again,
/// <c>y = segment(x)</c>.</summary>
/// <remarks>
/// <para>Shapes: those of the segment. On x's tape there is y and nothing between; parameters that the segment watches are
/// watched there too.</para>
/// <para>Gradient: the segment's own, of its inputs and of parameters. Its sums go on where those of the tape are, in the order
/// that the segment's ops would have: bit for bit what the tape gives without the op.</para>
/// <para>NaN and ∞ go as through the segment. Deterministic, if the segment is: it must compute the same of the same inputs, when
/// it runs again within <see cref="Tape.Backward"/> or <see cref="Tape.Gradient"/>. Random numbers are drawn of a
/// <see cref="RandomState"/> or of a seed; tensors that it reads besides must live, unchanged, until then; state that it changes
/// it changes where <c>isAgain</c> is false. What it hands out besides its result is released when it ends. A recording replays
/// both passes.</para>
/// <para>Cost: the segment's forward pass once more. With n equal layers in segments of s, n/s results and the s layers of one
/// segment are held at once instead of n: least for s = √n. A tape that does not record calls the segment, and no
/// more.</para>
/// <para>Source: Chen et al., "Training deep nets with sublinear memory cost", arXiv:1604.06174.</para>
/// </remarks>
public static class Recompute
{
    /// <summary>Of one input, by a segment that changes no state.</summary>
    /// <exception cref="ShapeException">An op of the segment refuses its shapes.</exception>
    /// <exception cref="InvalidOperationException">The segment reads variables that it was not given, or another time computes
    /// otherwise.</exception>
    public static Variable Apply(Variable x, Func<Variable, Variable> segment) =>
        Apply([x], (inputs, _) => segment(inputs[0]));

    /// <summary>Of several inputs, one or more.</summary>
    /// <exception cref="ArgumentException">There are no inputs.</exception>
    /// <exception cref="ShapeException">An op of the segment refuses its shapes.</exception>
    /// <exception cref="InvalidOperationException">The inputs are on different tapes, or the segment reads variables that it was
    /// not given, or another time computes otherwise.</exception>
    public static Variable Apply(IReadOnlyList<Variable> inputs, Segment segment)
    {
        if (inputs.Count == 0)
        {
            throw new ArgumentException("recompute: expected one input or more; got none. Give what the segment reads.");
        }

        return Tape.Of("recompute", [.. inputs]).Recompute(inputs, segment);
    }
}
