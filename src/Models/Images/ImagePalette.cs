namespace IlgpuVq.Models.Images;

/// <summary>The colours that a pixel's index means, and the index that means nothing: transparent.</summary>
/// <param name="colours">Three bytes for each index: red, green, blue.</param>
/// <param name="transparent">The transparent index, or −1.</param>
internal sealed class ImagePalette(byte[] colours, int transparent = -1)
{
    public int Count => colours.Length / 3;

    public bool HasTransparency => transparent >= 0;

    /// <summary>Whether one of the colours is no grey.</summary>
    public bool IsColour { get; } = HasColour(colours);

    /// <summary>The pixels of some indices: grey for a palette of greys, and alpha for one with transparency.</summary>
    /// <exception cref="DataException">An index has no colour.</exception>
    public DecodedImage Expand(byte[] indices, (int Width, int Height) size, string file)
    {
        var samples = IsColour ? 3 : 1;
        var channels = samples + (HasTransparency ? 1 : 0);
        var pixels = new byte[(long)indices.Length * channels];
        var target = 0;
        foreach (var index in indices)
        {
            if (index >= Count)
            {
                throw DataException.Expected(
                    file, $"colour indices below {Count}, the length of the palette", $"{index}", "The file is damaged.");
            }

            for (var c = 0; c < samples; c++)
            {
                pixels[target++] = colours[(3 * index) + c];
            }

            if (HasTransparency)
            {
                pixels[target++] = index == transparent ? byte.MinValue : byte.MaxValue;
            }
        }

        return new DecodedImage(size.Width, size.Height, channels, pixels);
    }

    private static bool HasColour(byte[] colours)
    {
        for (var i = 0; i < colours.Length; i += 3)
        {
            if (colours[i] != colours[i + 1] || colours[i] != colours[i + 2])
            {
                return true;
            }
        }

        return false;
    }
}
