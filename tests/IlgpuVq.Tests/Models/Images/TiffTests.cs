using System.Buffers.Binary;
using IlgpuVq.Models;
using Xunit;
using static IlgpuVq.Tests.Models.Images.TiffBuilder;

namespace IlgpuVq.Tests.Models.Images;

public class TiffTests
{
    private const uint WhiteIsZero = 0, BlackIsZero = 1, Rgb = 2, Indexed = 3;

    [Theory]
    [InlineData(1, new byte[] { 0b1010_0000 }, new byte[] { 255, 0, 255 })]
    [InlineData(2, new byte[] { 0b0110_1100 }, new byte[] { 85, 170, 255 })]
    [InlineData(4, new byte[] { 0x0F, 0x70 }, new byte[] { 0, 255, 119 })]
    [InlineData(8, new byte[] { 1, 2, 3 }, new byte[] { 1, 2, 3 })]
    public void Grey_of_every_depth_is_scaled_to_eight_bits(int bits, byte[] strip, byte[] expected)
    {
        var image = ImageContent.Load(Image(3, 1, BlackIsZero, [(uint)bits], strip));
        Assert.Equal(1, image.Channels);
        Assert.Equal(expected, image.Pixels);
        image = ImageContent.Load(Image(3, 1, WhiteIsZero, [(uint)bits], strip));
        Assert.Equal(expected.Select(value => (byte)(255 - value)), image.Pixels);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sixteen_bits_become_the_nearest_of_eight(bool isBigEndian)
    {
        ushort[] values = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        var strip = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(
                strip.AsSpan(2 * i), isBigEndian ? BinaryPrimitives.ReverseEndianness(values[i]) : values[i]);
        }

        var image = ImageContent.Load(TiffBuilder.File(
            isBigEndian,
            [strip],
            (Width, [256]),
            (Height, [256]),
            (Bits, [16]),
            (Photometric, [BlackIsZero])));
        Assert.Equal(values.Select(value => (byte)Math.Round(value * 255 / 65535.0)), image.Pixels);
        var colour = ImageContent.Load(TiffBuilder.File(
            isBigEndian,
            [strip[..(6 * 256 * 80)]],
            (Width, [256]),
            (Height, [80]),
            (Bits, [16, 16, 16]),
            (Samples, [3]),
            (Photometric, [Rgb])));
        Assert.Equal(image.Pixels[..(3 * 256 * 80)], colour.Pixels);
    }

    [Fact]
    public void Palettes_give_colours_or_greys()
    {
        // Reds, greens, blues in 16 bits.
        uint[] palette = [0x0101, 0x2828, 0, 0, 0x0202, 0x3232, 0, 0, 0x0303, 0x3C3C, 0, 0xFFFF];
        var image = ImageContent.Load(Image(4, 1, Indexed, [2], [0b00_01_10_11], (Palette, palette)));
        Assert.Equal([1, 2, 3, 40, 50, 60, 0, 0, 0, 0, 0, 255], image.Pixels);
        image = ImageContent.Load(
            Image(2, 1, Indexed, [1], [0b0100_0000], (Palette, [0x4040, 0x9090, 0x4040, 0x9090, 0x4040, 0x9090])));
        Assert.Equal([64, 144], image.Pixels);
        Assert.Equal(1, image.Channels);
        uint[] large = [.. Enumerable.Range(0, 768).Select(i => (uint)(i % 256 * 257 * (i < 256 ? 1 : 0)))];
        Assert.Equal([7, 0, 0, 255, 0, 0], ImageContent.Load(Image(2, 1, Indexed, [8], [7, 255], (Palette, large))).Pixels);
    }

    [Fact]
    public void Samples_lie_together_or_in_planes()
    {
        byte[] pixels = [1, 2, 3, 4, 5, 6];
        Assert.Equal(pixels, ImageContent.Load(Image(2, 1, Rgb, [8, 8, 8], pixels)).Pixels);
        var planes = TiffBuilder.File(
            isBigEndian: true,
            [[1, 4], [2, 5], [3, 6]],
            (Width, [2]),
            (Height, [1]),
            (Bits, [8, 8, 8]),
            (Samples, [3]),
            (Photometric, [Rgb]),
            (Planar, [2]));
        Assert.Equal(pixels, ImageContent.Load(planes).Pixels);
    }

    [Fact]
    public void Alpha_is_straight_also_where_colours_are_multiplied_with_it()
    {
        byte[] pixels = [200, 100, 50, 128, 1, 2, 3, 0];
        Assert.Equal(pixels, ImageContent.Load(Image(2, 1, Rgb, [8, 8, 8, 8], pixels, (Extra, [2]))).Pixels);
        byte[] multiplied = [100, 50, 25, 128, 0, 0, 0, 0];
        Assert.Equal(
            [199, 100, 50, 128, 0, 0, 0, 0], ImageContent.Load(Image(2, 1, Rgb, [8, 8, 8, 8], multiplied, (Extra, [1]))).Pixels);
    }

    [Fact]
    public void Strips_are_joined_and_differences_added()
    {
        var file = TiffBuilder.File(
            isBigEndian: false,
            [[1, 1, 5, 5], [9, 1]],
            (Width, [2]),
            (Height, [3]),
            (Bits, [8]),
            (Photometric, [BlackIsZero]),
            (Rows, [2]));
        Assert.Equal([1, 1, 5, 5, 9, 1], ImageContent.Load(file).Pixels);
        var differences = PngBuilder.Deflate([10, 1, 255, 200, 100, 0]);
        Assert.Equal(
            [10, 11, 10, 200, 44, 44],
            ImageContent.Load(Image(3, 2, BlackIsZero, [8], differences, (Compression, [8]), (Predictor, [2]))).Pixels);
    }

    [Fact]
    public void PackBits_and_LZW_are_read()
    {
        byte[] packed = [254, 7, 0, 9, 1, 3, 4];
        Assert.Equal([7, 7, 7, 9, 3, 4], ImageContent.Load(Image(6, 1, BlackIsZero, [8], packed, (Compression, [32773]))).Pixels);

        // Clear, 7, the new code 258 (7 7), end; nine bits each, high bits first.
        byte[] codes = [0b1000_0000, 0b0000_0001, 0b1110_0000, 0b0101_0000, 0b0001_0000];
        Assert.Equal([7, 7, 7], ImageContent.Load(Image(3, 1, BlackIsZero, [8], codes, (Compression, [5]))).Pixels);
    }

    [Fact]
    public void No_cut_of_a_file_is_accepted()
    {
        byte[][] files = [Image(3, 3, Rgb, [8, 8, 8], new byte[27]), Image(9, 1, BlackIsZero, [1], [1, 2])];
        foreach (var whole in files)
        {
            _ = ImageContent.Load(whole);
            for (var length = 0; length < whole.Length - 4; length++) // the last four bytes name the next directory
            {
                Assert.Throws<DataException>(() => ImageContent.Load(whole[..length]));
            }
        }
    }

    public static TheoryData<byte[], string> BrokenFiles()
    {
        byte[] strip = new byte[4], plain = Image(2, 2, BlackIsZero, [8], strip);
        byte[] Changed(params (ushort, uint[])[] fields) => Image(2, 2, BlackIsZero, [8], strip, fields);
        return new TheoryData<byte[], string>
        {
            { [.. "II+\0"u8, .. plain[4..]], "a TIFF file; got a BigTIFF file" },
            { [.. plain[..4], 255, 255, 255, 0], "a whole TIFF image; got its end after 8 bytes" },
            { Changed((Width, [0])), "a width and a height from 1 to 2³¹ − 1; got 0×2" },
            { Changed((Width, [1, 2])), "one number in the TIFF field 256" },
            { Changed((Width, [20_000]), (Height, [20_000])), "at most 178956970 pixels; got 20000×20000" },
            { Changed((Width, [13_000]), (Height, [13_000])), "pixels in a file of " },
            { Changed((Width, [3])), "the 6 bytes of a TIFF strip; got 4 bytes, which unpack to 4 at most" },
            { Changed((Width, [200]), (Compression, [32773])),
                "the 400 bytes of a TIFF strip; got 4 bytes, which unpack to 256 at most" },
            { Changed((Samples, [5])), "1, 3 or 4 samples per pixel; got 5" },
            { Changed((Bits, [8, 8])), "one number of bits for each of 1 samples; got 8, 8" },
            { Changed((Bits, [3])), "photometric interpretation 1 of 1 samples of 3 bits" },
            { Changed((Photometric, [5])), "photometric interpretation 5 of 1 samples of 8 bits" },
            { Changed((Photometric, [Indexed])), "a TIFF palette of 768 numbers; got 0" },
            { Changed((339, [3])), "TIFF samples that are whole numbers" },
            { Changed((266, [2])), "TIFF bytes filled from their high bit" },
            { Changed((322, [16])), "a TIFF image in strips; got tiles" },
            { Changed((Planar, [3])), "planar configuration 1 or 2; got 3" },
            { Changed((Compression, [7])), "by LZW, Deflate or PackBits, or none; got compression 7" },
            { Changed((Compression, [8]), (Predictor, [3])), "predictor 3 of 8 bits" },
            { Changed((Rows, [1])), "2 TIFF strips of 1 rows; got 1 places, 1 lengths" },
            { Changed((Offsets, [8, 8])), "1 TIFF strips of 2 rows; got 2 places, 1 lengths" },
            { Changed((Offsets, [uint.MaxValue])), "a whole TIFF image" },
            { Changed((Rows, [1]), (Offsets, [8, 8]), (Lengths, [100, 100])), "bytes together, the length of the file; got 200" },
            { Image(1, 1, Rgb, [8, 8, 8, 8], strip), "a fourth TIFF sample that is alpha; got one of unknown meaning" },
            { Image(1, 1, Rgb, [8, 8, 8, 8], strip, (Extra, [0])),
                "a fourth TIFF sample that is alpha; got one of unknown meaning" },
            { Changed((Compression, [8])), "a whole TIFF image; got its decoder's " },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] content, string reason)
    {
        Assert.Contains(reason, Assert.Throws<DataException>(() => ImageContent.Load(content)).Message, StringComparison.Ordinal);
    }
}
