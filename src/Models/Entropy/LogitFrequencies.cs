namespace IlgpuVq.Models.Entropy;

/// <summary>The probabilities of logits as whole numbers for a range coder: the same on every machine for the same
/// logits.</summary>
/// <remarks>
/// <para>Of K codes with p = softmax(logits), a code has 1 + ⌊p·(2²⁴ − K)⌋ of 2²⁴ parts, and the likeliest, the first of equal
/// ones, what is left beside. So every code can be written, and an index costs at most log₂(2²⁴ / (2²⁴ − K)) bits more than
/// −log₂ p: 0.00001 for 128 codes, 0.0014 for 16 384.</para>
/// <para>Exponentials are sums and products in double, in one order, rounded each; the library's own may differ in the last bit.
/// Logits that are not all finite count as equal ones.</para>
/// </remarks>
public sealed class LogitFrequencies
{
    /// <summary>The most codes: each has 16 parts at least, were all equally likely.</summary>
    public const int MostCodes = 1 << 20;

    /// <summary>Below this, eˣ has no part of 2²⁴ whatever the others are.</summary>
    private const double LeastExponent = -40;

    // ln 2 as a number of 33 bits, whose products with whole numbers up to 2²⁰ are exact, and the rest.
    private const double Ln2High = 0.693147180369123816490, Ln2Low = 1.90821492927058770002e-10;

    private double[] distances = [], weights = [];
    private uint[] starts = [];

    /// <summary>Codes, K.</summary>
    public int Count { get; private set; }

    /// <summary>What the weights add up to.</summary>
    private double Sum { get; set; }

    /// <summary>Takes the logits (K) of the next index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are none, or more than <see cref="MostCodes"/>.</exception>
    public void Load(ReadOnlySpan<float> logits)
    {
        ArgumentOutOfRangeException.ThrowIfZero(logits.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(logits.Length, MostCodes);
        Count = logits.Length;
        if (weights.Length < Count)
        {
            (distances, weights, starts) = (new double[Count], new double[Count], new uint[Count + 1]);
        }

        var best = Weigh(logits);
        var scale = (RangeEncoder.Total - (uint)Count) / Sum;
        var rest = RangeEncoder.Total;
        for (var i = 0; i < Count; i++)
        {
            rest -= starts[i] = 1 + (uint)(weights[i] * scale);
        }

        starts[best] += rest;
        var start = 0u;
        for (var i = 0; i < Count; i++)
        {
            (starts[i], start) = (start, start + starts[i]);
        }

        starts[Count] = start;
    }

    /// <summary>The parts of all codes before one.</summary>
    public uint StartOf(int code) => starts[code];

    /// <summary>The parts of a code, at least 1.</summary>
    public uint FrequencyOf(int code) => starts[code + 1] - starts[code];

    /// <summary>The code to whose parts a number below <see cref="RangeEncoder.Total"/> belongs.</summary>
    public int CodeAt(uint target)
    {
        var (first, end) = (0, Count);
        while (end - first > 1)
        {
            var middle = (first + end) / 2;
            (first, end) = starts[middle] <= target ? (middle, end) : (first, middle);
        }

        return first;
    }

    /// <summary>−log₂ of the probability of a code, before it was rounded.</summary>
    public double BitsOf(int code) => Math.Log2(Sum) - distances[code] / (Ln2High + Ln2Low);

    /// <summary>eˣ of x from −708 to 0, within 4 ulp.</summary>
    internal static double Exp(double x)
    {
        // 2ⁿ·eʳ with |r| ≤ ½ ln 2: the Taylor series up to r¹³, whose next term is below 2⁻⁵⁶.
        var n = Math.Floor(x * 1.4426950408889634 + 0.5);
        var r = x - n * Ln2High - n * Ln2Low;
        var sum = 1.0;
        for (var i = 13; i > 0; i--)
        {
            sum = 1 + sum * r / i;
        }

        return BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(sum) + ((long)n << 52));
    }

    /// <summary>Weights e^(logit − the largest) and their sum; the index of the largest.</summary>
    private int Weigh(ReadOnlySpan<float> logits)
    {
        var (best, isFinite) = (0, true);
        for (var i = 0; i < Count; i++)
        {
            isFinite &= float.IsFinite(logits[i]);
            best = logits[i] > logits[best] ? i : best;
        }

        Sum = 0;
        for (var i = 0; i < Count; i++)
        {
            distances[i] = isFinite ? logits[i] - (double)logits[best] : 0;
            Sum += weights[i] = distances[i] < LeastExponent ? 0 : Exp(distances[i]);
        }

        return isFinite ? best : 0;
    }
}
