using System.Diagnostics;
using System.Net.Sockets;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

/// <summary>What lies in folders of images beside images.</summary>
public sealed class FolderFilesTests : IDisposable
{
    private static readonly DataSetOptions Options = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Links_that_lead_round_end_and_each_file_counts_once()
    {
        Image(folder, "cat/1.png", 1, 1, 1);
        Image(folder, "dog/2.png", 1, 1, 2);
        Link("cat/again", "..");
        Link("cat/here", ".");
        Link("cat/friends", "../dog");
        Link("dog/friends", "../cat");
        Link("cat/copy.png", "1.png");
        Link("apes", "cat");
        Link("birds/1.png", "../cat/1.png"); // where the file itself lies is its class
        Link("round", "round");
        var data = Open(Options);
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal([(0, 1), (1, 2)], Enumerable.Range(0, data.Count).Select(i => (data.Label(i), (int)Read(data, i)[0])));
        Assert.Contains($"{folder.Path}: links to files that are there already do not count again: 2.", data.Notes);
    }

    [Fact]
    public void What_links_lead_to_outside_is_part_of_the_set_once()
    {
        using var elsewhere = new TemporaryFolder();
        Image(elsewhere, "x/1.png", 1, 1, 1);
        var single = Image(elsewhere, "2.png", 1, 1, 2);
        Link("cat", elsewhere.At("x"));
        Link("dog", elsewhere.At("x"));
        Link("sub/a.png", single);
        Link("sub/b.png", single);
        Link(elsewhere.At("x/back"), folder.Path);
        var data = Open(Options);
        Assert.Equal(["cat", "sub"], data.ClassNames);
        Assert.Equal(2, data.Count);

        using var roots = new TemporaryFolder();
        File.CreateSymbolicLink(roots.At("link"), folder.Path);
        Assert.Equal(2, DataSets.Open(roots.At("link"), Options).Count);
    }

    [Fact]
    public async Task Pipes_sockets_and_devices_are_passed_over()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs pipes that are files");
        Image(folder, "1.png", 1, 1, 1);
        using (var process = Process.Start("mkfifo", [folder.At("pipe")]))
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.At("socket")));
        Link("pipe.png", "pipe");
        Link("zero", "/dev/zero");
        Link("null", "/dev/null");
        var data = await Task.Run(() => Open(Options)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(1, data.Count);
        Assert.Contains(
            data.Notes, note => note.StartsWith($"{folder.Path}: skipped 4 that are no images: ", StringComparison.Ordinal));

        var error = await Task.Run(() => Record.Exception(() => ImageFile.Load(folder.At("pipe"))))
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.EndsWith("; got an empty file, a pipe, a socket or a device.", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_image_is_skipped_counted_and_named_or_refused()
    {
        Image(folder, "a.png", 2, 3, 1);
        folder.Write("Thumbs.db", [1, 2]);
        folder.Write(".DS_Store", [1]);
        var text = folder.Write("b.txt", "hello"u8.ToArray());
        folder.Write("empty.png", []);
        Directory.CreateDirectory(folder.At("sub"));
        var data = Open(Options);
        Assert.Equal(1, data.Count);
        const string rule = "expected a PNG, JPEG, BMP, GIF, WebP or TIFF image; got";
        Assert.Equal(
            $"{folder.Path}: skipped 4 that are no images: Thumbs.db ({rule} a file that starts with 0102), b.txt ({rule} a file "
                + $"that starts with 68656C6C6F), empty.png ({rule} an empty file, a pipe, a socket or a device), and 1 more.",
            data.Notes[1]);

        File.Delete(folder.At("Thumbs.db"));
        AssertRefused(folder.Path, Options with { Strict = true }, $"{text}: {rule} a file that starts with 68656C6C6F.");
        File.Delete(text);
        File.Delete(folder.At("empty.png"));
        AssertRefused(
            folder.Path, Options with { Strict = true },
            $"{folder.At("sub")}: expected an image or a folder of images; got a folder without images. Move or remove it.");
        Directory.Delete(folder.At("sub"));
        Assert.Equal(1, Open(Options with { Strict = true }).Count);

        File.Delete(folder.At("a.png"));
        folder.Write("c.txt", [7]);
        AssertRefused(
            folder.Path, Options,
            $"{folder.Path}: expected images, or a sub-folder of images for each class; got none; 1 skipped: c.txt ({rule} ");
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    [InlineData(".gif")]
    [InlineData(".bmp")]
    [InlineData(".webp")]
    [InlineData(".tif")]
    public void A_file_that_was_cut_is_found_at_opening(string extension)
    {
        // No two pixels alike, so that nothing packs into the first bytes.
        var noise = new byte[40 * 40 * 3];
        new Random(1).NextBytes(noise);
        ImageFile.Save(folder.At("whole" + extension), new DecodedImage(40, 40, 3, noise));
        var content = File.ReadAllBytes(folder.At("whole" + extension));
        var cut = folder.Write("cut" + extension, content[..^(content.Length / 4)]);
        var data = Open(Options);
        Assert.Equal(1, data.Count);
        Assert.Contains(data.Notes, note => note.StartsWith(
            $"{folder.Path}: skipped 1 that is no image: cut{extension} (", StringComparison.Ordinal));
        AssertRefused(folder.Path, Options with { Strict = true }, cut);
    }

    [Fact]
    public void A_file_with_something_behind_its_image_is_an_image()
    {
        foreach (var extension in (string[])[".png", ".jpg", ".gif", ".bmp"])
        {
            ImageFile.Save(folder.At("a" + extension), new DecodedImage(8, 8, 1, new byte[64]));
            File.AppendAllText(folder.At("a" + extension), "more");
        }

        Assert.Equal(4, Open(Options with { Strict = true }).Count);
    }

    [Fact]
    public void Damage_behind_the_header_is_found_in_as_many_as_are_decoded_at_opening()
    {
        for (byte i = 0; i < 6; i++)
        {
            Image(folder, $"{i}.png", 9, 9, i);
        }

        FlipAByte(folder.At("1.png"));
        FlipAByte(folder.At("4.png"));
        Assert.Equal(6, Open(Options).Count);
        var first = Open(Options with { DecodedAtOpening = 3 });
        Assert.Equal([0, 2, 3], Enumerable.Range(0, 3).Select(i => (int)Read(first, i)[0]));
        Assert.Equal(5, first.Count);
        Assert.Throws<DataException>(() => Read(first, 3));
        foreach (var cache in (long[])[0, 1 << 20])
        {
            var all = Open(Options with { DecodedAtOpening = int.MaxValue, CacheBytes = cache });
            Assert.Equal([0, 2, 3, 5], Enumerable.Range(0, all.Count).Select(i => (int)Read(all, i)[0]));
            Assert.Contains("skipped 2 that are no images: 1.png (expected ", all.Notes[1], StringComparison.Ordinal);
        }

        AssertRefused(
            folder.Path, Options with { DecodedAtOpening = int.MaxValue, Strict = true }, $"{folder.At("1.png")}: expected ");
        Array.ForEach(["0", "2", "3", "5"], name => File.Delete(folder.At(name + ".png")));
        AssertRefused(
            folder.Path, Options with { DecodedAtOpening = 1 },
            $"{folder.Path}: expected images that decode; got none; 2 skipped: 1.png (");
    }

    [Fact]
    public void Folders_that_the_caller_leaves_out_are_neither_classes_nor_images()
    {
        Image(folder, "a.png", 1, 1, 1);
        Image(folder, "runs/x/samples/b.png", 1, 1, 2);
        Image(folder, "runs/y/samples/b.png", 1, 1, 2);
        var options = Options with
        {
            Strict = true,
            LeaveOut = path => Path.GetFileName(Path.GetDirectoryName(path)) == "runs" ? "a run" : null,
        };
        AssertRefused(folder.Path, Options, "images either all in sub-folders or all beside each other");
        var data = Open(options);
        Assert.Equal(1, data.Count);
        Assert.Equal($"{folder.Path}: skipped 2 that are no images: runs/x (a run), runs/y (a run).", data.Notes[1]);
    }

    [Fact]
    public void Images_lie_upright_through_a_folder_of_every_format_that_says_so()
    {
        byte[] upright = [1, 2, 3, 4, 5, 6], stored = [3, 6, 2, 5, 1, 4];
        const uint turned = 6;
        folder.Write("a.tif", TiffBuilder.Image(2, 3, 1, [8], stored, (TiffBuilder.Orientation, [turned])));
        var webp = WebPTests.Parts(WebPTests.Lossless(
            new DecodedImage(2, 3, 3, [.. stored.SelectMany(value => new[] { value, value, value })])))["VP8L"];
        folder.Write("b.webp", WebPTests.Riff(
            WebPTests.Chunk("VP8X", [0x08, 0, 0, 0, 1, 0, 0, 2, 0, 0]), WebPTests.Chunk("VP8L", webp),
            WebPTests.Chunk("EXIF", TiffBuilder.Exif(turned))));
        var data = Open(Options);
        Assert.Equal((2, 3, 2, 3), (data.Count, data.Channels, data.Height, data.Width));
        Assert.All(Enumerable.Range(0, 2), i => Assert.Equal([.. upright, .. upright, .. upright], Read(data, i)));

        using var jpegs = new TemporaryFolder();
        jpegs.Write("a.jpg", JpegBuilder.Compose(
            JpegBuilder.Segment(0xE1, TiffBuilder.Exif(turned)), JpegBuilder.Quantization(), JpegBuilder.Huffman(),
            JpegBuilder.Frame(0xC0, 16, 24, (1, 0x11)),
            JpegBuilder.Scan(JpegBuilder.Codes(stored.Select(value => (0, 20 * value))), [1])));
        var jpeg = DataSets.Open(jpegs.Path, Options);
        Assert.Equal((1, 16, 24), (jpeg.Channels, jpeg.Height, jpeg.Width));
        var pixels = Read(jpeg, 0);
        int[] corners = [0, 8, 16, 8 * 24, (8 * 24) + 8, (8 * 24) + 16];
        Assert.Equal(upright.Select(value => 20 * value), corners.Select(at => (int)pixels[at]));
    }

    [Theory]
    [InlineData(1, new byte[] { 9, 135 })]
    [InlineData(3, new byte[] { 9, 9, 9, 255, 90, 51 })]
    public void Grey_and_colours_are_turned_into_what_is_asked_for(int channels, byte[] expected)
    {
        Image(folder, "1.png", 1, 1, 9);
        Image(folder, "2.png", 1, 1, 255, 90, 51);
        // 0.299 · 255 + 0.587 · 90 + 0.114 · 51 = 134.9
        var data = Open(Options with { Channels = channels });
        Assert.Equal(channels, data.Channels);
        Assert.Equal(expected, Enumerable.Range(0, 2).SelectMany(i => Read(data, i)));
    }

    private ImageDataSet Open(DataSetOptions options) => DataSets.Open(folder.Path, options);

    /// <summary>A link below the folder; its target is as it stands in the link.</summary>
    private void Link(string name, string target) => File.CreateSymbolicLink(
        Path.IsPathRooted(name) ? name : folder[name.Split('/')], target);
}
