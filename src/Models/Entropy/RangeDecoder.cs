namespace IlgpuVq.Models.Entropy;

/// <summary>Reads what a <see cref="RangeEncoder"/> wrote, told the same frequencies.</summary>
/// <remarks>It fails on no bytes: of others than an encoder's it reads some symbols, and behind the end zeros. An encoder leaves
/// out eight zeros at the most, and writes no byte that its symbols do not need: <see cref="IsOverrun"/> and
/// <see cref="HasMore"/> tell other bytes, or other symbols, by their length.</remarks>
public sealed class RangeDecoder
{
    private readonly ReadOnlyMemory<byte> bytes;
    private long position;
    private ulong offset;
    private ulong range = RangeEncoder.WholeRange;

    /// <param name="bytes">What was written.</param>
    public RangeDecoder(ReadOnlyMemory<byte> bytes)
    {
        this.bytes = bytes;
        for (var i = 0; i < sizeof(ulong); i++)
        {
            offset = (offset << 8) | Next();
        }

        offset = Math.Min(offset, range - 1);
    }

    /// <summary>A number below <see cref="RangeEncoder.Total"/> that lies in the part of the next symbol.</summary>
    public uint Target => (uint)Math.Min(offset / (range >> RangeEncoder.TotalBits), RangeEncoder.Total - 1);

    /// <summary>Whether there are bytes that no symbol needed yet: not behind the last one that was written.</summary>
    public bool HasMore => position < bytes.Length;

    /// <summary>Whether more symbols were read than were written.</summary>
    public bool IsOverrun => position > bytes.Length + sizeof(ulong);

    /// <summary>Goes on behind a symbol: the one whose part <see cref="Target"/> lies in.</summary>
    /// <param name="start">The sum of the frequencies of those before it.</param>
    /// <param name="frequency">Its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are no part of the total, or one where the target is not.</exception>
    public void Take(uint start, uint frequency)
    {
        RangeEncoder.CheckPart(start, frequency);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Target - start, frequency, nameof(start));
        var part = range >> RangeEncoder.TotalBits;
        var from = part * start;
        range = start + frequency == RangeEncoder.Total ? range - from : part * frequency;
        offset -= from;
        for (; range < RangeEncoder.LeastRange; range <<= 8)
        {
            offset = (offset << 8) | Next();
        }
    }

    private byte Next()
    {
        var at = position++;
        return at < bytes.Length ? bytes.Span[(int)at] : (byte)0;
    }
}
