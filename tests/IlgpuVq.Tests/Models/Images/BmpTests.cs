using IlgpuVq.Models;
using Xunit;
using static IlgpuVq.Tests.Models.Images.BmpBuilder;

namespace IlgpuVq.Tests.Models.Images;

public class BmpTests
{
    /// <summary>Blue, green, red, unused.</summary>
    private static readonly byte[] Palette = [3, 2, 1, 0, 60, 50, 40, 0];

    private static readonly byte[] Greys = Ints([.. Enumerable.Range(0, 16).Select(i => (uint)(0x111111 * i))]);

    [Fact]
    public void Rows_go_up_or_with_a_negative_height_down()
    {
        byte[] rows = [1, 2, 3, 0, 4, 5, 6, 0];
        Assert.Equal([6, 5, 4, 3, 2, 1], ImageContent.Load(File(1, 2, 24, rows)).Pixels);
        Assert.Equal([3, 2, 1, 6, 5, 4], ImageContent.Load(File(1, -2, 24, rows)).Pixels);
    }

    [Fact]
    public void Palettes_give_colours_or_greys()
    {
        var image = ImageContent.Load(File(3, 1, 1, [0b0100_0000, 0, 0, 0], table: Palette));
        Assert.Equal([1, 2, 3, 40, 50, 60, 1, 2, 3], image.Pixels);
        image = ImageContent.Load(File(3, 1, 4, [0x1F, 0x80, 0, 0], table: Greys));
        Assert.Equal(1, image.Channels);
        Assert.Equal([17, 255, 136], image.Pixels);
        image = ImageContent.Load(File(3, 1, 8, [1, 0, 1, 0], table: Palette, colours: 2));
        Assert.Equal([40, 50, 60, 1, 2, 3, 40, 50, 60], image.Pixels);
    }

    [Fact]
    public void Sixteen_bits_hold_555_or_565()
    {
        Assert.Equal([255, 0, 0, 0, 0, 255], ImageContent.Load(File(2, 1, 16, [0x00, 0x7C, 0x1F, 0x00])).Pixels);
        var masks = Ints(0xF800, 0x07E0, 0x001F);
        Assert.Equal([255, 0, 0, 0, 255, 0], ImageContent.Load(
            File(2, 1, 16, [0x00, 0xF8, 0xE0, 0x07], compression: 3, table: masks)).Pixels);
    }

    [Fact]
    public void The_fourth_byte_is_alpha_only_where_a_mask_says_so()
    {
        byte[] pixel = [3, 2, 1, 77];
        Assert.Equal([1, 2, 3], ImageContent.Load(File(1, 1, 32, pixel)).Pixels);
        Assert.Equal(
            [3, 2, 1], ImageContent.Load(File(1, 1, 32, pixel, compression: 3, table: Ints(0xFF, 0xFF00, 0xFF0000))).Pixels);
        var masks = Ints(0xFF0000, 0xFF00, 0xFF, 0xFF000000);
        Assert.Equal([1, 2, 3, 77], ImageContent.Load(File(1, 1, 32, pixel, compression: 6, table: masks)).Pixels);
    }

    [Fact]
    public void Run_lengths_repeat_copy_skip_and_end()
    {
        // 8 bits: 3 × 5; row end; an empty row; copy 1 2 3 (padded); row end; move (1, 0), 1 × 9; end.
        byte[] codes = [3, 5, 0, 0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 1, 0, 1, 9, 0, 1];
        var image = ImageContent.Load(File(3, 4, 8, codes, compression: 1, table: Greys, colours: 16));
        byte[] expected = [0, 9, 0, 1, 2, 3, 0, 0, 0, 5, 5, 5];
        Assert.Equal(expected.Select(index => (byte)(17 * index)), image.Pixels);

        // 4 bits: 3 × (1, 2); row end; copy 4 5 6 (two bytes).
        image = ImageContent.Load(File(3, 2, 4, [3, 0x12, 0, 0, 0, 3, 0x45, 0x60], compression: 2, table: Greys));
        Assert.Equal(new byte[] { 4, 5, 6, 1, 2, 1 }.Select(index => (byte)(17 * index)), image.Pixels);
    }

    [Fact]
    public void No_cut_of_a_file_is_accepted()
    {
        byte[] codes = [3, 5, 0, 0, 0, 3, 1, 2, 3, 0];
        byte[][] files =
        [
            File(5, 5, 24, new byte[80]), File(5, 5, 4, new byte[20], table: Greys),
            File(3, 2, 8, codes, compression: 1, table: Greys, colours: 16)[..^1], // the padding is not needed
        ];
        foreach (var whole in files)
        {
            _ = ImageContent.Load(whole);
            for (var length = 0; length < whole.Length; length++)
            {
                Assert.Throws<DataException>(() => ImageContent.Load(whole[..length]));
            }
        }
    }

    public static TheoryData<byte[], string> BrokenFiles()
    {
        var plain = File(1, 1, 24, new byte[4]);
        return new TheoryData<byte[], string>
        {
            { [.. plain[..14], 41, .. plain[15..]], "a BMP header of 12, 40, 52, 56, 64, 108 or 124 bytes; got 41" },
            { File(0, 1, 24, []), "a width and a height from 1 to 2³¹ − 1; got 0×1" },
            { File(-1, 1, 24, []), "a width and a height from 1 to 2³¹ − 1; got 4294967295×1" },
            { File(1, int.MinValue, 24, []), "a width and a height from 1 to 2³¹ − 1; got 1×2147483648" },
            { File(20_000, 20_000, 24, []), "at most 178956970 pixels; got 20000×20000" },
            { File(13_000, 13_000, 8, [0, 1], compression: 1, table: Greys, colours: 16),
                "pixels in a file of 120 bytes; got 13000×13000" },
            { File(1, 1, 2, new byte[4]), "or run lengths of 4 or 8; got compression 0 of 2 bits" },
            { File(1, 1, 24, new byte[4], compression: 4), "or run lengths of 4 or 8; got compression 4 of 24 bits" },
            { File(1, -1, 8, [1, 1], compression: 1, table: Greys, colours: 16),
                "a positive height of a BMP file with run lengths; got -1" },
            { File(1, 1, 16, new byte[4], compression: 3, table: Ints(0xF00, 0xF0, 0xF)),
                "BMP masks of 5, 5, 5 or 5, 6, 5 bits; got 00000F00" },
            { File(1, 1, 32, new byte[4], compression: 3, table: Ints(0xFF, 0xFF, 0xFF)),
                "BMP masks of one byte each; got 000000FF" },
            { File(1, 1, 8, new byte[4], table: Palette),
                "a BMP palette of at most 256 colours between header and pixels; got 256 before byte 62" },
            { File(1, 1, 1, new byte[4], table: Greys, colours: 3), "a BMP palette of at most 2 colours" },
            { File(1, 1, 8, [2, 0, 0, 0], table: Palette, colours: 2),
                "colour indices below 2, the length of the palette; got 2" },
            { File(2, 2, 8, [3, 1], compression: 1, table: Greys, colours: 16),
                "BMP run lengths inside 2×2 pixels; got a run up to column 3 of row 0" },
            { File(2, 2, 8, [0, 2, 1, 2], compression: 1, table: Greys, colours: 16),
                "BMP run lengths inside 2×2 pixels; got a run up to column 1 of row 2" },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] content, string reason)
    {
        Assert.Contains(reason, Assert.Throws<DataException>(() => ImageContent.Load(content)).Message, StringComparison.Ordinal);
    }
}
