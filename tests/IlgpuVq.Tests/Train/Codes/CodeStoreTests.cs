using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Safetensors;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train;

public sealed class CodeStoreTests : IDisposable
{
    private static readonly string Hash = string.Concat(Enumerable.Range(0, 32).Select(i => $"{i:x2}"));

    /// <summary>Not in the order of their names, nor in that of their types' sizes.</summary>
    private static readonly CodeStoreHeader Header = new(
        Images: 3, Channels: 3, Height: 16, Width: 24, Hash,
        [new CodeLayout("top", 2, 3, [257]), new CodeLayout("middle", 1, 2, [65537, 2]),
            new CodeLayout("bottom", 4, 6, [256, 3, 7])]);

    private static readonly Dictionary<string, string> Metadata = new()
    {
        ["kind"] = "codes",
        ["model"] = Hash,
        ["grids"] = "top,bottom",
        ["image"] = "3,16,24",
        ["codebooks.top"] = "5",
        ["codebooks.bottom"] = "300,2",
    };

    private readonly TemporaryFolder folder = new();

    private string File => folder.At("codes.safetensors");

    public void Dispose() => folder.Dispose();

    [Property(AtLeast = 200)]
    public Property Grids_of_any_levels_come_back_in_their_order() => Drawn.ForAll(
        draw =>
            from images in draw.Between(1, 4)
            from count in draw.Between(1, 3)
            from layouts in Layouts(draw).ArrayOf(count)
            from piece in draw.Between(1, 4)
            from seed in Gen.Choose(0, int.MaxValue)
            select (Images: images, Layouts: layouts.Select((layout, i) => layout with { Name = $"{"zab"[i]}" }).ToArray(),
                Piece: piece, Seed: seed),
        c =>
        {
            var header = Header with { Images = c.Images, Layouts = c.Layouts };
            var ids = Draw(header, c.Seed);
            CodeStore.Write(File, header, Pieces(header, ids, c.Piece));
            using var store = CodeStore.Open(File);
            AssertHolds(header, ids, store);
        });

    [Theory]
    [InlineData(new[] { 1 }, SafetensorsType.U8)]
    [InlineData(new[] { 256 }, SafetensorsType.U8)]
    [InlineData(new[] { 257 }, SafetensorsType.U16)]
    [InlineData(new[] { 65536 }, SafetensorsType.U16)]
    [InlineData(new[] { 65537 }, SafetensorsType.I32)]
    [InlineData(new[] { int.MaxValue }, SafetensorsType.I32)]
    [InlineData(new[] { 2, 300, 4 }, SafetensorsType.U16)]
    public void Indices_take_the_smallest_whole_numbers_that_hold_the_largest_codebook(int[] sizes, SafetensorsType type)
    {
        var header = Header with { Images = 1, Layouts = [new CodeLayout("codes", 1, 1, [.. sizes])] };
        int[] largest = [.. sizes.Select(k => k - 1)];
        CodeStore.Write(File, header, [[largest]]);
        using (var file = SafetensorsFile.Open(File))
        {
            Assert.Equal((type, "codes"), (Assert.Single(file.Entries).Type, file.Entries[0].Name));
        }

        using var store = CodeStore.Open(File);
        Assert.Equal(largest, store.ReadImage(0, 0));
    }

    [Fact]
    public void The_file_is_a_safetensors_file_with_a_tensor_for_each_grid()
    {
        CodeStore.Write(File, Header, [Draw(Header, seed: 1)]);

        using var file = SafetensorsFile.Open(File);
        file.VerifyDigest();
        Assert.Equal([3, 1, 2, 3], file.Find("top")!.Shape);
        Assert.Equal([3, 2, 1, 2], file.Find("middle")!.Shape);
        Assert.Equal([3, 3, 4, 6], file.Find("bottom")!.Shape);
        Assert.Equal(
            [("codebooks.bottom", "256,3,7"), ("codebooks.middle", "65537,2"), ("codebooks.top", "257"),
                ("grids", "top,middle,bottom"),
                ("image", "3,16,24"), ("kind", "codes"), ("model", Hash)],
            file.Metadata.Where(pair => pair.Key != "sha256").Select(pair => (pair.Key, pair.Value)).Order());
    }

    [Fact]
    public void Which_images_and_which_checkpoint_they_were_of_come_back()
    {
        var header = Header with { Content = new string('d', 64), Checkpoint = "runs/a/step-00000004.safetensors", Step = 4 };
        CodeStore.Write(File, header, [Draw(header, seed: 1)]);
        using var store = CodeStore.Open(File);
        AssertHolds(header, Draw(header, seed: 1), store);
    }

    /// <summary>One reading for each grid: 60 000 images take no longer than their bytes.</summary>
    [Fact]
    public void A_whole_training_set_is_read_at_once()
    {
        var header = Header with { Images = 60_000, Layouts = [new CodeLayout("codes", 7, 7, [128])] };
        var ids = Draw(header, seed: 1);
        int[] labels = [.. Enumerable.Range(0, header.Images).Select(image => image % 10)];
        string[] names = [.. Enumerable.Range(0, header.Images).Select(image => $"{image % 10}/{image}.png")];
        CodeStore.Write(File, header, [ids], ImageRecords.Create(File, header.Images, labels, [], names));
        using var store = CodeStore.Open(File);
        Assert.Equal(ids[0], (int[])store.ReadImages(0, 0, header.Images));
        Assert.Equal(labels, store.Records.Labels.ToArray());
        Assert.Equal(names, Enumerable.Range(0, header.Images).Select(store.Records.Name));
    }

    [Fact]
    public void What_the_reader_would_refuse_is_not_written()
    {
        var header = Header with { Images = 1, Layouts = [new CodeLayout("codes", 1, 2, [5, 3])] };
        Refused("expected 4 indices in codes; got 3.", [0, 1, 2]);
        Refused("expected 4 indices in codes; got more.", [0, 1, 2, 2, 0]);
        Refused("expected indices below 5 in codes; got 5 in image 0.", [0, 5, 0, 0]);
        Refused("expected indices below 3 in codes; got 3 in image 0.", [4, 4, 0, 3]);
        Refused("expected indices below 5 in codes; got -1 in image 0.", [-1, 0, 0, 0]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));

        void Refused(string message, int[] ids) => Assert.StartsWith(
            $"{File}: {message}", Assert.Throws<RunException>(() => CodeStore.Write(File, header, [[ids]])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_hand_made_file_is_read()
    {
        Save(Metadata, Top(), Bottom());
        using var store = CodeStore.Open(File);
        Assert.Equal([new CodeLayout("top", 1, 2, [5]), new CodeLayout("bottom", 1, 2, [300, 2])], store.Header.Layouts);
        Assert.Equal((2, 3, 16, 24, Hash), Sizes(store));
        Assert.Equal([3, 4], Ids(store, 0, 1));
        Assert.Equal([258, 3, 1, 0], Ids(store, 1, 1));
    }

    [Theory]
    [InlineData("kind", null, "expected a file of codes; got a safetensors file of another kind. Make one with encode.")]
    [InlineData("kind", "weights", "expected a file of codes; got a safetensors file of another kind.")]
    [InlineData("image", null, "expected whole numbers of at least 1 as image; got ''.")]
    [InlineData("image", "3,16", "expected three numbers as image; got 2.")]
    [InlineData("image", "3,16,-8", "expected whole numbers of at least 1 as image; got '3,16,-8'.")]
    [InlineData("image", "3,16,99999999999", "expected whole numbers of at least 1 as image; got '3,16,99999999999'.")]
    [InlineData("grids", null, "expected a tensor for each of its grids; got 2 tensors for 1 grids.")]
    [InlineData("grids", "top", "expected a tensor for each of its grids; got 2 tensors for 1 grids.")]
    [InlineData("grids", "top,top", "expected a tensor for each of its grids; got 2 tensors for 2 grids.")]
    [InlineData("grids", "top,left", "expected a tensor for each of its grids; got 2 tensors for 2 grids.")]
    [InlineData("codebooks.top", null, "expected whole numbers of at least 1 as codebooks.top; got ''.")]
    [InlineData("codebooks.top", "0", "expected whole numbers of at least 1 as codebooks.top; got '0'.")]
    [InlineData("codebooks.top", "5,5", "expected a tensor top of 2 images, 2 levels, rows and columns; got (2, 1, 1, 2).")]
    [InlineData("codebooks.bottom", "300", "expected a tensor bottom of 2 images, 1 levels, rows and columns; got (2, 2, 1, 2).")]
    [InlineData("codebooks.top", "4", "expected indices below 4 in top; got 4 in image 1.")]
    [InlineData("codebooks.bottom", "300,1", "expected indices below 1 in bottom; got 1 in image 0.")]
    [InlineData("codebooks.top", "300", "expected U16 as the type of top, whose largest codebook has 300 codes; got U8.")]
    [InlineData("codebooks.bottom", "256,2", "expected U8 as the type of bottom, whose largest codebook has 256 codes; got U16.")]
    public void Metadata_that_lie_are_told_in_one_line(string key, string? value, string message)
    {
        var metadata = new Dictionary<string, string>(Metadata);
        _ = value is null ? metadata.Remove(key) : (metadata[key] = value) == value;
        Save(metadata, Top(), Bottom());

        Refused(message);
    }

    [Fact]
    public void Tensors_that_lie_are_told_in_one_line()
    {
        Save(Metadata, TensorData.OfBytes("top", SafetensorsType.U8, [1, 1, 1, 4], new byte[4]), Bottom());
        Refused("expected a tensor bottom of 1 images, 2 levels, rows and columns; got (2, 2, 1, 2).");
        Save(Metadata, TensorData.OfBytes("top", SafetensorsType.U8, [2, 2], new byte[4]), Bottom());
        Refused("expected a tensor top of 2 images, 1 levels, rows and columns; got (2, 2).");
        Save(Metadata, TensorData.OfBytes("top", SafetensorsType.U8, [2, 1, 0, 2], Array.Empty<byte>()), Bottom());
        Refused("expected a tensor top of 2 images, 1 levels, rows and columns; got (2, 1, 0, 2).");
        Save(Metadata, TensorData.OfBytes("top", SafetensorsType.U8, [], new byte[1]), Bottom());
        Refused("expected a tensor top of 0 images, 1 levels, rows and columns; got ().");
        foreach (var type in new[] { SafetensorsType.F32, SafetensorsType.I64, SafetensorsType.I8, SafetensorsType.BOOL,
            SafetensorsType.U16 })
        {
            Save(Metadata, TensorData.OfBytes("top", type, [2, 1, 1, 2], new byte[4 * type.ByteSize()]), Bottom());
            Refused($"expected U8 as the type of top, whose largest codebook has 5 codes; got {type}.");
        }

        Save(Metadata, Bottom());
        Refused("expected a tensor for each of its grids; got 1 tensors for 2 grids.");
        Save(Metadata);
        Refused("expected a file of codes; got a safetensors file of another kind.");
    }

    [Fact]
    public void A_damaged_file_and_one_without_a_checksum_are_refused()
    {
        Save(Metadata, Top(), Bottom());
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes[^1] ^= 1;
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Contains("expected the checksum", Assert.Throws<SafetensorsException>(() => CodeStore.Open(File)).Message,
            StringComparison.Ordinal);

        System.IO.File.WriteAllBytes(File, HandMade.Written([Top(), Bottom()], Metadata));
        Assert.Contains("expected a checksum", Assert.Throws<SafetensorsException>(() => CodeStore.Open(File)).Message,
            StringComparison.Ordinal);
        Assert.Contains("got none of that name", Assert.Throws<RunException>(() => CodeStore.Open(folder.At("none"))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "got a folder", Assert.Throws<RunException>(() => CodeStore.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Property(AtLeast = 2000)]
    public Property Random_damage_ends_in_one_line_or_in_a_whole_file_and_costs_little_memory()
    {
        CodeStore.Write(
            File, Header, [Draw(Header, seed: 1)], ImageRecords.Create(File, 3, [1, 0, 1], ["a", "b"], ["a/x", "b/y", "z"]));
        var good = System.IO.File.ReadAllBytes(File);
        return Drawn.ForAll(
            draw =>
                from count in draw.Between(1, 20)
                from changes in draw.Between(0, good.Length - 1).Zip(draw.Between(0, 255)).ArrayOf(count)
                from missing in draw.Of(Gen.OneOf(Gen.Constant(0), Gen.Choose(0, good.Length)))
                from mend in draw.Flag()
                select (Changes: changes, Length: good.Length - missing, Mend: mend),
            c =>
            {
                var bytes = good.ToArray();
                foreach (var (at, value) in c.Changes)
                {
                    bytes[at] = (byte)value;
                }

                System.IO.File.WriteAllBytes(File, c.Mend ? Mended(bytes[..c.Length]) : bytes[..c.Length]);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    using var store = CodeStore.Open(File);
                    for (var grid = 0; grid < store.Header.Layouts.Count; grid++)
                    {
                        Assert.Equal(
                            store.Header.Layouts[grid].NumbersPerImage, store.ReadImage(grid, store.Header.Images - 1).Length);
                    }

                    var label = store.Records.Label(store.Header.Images - 1);
                    Assert.InRange(label, -1, store.Records.Classes - 1);
                    Assert.Equal(store.Records.HasNames, store.Records.Name(store.Header.Images - 1) is not null);
                }
                catch (Exception exception) when (exception is RunException or SafetensorsException)
                {
                    Assert.DoesNotContain('\n', exception.Message);
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
            });
    }

    [Fact]
    public void A_file_of_the_earlier_format_is_read_as_one_grid()
    {
        var old = new CodeFileHeader(
            Images: 2, LatentHeight: 2, LatentWidth: 3, CodebookSize: 600, Channels: 3, ImageHeight: 8, ImageWidth: 12,
            ModelHash: Hash);
        int[] ids = [0, 1, 2, 3, 4, 599, 5, 6, 7, 8, 9, 10];
        CodeFile.Write(File, old, writer => writer.Write(ids));

        using var store = CodeStore.Open(File);

        Assert.Equal([new CodeLayout("codes", 2, 3, [600])], store.Header.Layouts);
        Assert.Equal((2, 3, 8, 12, Hash), Sizes(store));
        Assert.Equal([ids[..6], ids[6..]], new[] { Ids(store, 0, 0), Ids(store, 0, 1) });
    }

    [Fact]
    public void Codes_of_another_model_are_refused()
    {
        using var device = Device.Open("cpu");
        var quantizer = new VectorQuantizerOptions { CodebookSize = 5, CodeDim = 4 };
        using var model = new VqVae2Options { Hidden = 8, Quantizer = quantizer }.Build(new ModuleScope(device, seed: 1));
        using var other = new VqVaeOptions { Hidden = 8, Quantizer = quantizer }.Build(new ModuleScope(device, seed: 1));
        var header = Header with { Images = 1, Layouts = model.Layouts(16, 24) };
        Write(header).CheckModel(File, Hash, model);
        Refused("expected codes of the model ffffffffffff…; got those of 000102030405….", header, new string('f', 64), model);
        Refused("expected codes of the model 000102030405…; got those of ….", header with { ModelHash = "" }, Hash, model);
        Refused("expected codes of images of 3 channels; got those of 24×16×1.", header with { Channels = 1 }, Hash, model);
        Write(header with { Width = 17, Height = 9 }).CheckModel(File, Hash, model); // as of 24×16, the next that 8 divides
        Refused(
            "expected grids top 2×4 of 5 codes and bottom 4×8 of 5 codes of images of 25×16; got top 2×3",
            header with { Width = 25 }, Hash, model);
        Refused("expected grids top 3×3 of 5 codes", header with { Height = 17 }, Hash, model);
        Refused("expected grids top 1×3 of 5 codes", header with { Height = 8 }, Hash, model);
        Refused("expected grids top 268435455×3 of 5 codes", header with { Height = int.MaxValue }, Hash, model);
        Refused(
            "expected grids top 2×4 of 5 codes and bottom 4×8 of 5 codes of images of 32×16; got top 2×3 of 5 codes and bottom "
                + "4×6 of 5 codes.",
            header with { Width = 32 }, Hash, model);
        Refused("expected grids codes 4×6 of 5 codes of images of 24×16; got top 2×3", header, Hash, other);
        Refused(
            "got bottom 4×6 of 5 codes and top 2×3 of 5 codes.", header with { Layouts = [.. header.Layouts.Reverse()] }, Hash,
            model);

        void Refused(string message, CodeStoreHeader written, string hash, Autoencoder decoder)
        {
            using var store = Write(written);
            var error = Assert.Throws<RunException>(() => store.CheckModel(File, hash, decoder)).Message;
            Assert.StartsWith($"{File}: expected ", error, StringComparison.Ordinal);
            Assert.Contains(message, error, StringComparison.Ordinal);
        }

        CodeStore Write(CodeStoreHeader written)
        {
            CodeStore.Write(File, written, [Draw(written, seed: 1)]);
            return CodeStore.Open(File);
        }
    }

    [Fact]
    public void Latent_numbers_come_back_bit_for_bit_and_those_that_are_not_finite_are_refused()
    {
        var header = Header with { Images = 2, Layouts = [new LatentLayout("latents", 3, 1, 2)] };
        float[] numbers = [1.5f, -0f, float.Epsilon, float.MaxValue, -2, 3, 4, 5, 6, 7, 8, 0.1f];
        CodeStore.Write(File, header, [[numbers[..6]], [numbers[6..]]]);
        using (var store = CodeStore.Open(File))
        {
            Assert.Equal(header, store.Header with { Layouts = header.Layouts });
            Assert.Equal(header.Layouts, store.Header.Layouts);
            Assert.Equal(Bits(numbers), Bits((float[])store.ReadImages(0, 0, 2)));
            Assert.Equal(numbers[6..], (float[])store.ReadImage(0, 1));
        }

        numbers[7] = float.NaN;
        Assert.Equal(
            $"{File}: expected finite numbers in latents; got NaN in image 1. Look with evaluate whether the model is whole, and "
                + "make the file again with encode.",
            Assert.Throws<RunException>(() => CodeStore.Write(File, header, [[numbers]])).Message);
        Assert.StartsWith(
            $"{File}: expected 12 numbers in latents; got 6.",
            Assert.Throws<RunException>(() => CodeStore.Write(File, header, [[numbers[..6]]])).Message, StringComparison.Ordinal);

        static IEnumerable<int> Bits(float[] numbers) => numbers.Select(BitConverter.SingleToInt32Bits);
    }

    private static Gen<CodeLayout> Layouts(Choices draw) =>
        from height in draw.Between(1, 5)
        from width in draw.Between(1, 5)
        from levels in draw.Between(1, 3)
        from sizes in draw.Of(Gen.OneOf(Gen.Choose(1, 300), Gen.Elements(65535, 65536, 65537, int.MaxValue)), least: 1)
            .ArrayOf(levels)
        select new CodeLayout("", height, width, [.. sizes]);

    private static int[] Ids(CodeStore store, int grid, int image) => (int[])store.ReadImage(grid, image);

    /// <summary>Indices of all images of each grid.</summary>
    private static int[][] Draw(CodeStoreHeader header, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. header.Layouts.Cast<CodeLayout>().Select(layout => Enumerable.Range(
                0, header.Images * layout.IndicesPerImage).Select(
                i => random.Next(layout.CodebookSizes[i % layout.IndicesPerImage / (layout.Height * layout.Width)])).ToArray()),
        ];
    }

    private static IEnumerable<int[][]> Pieces(CodeStoreHeader header, int[][] ids, int images)
    {
        for (var first = 0; first < header.Images; first += images)
        {
            var lengths = header.Layouts.Select(layout => layout.NumbersPerImage);
            yield return [.. ids.Zip(lengths, (all, length) => all.Skip(first * length).Take(images * length).ToArray())];
        }
    }

    private static void AssertHolds(CodeStoreHeader header, int[][] ids, CodeStore store)
    {
        Assert.Equal(header.Layouts, store.Header.Layouts);
        Assert.Equal(header, store.Header with { Layouts = header.Layouts });
        for (var grid = 0; grid < ids.Length; grid++)
        {
            Assert.Equal(ids[grid], Enumerable.Range(0, header.Images).SelectMany(image => Ids(store, grid, image)));
            var length = header.Layouts[grid].NumbersPerImage;
            for (var first = 0; first <= header.Images; first++)
            {
                var count = (header.Images - first + 1) / 2;
                Assert.Equal(
                    ids[grid][(first * length)..((first + count) * length)], (int[])store.ReadImages(grid, first, count));
            }

            Assert.Throws<ArgumentOutOfRangeException>(() => store.ReadImages(grid, 1, header.Images));
            Assert.Throws<ArgumentOutOfRangeException>(() => store.ReadImages(grid, -1, 1));
        }
    }

    private static (int, int, int, int, string) Sizes(CodeStore store) =>
        (store.Header.Images, store.Header.Channels, store.Header.Height, store.Header.Width, store.Header.ModelHash);

    private static TensorData Top() => TensorData.OfBytes("top", SafetensorsType.U8, [2, 1, 1, 2], new byte[] { 0, 1, 3, 4 });

    private static TensorData Bottom() => TensorData.OfBytes(
        "bottom", SafetensorsType.U16, [2, 2, 1, 2], new byte[] { 1, 0, 2, 0, 0, 0, 1, 0, 2, 1, 3, 0, 1, 0, 0, 0 });

    private void Save(Dictionary<string, string> metadata, params TensorData[] tensors) =>
        System.IO.File.WriteAllBytes(File, HandMade.Written(tensors, metadata, digest: true));

    private void Refused(string message)
    {
        var error = Assert.Throws<RunException>(() => CodeStore.Open(File)).Message;
        Assert.StartsWith($"{File}: {message}", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    /// <summary>The bytes with the checksum that belongs to them, where a place for one is left.</summary>
    private static byte[] Mended(byte[] bytes)
    {
        const int digits = 64;
        var key = Encoding.ASCII.GetBytes("\"sha256\":\"");
        var start = bytes.AsSpan().IndexOf(key) + key.Length;
        if (start < key.Length || start + digits > bytes.Length)
        {
            return bytes;
        }

        bytes.AsSpan(start, digits).Fill((byte)'0');
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes))).CopyTo(bytes, start);
        return bytes;
    }
}
