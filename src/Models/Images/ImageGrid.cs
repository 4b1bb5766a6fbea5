namespace IlgpuVq.Models.Images;

/// <summary>Puts many small images into one picture: rows of eight, two black pixels between them and around.</summary>
/// <remarks>
/// A value x in [0, 1] becomes the byte x · 255 + 0.5, cut off to a whole number and to 0 … 255; NaN becomes 0.
/// </remarks>
public static class ImageGrid
{
    /// <summary>Images of a row, unless the caller says otherwise.</summary>
    public const int DefaultColumns = 8;

    /// <summary>Pixels between two images.</summary>
    public const int Padding = 2;

    /// <summary>Writes the grid as an image file.</summary>
    /// <param name="path">Where to write, in the format of the name (<see cref="ImageFile.Save"/>).</param>
    /// <param name="images">Values in [0, 1], row-major (N, C, H, W).</param>
    /// <param name="shape">The sizes of <paramref name="images"/>; C is 1 (grey) or 3 (red, green, blue).</param>
    /// <param name="columns">Images of a row.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">The shape is empty or does not match the values, or C is neither 1 nor 3.</exception>
    public static void Save(
        string path, ReadOnlySpan<float> images, (int N, int C, int H, int W) shape, int columns = DefaultColumns)
    {
        ImageFile.Save(path, Compose(images, shape, columns));
    }

    /// <summary>The grid as an image; the parameters are those of <see cref="Save"/>.</summary>
    /// <param name="images">Values in [0, 1], row-major (N, C, H, W).</param>
    /// <param name="shape">The sizes of <paramref name="images"/>; C is 1 (grey) or 3 (red, green, blue).</param>
    /// <param name="columns">Images of a row.</param>
    /// <exception cref="ArgumentException">The shape is empty or does not match the values, or C is neither 1 nor 3.</exception>
    public static DecodedImage Compose(
        ReadOnlySpan<float> images, (int N, int C, int H, int W) shape, int columns = DefaultColumns) =>
        Compose(images, shape, columns, Padding);

    /// <summary>One image as it is, without a border; values and shape as in <see cref="Save"/>.</summary>
    /// <param name="image">Values in [0, 1], row-major (C, H, W).</param>
    /// <param name="shape">The sizes of <paramref name="image"/>; C is 1 (grey) or 3 (red, green, blue).</param>
    /// <exception cref="ArgumentException">The shape is empty or does not match the values, or C is neither 1 nor 3.</exception>
    public static DecodedImage Single(ReadOnlySpan<float> image, (int C, int H, int W) shape) =>
        Compose(image, (1, shape.C, shape.H, shape.W), columns: 1, padding: 0);

    private static DecodedImage Compose(ReadOnlySpan<float> images, (int N, int C, int H, int W) shape, int columns, int padding)
    {
        var (n, c, h, w) = shape;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (n <= 0 || h <= 0 || w <= 0 || c is not (1 or 3) || images.Length != (long)n * c * h * w)
        {
            throw new ArgumentException(
                $"image grid: expected N·C·H·W values with N, H, W above 0 and C 1 or 3; got {images.Length} for {shape}",
                nameof(shape));
        }

        columns = Math.Min(columns, n);
        var rows = (n + columns - 1) / columns;
        var width = checked((columns * (w + padding)) + padding);
        var height = checked((rows * (h + padding)) + padding);
        var pixels = new byte[checked(width * height * c)];
        for (var i = 0; i < n; i++)
        {
            var left = ((i % columns) * (w + padding)) + padding;
            var top = ((i / columns) * (h + padding)) + padding;
            for (var channel = 0; channel < c; channel++)
            {
                var plane = images.Slice(((i * c) + channel) * h * w, h * w);
                for (var y = 0; y < h; y++)
                {
                    var target = ((((top + y) * width) + left) * c) + channel;
                    for (var x = 0; x < w; x++, target += c)
                    {
                        pixels[target] = ToByte(plane[(y * w) + x]);
                    }
                }
            }
        }

        return new DecodedImage(width, height, c, pixels);
    }

    // NaN passes Clamp, and processors differ on what it becomes as a byte.
    private static byte ToByte(float value) => float.IsNaN(value) ? (byte)0 : (byte)Math.Clamp((value * 255f) + 0.5f, 0f, 255f);
}
