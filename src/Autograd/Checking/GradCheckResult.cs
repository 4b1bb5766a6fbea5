using System.Text;
using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>One element's gradient, twice.</summary>
/// <param name="Index">Its place in the leaf, row-major.</param>
/// <param name="FromTape">What backward gave.</param>
/// <param name="FromDifference">What the central difference gave.</param>
/// <param name="RelativeError">|tape − difference| / (the larger of both + what rounding can feign / tolerance); at most the
/// tolerance when right. Infinite where one of them is NaN.</param>
public sealed record GradCheckElement(int Index, double FromTape, double FromDifference, double RelativeError);

/// <summary>What was checked of one leaf.</summary>
/// <param name="Name">The parameter's name, or "leaf" and its number.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Checked">How many of its elements were checked.</param>
/// <param name="Worst">The one with the largest relative error; null when the leaf has no elements.</param>
public sealed record GradCheckLeaf(string Name, Shape Shape, int Checked, GradCheckElement? Worst);

/// <summary>The outcome of <see cref="GradCheck"/>; prints as a line for each leaf.</summary>
public sealed record GradCheckResult(IReadOnlyList<GradCheckLeaf> Leaves, double Tolerance)
{
    /// <summary>Whether every checked element is within the tolerance.</summary>
    public bool IsRight => Leaves.All(leaf => IsWithin(leaf.Worst));

    /// <exception cref="GradCheckException">A gradient is wrong; the message is this result in print.</exception>
    public void ThrowIfWrong()
    {
        if (!IsRight)
        {
            throw new GradCheckException(ToString());
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder($"gradcheck: {(IsRight ? "right" : "wrong")}; relative error allowed: {Tolerance:0.0e+0}");
        foreach (var leaf in Leaves)
        {
            text.Append($"\n  {(IsWithin(leaf.Worst) ? "right" : "wrong")}  {leaf.Name} {leaf.Shape}: ")
                .Append($"{leaf.Checked} of {leaf.Shape.Size} checked");
            if (leaf.Worst is { } worst)
            {
                text.Append($", worst at {Position(worst.Index, leaf.Shape)}: tape {worst.FromTape:G6}, ")
                    .Append($"difference {worst.FromDifference:G6}, relative error {worst.RelativeError:0.0e+0}");
            }
        }

        return text.ToString();
    }

    private bool IsWithin(GradCheckElement? element) => element is null || element.RelativeError <= Tolerance;

    private static string Position(int index, Shape shape)
    {
        var strides = shape.Strides();
        return $"[{string.Join(", ", strides.Select((stride, axis) => index / stride % shape[axis]))}]";
    }
}

/// <summary>A gradient that disagrees with the differences of its function.</summary>
public sealed class GradCheckException(string message) : Exception(message);
