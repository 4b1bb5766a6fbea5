using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train;

/// <summary>Codes on their way: wherever the work stopped and whatever became of the file, it ends with the same bytes.</summary>
public sealed class PartialCodesTests : IDisposable
{
    private const int Images = 11, Batch = 4;

    private static readonly PartialCodesHead Head = new(
        new string('a', 64), new string('b', 64), "train", Images, (3, 8, 8), "cpu", null, Batch,
        [new CodeLayout("top", 1, 2, [300, 5]), new CodeLayout("bottom", 2, 2, [256])]);

    private readonly TemporaryFolder folder = new();
    private readonly List<string> said = [];

    private string Output => folder.At("codes");

    private string Partial => PartialCodes.PathOf(Output);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Cut_at_any_byte_it_goes_on_behind_the_last_whole_piece()
    {
        var whole = Whole();
        var piece = 8 + (Batch * (int)Head.BytesPerImage);
        var head = Head.ToBytes().Length;
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(Partial, whole[..length]);
            said.Clear();
            var pieces = length == whole.Length ? 3 : length < head ? 0 : (length - head) / piece;
            using (var codes = Open())
            {
                var done = Math.Min(Images, pieces * Batch);
                Assert.Equal(done, codes.Done);
                Assert.Equal(
                    length is 0 ? [] : length < head ? [$"{Partial} is damaged: encoding begins anew"]
                        : done > 0 ? [$"{Partial}: going on behind image {done} of {Images}"] : (string[])[],
                    said);
                Finish(codes);
            }

            Assert.Equal(whole, File.ReadAllBytes(Partial));
        }
    }

    [Property(AtLeast = 300)]
    public Property Whatever_became_of_the_file_it_ends_with_the_same_codes()
    {
        var whole = Whole();
        return Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var random = new Random(seed);
            File.WriteAllBytes(Partial, ChangedBytes.Of(whole[..(random.Next(3) == 0 ? random.Next(whole.Length) : ^0)], random));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var codes = Open();
                Finish(codes);
                codes.Dispose();
                Assert.Equal(whole, File.ReadAllBytes(Partial));
            }
            catch (RunException exception)
            {
                // What does not begin as such a file is somebody else's, and stays.
                Assert.StartsWith(
                    $"{Partial}: expected codes that are being made, or no file; got another file.", exception.Message,
                    StringComparison.Ordinal);
                Assert.DoesNotContain('\n', exception.Message);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000);
        });
    }

    [Fact]
    public void A_changed_byte_of_the_head_is_damage_not_another_model()
    {
        var whole = Whole();
        for (var at = 8; at < Head.ToBytes().Length; at++)
        {
            whole[at] ^= 1;
            File.WriteAllBytes(Partial, whole);
            whole[at] ^= 1;
            said.Clear();
            Open().Dispose();
            Assert.Equal([$"{Partial} is damaged: encoding begins anew"], said);
        }
    }

    [Fact]
    public void Pieces_with_right_checksums_of_another_place_or_of_no_codes_do_not_count()
    {
        var whole = Whole();
        var (head, piece) = (Head.ToBytes().Length, 8 + (Batch * (int)Head.BytesPerImage));
        byte[] first = whole[head..(head + piece)], second = whole[(head + piece)..(head + (2 * piece))];
        Assert.Equal(0, DoneWith([.. whole[..head], .. second]));
        Assert.Equal(Batch, DoneWith([.. whole[..head], .. first, .. first]));
        Assert.Equal(2 * Batch, DoneWith([.. whole[..head], .. first, .. second]));

        // The first index of the lower grid's second level, 5 where there are 5 codes.
        var at = head + 8 + 4;
        Assert.InRange(BitConverter.ToUInt16(whole, at), 0, 4);
        var wrong = first.ToArray();
        wrong[8 + 4] = 5;
        var crc = default(Crc32C);
        crc.Append(whole.AsSpan(0, head));
        crc.Append(new byte[8]);
        crc.Append(first.AsSpan(8));
        Assert.Equal(crc.Value, BitConverter.ToUInt32(first, 4));
        crc = default;
        crc.Append(whole.AsSpan(0, head));
        crc.Append(new byte[8]);
        crc.Append(wrong.AsSpan(8));
        BitConverter.TryWriteBytes(wrong.AsSpan(4), crc.Value);
        Assert.Equal(0, DoneWith([.. whole[..head], .. wrong]));

        int DoneWith(byte[] bytes)
        {
            File.WriteAllBytes(Partial, bytes);
            using var codes = Open();
            return codes.Done;
        }
    }

    [Fact]
    public void What_the_codes_depend_on_is_told_when_it_is_another_and_nothing_is_taken_over()
    {
        var whole = Whole();
        Replaced("another model", Head with { ModelHash = new string('c', 64) });
        Replaced("another split", Head with { Split = "test" });
        Replaced("another number or size of images", Head with { Images = 12 });
        Replaced("another number or size of images", Head with { Size = (3, 8, 4) });
        Replaced("other images", Head with { Content = new string('c', 64) });
        Replaced("another accelerator", Head with { Device = "opencl" });
        Replaced("parts of another size", Head with { Tile = 16 });
        Replaced("another number of images at once", Head with { Batch = 5 });
        Replaced("other grids", Head with { Layouts = [Head.Layouts[0], new CodeLayout("bottom", 2, 2, [255])] });
        Replaced("other grids", Head with { Layouts = [new LatentLayout("latents", 3, 2, 2)] });
        Replaced("another model", Head with { ModelHash = new string('c', 64), Batch = 5, Split = "test" });

        void Replaced(string what, PartialCodesHead other)
        {
            File.WriteAllBytes(Partial, whole);
            said.Clear();
            using var codes = PartialCodes.Open(Output, other, said.Add);
            Assert.Equal(0, codes.Done);
            Assert.Equal([$"{Partial} is of {what}: encoding begins anew"], said);
            codes.Dispose();
            Assert.Equal(other.ToBytes(), File.ReadAllBytes(Partial));
        }
    }

    [Fact]
    public void Somebody_elses_file_stays_and_a_second_process_is_refused()
    {
        File.WriteAllText(Partial, "a letter");
        Assert.Equal(
            $"{Partial}: expected codes that are being made, or no file; got another file. Move it away, or choose another "
                + "--output.",
            Assert.Throws<RunException>(Open).Message);
        Assert.Equal("a letter", File.ReadAllText(Partial));

        File.Delete(Partial);
        using var codes = Open();
        Assert.Equal(
            $"{Partial}: expected a file that no other process writes to; got one that another process holds. Wait for its end, "
                + "or choose another path.",
            Assert.Throws<RunException>(Open).Message);
        Finish(codes);
    }

    [Fact]
    public void A_full_disk_takes_nothing_and_the_work_goes_on_when_there_is_room()
    {
        var whole = Whole();
        using var disk = new DiskThatFillsUp();
        using var codes = PartialCodes.Open("codes.partial", Head, new GrowingFile("codes.partial", disk), said.Add);
        codes.Append(BatchAt(0));
        disk.IsFull = true;
        Assert.StartsWith(
            "codes.partial: expected room on the disk to write it; got a full disk.",
            Assert.Throws<RunException>(() => codes.Append(BatchAt(Batch))).Message, StringComparison.Ordinal);
        Assert.Equal(Batch, codes.Done);
        disk.IsFull = false;
        Finish(codes);
        Assert.Equal(whole, disk.ToArray());
    }

    [Fact]
    public void Removed_by_somebody_it_comes_back_and_removed_at_the_end_it_is_gone()
    {
        var whole = Whole();
        File.Delete(Partial);
        using var codes = Open();
        codes.Append(BatchAt(0));
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(Partial);
        }

        Finish(codes);
        Assert.Equal(whole.Length, new FileInfo(Partial).Length);
        codes.Remove();
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Numbers_that_stand_for_nothing_are_refused_and_batches_of_another_size_are_a_fault()
    {
        using var codes = Open();
        var batch = BatchAt(0);
        ((int[])batch[1])[3] = 256;
        Assert.StartsWith(
            $"{Partial}: expected indices below 256 in bottom; got 256 in image 0.",
            Assert.Throws<RunException>(() => codes.Append(batch)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => codes.Append([new int[12], new int[16]]));
        Assert.Equal(0, codes.Done);
        Finish(codes);
    }

    private static Array[] BatchAt(int first)
    {
        var images = Enumerable.Range(first, Math.Min(Batch, Images - first)).ToArray();
        return
        [
            images.SelectMany(image => (int[])[image * 25, image + 257, image % 5, 4 - (image % 5)]).ToArray(),
            images.SelectMany(image => (int[])[image, 255 - image, image * 7, 9]).ToArray(),
        ];
    }

    private static void Finish(PartialCodes codes)
    {
        while (codes.Done < Images)
        {
            codes.Append(BatchAt(codes.Done));
        }

        for (var grid = 0; grid < 2; grid++)
        {
            using var copy = new MemoryStream();
            codes.CopyTo(grid, copy);
            Assert.Equal(
                Enumerable.Range(0, 3).SelectMany(batch => (int[])BatchAt(batch * Batch)[grid]),
                (int[])GridNumbers.Read(copy.ToArray(), Head.Layouts[grid]));
        }
    }

    private PartialCodes Open() => PartialCodes.Open(Output, Head, said.Add);

    /// <summary>The file when all is done.</summary>
    private byte[] Whole()
    {
        using (var codes = Open())
        {
            Finish(codes);
        }

        var bytes = File.ReadAllBytes(Partial);
        File.Delete(Partial);
        return bytes;
    }

    /// <summary>Takes half of what is written while it is full.</summary>
    private sealed class DiskThatFillsUp : MemoryStream
    {
        public bool IsFull { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(IsFull ? buffer[..(buffer.Length / 2)] : buffer);
            if (IsFull)
            {
                throw new IOException("full", 28);
            }
        }
    }
}
