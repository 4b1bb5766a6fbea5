namespace IlgpuVq.Models.Images;

/// <summary>Counts the pixels that LZW codes of GIF stand for, without decoding them.</summary>
/// <remarks>
/// A decoder that fills what is missing with black would hide a damaged file. How many pixels a code stands for depends on no
/// colour: each new code is one pixel longer than the code before.
/// </remarks>
internal static class GifCodes
{
    private const int MostCodes = 4096;

    /// <returns>The number of pixels up to the end, an impossible code, or <paramref name="enough"/>.</returns>
    public static long CountPixels(ReadOnlySpan<byte> codes, int smallestCode, long enough)
    {
        var (clear, end) = (1 << smallestCode, (1 << smallestCode) + 1);
        var lengths = new int[MostCodes];
        lengths.AsSpan(0, clear).Fill(1);
        var (next, width, previous, count) = (end + 1, smallestCode + 1, -1, 0L);
        var (bits, held) = (0u, 0);
        foreach (var value in codes)
        {
            bits |= (uint)value << held;
            held += 8;
            while (held >= width)
            {
                var code = (int)(bits & ((1u << width) - 1));
                bits >>= width;
                held -= width;
                if (code == clear)
                {
                    (next, width, previous) = (end + 1, smallestCode + 1, -1);
                    continue;
                }

                var isKnown = code < clear || (code > end && code < next);
                if (code == end || (!isKnown && (previous < 0 || code != next)))
                {
                    return count;
                }

                if (previous >= 0 && next < MostCodes)
                {
                    lengths[next++] = lengths[previous] + 1;
                    width += next == 1 << width && next < MostCodes ? 1 : 0;
                }

                count += lengths[code];
                previous = code;
                if (count >= enough)
                {
                    return enough;
                }
            }
        }

        return count;
    }
}
