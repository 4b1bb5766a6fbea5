using System.Collections;
using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors;

/// <summary>The lengths of a tensor's axes, outermost first; <c>[]</c> is a scalar. An axis may have length 0.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    private readonly int[]? lengths;

    private Shape(int[] lengths)
    {
        var size = 1L;
        foreach (var length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            size = length == 0 || size == 0 ? 0 : size * length;
            if (size > int.MaxValue)
            {
                throw new ShapeException(
                    "tensor", $"at most {int.MaxValue} elements", $"({string.Join(", ", lengths)})",
                    "Make the batch, the images or the model smaller.");
            }
        }

        this.lengths = lengths;
        Size = (int)size;
        HasSize = true;
    }

    private bool HasSize { get; }

    /// <summary>Number of axes.</summary>
    public int Rank => Lengths.Length;

    /// <summary>Number of axes, as list patterns and loops want it.</summary>
    public int Count => Rank;

    /// <summary>Number of elements: the product of the lengths, 1 for a scalar.</summary>
    public int Size => HasSize ? field : 1;

    private int[] Lengths => lengths ?? [];

    public int this[int axis] => Lengths[axis];

    /// <summary>The shape of these lengths: what a collection expression calls.</summary>
    /// <exception cref="ShapeException">More elements than an int counts: no tensor of that shape can be made.</exception>
    public static Shape Create(ReadOnlySpan<int> lengths) => new(lengths.ToArray());

    /// <summary>Row-major strides in elements: the step between neighbours along each axis.</summary>
    public int[] Strides()
    {
        var strides = new int[Rank];
        var step = 1;
        for (var axis = Rank - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= Lengths[axis];
        }

        return strides;
    }

    /// <summary>This shape with the length of one axis replaced.</summary>
    /// <exception cref="ShapeException">More elements than an int counts.</exception>
    public Shape With(int axis, int length)
    {
        var copy = (int[])Lengths.Clone();
        copy[axis] = length;
        return new Shape(copy);
    }

    public ReadOnlySpan<int> AsSpan() => Lengths;

    public bool Equals(Shape other) => Lengths.AsSpan().SequenceEqual(other.Lengths);

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var length in Lengths)
        {
            hash.Add(length);
        }

        return hash.ToHashCode();
    }

    /// <summary>The lengths in parentheses, as error messages show them: <c>(32, 64, 8, 8)</c>.</summary>
    public override string ToString() => $"({string.Join(", ", Lengths)})";

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => ((IEnumerable<int>)Lengths).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Lengths.GetEnumerator();

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);
}
