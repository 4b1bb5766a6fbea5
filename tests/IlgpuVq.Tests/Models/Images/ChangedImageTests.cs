using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

/// <summary>Files that were damaged at random: each gives an image or one line, in time.</summary>
public class ChangedImageTests
{
    [Property(AtLeast = 400)]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".bmp")]
    [InlineData(".gif")]
    [InlineData(".webp")]
    [InlineData(".tif")]
    public Property A_changed_file_gives_an_image_or_a_data_error(string extension)
    {
        using var sources = new TemporaryFolder();
        var wholes = Wholes(sources, extension).ToArray();
        return Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var random = new Random(seed);
            using var folder = new TemporaryFolder();
            var changed = ChangedBytes.Of(wholes[random.Next(wholes.Length)], random);
            if (extension == ".png")
            {
                changed = random.Next(3) == 0 ? ChangedScanLines(random) : changed;
                PngBuilder.FixChecksums(changed);
            }

            var file = folder.Write("changed" + extension, changed);
            var clock = Stopwatch.StartNew();
            var error = Record.Exception(() => ImageFile.Load(file));
            var isRight = error is null || (error is DataException && !error.Message.Contains('\n', StringComparison.Ordinal) &&
                error.Message.StartsWith($"{file}: expected ", StringComparison.Ordinal));
            Assert.True(isRight, $"{error}");
            Assert.True(clock.Elapsed < PackageImages.TimeLimit(1 << 24), $"{clock.Elapsed}");
        });
    }

    /// <summary>A file whose scan lines were damaged before they were compressed, so that their own checksum is right.</summary>
    private static byte[] ChangedScanLines(Random random) => PngBuilder.File(
        PngBuilder.Header(5, 3, depth: 4, colour: 3, interlace: 1), PngBuilder.Chunk("PLTE", new byte[48]),
        PngBuilder.ImageData(ChangedBytes.Of(Palette(random), random)), PngBuilder.End());

    private static byte[] Palette(Random random) => PngBuilder.ScanLines(
        5, 3, depth: 4, samples: 1, interlaced: true, (x, y, _) => (x + y) % 16, () => random.Next(5));

    private static IEnumerable<byte[]> Wholes(TemporaryFolder folder, string extension)
    {
        foreach (var channels in new[] { 1, 3 })
        {
            var pixels = Enumerable.Range(0, 20 * 17 * channels).Select(i => (byte)(i * i / 7)).ToArray();
            ImageFile.Save(folder["whole" + extension], new DecodedImage(20, 17, channels, pixels));
            yield return File.ReadAllBytes(folder["whole" + extension]);
        }

        switch (extension)
        {
            case ".png":
                yield return PngBuilder.File(
                    PngBuilder.Header(5, 3, depth: 4, colour: 3, interlace: 1), PngBuilder.Chunk("PLTE", new byte[48]),
                    PngBuilder.Chunk("tRNS", new byte[9]), PngBuilder.ImageData(Palette(new Random(1))), PngBuilder.End());
                break;
            case ".jpg":
                var blocks = Enumerable.Range(0, 24).Select(i => (i % 3, 10 * i));
                (byte, byte)[] components = [(1, 0x11), (2, 0x11), (3, 0x11)];
                yield return JpegBuilder.Compose(
                    JpegBuilder.Segment(0xE1, TiffBuilder.Exif(6)),
                    JpegBuilder.Quantization(),
                    JpegBuilder.Huffman(),
                    JpegBuilder.Frame(0xC2, 32, 16, components),
                    JpegBuilder.Scan(JpegBuilder.Codes(blocks, isProgressive: true), [1, 2, 3], last: 0));
                yield return JpegBuilder.Compose(
                    JpegBuilder.Quantization(),
                    JpegBuilder.Huffman(),
                    JpegBuilder.Frame(0xC0, 32, 8, [.. components, (4, 0x11)]),
                    JpegBuilder.Scan(JpegBuilder.Codes(Enumerable.Range(0, 16).Select(i => (i % 4, 10 * i))), [1, 2, 3, 4]));
                break;
            case ".bmp":
                byte[] codes = [3, 5, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 0, 1, 9, 0, 1];
                yield return BmpBuilder.File(4, 4, 8, codes, compression: 1, table: new byte[64], colours: 16);
                var masks = BmpBuilder.Ints(0xFF, 0xFF00, 0xFF0000, 0xFF000000);
                yield return BmpBuilder.File(3, 2, 32, new byte[24], compression: 6, table: masks);
                break;
            case ".gif":
                yield return
                [
                    .. GifBuilder.Screen(9, 9, new byte[12]), .. GifBuilder.Transparent(1),
                    .. GifBuilder.Frame(1, 1, 7, 7, new byte[49], isInterlaced: true),
                ];
                break;
            case ".webp":
                yield return WebPTests.Lossless(new DecodedImage(9, 5, 4, [.. Enumerable.Range(0, 180).Select(i => (byte)i)]));
                break;
            default:
                yield return TiffBuilder.Image(3, 2, 2, [16, 16, 16, 16], new byte[48], (TiffBuilder.Extra, [1]));
                yield return TiffBuilder.Image(6, 1, 1, [8], [254, 7, 0, 9, 1, 3, 4], (TiffBuilder.Compression, [32773]));
                break;
        }
    }
}
