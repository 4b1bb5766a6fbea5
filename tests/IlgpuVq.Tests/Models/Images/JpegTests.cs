using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Images.JpegBuilder;

namespace IlgpuVq.Tests.Models.Images;

public class JpegTests
{
    /// <summary>
    /// Two decoders that follow the standard differ by one in a sample, through the rounding of the inverse DCT; 1.772 of blue
    /// chroma and one of luma make at most three of a colour.
    /// </summary>
    private const int Tolerance = 3;

    /// <summary>Samples that differ by two are rarer than one in a million.</summary>
    private const int MostSamplesBeyond = 1;

    /// <summary>Its second scan ends 45 bits early: what follows is anybody's guess.</summary>
    private const string CutScan = "partial_progressive.jpg";

    [Fact]
    public void Every_reference_image_is_within_three_levels_of_its_PNG()
    {
        var folder = RealData.Require("images", "jpeg-reference", "reftest");
        var files = Directory.GetFiles(folder, "*.jpg", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != CutScan)
            .ToArray();
        Assert.True(files.Length > 30, $"{files.Length} files");
        foreach (var file in files)
        {
            var (image, expected) = (ImageFile.Load(file), ImageFile.Load(Path.ChangeExtension(file, ".png")));
            Assert.Equal((file, expected.Width, expected.Height), (file, image.Width, image.Height));
            Assert.Equal(new ImageHeader(image.Width, image.Height, image.IsColour), ImageFile.ReadHeader(file));
            var beyond = Planes(image).Zip(Planes(expected), (a, b) => Math.Abs(a - b)).Where(d => d > Tolerance).ToArray();
            Assert.True(
                beyond.Length <= MostSamplesBeyond && beyond.All(d => d <= Tolerance + 1),
                $"{file}: {beyond.Length} samples differ by more");
        }
    }

    [Fact]
    public void Grey_stays_grey_and_CMYK_becomes_colour()
    {
        var folder = RealData.Require("images", "jpeg-reference", "reftest");
        Assert.Equal(1, ImageFile.Load(Path.Combine(folder, "mozilla", "jpg-gray.jpg")).Channels);
        Assert.Equal(3, ImageFile.Load(Path.Combine(folder, "mozilla", "jpg-cmyk-2.jpg")).Channels);
        Assert.Equal(3, ImageFile.Load(Path.Combine(folder, "ycck.jpg")).Channels);
    }

    [Theory]
    [InlineData("hubble_deep_field.jpg", 1000, 872)]
    [InlineData("retina.jpg", 1411, 1411)]
    [InlineData("rocket.jpg", 640, 427)]
    public void Photographs_decode_in_colour(string name, int width, int height)
    {
        var image = ImageFile.Load(RealData.Require("images", "photos", name));
        Assert.Equal((width, height, 3), (image.Width, image.Height, image.Channels));
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        AssertRefused(RealData.Require("images", "photos", "truncated.jpg"), "expected a whole JPEG image");
    }

    [Theory]
    [InlineData("jpeg-prog-16382x10001.jpg")]
    [InlineData("jpeg-progcmyk-16382x10001.jpg")]
    public void A_short_file_that_claims_a_huge_image_is_refused_without_memory(string name)
    {
        var file = RealData.Require("faults", name);
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(file, "got 16382×10001");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Levels_of_flat_blocks_come_back_exactly()
    {
        int[] levels = [0, 128, 255, 7, 200];
        var image = ImageContent.Load(Grey(levels));
        Assert.Equal((40, 8, 1), (image.Width, image.Height, image.Channels));
        Assert.Equal(Enumerable.Range(0, 320).Select(i => (byte)levels[i % 40 / 8]), image.Pixels);
    }

    [Theory]
    [InlineData(0x21)]
    [InlineData(0x22)]
    [InlineData(0x12)]
    [InlineData(0x41)]
    public void Chroma_is_interpolated_between_samples(byte sampling)
    {
        // Two blocks of red chroma beside or below each other, 128 and 228; luma 100 throughout.
        var (across, down) = (sampling >> 4, sampling & 15);
        var isDown = across == 1;
        var (width, height) = isDown ? (8, 32) : (16 * across, 8 * down);
        var luma = Enumerable.Repeat((0, 100), across * down);
        IEnumerable<(int, int)> blocks =
            [.. luma, (1, 128), (2, 128), .. luma, (1, 128), (2, 228)];
        var image = ImageContent.Load(Compose(
            Quantization(),
            Huffman(),
            Frame(0xC0, width, height, (1, sampling), (2, 0x11), (3, 0x11)),
            Scan(Codes(blocks), [1, 2, 3])));

        var red = Enumerable.Range(0, isDown ? height : width)
            .Select(i => (int)image.Pixels[3 * i * (isDown ? width : 1)])
            .ToArray();
        var middle = red.Length / 2;
        int Red(double chroma) => (int)Math.Round(100 + (1.402 * chroma));
        Assert.Equal((100, Red(100)), (red[0], red[^1]));
        var step = across == 4
            ? (Red(0), Red(0), Red(100), Red(100)) // samples four apart are repeated
            : (Red(0), Red(25), Red(75), Red(100));
        Assert.Equal(step, (red[middle - 2], red[middle - 1], red[middle], red[middle + 1]));
    }

    [Fact]
    public void Motion_JPEG_without_Huffman_tables_takes_those_of_the_standard()
    {
        // DC difference 0 is 00 and the end of AC 1010, in the first tables of annex K.
        var image = ImageContent.Load(Compose(Quantization(), Frame(0xC0, 8, 8, (1, 0x11)), Scan([0b0010_1011], [1])));
        Assert.All(image.Pixels, value => Assert.Equal(128, value));
    }

    [Fact]
    public void Progressive_scans_with_restarts_count_anew_in_each()
    {
        // Three blocks, a restart after each two, in two scans: what is left of the first interval must not shorten the second.
        byte[] first = [
            .. Codes([(0, 110), (0, 120)], isProgressive: true), 0xFF, 0xD0, .. Codes([(0, 130)], isProgressive: true)];
        byte[] lastBits = [0xFF, 0x00, 0xFF, 0xD0, 0x7F]; // 1, 1; 0
        var image = ImageContent.Load(Compose(
            Quantization(),
            Huffman(),
            Frame(0xC2, 24, 8, (1, 0x11)),
            Segment(0xDD, 0, 2),
            Scan(first, [1], last: 0, bits: 0x01),
            Scan(lastBits, [1], last: 0, bits: 0x10)));
        Assert.Equal([93, 113, 132], new[] { 0, 8, 16 }.Select(x => (int)image.Pixels[x])); // 128 + 2 · (level − 128) + bit
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_cut_of_a_file_is_accepted(int kind)
    {
        byte[] head = [.. Quantization(), .. Huffman()];
        IEnumerable<(int, int)> three = Enumerable.Range(0, 12).Select(i => (i % 3, 20 * i));
        var whole = kind switch
        {
            1 => Grey(3, 1, 4, 1, 5),
            2 => Compose(head, Frame(0xC0, 32, 8, (1, 0x11), (2, 0x11), (3, 0x11)), Scan(Codes(three), [1, 2, 3])),
            3 => Compose(
                head,
                Frame(0xC2, 32, 8, (1, 0x11), (2, 0x11), (3, 0x11)),
                Scan(Codes(three, isProgressive: true), [1, 2, 3], last: 0)),
            _ => Compose(
                head,
                Frame(0xC0, 8, 8, (1, 0x11), (2, 0x11), (3, 0x11)),
                Scan(Codes([(0, 1)]), [1]),
                Scan(Codes([(0, 2)]), [2]),
                Scan(Codes([(0, 3)]), [3])),
        };
        _ = ImageContent.Load(whole);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<DataException>(() => ImageContent.Load(whole[..length]));
        }

        // Nor does an end marker make a file whole that lacks a scan.
        ReadOnlySpan<byte> scan = [0xFF, 0xDA];
        for (var length = 2; length < whole.AsSpan().LastIndexOf(scan); length++)
        {
            if (whole[length - 1] != 0xFF)
            {
                Assert.Throws<DataException>(() => ImageContent.Load([.. whole[..length], 0xFF, 0xD9]));
            }
        }
    }

    [Fact]
    public void No_cut_of_a_real_file_is_accepted()
    {
        var whole = File.ReadAllBytes(RealData.Require("images", "jpeg-reference", "reftest", "mozilla", "jpg-size-33x33.jpg"));
        for (var length = 0; length < whole.Length - 2; length += 7)
        {
            Assert.Throws<DataException>(() => ImageContent.Load(whole[..length]));
        }
    }

    public static TheoryData<byte[], string> BrokenFiles()
    {
        byte[] head = [.. Quantization(), .. Huffman()], frame = Frame(0xC0, 8, 8, (1, 0x11));
        byte[] codes = Codes([(0, 1)]), scan = Scan(codes, [1]);
        byte[] colour = Frame(0xC0, 8, 8, (1, 0x11), (2, 0x11), (3, 0x11)), progressive = Frame(0xC2, 8, 8, (1, 0x11));
        var dc = Scan(Codes([(0, 1)], isProgressive: true), [1], last: 0);
        return new TheoryData<byte[], string>
        {
            { [0xFF, 0xD8, 0xFF], "a whole JPEG image; got its end after 3 bytes" },
            { [0xFF, 0xD8, 0xFF, 0xD9], "before the image data; got marker FFD9" },
            { [0xFF, 0xD8, 0xFF, 0xE0, 0, 1], "segments of at least 2 bytes; got 1" },
            { [0xFF, 0xD8, .. Frame(0xC0, 9, 0, (1, 0x11))], "a width and a height from 1" },
            { [0xFF, 0xD8, .. Frame(0xC0, 65535, 65535, (1, 0x11))], "got 65535×65535" },
            { Compose(head, Frame(0xC3, 8, 8, (1, 0x11)), scan), "in Huffman codes; got lossless JPEG (marker FFC3)" },
            { Compose(head, Frame(0xC9, 8, 8, (1, 0x11)), scan), "in Huffman codes; got marker FFC9" },
            { Compose(head, Segment(0xC1, 12, 0, 8, 0, 8, 1, 1, 0x11, 0), scan), "8 bits in each sample of JPEG; got 12" },
            { Compose(head, Frame(0xC0, 8, 8, (1, 0x11), (2, 0x11)), scan), "1, 3 or 4 components; got 2" },
            { Compose(head, Segment(0xC0, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0), scan), "frame header of 11 bytes; got 12" },
            { Compose(head, Frame(0xC0, 8, 8, (1, 0x50)), scan), "sampling of 1 to 4 and tables 0 to 3; got 5×0" },
            { Compose(head, Frame(0xC0, 8, 8, (1, 0x31), (2, 0x21), (3, 0x11)), scan),
                "whole fractions of the densest; got 2×1 of 3×1" },
            { Compose(head, Frame(0xC0, 8, 8, (1, 0x44), (2, 0x11), (3, 0x11)), scan),
                "groups of at most 10 blocks; got groups of 18" },
            { Compose(head, Frame(0xC0, 8, 8, (1, 0x11), (1, 0x11), (3, 0x11)), scan), "components of different names" },
            { Compose(head, frame, frame, scan), "one JPEG frame; got another" },
            { Compose(head, frame, scan, frame), "one JPEG frame; got another" },
            { Compose(head, frame), "image data for all components of JPEG; got none for component 1" },
            { Compose(head, colour, scan), "image data for all components of JPEG; got none for component 2" },
            { Compose(head, frame, scan, scan), "each component of a sequential JPEG image once; got one that is coded again" },
            { Compose(head, colour, Scan(Codes([(0, 1), (1, 2)]), [1, 2])), "of one component or of all; got 2" },
            { Compose(head, frame, Scan(codes, [2])), "scans of components in the frame, each once" },
            { Compose(head, colour, Scan(codes, [1, 1, 2])), "scans of components in the frame, each once" },
            { Compose(head, frame, Segment(0xDA, 2, 1, 0, 0, 63, 0)), "a JPEG scan of 1 to 1 components" },
            { Compose(Huffman(), frame, scan), "the quantization table of a JPEG component before its scan; got no table 0" },
            { Compose(head, frame, Segment(0xDA, 1, 1, 0x20, 0, 63, 0)),
                "the Huffman tables of a JPEG scan before it; got no table 2" },
            { Compose(Segment(0xDB, 0x20), frame, scan), "quantization tables 0 to 3 of 8 or 16 bits; got 20" },
            { Compose(Segment(0xC4, 0x20), frame, scan), "Huffman tables of class 0 or 1, number 0 to 3; got 20" },
            { Compose(Segment(0xC4, [0, 3, .. new byte[15], 1, 2, 3]), frame, scan), "codes that fit beside each other; got 3" },
            { Compose(Segment(0xC4, [0, 1, .. new byte[15], 16]), frame, scan), "differences of at most 15 bits; got 16" },
            { Compose(head, Segment(0xDD, 1), frame, scan), "a JPEG restart interval of 2 bytes; got 1" },
            { Compose(head, frame, Scan([.. codes, 0xFF, 0xD0, .. codes], [1])),
                "0 restart markers in a JPEG scan, in order; got 1" },
            { Compose(head, frame, Scan([.. codes, 0xFF, 0xD3, .. codes], [1])), "restart marker 0 of JPEG; got 3" },
            { Compose(head, Segment(0xDD, 0, 1), Frame(0xC0, 16, 8, (1, 0x11)), scan),
                "1 restart markers in a JPEG scan, in order; got 0" },
            { Compose(head, Frame(0xC0, 800, 800, (1, 0x11)), scan),
                "at least 2500 bytes for 10000 blocks in a JPEG scan; got 2" },
            { Compose(head, Frame(0xC2, 800, 800, (1, 0x11)), dc), "at least 1250 bytes for 10000 blocks in a JPEG scan; got 2" },
            { Compose(head, progressive, Scan(codes, [1], last: 5)), "or of AC of one component, bit after bit; got 0 to 5" },
            { Compose(head, progressive, Scan(codes, [1], first: 9, last: 5)), "got 9 to 5, bits 0 to 0" },
            { Compose(head, progressive, Scan(codes, [1], last: 0, bits: 0x31)), "got 0 to 0, bits 3 to 1" },
            { Compose([head, progressive, .. Enumerable.Repeat(dc, 101)]), "at most 100 JPEG scans; got more" },
            { Compose(head, progressive, dc, Segment(0xDB, [0, .. new byte[64]]), dc),
                "one quantization for each JPEG component" },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles), DisableDiscoveryEnumeration = true)]
    public void A_broken_file_is_refused_with_its_reason(byte[] content, string reason)
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.Write("broken.jpg", content), reason);
    }

    [Fact]
    public void What_makes_no_samples_is_ignored()
    {
        byte[] codes = Codes([(0, 77)]);
        var image = ImageContent.Load([.. Compose(
            Segment(0xFE, "a comment"u8.ToArray()),
            Segment(0xE2, new byte[300]),
            [0xFF, 0xFF, 0xFF, .. Quantization()[1..]],
            [1, 2, 3, 0xFF, 0x00],
            Huffman(),
            Frame(0xC0, 8, 8, (1, 0x22)),
            Scan(codes, [1])), 9, 9, 9]);
        Assert.All(image.Pixels, value => Assert.Equal(77, value));
    }

    [Fact]
    public void Colours_are_told_by_Adobe_by_JFIF_and_by_names()
    {
        var adobe = Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]);
        var jfif = Segment(0xE0, [.. "JFIF\0"u8, 1, 2, 0, 0, 1, 0, 1, 0, 0]);
        Assert.Equal([10, 20, 30], Pixel(adobe, "123"u8.ToArray()));
        Assert.Equal([10, 20, 30], Pixel([], "RGB"u8.ToArray()));
        Assert.Equal(Pixel([], [1, 2, 3]), Pixel(jfif, "RGB"u8.ToArray()));
        Assert.NotEqual([10, 20, 30], Pixel([], [1, 2, 3]));
        Assert.Equal(Pixel([], [1, 2, 3]), Pixel([], [0, 1, 2]));

        static byte[] Pixel(byte[] application, byte[] ids) => ImageContent.Load(Compose(
            application,
            Quantization(),
            Huffman(),
            Frame(0xC0, 1, 1, [.. ids.Select(id => (id, (byte)0x11))]),
            Scan(Codes([(0, 10), (1, 20), (2, 30)]), ids))).Pixels;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Four_components_are_light_times_black(byte transform)
    {
        // Planes of 200, 100, 50 and black 128, the first three at half of the size across.
        var image = ImageContent.Load(Compose(
            Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform]),
            Quantization(),
            Huffman(),
            Frame(0xC0, 16, 8, (1, 0x11), (2, 0x11), (3, 0x11), (4, 0x21)),
            Scan(Codes([(0, 200), (1, 100), (2, 50), (3, 128), (3, 128)]), [1, 2, 3, 4])));
        // Of YCbCr, R = 200 + 1.402 · (50 − 128), G = 200 + 0.344 · 28 + 0.714 · 78, B = 200 − 1.772 · 28; light is 255 less.
        int[] light = transform == 0 ? [200, 100, 50] : [255 - 91, 255 - 255, 255 - 150];
        Assert.Equal(3, image.Channels);
        Assert.Equal(light.Select(value => (byte)Math.Round(value * 128 / 255.0)), image.Pixels[..3]);
        Assert.All(image.Pixels.Chunk(3), pixel => Assert.Equal(image.Pixels[..3], pixel));
    }

    [Fact]
    public void Changed_bytes_give_an_image_or_a_data_error()
    {
        var whole = File.ReadAllBytes(RealData.Require("images", "jpeg-reference", "reftest", "progressive-missing-dc.jpg"));
        for (var at = 0; at < whole.Length; at++)
        {
            var changed = whole.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            if (at % 3 == 0)
            {
                changed[at] = 0xFF;
            }

            if (Record.Exception(() => ImageContent.Load(changed)) is { } error)
            {
                Assert.IsType<DataException>(error);
            }
        }
    }

    private static void AssertRefused(string file, string reason)
    {
        var error = Assert.Throws<DataException>(() => ImageFile.Load(file));
        Assert.StartsWith(file + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static byte[] Planes(DecodedImage image)
    {
        var planes = new byte[3 * image.Width * image.Height];
        image.CopyPlanes(channels: 3, planes);
        return planes;
    }
}
