using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train;

public sealed class CodeFileTests
{
    private static readonly string Hash = string.Concat(Enumerable.Range(0, 32).Select(i => $"{i:x2}"));

    private static readonly CodeFileHeader Header = new(
        Images: 2, LatentHeight: 1, LatentWidth: 3, CodebookSize: 5, Channels: 3, ImageHeight: 4, ImageWidth: 12,
        ModelHash: Hash);

    [Fact]
    public void A_small_file_is_byte_for_byte_what_the_format_says()
    {
        // 3 bits each, lowest first: 1 | 2<<3 | 3<<6 | 4<<9 | 0<<12 | 4<<15 = 0x208d1 + 0x0, 18 bits in 3 bytes.
        var bytes = Written(Header, 1, 2, 3, 4, 0, 4);
        var body = "89495651" + "0d0a1a0a" + "01000000"
            + "02000000" + "01000000" + "03000000" + "05000000" + "03000000" + "04000000" + "0c000000" + Hash + "d10802";
        Assert.Equal(body, Convert.ToHexStringLower(bytes.AsSpan(0, bytes.Length - 4)));
        Assert.Equal(bytes, Mended(bytes));
    }

    [Fact]
    public void The_checksum_is_crc32c()
    {
        Assert.Equal(0xe3069283u, Checksum("123456789"u8));
        Assert.Equal(0x8a9136aau, Checksum(new byte[32]));
        Assert.Equal(0u, Checksum([]));
        var inParts = default(Crc32C);
        inParts.Append("1234"u8);
        inParts.Append("56789"u8);
        Assert.Equal(0xe3069283u, inParts.Value);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    [InlineData(512, 9)]
    [InlineData(513, 10)]
    [InlineData(1 << 30, 30)]
    [InlineData(int.MaxValue, 31)]
    public void An_index_takes_the_fewest_bits(int codes, int bits) =>
        Assert.Equal(bits, (Header with { CodebookSize = codes }).BitsPerIndex);

    [Property(AtLeast = 300)]
    public Property Indices_come_back_as_they_were_written_in_pieces_of_any_size() => Drawn.ForAll(
        draw =>
            from images in draw.Between(1, 5)
            from height in draw.Between(1, 9)
            from width in draw.Between(1, 9)
            from codes in draw.Of(
                Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(1, 5000), Gen.Elements(1 << 16, 1 << 30, int.MaxValue)), least: 1)
            from indices in draw.Between(0, codes - 1).ArrayOf(images * height * width)
            from piece in draw.Between(1, 50)
            let header = Header with { Images = images, LatentHeight = height, LatentWidth = width, CodebookSize = codes }
            select (Header: header, Indices: indices, Piece: piece),
        @case =>
        {
            var (header, indices, piece) = @case;
            using var stream = new MemoryStream();
            var writer = new CodeFileWriter(stream, header, "codes");
            foreach (var part in indices.Chunk(piece))
            {
                writer.Write(part);
            }

            writer.Finish();
            stream.Position = 0;
            var file = CodeFile.Read(stream, "codes");
            Assert.Equal(header, file.Header);
            var image = new int[header.IndicesPerImage];
            for (var i = 0; i < header.Images; i++)
            {
                file.ReadImage(i, image);
                Assert.Equal(indices[(i * image.Length)..((i + 1) * image.Length)], image);
            }
        });

    [Fact]
    public void Many_indices_pass_through_the_writers_buffer()
    {
        var header = Header with { Images = 100, LatentHeight = 16, LatentWidth = 16, CodebookSize = 512 };
        var indices = Enumerable.Range(0, 25_600).Select(i => i * 37 % 512).ToArray();
        using var folder = new TemporaryFolder();
        CodeFile.Write(folder.At("codes"), header, writer => writer.Write(indices));
        Assert.Equal(72 + (25_600 * 9 / 8) + 4, new FileInfo(folder.At("codes")).Length);
        var file = CodeFile.Read(folder.At("codes"));
        var image = new int[256];
        file.ReadImage(99, image);
        Assert.Equal(indices[^256..], image);
    }

    [Theory]
    [InlineData(0, 0x88, "expected a file of code indices; got other first bytes.")]
    [InlineData(8, 2, "expected version 1 of the code file format; got 2.")]
    [InlineData(12, 0, "expected 1 to 2^31 - 1 as number of images; got 0.")]
    [InlineData(15, 0x80, "expected 1 to 2^31 - 1 as number of images; got 2147483650.")]
    [InlineData(16, 0, "expected 1 to 2^31 - 1 as latent height; got 0.")]
    [InlineData(20, 0, "expected 1 to 2^31 - 1 as latent width; got 0.")]
    [InlineData(24, 0, "expected 1 to 2^31 - 1 as number of codes; got 0.")]
    [InlineData(28, 0, "expected 1 to 2^31 - 1 as number of channels; got 0.")]
    [InlineData(32, 0, "expected 1 to 2^31 - 1 as image height; got 0.")]
    [InlineData(36, 0, "expected 1 to 2^31 - 1 as image width; got 0.")]
    [InlineData(24, 4, "expected 78 bytes for 6 indices of 2 bits; got 79.")]
    [InlineData(74, 3, "expected indices below 5; got 6 in image 1.")]
    [InlineData(14, 1, "for 196614 indices of 3 bits; got 79.")]
    [InlineData(74, 6, "expected zeros behind the last index; got the byte 06.")]
    public void A_changed_byte_is_told_even_when_the_checksum_was_mended(int at, byte value, string message)
    {
        var bytes = Written(Header, 1, 2, 3, 4, 0, 4);
        bytes[at] = value;
        Refused(Mended(bytes), message);
    }

    [Fact]
    public void Every_single_changed_or_missing_byte_is_refused()
    {
        var bytes = Written(Header, 1, 2, 3, 4, 0, 4);
        for (var i = 0; i < bytes.Length; i++)
        {
            Refused(bytes[..i], "codes: expected ");
            bytes[i] ^= 4;
            Refused(bytes, "codes: expected ");
            bytes[i] ^= 4;
        }

        Refused([.. bytes, 0], "expected 79 bytes for 6 indices of 3 bits; got 80.");
    }

    [Fact]
    public void Hostile_sizes_cost_nothing()
    {
        var bytes = Written(Header, 1, 2, 3, 4, 0, 4);
        bytes.AsSpan(12, 12).Fill(0x7f);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bytes, "expected fewer than 2^31 indices per image; got ");
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), 1);
        Refused(bytes, "expected 1");
        bytes.AsSpan(24, 4).Fill(0x7f);
        Refused(bytes, " indices of 31 bits; got 79.");
        bytes.AsSpan(28, 12).Fill(0x7f);
        Refused(bytes, "expected fewer than 2^31 values per image; got ");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Property(AtLeast = 2000)]
    public Property Random_damage_ends_in_a_RunException()
    {
        var good = Written(Header with { Images = 50 }, [.. Enumerable.Range(0, 150).Select(i => i % 5)]);
        return Drawn.ForAll(Damages, @case =>
        {
            var bytes = good.ToArray();
            foreach (var (at, value) in @case.Changes)
            {
                bytes[at] = (byte)value;
            }

            bytes = bytes[..@case.Length];
            try
            {
                var file = Read(@case.Mend && bytes.Length >= 4 ? Mended(bytes) : bytes);
                Assert.Equal(good.Length, bytes.Length);
                var image = new int[file.Header.IndicesPerImage];
                file.ReadImage(file.Header.Images - 1, image);
                Assert.All(image, index => Assert.InRange(index, 0, file.Header.CodebookSize - 1));
            }
            catch (RunException exception)
            {
                Assert.DoesNotContain('\n', exception.Message);
            }
        });

        Gen<((int At, int Value)[] Changes, int Length, bool Mend)> Damages(Choices draw) =>
            from count in draw.Between(1, 50)
            from changes in draw.Between(0, good.Length - 1).Zip(draw.Between(0, 255)).ArrayOf(count)
            from missing in draw.Of(Gen.OneOf(Gen.Constant(0), Gen.Choose(0, good.Length)))
            from mend in draw.Flag()
            select (changes, good.Length - missing, mend);
    }

    [Fact]
    public void The_writer_refuses_what_the_reader_would()
    {
        using var folder = new TemporaryFolder();
        Throws("expected 6 indices; got 5.", Header, [0, 1, 2, 3, 4]);
        Throws("expected 6 indices; got more.", Header, [0, 1, 2, 3, 4, 0, 1]);
        Throws("expected indices from 0 to below 5; got 5.", Header, [5]);
        Throws("expected indices from 0 to below 5; got -1.", Header, [-1]);
        Throws("expected 1 to 2^31 - 1 as latent width; got 0.", Header with { LatentWidth = 0 }, []);
        Throws("expected a model hash of 64 lower-case hexadecimal digits; got 'x'.", Header with { ModelHash = "x" }, []);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));

        void Throws(string message, CodeFileHeader header, int[] indices) => Assert.StartsWith(
            $"{folder.At("codes")}: {message}",
            Assert.Throws<RunException>(
                () => CodeFile.Write(folder.At("codes"), header, writer => writer.Write(indices))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_of_another_model_are_refused()
    {
        var file = Read(Written(Header, 1, 2, 3, 4, 0, 4));
        file.CheckModel("codes", Hash);
        Assert.StartsWith(
            "codes: expected codes of the model ffffffffffff…; got those of 000102030405…. Decode with the checkpoint that",

            Assert.Throws<RunException>(() => file.CheckModel("codes", new string('f', 64))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_or_no_file_is_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith(
            $"{folder.At("none")}: expected a file to read; got none of that name.",
            Assert.Throws<RunException>(() => CodeFile.Read(folder.At("none"))).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"{folder.Path}: expected a file to read; got a folder.",
            Assert.Throws<RunException>(() => CodeFile.Read(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    private static byte[] Written(CodeFileHeader header, params int[] indices)
    {
        using var stream = new MemoryStream();
        var writer = new CodeFileWriter(stream, header, "codes");
        writer.Write(indices);
        writer.Finish();
        return stream.ToArray();
    }

    private static CodeFile Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return CodeFile.Read(stream, "codes");
    }

    private static void Refused(byte[] bytes, string message) =>
        Assert.Contains(message, Assert.Throws<RunException>(() => Read(bytes)).Message, StringComparison.Ordinal);

    /// <summary>The bytes with the checksum that belongs to them.</summary>
    private static byte[] Mended(byte[] bytes)
    {
        var mended = bytes.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(mended.AsSpan(bytes.Length - 4), Checksum(bytes.AsSpan(0, bytes.Length - 4)));
        return mended;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = default(Crc32C);
        crc.Append(bytes);
        return crc.Value;
    }
}
