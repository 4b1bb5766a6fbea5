using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Images.PngBuilder;

namespace IlgpuVq.Tests.Models.Images;

public class PngTests
{
    private static readonly (int Depth, int Colour)[] Kinds =
    [
        (1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2),
        (1, 3), (2, 3), (4, 3), (8, 3), (8, 4), (16, 4), (8, 6), (16, 6),
    ];

    [Property]
    public Property What_is_written_reads_back_the_same()
    {
        var images =
            from width in Gen.Choose(1, 40)
            from height in Gen.Choose(1, 40)
            from channels in Gen.Choose(1, 4)
            from levels in Gen.Elements(1, 2, 256)
            from pixels in Gen.Choose(0, levels - 1).Select(level => (byte)level).ArrayOf(width * height * channels)
            select new DecodedImage(width, height, channels, pixels);
        return Prop.ForAll(Arb.From(images), image =>
        {
            using var folder = new TemporaryFolder();
            var file = folder["image.png"];
            ImageFile.Save(file, image);
            var read = ImageFile.Load(file);
            Assert.Equal((image.Width, image.Height, image.Channels), (read.Width, read.Height, read.Channels));
            Assert.Equal(image.Pixels, read.Pixels);
        });
    }

    [Fact]
    public void Every_kind_of_scan_line_gives_its_samples_in_eight_bits()
    {
        var cases =
            from kind in Gen.Elements(Kinds)
            from width in Gen.Choose(1, 20)
            from height in Gen.Choose(1, 20)
            from interlaced in Gen.Elements(false, true)
            from transparent in Gen.Elements(false, true)
            from seed in Gen.Choose(0, int.MaxValue)
            select (kind.Depth, kind.Colour, width, height, interlaced, transparent, seed);
        Prop.ForAll(Arb.From(cases), test =>
        {
            var (depth, colour, width, height, interlaced, transparent, seed) = test;
            var random = new Random(seed);
            var samples = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
            var raw = new int[height, width, samples];
            foreach (var (y, x, c) in Indices(height, width, samples))
            {
                raw[y, x, c] = random.Next(1 << depth);
            }

            var palette = new byte[3 << depth];
            random.NextBytes(palette);
            byte[] transparency = colour switch
            {
                _ when !transparent => [],
                0 or 2 => [.. Pixel(raw, 0, 0).SelectMany(sample => new[] { (byte)(sample >> 8), (byte)sample })],
                3 => [7, 200],
                _ => [],
            };
            var lines = ScanLines(width, height, depth, samples, interlaced, (x, y, c) => raw[y, x, c], () => random.Next(5));
            var image = Decode(File(
                Header(width, height, depth, colour, interlaced ? 1 : 0),
                colour == 3 ? Chunk("PLTE", palette) : [],
                transparency.Length > 0 ? Chunk("tRNS", transparency) : [],
                Chunk("teXt", 1, 2, 3),
                SplitData(lines, random),
                End()));

            var channels = (colour == 3 ? 3 : samples) + (transparency.Length > 0 ? 1 : 0);
            Assert.Equal((width, height, channels), (image.Width, image.Height, image.Channels));
            var expected =
                from y in Enumerable.Range(0, height)
                from x in Enumerable.Range(0, width)
                from value in colour == 3 ? OfPalette(raw[y, x, 0]) : Scaled(Pixel(raw, y, x))
                select value;
            Assert.Equal(expected, image.Pixels);

            IEnumerable<byte> OfPalette(int entry)
            {
                byte[] colours = palette[(3 * entry)..((3 * entry) + 3)];
                var alpha = entry < transparency.Length ? transparency[entry] : (byte)255;
                return transparency.Length == 0 ? colours : [.. colours, alpha];
            }

            IEnumerable<byte> Scaled(int[] pixel)
            {
                var scaled = pixel.Select(v => (byte)Math.Round(v * 255.0 / ((1 << depth) - 1), MidpointRounding.AwayFromZero));
                var isNamed = pixel.SequenceEqual(Pixel(raw, 0, 0));
                return transparency.Length == 0 ? scaled : scaled.Append(isNamed ? (byte)0 : (byte)255);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void No_cut_of_a_file_is_accepted()
    {
        var lines = ScanLines(9, 9, 8, 3, interlaced: false, (x, y, c) => x * y * c, () => 4);
        var file = File(Header(9, 9, 8, 2), ImageData(lines), End());
        _ = Decode(file);
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Throws<DataException>(() => Decode(file[..length]));
        }
    }

    [Fact]
    public void What_follows_the_end_or_the_last_row_is_ignored()
    {
        var file = File(Header(1, 1, 8, 0), ImageData(0, 77, 1, 2, 3), Chunk("IDAT"), End());
        Assert.Equal([77], Decode([.. file, 1, 2, 3]).Pixels);
    }

    public static TheoryData<byte[], string> BrokenFiles()
    {
        byte[] header = Header(1, 1, 8, 0), data = ImageData(0, 77), end = End();
        byte[] indexed = Header(1, 1, 2, 3), palette = Chunk("PLTE", new byte[9]);
        return new TheoryData<byte[], string>
        {
            { File(), "ends with IEND; got its end before any chunk" },
            { File(data, end), "an IHDR chunk of 13 bytes first; got IDAT" },
            { File(Chunk("IHDR", 1, 2)), "an IHDR chunk of 13 bytes first; got IHDR of 2 bytes" },
            { File(header, header, data, end), "got IHDR out of order" },
            { File(header, data), "ends with IEND; got its end in or after IDAT" },
            { File(header, end), "got IEND out of order" },
            { File(Header(0, 1, 8, 0), data, end), "a width and a height from 1 to 2³¹ − 1; got 0×1" },
            { File(Header(-1, 1, 8, 0), data, end), "a width and a height from 1 to 2³¹ − 1; got 4294967295×1" },
            { File(Header(20_000, 20_000, 8, 0), data, end), "at most 178956970 pixels; got 20000×20000" },
            { File(Header(10_000, 10_000, 8, 6), data, end), "the 400010000 bytes of a 10000×10000 image; got a file of" },
            { File(Header(1, 1, 16, 3), palette, data, end), "a PNG bit depth that goes with colour type 3; got 16" },
            { File(Header(1, 1, 8, 0, interlace: 2), data, end), "interlace 0 or 1; got 0, 0, 2" },
            { File(header, Chunk("PLTE", 1, 2, 3), data, end), "no PLTE in a grey image" },
            { File(indexed, data, end), "PLTE before IDAT in an image with a palette; got none" },
            { File(indexed, Chunk("PLTE"), data, end), "PLTE with 1 to 4 entries of 3 bytes; got 0 bytes" },
            { File(indexed, Chunk("PLTE", 1, 2), data, end), "PLTE with 1 to 4 entries of 3 bytes; got 2 bytes" },
            { File(indexed, Chunk("PLTE", new byte[15]), data, end), "PLTE with 1 to 4 entries of 3 bytes; got 15 bytes" },
            { File(indexed, palette, palette, data, end), "got PLTE out of order" },
            { File(indexed, Chunk("tRNS", 1), palette, data, end), "PLTE before tRNS" },
            { File(indexed, palette, Chunk("tRNS", 1, 2, 3, 4), data, end), "tRNS of 1 to 3 bytes; got 4 bytes" },
            { File(indexed, palette, Chunk("tRNS", 1), Chunk("tRNS", 1), data, end), "got tRNS out of order" },
            { File(indexed, palette, ImageData(0, 0b1100_0000), end), "palette indices below 3, the entries of PLTE; got 3" },
            { File(header, Chunk("tRNS", 1), data, end), "tRNS of 2 bytes; got 1 bytes" },
            { File(Header(1, 1, 8, 2), Chunk("tRNS", 1, 2), data, end), "tRNS of 6 bytes; got 2 bytes" },
            { File(Header(1, 1, 8, 4), Chunk("tRNS", 1, 2), data, end), "no tRNS beside an alpha channel" },
            { File(header, data, Chunk("teXt"), data, end), "IDAT chunks in one run, and no table after them; got another IDAT" },
            { File(header, data, Chunk("tRNS", 1, 2), end), "no table after them; got another tRNS" },
            { File(header, Chunk("NEWS"), data, end), "the critical chunk NEWS" },
            { File(header, Chunk("te t"), data, end), "four letters as the name of a PNG chunk" },
            { File(header, data, Chunk("IEND", 1)), "an empty IEND; got 1 bytes" },
            { File(header, ImageData(5, 77), end), "a filter below 5 before each row; got 5" },
            { File(header, ImageData(0), end), "image data for 1 rows; got its end before the last row" },
            { File(header, Chunk("IDAT", 1, 2, 3), end), "image data that inflates" },
            { File(header, Chunk("IDAT"), end), "image data for 1 rows; got its end" },
            { File(header, Chunk("teXt", new byte[(8 << 20) + 1]), data, end), "at most 8388608 bytes in teXt; got 8388609" },
            { [.. File(header), 0x80, 0, 0, 0, .. "IDAT"u8], "a IDAT chunk below 2³¹ bytes; got 2147483648" },
            { [.. File(header, data)[..^1], 0, .. end], "checksum" },
            { WithWrongAdler(), "image data that inflates" },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] file, string reason)
    {
        var error = Assert.Throws<DataException>(() => Decode(file));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_image_is_refused_by_its_content()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(
            folder.Write("text.png", "hello, world"u8.ToArray()), "got a file that starts with 68656C6C6F2C20776F726C64");
        AssertRefused(folder.Write("empty.png", []), "a PNG, JPEG, BMP, GIF, WebP or TIFF image; got an empty file");
        AssertRefused(Path.Combine(folder.Path, "none.png"), "a readable file; got no such file");
        AssertRefused(folder.Path, "a readable file; got a folder");
    }

    private static void AssertRefused(string path, string reason)
    {
        Assert.Contains(reason, Assert.Throws<DataException>(() => ImageFile.Load(path)).Message, StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Throws<DataException>(() => ImageFile.ReadHeader(path)).Message, StringComparison.Ordinal);
    }

    private static DecodedImage Decode(byte[] file) => PngDecoder.Decode(new MemoryStream(file), "test.png");

    private static byte[] WithWrongAdler()
    {
        var compressed = Deflate([0, 77]);
        compressed[^1] ^= 1;
        return File(Header(1, 1, 8, 0), Chunk("IDAT", compressed), End());
    }

    private static byte[] SplitData(byte[] lines, Random random)
    {
        var compressed = Deflate(lines);
        var cut = random.Next(compressed.Length + 1);
        return [.. Chunk("IDAT", compressed[..cut]), .. Chunk("IDAT"), .. Chunk("IDAT", compressed[cut..])];
    }

    private static int[] Pixel(int[,,] raw, int y, int x) => [.. Enumerable.Range(0, raw.GetLength(2)).Select(c => raw[y, x, c])];

    private static IEnumerable<(int Y, int X, int C)> Indices(int height, int width, int samples) =>
        from y in Enumerable.Range(0, height)
        from x in Enumerable.Range(0, width)
        from c in Enumerable.Range(0, samples)
        select (y, x, c);
}
