namespace IlgpuVq.Models.Images;

/// <summary>The five scan-line filters of PNG, which predict a byte from those left, above and above-left of it.</summary>
/// <remarks>
/// Source: PNG specification (third edition), section 9. Bytes outside the image count as 0; sums are modulo 256.
/// </remarks>
internal static class PngFilter
{
    /// <summary>How many filters there are: none, sub, up, average, Paeth.</summary>
    public const int Count = 5;

    /// <summary>
    /// Turns a filtered row into its bytes, in place. <paramref name="above"/> is the row before, already turned.
    /// </summary>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        above = above[..row.Length];
        var first = Math.Min(distance, row.Length);
        switch (filter)
        {
            case 1:
                for (var i = first; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                break;
            case 3:
                for (var i = 0; i < first; i++)
                {
                    row[i] += (byte)(above[i] >> 1);
                }

                for (var i = first; i < row.Length; i++)
                {
                    row[i] += (byte)((row[i - distance] + above[i]) >> 1);
                }

                break;
            case 4:
                for (var i = 0; i < first; i++)
                {
                    row[i] += above[i];
                }

                for (var i = first; i < row.Length; i++)
                {
                    row[i] += Paeth(row[i - distance], above[i], above[i - distance]);
                }

                break;
        }
    }

    /// <summary>Writes <paramref name="row"/> filtered to <paramref name="target"/>.</summary>
    public static void Apply(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, Span<byte> target)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var (left, aboveLeft) = i < distance ? ((byte)0, (byte)0) : (row[i - distance], above[i - distance]);
            var prediction = filter switch
            {
                1 => left,
                2 => above[i],
                3 => (byte)((left + above[i]) >> 1),
                4 => Paeth(left, above[i], aboveLeft),
                _ => (byte)0,
            };
            target[i] = (byte)(row[i] - prediction);
        }
    }

    /// <summary>Whichever of the three is nearest to left + above − above-left; the earlier one on a tie.</summary>
    private static byte Paeth(byte left, byte above, byte aboveLeft)
    {
        var toLeft = Math.Abs(above - aboveLeft);
        var toAbove = Math.Abs(left - aboveLeft);
        var toAboveLeft = Math.Abs(left + above - (2 * aboveLeft));
        if (toLeft <= toAbove && toLeft <= toAboveLeft)
        {
            return left;
        }

        return toAbove <= toAboveLeft ? above : aboveLeft;
    }
}
