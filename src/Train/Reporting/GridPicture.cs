using IlgpuVq.Models.Images;

namespace IlgpuVq.Train.Reporting;

/// <summary>Grids of images for people: small images enlarged until they can be seen, all of it bounded, pairs under the words
/// <c>original</c> and <c>reconstruction</c>.</summary>
/// <remarks>An image of fewer than <see cref="LeastWidth"/> columns is enlarged by a whole factor, each pixel to a
/// square.</remarks>
internal static class GridPicture
{
    /// <summary>Pixels of a side that a grid of more than one row and two columns does not exceed.</summary>
    public const int LongestSide = 2304;

    private const int LeastWidth = 96;
    private const int LabelMargin = 3;
    private const string Original = "original";
    private const string Reconstruction = "reconstruction";

    /// <summary>How many images of that size a grid shows at the most; at least a pair.</summary>
    public static int Capacity(int height, int width)
    {
        var scale = Scale(width);
        var rows = Math.Max(1, LongestSide / (scale * (height + ImageGrid.Padding)));
        return rows * Columns(width);
    }

    /// <summary>Images in rows; values in [0, 1], (N, C, H, W).</summary>
    public static DecodedImage Plain(ReadOnlySpan<float> images, (int N, int C, int H, int W) shape) =>
        Enlarge(ImageGrid.Compose(images, shape, Columns(shape.W)), Scale(shape.W), header: 0);

    /// <summary>Originals, each left of its reconstruction; values as in <see cref="Plain"/>, N even.</summary>
    public static DecodedImage Pairs(ReadOnlySpan<float> images, (int N, int C, int H, int W) shape)
    {
        var (columns, scale) = (Math.Min(Columns(shape.W), shape.N), Scale(shape.W));
        var picture = Enlarge(
            ImageGrid.Compose(images, shape, columns), scale, header: PixelFont.Height + 2 * LabelMargin);
        for (var column = 0; column < columns; column++)
        {
            var left = scale * (ImageGrid.Padding + column * (shape.W + ImageGrid.Padding));
            PixelFont.Draw(
                column % 2 == 0 ? Original : Reconstruction, (x, y) => Paint(picture, left + x, LabelMargin + y));
        }

        return picture;
    }

    private static int Scale(int width) => Math.Max(1, (LeastWidth + width - 1) / width);

    /// <summary>Images of a row, an even number.</summary>
    private static int Columns(int width) =>
        Math.Clamp(LongestSide / (Scale(width) * (width + ImageGrid.Padding)) / 2 * 2, 2, ImageGrid.DefaultColumns);

    /// <summary>Each pixel becomes a square, below so many black rows.</summary>
    private static DecodedImage Enlarge(DecodedImage image, int scale, int header)
    {
        var (width, height, channels) = (image.Width * scale, image.Height * scale + header, image.Channels);
        var pixels = new byte[checked(width * height * channels)];
        for (var y = header; y < height; y++)
        {
            var source = image.Pixels.AsSpan((y - header) / scale * image.Width * channels);
            var target = pixels.AsSpan(y * width * channels);
            for (var x = 0; x < width; x++)
            {
                source.Slice(x / scale * channels, channels).CopyTo(target[(x * channels)..]);
            }
        }

        return new DecodedImage(width, height, channels, pixels);
    }

    private static void Paint(DecodedImage picture, int x, int y)
    {
        if (x < picture.Width)
        {
            picture.Pixels.AsSpan((y * picture.Width + x) * picture.Channels, picture.Channels).Fill(byte.MaxValue);
        }
    }
}
