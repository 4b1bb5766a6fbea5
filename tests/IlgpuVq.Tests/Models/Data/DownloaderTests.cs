using System.Security.Cryptography;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class DownloaderTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * i))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_good_file_arrives_whole_and_is_not_fetched_again()
    {
        using var folder = new TemporaryFolder();
        using var server = new LoopbackServer();
        var file = Remote("data.bin", Content, server.Serve("/data.bin", Content));
        var progress = new LastProgress();
        Downloader.Fetch([file], folder.Path, progress, Token);
        Downloader.Fetch([file], folder.Path, progress: null, Token);
        Assert.Equal(Content, File.ReadAllBytes(folder["data.bin"]));
        Assert.Equal(new DownloadProgress("data.bin", Content.Length, Content.Length), progress.Last);
        Assert.Equal(["/data.bin"], server.Requests);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void The_next_mirror_serves_when_one_fails()
    {
        using var folder = new TemporaryFolder();
        using var server = new LoopbackServer();
        var damaged = Content.ToArray();
        damaged[1000] ^= 1;
        var file = Remote(
            "data.bin",
            Content,
            server.Serve("/404", [], "404 Not Found"),
            server.Serve("/short", Content[..^1]),
            server.Serve("/cut", Content[..100_000], announced: Content.Length),
            server.Serve("/damaged", damaged),
            server.ServeRaw("/nonsense", "not http"u8.ToArray()),
            server.Serve("/good", Content));
        Downloader.Fetch([file], folder.Path, progress: null, Token);
        Assert.Equal(Content, File.ReadAllBytes(folder["data.bin"]));
        Assert.Single(Directory.GetFiles(folder.Path));
        Assert.Equal("/good", server.Requests[^1]);
    }

    public static TheoryData<string, string> Failures() => new()
    {
        { "/none", "/none: HTTP 404" },
        { "/short", "/short: expected 200000 bytes, got 199999" },
        { "/long", "/long: expected 200000 bytes, got 200001" },
        { "/endless", "/endless: expected 200000 bytes, got more" },
        { "/early", "/early: expected 200000 bytes, got 100" },
        { "/cut", "/cut: " },
        { "/damaged", "/damaged: expected SHA-256 " },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_bad_file_leaves_nothing_but_one_line(string path, string reason)
    {
        using var folder = new TemporaryFolder();
        using var server = new LoopbackServer();
        var damaged = Content.ToArray();
        damaged[^1] ^= 1;
        server.Serve("/short", Content[..^1]);
        server.Serve("/long", [.. Content, 0]);
        server.ServeRaw("/endless", [.. "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8, .. Content, 0]);
        server.ServeRaw("/early", [.. "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8, .. Content[..100]]);
        server.Serve("/cut", Content[..100_000], announced: Content.Length);
        var root = server.Serve("/damaged", damaged);
        var file = Remote("data.bin", Content, new Uri(root, path));
        var error = Assert.Throws<DataException>(() => Downloader.Fetch([file], folder.Path, progress: null, Token));
        Assert.StartsWith("data.bin: download failed (", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_server_that_is_not_there_is_one_line()
    {
        using var folder = new TemporaryFolder();
        Uri gone;
        using (var server = new LoopbackServer())
        {
            gone = server.Serve("/", []);
        }

        var error = Assert.Throws<DataException>(
            () => Downloader.Fetch([Remote("data.bin", Content, gone)], folder.Path, progress: null, Token));
        Assert.Contains("refused", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_one_line()
    {
        using var folder = new TemporaryFolder();
        var inTheWay = folder.Write("file", [1]);
        var inside = Path.Combine(inTheWay, "sub");
        var error = Assert.Throws<DataException>(() => Downloader.Fetch([], inside, progress: null, Token));
        Assert.Contains("expected a folder to download to", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        using var server = new LoopbackServer();
        using var stop = new CancellationTokenSource();
        var file = Remote("data.bin", Content, server.Serve("/data.bin", Content));
        Assert.ThrowsAny<OperationCanceledException>(
            () => Downloader.Fetch([file], folder.Path, new CancelAtOnce(stop), stop.Token));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Missing_files_of_a_data_set_are_fetched_when_asked_for()
    {
        using var folder = new TemporaryFolder();
        using var server = new LoopbackServer();
        byte[] images = Gzip(IdxImages(2)), labels = Gzip(IdxLabels(3, 4));
        var known = new KnownDataSet(
            "mnist",
            [Path.Combine("MNIST", "raw"), "mnist"],
            [
                Remote("t10k-images-idx3-ubyte.gz", images, server.Serve("/images", images)),
                Remote("t10k-labels-idx1-ubyte.gz", labels, server.Serve("/labels", labels)),
            ]);
        var options = new DataSetOptions { Root = folder.Path, Split = "test" };
        Assert.Throws<DataException>(() => MnistFamily.Open(known, options));
        var data = MnistFamily.Open(known, options with { Download = true });
        Assert.Equal([3, 4], Enumerable.Range(0, data.Count).Select(data.Label));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder.Path, "MNIST", "raw")).Length);
        Assert.Equal(2, MnistFamily.Open(known, options).Count);
    }

    [Fact]
    public void What_is_published_is_named_with_lengths_and_checksums_of_the_real_files()
    {
        foreach (var known in new[] { MnistFamily.Mnist, MnistFamily.FashionMnist })
        {
            Assert.Equal(4, known.Downloads.Length);
            foreach (var file in known.Downloads)
            {
                var content = File.ReadAllBytes(RealData.Require(known.Name, file.Name));
                Assert.Equal(content.LongLength, file.Length);
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.Sha256);
                Assert.Equal(2, file.Mirrors.Length);
                Assert.All(file.Mirrors, mirror => Assert.Equal(file.Name, Path.GetFileName(mirror.AbsolutePath)));
            }
        }
    }

    internal static RemoteFile Remote(string name, byte[] content, params Uri[] mirrors)
    {
        return new RemoteFile(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), mirrors);
    }

    private sealed class LastProgress : IProgress<DownloadProgress>
    {
        public DownloadProgress Last { get; private set; }

        public void Report(DownloadProgress value) => Last = value;
    }

    private sealed class CancelAtOnce(CancellationTokenSource stop) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => stop.Cancel();
    }
}
