using System.Buffers.Binary;

namespace IlgpuVq.Models.Entropy;

/// <summary>Writes symbols in as many bits as they are improbable: −log₂ p each, and two bytes at most for all.</summary>
/// <remarks>
/// <para>A number of any length lies in an interval [low, low + range). A symbol takes its share of it: of 2²⁴ equal parts those
/// from its start on, as many as its frequency; the last symbol also takes what the division leaves. 64 bits of low and range are
/// kept; the bytes above no longer change but by a carry, which goes back through those that are written. The range is
/// at least 2⁴⁸ before a symbol, so that a part is short by 2⁻²⁴ of itself at the most.</para>
/// <para>Whole numbers alone: the same bytes everywhere. Source: G. N. N. Martin, <em>Range encoding: an algorithm for removing
/// redundancy from a digitised message</em>, 1979.</para>
/// </remarks>
public sealed class RangeEncoder
{
    /// <summary>Frequencies of all symbols add up to 2 to this power.</summary>
    public const int TotalBits = 24;

    /// <summary>What the frequencies of all symbols add up to.</summary>
    public const uint Total = 1 << TotalBits;

    /// <summary>With less, the top byte of <c>low</c> is settled but for a carry, and is written.</summary>
    internal const ulong LeastRange = 1UL << 48;

    /// <summary>The range before the first symbol.</summary>
    internal const ulong WholeRange = ulong.MaxValue;

    private readonly List<byte> bytes = [];
    private ulong low;
    private ulong range = WholeRange;

    /// <summary>Writes a symbol.</summary>
    /// <param name="start">The sum of the frequencies of those before it.</param>
    /// <param name="frequency">Its own, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are no part of <see cref="Total"/>.</exception>
    public void Encode(uint start, uint frequency)
    {
        CheckPart(start, frequency);
        var part = range >> TotalBits;
        var from = part * start;
        range = start + frequency == Total ? range - from : part * frequency;
        low += from;
        if (low < from)
        {
            Carry();
        }

        for (; range < LeastRange; range <<= 8)
        {
            bytes.Add((byte)(low >> 56));
            low <<= 8;
        }
    }

    /// <summary>All that was written, by the fewest bytes that say it; a decoder reads zeros behind them.</summary>
    public byte[] Finish()
    {
        // The number of the interval with the most zeros at its end.
        for (var zeros = 64; ; zeros -= 8)
        {
            var mask = zeros == 64 ? ulong.MaxValue : (1UL << zeros) - 1;
            var number = (low + mask) & ~mask;
            if (number - low >= range)
            {
                continue;
            }

            if (number < low)
            {
                Carry();
            }

            Span<byte> last = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(last, number);
            return [.. bytes, .. last[..(sizeof(ulong) - zeros / 8)]];
        }
    }

    internal static void CheckPart(uint start, uint frequency)
    {
        ArgumentOutOfRangeException.ThrowIfZero(frequency);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)start + frequency, Total, nameof(frequency));
    }

    /// <summary>Adds one to the bytes that are written. The whole number stays below 1: some byte is not 255.</summary>
    private void Carry()
    {
        var i = bytes.Count - 1;
        for (; bytes[i] == byte.MaxValue; i--)
        {
            bytes[i] = 0;
        }

        bytes[i]++;
    }
}
