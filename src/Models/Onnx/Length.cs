using System.Globalization;

namespace IlgpuVq.Models.Onnx;

/// <summary>A length that follows from those of a graph's inputs: <c>numerator / denominator · Π axis^power</c>, the axes being
/// what may be of any length, such as batch, height and width.</summary>
/// <remarks>It is found by trying: <see cref="Probes"/> double one axis after the other, and then all.</remarks>
internal sealed class Length : IEquatable<Length>
{
    private readonly int[] powers;

    private Length(long numerator, long denominator, int[] powers) =>
        (Numerator, Denominator, this.powers) = (numerator, denominator, powers);

    public long Numerator { get; }

    public long Denominator { get; }

    /// <summary>The power of each axis, none of them below 0.</summary>
    public IReadOnlyList<int> Powers => powers;

    /// <summary>Whether it is the same for all inputs.</summary>
    public bool IsConstant => powers.All(power => power == 0);

    /// <summary>The length that was so long in each of the probes; null where no such formula fits.</summary>
    /// <param name="lengths">Of the first inputs, of those with each axis doubled, and of those with all doubled.</param>
    /// <param name="axes">How long the axes were in the first inputs.</param>
    public static Length? Of(ReadOnlySpan<int> lengths, ReadOnlySpan<int> axes)
    {
        var powers = new int[axes.Length];
        if (lengths.IndexOfAnyExcept(lengths[0]) < 0)
        {
            return new Length(lengths[0], 1, powers);
        }

        long denominator = 1, all = lengths[0];
        for (var axis = 0; axis < axes.Length; axis++)
        {
            for (long length = lengths[0]; length > 0 && length < lengths[axis + 1]; length *= 2)
            {
                powers[axis]++;
                denominator *= axes[axis];
                all *= 2;
            }

            if (lengths[axis + 1] != (long)lengths[0] << powers[axis])
            {
                return null;
            }
        }

        var divisor = GreatestDivisor(lengths[0], denominator);
        return all == lengths[^1] ? new Length(lengths[0] / divisor, denominator / divisor, powers) : null;
    }

    /// <summary>The formula as a name, such as <c>height/4</c>.</summary>
    /// <param name="axes">What the axes are called.</param>
    public string ToText(IReadOnlyList<string> axes)
    {
        var factors = Enumerable.Range(0, powers.Length).SelectMany(axis => Enumerable.Repeat(axes[axis], powers[axis])).ToList();
        if (Numerator != 1 || factors.Count == 0)
        {
            factors.Insert(0, Numerator.ToString(CultureInfo.InvariantCulture));
        }

        return string.Join('*', factors) + (Denominator == 1 ? "" : $"/{Denominator}");
    }

    public bool Equals(Length? other) => other is not null &&
        (Numerator, Denominator) == (other.Numerator, other.Denominator) && powers.AsSpan().SequenceEqual(other.powers);

    public override bool Equals(object? obj) => Equals(obj as Length);

    public override int GetHashCode() => HashCode.Combine(Numerator, Denominator, powers.Sum());

    private static long GreatestDivisor(long a, long b) => b == 0 ? a : GreatestDivisor(b, a % b);
}
