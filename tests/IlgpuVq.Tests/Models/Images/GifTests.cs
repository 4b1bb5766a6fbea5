using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using Xunit;
using static IlgpuVq.Tests.Models.Images.GifBuilder;

namespace IlgpuVq.Tests.Models.Images;

public class GifTests
{
    private static readonly byte[] Colours = [1, 2, 3, 40, 50, 60, 7, 7, 7, 255, 0, 0];
    private static readonly byte[] Greys = [0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255];
    private const byte End = 0x3B;

    [Fact]
    public void A_frame_has_the_colours_of_its_own_palette_or_of_the_screen()
    {
        var image = ImageContent.Load([.. Screen(2, 2, Colours), .. Frame(0, 0, 2, 2, [0, 1, 2, 3]), End]);
        Assert.Equal((2, 2, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal(Colours, image.Pixels);
        image = ImageContent.Load([.. Screen(2, 2, Greys), .. Frame(0, 0, 2, 2, [0, 1, 2, 3], palette: Colours), End]);
        Assert.Equal(Colours, image.Pixels);
        image = ImageContent.Load([.. Screen(2, 2), .. Frame(0, 0, 2, 2, [0, 1, 2, 3], palette: Colours), End]);
        Assert.Equal(Colours, image.Pixels);
    }

    [Fact]
    public void A_palette_of_greys_gives_grey()
    {
        var image = ImageContent.Load([.. Screen(2, 2, Greys), .. Frame(0, 0, 2, 2, [3, 2, 1, 0]), End]);
        Assert.Equal(1, image.Channels);
        Assert.Equal([255, 170, 85, 0], image.Pixels);
    }

    [Fact]
    public void A_transparent_pixel_keeps_its_colour()
    {
        var image = ImageContent.Load([.. Screen(2, 1, Colours), .. Transparent(1), .. Frame(0, 0, 2, 1, [1, 2]), End]);
        Assert.Equal([40, 50, 60, 0, 7, 7, 7, 255], image.Pixels);
    }

    [Fact]
    public void What_the_frame_leaves_of_the_screen_is_transparent()
    {
        var image = ImageContent.Load([.. Screen(3, 2, Greys), .. Frame(1, 1, 2, 1, [2, 3]), End]);
        Assert.Equal((3, 2, 2), (image.Width, image.Height, image.Channels));
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 170, 255, 255, 255], image.Pixels);
    }

    [Fact]
    public void Interlaced_rows_come_in_four_passes()
    {
        // Rows 0 8; 4; 2 6; 1 3 5 7 of nine.
        byte[] order = [0, 8, 4, 2, 6, 1, 3, 5, 7];
        var palette = Enumerable.Range(0, 16).SelectMany(i => Enumerable.Repeat((byte)i, 3)).ToArray();
        var image = ImageContent.Load([.. Screen(1, 9, palette), .. Frame(0, 0, 1, 9, order, isInterlaced: true), End]);
        Assert.Equal(Enumerable.Range(0, 9).Select(i => (byte)i), image.Pixels);
    }

    [Fact]
    public void Only_the_first_frame_is_read()
    {
        byte[] comment = [0x21, 0xFE, 2, 65, 66, 0];
        var image = ImageContent.Load(
            [.. Screen(1, 1, Greys), .. comment, .. Frame(0, 0, 1, 1, [2]), .. Frame(0, 0, 1, 1, [3]), 1, 2, 3]);
        Assert.Equal([170], image.Pixels);
    }

    [Fact]
    public void No_cut_of_the_first_frame_is_accepted()
    {
        byte[] whole = [.. Screen(20, 20, Greys), .. Transparent(1), .. Frame(0, 0, 20, 20, new byte[400])];
        _ = ImageContent.Load(whole);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<DataException>(() => ImageContent.Load(whole[..length]));
        }
    }

    public static TheoryData<byte[], string> BrokenFiles()
    {
        byte[] screen = Screen(2, 1, Greys), frame = Frame(0, 0, 2, 1, [0, 1]);
        return new TheoryData<byte[], string>
        {
            { [.. "GIF88a"u8, .. screen[6..], .. frame], "GIF87a or GIF89a at the start" },
            { [.. Screen(0, 1, Greys), .. frame], "a width and a height from 1 to 2³¹ − 1; got 0×1" },
            { [.. Screen(65535, 65535, Greys), .. frame], "at most 178956970 pixels; got 65535×65535" },
            { [.. Screen(8000, 8000, Greys), .. frame], "pixels in a file of " },
            { [.. screen, End], "a GIF file with a frame; got the end of the images" },
            { [.. screen, 77], "a GIF file with a frame; got block 4D" },
            { [.. Screen(2, 1), .. frame], "a GIF palette; got none" },
            { [.. screen, .. Frame(1, 0, 2, 1, [0, 1])], "a first GIF frame inside the screen of 2×1; got 2×1 at (1, 0)" },
            { [.. screen, .. Frame(0, 0, 0, 1, [])], "a first GIF frame inside the screen of 2×1; got 0×1" },
            { [.. screen, .. Frame(0, 0, 2, 1, [0])], "the 2 pixels of the first GIF frame; got 1" },
            { [.. screen, .. Frame(0, 0, 2, 1, [0, 4])], "colour indices below 4, the length of the palette; got 4" },
            { [.. screen, .. frame[..10], 12, .. frame[11..]], "GIF indices of 2 to 8 bits; got 12" },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] content, string reason)
    {
        Assert.Contains(reason, Assert.Throws<DataException>(() => ImageContent.Load(content)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Codes_are_counted_as_they_are_decoded(int smallestCode)
    {
        // A run of one index: the codes are 0, then each new code in turn, 1, 2, 3 … pixels, up to the full table and beyond.
        var (next, width, bits) = ((1 << smallestCode) + 2, smallestCode + 1, new List<bool>());
        void Write(int code) => bits.AddRange(Enumerable.Range(0, width).Select(bit => ((code >> bit) & 1) != 0));
        Write(1 << smallestCode);
        Write(0);
        var pixels = 1L;
        for (var i = 2; i <= 5000; i++)
        {
            Write(Math.Min(next, 4095));
            var length = next <= 4095 ? i : 4095 - (1 << smallestCode);
            pixels += length;
            if (next <= 4095)
            {
                next++;
                width += next == 1 << width && width < 12 ? 1 : 0;
            }
        }

        var codes = new byte[(bits.Count + 7) / 8];
        for (var i = 0; i < bits.Count; i++)
        {
            codes[i / 8] |= (byte)((bits[i] ? 1 : 0) << (i % 8));
        }

        Assert.Equal(pixels, GifCodes.CountPixels(codes, smallestCode, long.MaxValue));
    }
}
