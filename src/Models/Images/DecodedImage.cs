namespace IlgpuVq.Models.Images;

/// <summary>An image in memory: 8 bits per sample, rows from the top, samples of a pixel together.</summary>
/// <remarks>
/// Channels: 1 grey, 2 grey and alpha, 3 red green blue, 4 red green blue alpha. Alpha is straight, not premultiplied.
/// </remarks>
public sealed class DecodedImage
{
    /// <summary>
    /// The most pixels an image may have, so that a small hostile file cannot ask for all memory (the limit PIL uses too).
    /// </summary>
    public const int MaximumPixels = 178_956_970;

    /// <summary>Takes the pixels as they are; they are not copied.</summary>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">Samples of a pixel, 1 to 4.</param>
    /// <param name="pixels">Width · height · channels bytes.</param>
    /// <exception cref="ArgumentException">The sizes are not positive, or <paramref name="pixels"/> has another
    /// length.</exception>
    public DecodedImage(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, 4);
        if (pixels.LongLength != (long)width * height * channels)
        {
            throw new ArgumentException($"expected {width}×{height}×{channels} bytes; got {pixels.LongLength}", nameof(pixels));
        }

        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    /// <summary>Pixels of a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Samples of a pixel, 1 to 4.</summary>
    public int Channels { get; }

    /// <summary>Sample c of the pixel in column x of row y is at (y · Width + x) · Channels + c.</summary>
    public byte[] Pixels { get; }

    /// <summary>Red, green and blue rather than one grey.</summary>
    public bool IsColour => Channels >= 3;

    /// <summary>Writes the image as <paramref name="channels"/> planes (C, H, W): 1 for grey, 3 for red, green, blue.</summary>
    /// <remarks>
    /// Alpha is dropped, as PIL's <c>convert('RGB')</c> does: a transparent pixel keeps the colour that the file stores for it.
    /// Grey becomes three equal planes. Colour becomes grey by the weights of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded.
    /// </remarks>
    /// <param name="channels">C.</param>
    /// <param name="planes">Filled: C · H · W bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="channels"/> is neither 1 nor 3, or <paramref name="planes"/> has
    /// another length.</exception>
    public void CopyPlanes(int channels, Span<byte> planes)
    {
        CheckPlanes(channels);
        var area = Width * Height;
        if (planes.Length != area * channels)
        {
            throw new ArgumentException($"expected {channels}×{Height}×{Width} bytes; got {planes.Length}", nameof(planes));
        }

        if (channels == 1 && IsColour)
        {
            CopyLuma(planes);
            return;
        }

        for (var c = 0; c < channels; c++)
        {
            var plane = planes.Slice(c * area, area);
            var source = IsColour ? c : 0;
            for (var i = 0; i < plane.Length; i++, source += Channels)
            {
                plane[i] = Pixels[source];
            }
        }
    }

    /// <summary>The image as planes (C, H, W) of floats on the scale of <see cref="PixelScale"/>, −0.5 … 0.5, as the models take
    /// it; grey, colour and alpha as in <see cref="CopyPlanes"/>.</summary>
    /// <param name="channels">C: 1 for grey, 3 for red, green, blue.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="channels"/> is neither 1 nor 3.</exception>
    public float[] ToFloats(int channels)
    {
        var planes = ToPlanes(channels);
        var values = new float[planes.Length];
        PixelScale.ToModel(planes, values);
        return values;
    }

    /// <summary>The image whose planes (C, H, W) these are.</summary>
    internal static DecodedImage OfPlanes(ReadOnlySpan<byte> planes, int channels, int height, int width)
    {
        var pixels = new byte[planes.Length];
        for (var c = 0; c < channels; c++)
        {
            var plane = planes.Slice(c * height * width, height * width);
            for (var i = 0; i < plane.Length; i++)
            {
                pixels[(i * channels) + c] = plane[i];
            }
        }

        return new DecodedImage(width, height, channels, pixels);
    }

    /// <summary>The same in 1 or 3 channels; itself where it has no alpha.</summary>
    internal DecodedImage WithoutAlpha()
    {
        var samples = IsColour ? 3 : 1;
        if (samples == Channels)
        {
            return this;
        }

        var pixels = new byte[Width * Height * samples]; // fewer than there are
        for (var (source, target) = (0, 0); target < pixels.Length; source += Channels, target += samples)
        {
            Pixels.AsSpan(source, samples).CopyTo(pixels.AsSpan(target));
        }

        return new DecodedImage(Width, Height, samples, pixels);
    }

    /// <summary>A part of it; itself where that is all.</summary>
    internal DecodedImage Cut(int left, int top, int width, int height)
    {
        if ((width, height) == (Width, Height))
        {
            return this;
        }

        var row = width * Channels;
        var pixels = new byte[row * height];
        for (var y = 0; y < height; y++)
        {
            Pixels.AsSpan((((top + y) * Width) + left) * Channels, row).CopyTo(pixels.AsSpan(y * row));
        }

        return new DecodedImage(width, height, Channels, pixels);
    }

    /// <summary>The planes of <see cref="CopyPlanes"/> in an array of their own.</summary>
    internal byte[] ToPlanes(int channels)
    {
        CheckPlanes(channels);
        var planes = new byte[channels * Height * Width]; // fits: see MaximumPixels
        CopyPlanes(channels, planes);
        return planes;
    }

    private static void CheckPlanes(int channels)
    {
        if (channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "expected 1 (grey) or 3 (red, green, blue) planes");
        }
    }

    private void CopyLuma(Span<byte> plane)
    {
        // 0.299, 0.587 and 0.114 in units of 2⁻¹⁶: they add up to exactly 65 536, so white stays 255.
        const int red = 19_595, green = 38_470, blue = 7_471, half = 1 << 15;
        for (int i = 0, source = 0; i < plane.Length; i++, source += Channels)
        {
            plane[i] = (byte)(((red * Pixels[source]) + (green * Pixels[source + 1]) + (blue * Pixels[source + 2]) + half) >> 16);
        }
    }
}
