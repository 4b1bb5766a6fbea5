using System.Buffers.Binary;

namespace IlgpuVq.Models.Images;

/// <summary>Turns unfiltered scan lines of any colour type and depth into 8-bit pixels.</summary>
/// <remarks>
/// <para>A sample of d bits becomes round(v · 255 / (2ᵈ − 1)): exact for 1, 2 and 4 bits, and for 16 bits round(v / 257).
/// Gamma and colour profiles are not applied.</para>
/// <para>A tRNS chunk adds an alpha channel: per palette entry, or 0 for the one colour it names (compared before
/// scaling).</para>
/// </remarks>
internal sealed class PngPixelFormat
{
    private readonly PngHeader header;
    private readonly string file;
    private readonly byte[]? paletteColours; // channels bytes for each entry
    private readonly int paletteCount;
    private readonly int[]? transparentSamples;

    /// <param name="file">Named in errors.</param>
    /// <param name="header">What the scan lines hold.</param>
    /// <param name="palette">Data of the PLTE chunk, or null.</param>
    /// <param name="transparency">Data of the tRNS chunk, or null.</param>
    public PngPixelFormat(string file, PngHeader header, byte[]? palette, byte[]? transparency)
    {
        (this.file, this.header) = (file, header);
        var alpha = transparency is null ? 0 : 1;
        if (header.Colour == PngColour.Palette)
        {
            Channels = 3 + alpha;
            paletteCount = palette!.Length / 3;
            paletteColours = MakePalette(palette, transparency);
        }
        else
        {
            Channels = header.Samples + alpha;
            transparentSamples = transparency is null ? null : ReadTransparentSamples(transparency);
        }
    }

    /// <summary>Samples of a decoded pixel.</summary>
    public int Channels { get; }

    /// <summary>Writes <paramref name="count"/> pixels, side by side, from a scan line.</summary>
    public void Expand(ReadOnlySpan<byte> row, int count, Span<byte> pixels)
    {
        if (paletteColours is not null)
        {
            ExpandPalette(row, count, pixels);
        }
        else if (header.Depth == 8 && transparentSamples is null)
        {
            row[..(count * Channels)].CopyTo(pixels);
        }
        else
        {
            ExpandSamples(row, count, pixels);
        }
    }

    private static int Sample(ReadOnlySpan<byte> row, int index, int depth) => depth switch
    {
        16 => (row[2 * index] << 8) | row[(2 * index) + 1],
        8 => row[index],
        _ => (row[index * depth / 8] >> (8 - depth - (index * depth % 8))) & ((1 << depth) - 1),
    };

    private void ExpandPalette(ReadOnlySpan<byte> row, int count, Span<byte> pixels)
    {
        for (var i = 0; i < count; i++)
        {
            var entry = Sample(row, i, header.Depth);
            if (entry >= paletteCount)
            {
                throw DataException.Expected(
                    file, $"palette indices below {paletteCount}, the entries of PLTE", $"{entry}", "The file is damaged.");
            }

            paletteColours.AsSpan(entry * Channels, Channels).CopyTo(pixels[(i * Channels)..]);
        }
    }

    private void ExpandSamples(ReadOnlySpan<byte> row, int count, Span<byte> pixels)
    {
        var (samples, depth) = (header.Samples, header.Depth);
        var full = (1 << depth) - 1;
        for (int i = 0, target = 0; i < count; i++)
        {
            var isTransparent = transparentSamples is not null;
            for (var c = 0; c < samples; c++)
            {
                var value = Sample(row, (i * samples) + c, depth);
                isTransparent = isTransparent && value == transparentSamples![c];
                pixels[target++] = (byte)(((value * 255) + (full / 2)) / full);
            }

            if (transparentSamples is not null)
            {
                pixels[target++] = isTransparent ? byte.MinValue : byte.MaxValue;
            }
        }
    }

    private byte[] MakePalette(byte[] palette, byte[]? transparency)
    {
        var colours = new byte[paletteCount * Channels];
        for (var i = 0; i < paletteCount; i++)
        {
            palette.AsSpan(3 * i, 3).CopyTo(colours.AsSpan(i * Channels));
            if (transparency is not null)
            {
                colours[(i * Channels) + 3] = i < transparency.Length ? transparency[i] : byte.MaxValue;
            }
        }

        return colours;
    }

    private int[] ReadTransparentSamples(byte[] transparency)
    {
        // Two bytes each; of those only as many low bits count as a sample has.
        var samples = new int[header.Samples];
        for (var c = 0; c < samples.Length; c++)
        {
            samples[c] = BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(2 * c)) & ((1 << header.Depth) - 1);
        }

        return samples;
    }
}
