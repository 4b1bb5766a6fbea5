using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codec;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train.Codec;

/// <summary>Images become files and come back, in tiles, on every device; no file does anything else than be refused or give
/// codes.</summary>
public sealed class ImageCodecTests(CodecRuns runs) : IClassFixture<CodecRuns>
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(12, 8)]
    [InlineData(13, 7)]
    [InlineData(70, 55)]
    public void Codes_come_back_of_images_of_any_size(int width, int height)
    {
        foreach (var run in new[] { runs.WithClasses, runs.WithGrids })
        {
            CodecRuns.Use(run, "cpu", (codec, trained) =>
            {
                var tiles = codec.TilesOf(3, height, width);
                var image = Noise(3 * height * width, seed: width);
                var codes = codec.Encode(tiles, image);
                Assert.Equal(tiles.Count, codes.Count);
                var (file, bits) = codec.Compress(tiles, codes, label: null);
                var bytes = file.ToBytes();
                Assert.InRange(bytes.Length, bits / 8, 1.01 * bits / 8 + 64);
                Assert.Equal(run == runs.WithClasses, file.Header.Class is not null);

                var decoded = codec.Decompress(Read(bytes), "file");
                Assert.Equal(codes.Ids, decoded.Ids);
                Assert.Equal(3 * height * width, codec.Decode(tiles, decoded).Length);
            });
        }
    }

    [Fact]
    public void The_best_class_is_the_one_of_the_fewest_bits() => CodecRuns.Use(runs.WithClasses, "cpu", (codec, _) =>
    {
        var tiles = codec.TilesOf(3, 16, 24);
        var codes = codec.Encode(tiles, Noise(3 * 16 * 24, seed: 3));
        double[] bits = [codec.Compress(tiles, codes, 0).Bits, codec.Compress(tiles, codes, 1).Bits];
        var (file, least) = codec.Compress(tiles, codes, label: null);
        Assert.Equal(bits.Min(), least);
        Assert.NotEqual(bits[0], bits[1]);
        Assert.Equal(Array.IndexOf(bits, least), file.Header.Class);
        Assert.Equal(1, codec.Compress(tiles, codes, 1).File.Header.Class);
    });

    [Theory]
    [InlineData("kernels")]
    [InlineData("opencl")]
    public void What_one_device_wrote_another_reads(string name)
    {
        if (name == "opencl")
        {
            OptionalDevice.Require(name);
        }

        var (height, width) = (20, 30);
        var image = Noise(3 * height * width, seed: 1);
        var files = new Dictionary<string, byte[]>();
        var codes = new Dictionary<string, IReadOnlyList<int[]>>();
        string[] names = ["cpu", name];
        foreach (var device in names)
        {
            CodecRuns.Use(runs.WithGrids, device, (codec, _) =>
            {
                var tiles = codec.TilesOf(3, height, width);
                var its = codec.Encode(tiles, image);
                (files[device], codes[device]) = (codec.Compress(tiles, its, label: null).File.ToBytes(), its.Ids);
            });
        }

        foreach (var device in names)
        {
            CodecRuns.Use(runs.WithGrids, device, (codec, _) => Assert.All(
                names, its => Assert.Equal(codes[its], codec.Decompress(Read(files[its]), "file").Ids)));
        }
    }

    [Fact]
    public void A_changed_file_is_refused_or_is_some_codes() => CodecRuns.Use(runs.WithClasses, "cpu", (codec, _) =>
    {
        var tiles = codec.TilesOf(3, 48, 48);
        var whole = codec.Compress(tiles, codec.Encode(tiles, Noise(3 * 48 * 48, seed: 2)), label: null).File.ToBytes();
        var random = new Random(11);
        var (refused, read) = (0, 0);
        for (var round = 0; round < 4 * RandomCases.Count; round++)
        {
            var changed = ChangedBytes.Of(whole, random);
            if (random.Next(4) > 0 && changed.Length >= CompressedFile.Overhead)
            {
                // As a file that says of itself that it is whole.
                BitConverter.TryWriteBytes(changed.AsSpan(24), changed.Length - CompressedFile.Overhead);
                changed = Mended(changed);
            }

            try
            {
                var codes = codec.Decompress(Read(changed), "file");
                Assert.All(codes.Ids.Zip(codes.Layouts), its => Assert.All(
                    its.First, id => Assert.InRange(id, 0, its.Second.CodebookSizes[0] - 1)));
                read++;
            }
            catch (RunException exception)
            {
                Assert.StartsWith("file: expected ", exception.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', exception.Message);
                refused++;
            }
        }

        Assert.True(refused > 50 && read > 30, $"{refused} refused, {read} read");
    });

    [Theory]
    [InlineData(0, 0x88, "expected a compressed image; got other first bytes. Make one with compress.")]
    [InlineData(8, 2, "expected version 1 of the format of compressed images; got 2. Use the program that wrote it.")]
    [InlineData(10, 0, "expected an image of 1 to 67108864 pixels; got 24×16 of 0 channels.")]
    [InlineData(10, 1, "expected an image of 3 channels; got 1.")]
    [InlineData(12, 0, "expected an image of 1 to 67108864 pixels; got 24×0 of 3 channels.")]
    [InlineData(15, 0x80, "expected an image of 1 to 67108864 pixels; got 24×2147483664 of 3 channels.")]
    [InlineData(15, 0x7F, "expected an image of 1 to 67108864 pixels; got 24×2130706448 of 3 channels.")]
    [InlineData(20, 0, "expected a class from 0 to 1; got none.")]
    [InlineData(20, 3, "expected a class from 0 to 1; got 2.")]
    [InlineData(23, 0x80, "expected a class and a length of at least 0; got -")]
    [InlineData(24, 0xFF, "expected 303 bytes, as it says; got ")]
    [InlineData(28, 0x00, "expected an image of prior and model ")]
    public void A_header_that_makes_no_sense_is_refused(int at, byte value, string message) =>
        CodecRuns.Use(runs.WithClasses, "cpu", (codec, _) =>
        {
            var tiles = codec.TilesOf(3, 16, 24);
            var bytes = codec.Compress(tiles, codec.Encode(tiles, Noise(3 * 16 * 24, seed: 4)), label: 1).File.ToBytes();
            bytes[at] = bytes[at] == value ? (byte)~value : value;
            var refused = Assert.Throws<RunException>(() => codec.Decompress(Read(Mended(bytes)), "file"));
            Assert.StartsWith($"file: {message}", refused.Message, StringComparison.Ordinal);
            bytes[^1] ^= 1;
            if (at == 28)
            {
                Assert.StartsWith("file: expected the checksum ", Assert.Throws<RunException>(() => Read(bytes)).Message,
                    StringComparison.Ordinal);
            }
        });

    /// <summary>The file has twelve tiles of 12×8.</summary>
    [Theory]
    [InlineData(24, 2_796_192, "the codes of 24×2796192 pixels; got fewer.")]
    [InlineData(4_194_300, 16, "the codes of 4194300×16 pixels; got fewer.")]
    [InlineData(24, 700, "the codes of 24×700 pixels; got fewer.")]
    [InlineData(12, 8, "the codes of 12×8 pixels; got more.")]
    [InlineData(1, 67_108_864, "at most 67108864 pixels in tiles of 12×8; got 1×67108864. Cut the image into several.")]
    [InlineData(67_108_864, 1, "at most 67108864 pixels in tiles of 12×8; got 67108864×1. Cut the image into several.")]
    public void A_file_of_other_sizes_than_its_codes_is_refused_in_the_time_of_these(int width, int height, string message) =>
        CodecRuns.Use(runs.WithClasses, "cpu", (codec, _) =>
        {
            var tiles = codec.TilesOf(3, 48, 24);
            var bytes = codec.Compress(tiles, codec.Encode(tiles, Noise(3 * 48 * 24, seed: 4)), label: 1).File.ToBytes();
            BitConverter.TryWriteBytes(bytes.AsSpan(12), height);
            BitConverter.TryWriteBytes(bytes.AsSpan(16), width);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var refused = Assert.Throws<RunException>(() => codec.Decompress(Read(Mended(bytes)), "file"));
            Assert.StartsWith($"file: expected {message}", refused.Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
        });

    [Fact]
    public void A_file_is_byte_for_byte_what_the_format_says()
    {
        var file = new CompressedFile(
            new CompressedHeader(3, 16, 24, Class: 1, "000102030405060708090a0b0c0d0e0f", StreamLength: 2), [0xAB, 0xCD]);
        var bytes = file.ToBytes();
        Assert.Equal(
            "89495643" + "0d0a1a0a" + "0100" + "0300" + "10000000" + "18000000" + "02000000" + "02000000"
                + "000102030405060708090a0b0c0d0e0f" + "abcd",
            Convert.ToHexStringLower(bytes.AsSpan(0, bytes.Length - 4)));
        Assert.Equal(file.Header, Read(bytes).Header);
        Assert.Equal(bytes, Mended(bytes));
        Assert.True(CompressedFile.Overhead <= 64);
    }

    [Fact]
    public void Tiles_repeat_the_last_row_and_column()
    {
        var tiles = new TileGrid(1, 3, 3, (2, 2));
        float[] image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        Assert.Equal([1, 2, 4, 5, 3, 3, 6, 6, 7, 8, 7, 8, 9, 9, 9, 9], tiles.Cut(image));
        Assert.Equal(image, tiles.Join(tiles.Cut(image)));
        var colours = new TileGrid(3, 5, 7, (4, 3));
        var noise = Noise(3 * 5 * 7, seed: 9);
        Assert.Equal(noise, colours.Join(colours.Cut(noise)));
    }

    private static float[] Noise(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    private static CompressedFile Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return CompressedFile.Read(stream, "file");
    }

    private static byte[] Mended(byte[] bytes)
    {
        var checksum = default(IlgpuVq.Train.Codes.Crc32C);
        checksum.Append(bytes.AsSpan(0, bytes.Length - 4));
        byte[] mended = [.. bytes];
        BitConverter.TryWriteBytes(mended.AsSpan(bytes.Length - 4), checksum.Value);
        return mended;
    }
}
