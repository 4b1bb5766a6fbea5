using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Data;

/// <summary>What each reading of an image in training changes at random: its place, its side, its colours.</summary>
/// <remarks>
/// <para>In this order, x from 0 to 255: a mirror image with probability 1/2; a shift by −N to N pixels along each axis, as
/// likely each, where the pixels at the edges are repeated; brightness b·x; contrast m + c·(x − m) with the mean m of all grey
/// values; saturation g + s·(x − g) with the pixel's own grey value g, of colours only. Each factor is from 1 − strength to 1 +
/// strength, as likely each. Grey is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601). What leaves 0 … 255 is cut off after each; the
/// end is rounded.</para>
/// <para>All that is random is words of two blocks of <see cref="Philox"/> at the draw, so that it depends on nothing else:
/// mirror, columns, rows, brightness; contrast, saturation. One that is off takes none from another.</para>
/// <para>Source: shifted and mirrored images as residual networks were trained with (arXiv:1512.03385, section 4.2), there with
/// black edges; colours as torchvision's <c>ColorJitter</c>, there in a random order.</para>
/// </remarks>
public sealed record ImageAugmentation
{
    private const int BlocksOfDraw = 2;

    private const double Full = 255;

    /// <summary>Marks these random numbers among those of other uses of the same seed.</summary>
    private const ulong Stream = 0x4155474D_00000000; // "AUGM"

    /// <summary>Whether half of the readings are of the mirror image, left for right.</summary>
    [Option("mirror an image left to right half of the times that it is trained on")]
    public bool Flip { get; init; }

    /// <summary>Pixels N that a reading is shifted by at the most, along each axis.</summary>
    [Option("pixels that an image is shifted by at the most, along each axis, each time that it is trained on; the pixels at its "
        + "edges are repeated; 0: none")]
    public int Shift { get; init; }

    /// <summary>How far the factor of brightness is from 1 at the most, from 0 to 1.</summary>
    [Option("how far the factor of an image's brightness is from 1 at the most, each time that it is trained on; 0: as it is")]
    public double Brightness { get; init; }

    /// <summary>How far the factor of contrast is from 1 at the most, from 0 to 1.</summary>
    [Option("how far the factor of an image's contrast is from 1 at the most, each time that it is trained on; 0: as it is")]
    public double Contrast { get; init; }

    /// <summary>How far the factor of saturation is from 1 at the most, from 0 to 1.</summary>
    [Option("how far the factor of an image's saturation is from 1 at the most, each time that it is trained on; 0: as it is")]
    public double Saturation { get; init; }

    /// <summary>Whether all images stay as they are.</summary>
    internal bool IsNone => this == new ImageAugmentation();

    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public void Validate()
    {
        Check.That("shift", "a whole number from 0 to 16384", Shift, Shift is >= 0 and <= 1 << 14);
        CheckStrength("brightness", Brightness);
        CheckStrength("contrast", Contrast);
        CheckStrength("saturation", Saturation);

        static void CheckStrength(string option, double value) =>
            Check.That(option, "a number from 0 to 1", value, value is >= 0 and <= 1);
    }

    /// <summary>Changes an image as one reading has it.</summary>
    /// <param name="pixels">Planes (C, H, W).</param>
    /// <param name="shape">C, H, W.</param>
    /// <param name="draw">Which reading.</param>
    internal void Apply(Span<byte> pixels, (int Channels, int Height, int Width) shape, ImageDraw draw)
    {
        var place = Philox.Block(draw.Seed, Stream, (ulong)draw.Number * BlocksOfDraw);
        var colour = Philox.Block(draw.Seed, Stream, ((ulong)draw.Number * BlocksOfDraw) + 1);
        Move(pixels, shape, Flip && Philox.ToUniform(place.X) < 0.5f, ShiftOf(place.Y), ShiftOf(place.Z));
        if (Brightness > 0 || Contrast > 0 || Saturation > 0)
        {
            Colour(
                pixels, shape.Channels, FactorOf(Brightness, place.W), FactorOf(Contrast, colour.X),
                FactorOf(Saturation, colour.Y));
        }
    }

    private int ShiftOf(uint word) => (int)Philox.ToRange(word, (2 * (uint)Shift) + 1) - Shift;

    private static double FactorOf(double strength, uint word) => 1 + (strength * ((2.0 * Philox.ToUniform(word)) - 1));

    /// <summary>y[i, j] = x[i + rows, j + columns], within the image, of its mirror image or itself.</summary>
    private static void Move(
        Span<byte> pixels, (int Channels, int Height, int Width) shape, bool isMirrored, int columns, int rows)
    {
        if (!isMirrored && columns == 0 && rows == 0)
        {
            return;
        }

        var (_, height, width) = shape;
        var before = System.Buffers.ArrayPool<byte>.Shared.Rent(pixels.Length);
        pixels.CopyTo(before);
        for (var at = 0; at < pixels.Length; at++)
        {
            var (plane, i, j) = (at / (height * width), at / width % height, at % width);
            var (row, column) = (Math.Clamp(i + rows, 0, height - 1), Math.Clamp(j + columns, 0, width - 1));
            pixels[at] = before[(((plane * height) + row) * width) + (isMirrored ? width - 1 - column : column)];
        }

        System.Buffers.ArrayPool<byte>.Shared.Return(before);
    }

    private static void Colour(Span<byte> pixels, int channels, double brightness, double contrast, double saturation)
    {
        var values = System.Buffers.ArrayPool<double>.Shared.Rent(pixels.Length);
        var x = values.AsSpan(0, pixels.Length);
        var size = pixels.Length / channels;
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = Math.Min(brightness * pixels[i], Full);
        }

        var mean = 0.0;
        for (var i = 0; i < size; i++)
        {
            mean += GreyOf(x, i, size);
        }

        mean /= size;
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = Math.Clamp(mean + (contrast * (x[i] - mean)), 0, Full);
        }

        for (var i = 0; i < size; i++)
        {
            var grey = GreyOf(x, i, size);
            for (var at = i; at < x.Length; at += size)
            {
                var value = Math.Clamp(grey + (saturation * (x[at] - grey)), 0, Full);
                pixels[at] = (byte)Math.Round(value, MidpointRounding.ToEven);
            }
        }

        System.Buffers.ArrayPool<double>.Shared.Return(values);
    }

    /// <summary>The grey value of a pixel, of planes of so many each; of one plane, its own.</summary>
    private static double GreyOf(ReadOnlySpan<double> x, int pixel, int size) => x.Length == size
        ? x[pixel]
        : (0.299 * x[pixel]) + (0.587 * x[pixel + size]) + (0.114 * x[pixel + (2 * size)]);
}
