using IlgpuVq.Models.Images;
using IlgpuVq.Train.Reporting;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

public sealed class GridPictureTests
{
    [Fact]
    public void Small_images_are_enlarged_to_squares_under_their_labels()
    {
        var values = new float[2 * 32 * 32];
        values.AsSpan(32 * 32).Fill(1);
        var picture = GridPicture.Pairs(values, (2, 1, 32, 32));

        Assert.Equal((3 * 70, 3 * 36 + 15, 1), (picture.Width, picture.Height, picture.Channels));
        var labels = Columns(picture, 0, 15);
        Assert.Contains(labels, x => x is >= 6 and < 6 + 8 * 6);
        Assert.Contains(labels, x => x is >= 108 and < 108 + 14 * 6);
        Assert.DoesNotContain(labels, x => x is < 6 or >= 192 or (>= 54 and < 108));

        // The second image is white from edge to edge, the first black.
        Assert.Equal(Enumerable.Range(3 * 36, 96), Columns(picture, 15 + 6, 15 + 6 + 96));
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(32, 32)]
    [InlineData(512, 512)]
    [InlineData(128, 16)]
    [InlineData(4, 1000)]
    public void A_grid_is_bounded(int height, int width)
    {
        var count = GridPicture.Capacity(height, width);
        Assert.True(count >= 2 && count % 2 == 0);
        var picture = GridPicture.Plain(new float[count * height * width], (count, 1, height, width));
        Assert.InRange(picture.Width, 90, 1.1 * GridPicture.LongestSide);
        Assert.InRange(picture.Height, 4, 1.1 * GridPicture.LongestSide);
    }

    [Fact]
    public void The_largest_images_are_shown_as_one_pair()
    {
        Assert.Equal(2, GridPicture.Capacity(3000, 3000));
        var picture = GridPicture.Pairs(new float[2 * 1200 * 1200], (2, 1, 1200, 1200));
        Assert.Equal((2 * 1202 + 2, 1202 + 2 + 15), (picture.Width, picture.Height));
    }

    [Fact]
    public void Columns_of_ones_own_have_labels_that_do_not_run_into_each_other()
    {
        var picture = GridPicture.Labelled(new float[6 * 30 * 30], (6, 1, 30, 30), ["a", new string('w', 99), "c"]);

        // Three columns of 4 · 32 pixels, with room for 21 letters, in two rows.
        Assert.Equal((4 * 98, 4 * 66 + 15), (picture.Width, picture.Height));
        Assert.Equal(8, Columns(picture, 0, 15)[0]);
        Assert.InRange(Columns(picture, 0, 15).Count(x => x is >= 136 and < 136 + 126), 63, 126);
        Assert.DoesNotContain(Columns(picture, 0, 15), x => x is >= 136 + 126 and < 264);
        Assert.Equal((19, 19), (GridPicture.MostColumns(28), GridPicture.MostRows(28, 28)));
        Assert.Equal(3, GridPicture.MostColumns(2000));
    }

    [Fact]
    public void Every_letter_of_a_label_differs_from_all_others()
    {
        var drawn = new HashSet<string>();
        foreach (var letter in PixelFont.Known.Append('é'))
        {
            var pixels = new List<(int, int)>();
            PixelFont.Draw($"{letter}", (x, y) => pixels.Add((x, y)));
            Assert.True(pixels.Count >= 3, $"{letter}");
            Assert.All(pixels, pixel => Assert.True(pixel is ( >= 0 and < PixelFont.Advance - 1, >= 0 and < PixelFont.Height)));
            Assert.True(drawn.Add(string.Join(' ', pixels)), $"{letter}");
        }
    }

    /// <summary>Columns with a white pixel in these rows.</summary>
    private static int[] Columns(DecodedImage picture, int top, int bottom) =>
        [.. Enumerable.Range(0, picture.Width).Where(
            x => Enumerable.Range(top, bottom - top).Any(y => picture.Pixels[y * picture.Width + x] == 255))];
}
