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
    public static int Capacity(int height, int width) => MostRows(height, width) * Columns(width);

    /// <summary>How many rows of images of that size a grid has at the most.</summary>
    public static int MostRows(int height, int width) =>
        Math.Max(1, LongestSide / (Scale(width) * (height + ImageGrid.Padding)));

    /// <summary>How many columns of images of that width a grid of a caller's columns has at the most; at least three.</summary>
    public static int MostColumns(int width) => Math.Max(3, LongestSide / (Scale(width) * (width + ImageGrid.Padding)));

    /// <summary>Images in rows; values in [0, 1], (N, C, H, W).</summary>
    public static DecodedImage Plain(ReadOnlySpan<float> images, (int N, int C, int H, int W) shape) =>
        Enlarge(ImageGrid.Compose(images, shape, Columns(shape.W)), Scale(shape.W), header: 0);

    /// <summary>Originals, each left of its reconstruction; values as in <see cref="Plain"/>, N even.</summary>
    public static DecodedImage Pairs(ReadOnlySpan<float> images, (int N, int C, int H, int W) shape) => Labelled(
        images, shape,
        [.. Enumerable.Range(0, Math.Min(Columns(shape.W), shape.N)).Select(i => i % 2 == 0 ? Original : Reconstruction)]);

    /// <summary>Images in rows, each column under its label, of which as much is shown as there is room for.</summary>
    /// <param name="images">As in <see cref="Plain"/>.</param>
    /// <param name="shape">Their sizes.</param>
    /// <param name="labels">One for each column, up to N.</param>
    public static DecodedImage Labelled(
        ReadOnlySpan<float> images, (int N, int C, int H, int W) shape, IReadOnlyList<string> labels)
    {
        var scale = Scale(shape.W);
        var picture = Enlarge(
            ImageGrid.Compose(images, shape, labels.Count), scale, header: PixelFont.Height + 2 * LabelMargin);
        var room = scale * (shape.W + ImageGrid.Padding) / PixelFont.Advance;
        for (var column = 0; column < labels.Count; column++)
        {
            var left = scale * (ImageGrid.Padding + column * (shape.W + ImageGrid.Padding));
            var label = labels[column];
            PixelFont.Draw(
                label[..Math.Min(label.Length, room)], (x, y) => Paint(picture, left + x, LabelMargin + y));
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
