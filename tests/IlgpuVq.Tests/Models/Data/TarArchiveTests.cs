using System.Formats.Tar;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class TarArchiveTests
{
    private static readonly HashSet<string> Wanted = ["set/a.bin", "set/b.bin"];

    private static readonly (TarEntryType, string, byte[])[] Good =
    [
        (TarEntryType.Directory, "set/", []),
        (TarEntryType.RegularFile, "set/readme.html", [9]),
        (TarEntryType.RegularFile, "set/a.bin", [1, 2]),
        (TarEntryType.RegularFile, "./set/b.bin", [3]),
    ];

    [Fact]
    public void Wanted_files_are_taken_out_over_what_is_there()
    {
        using var folder = new TemporaryFolder();
        folder.Write("set/a.bin", [7, 7, 7]);
        TarArchive.Extract(folder.Write("x.tar.gz", Archive(Good)), Wanted, folder.Path);
        Assert.Equal([1, 2], File.ReadAllBytes(folder["set", "a.bin"]));
        Assert.Equal([3], File.ReadAllBytes(folder["set", "b.bin"]));
        Assert.Equal(3, Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Count(File.Exists));
    }

    [Theory]
    [InlineData(TarEntryType.RegularFile, "../evil")]
    [InlineData(TarEntryType.RegularFile, "set/../../evil")]
    [InlineData(TarEntryType.RegularFile, "set\\..\\..\\evil")]
    [InlineData(TarEntryType.RegularFile, "/tmp/ilgpuvq-evil")]
    [InlineData(TarEntryType.RegularFile, "C:/evil")]
    [InlineData(TarEntryType.SymbolicLink, "set/a.bin")]
    [InlineData(TarEntryType.HardLink, "set/a.bin")]
    [InlineData(TarEntryType.CharacterDevice, "set/a.bin")]
    public void An_entry_that_would_leave_the_folder_refuses_the_whole_archive(TarEntryType type, string name)
    {
        using var folder = new TemporaryFolder();
        var inside = folder["inside", "x.tar.gz"];
        File.WriteAllBytes(inside, Archive([Good[0], Good[2], (type, name, [6])]));
        var error = Assert.Throws<DataException>(() => TarArchive.Extract(inside, Wanted, Path.GetDirectoryName(inside)!));
        Assert.Equal(
            $"{inside}: expected only files and folders below its own; got {type} \"{name}\". Do not trust this archive.",
            error.Message);
        Assert.Equal([inside], Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Where(File.Exists));
        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(inside)!));
    }

    [Fact]
    public void A_missing_entry_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        var archive = folder.Write("x.tar.gz", Archive(Good[..3]));
        var error = Assert.Throws<DataException>(() => TarArchive.Extract(archive, Wanted, folder.Path));
        Assert.Equal($"{archive}: expected an entry set/b.bin; got none.", error.Message);
        Assert.Equal([archive], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_truncated_archive_gives_all_files_or_none()
    {
        using var folder = new TemporaryFolder();
        var whole = Archive(Good);
        var refused = 0;
        for (var length = 0; length < whole.Length; length++)
        {
            var archive = folder.Write("x.tar.gz", whole[..length]);
            var error = Record.Exception(() => TarArchive.Extract(archive, Wanted, folder.Path));
            if (error is null) // only the end marks of tar and gzip are missing
            {
                Assert.Equal([1, 2], File.ReadAllBytes(folder["set", "a.bin"]));
                Assert.Equal([3], File.ReadAllBytes(folder["set", "b.bin"]));
                Directory.Delete(folder["set"], recursive: true);
                continue;
            }

            refused++;
            Assert.IsType<DataException>(error);
            Assert.Equal([archive], Directory.GetFileSystemEntries(folder.Path));
        }

        Assert.InRange(refused, whole.Length / 2, whole.Length);
    }

    [Fact]
    public void Noise_is_no_archive()
    {
        using var folder = new TemporaryFolder();
        var noise = folder.Write("x.tar.gz", Gzip([.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]));
        var error = Assert.Throws<DataException>(() => TarArchive.Extract(noise, Wanted, folder.Path));
        Assert.Contains("expected a whole .tar.gz; got damaged data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cifar_is_fetched_unpacked_and_tidied_up()
    {
        using var folder = new TemporaryFolder();
        using var server = new LoopbackServer();
        var names = Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin").Append("test_batch.bin");
        var entries = names.Select((name, i) => (TarEntryType.RegularFile, $"cifar-10-batches-bin/{name}", Cifar((byte)i)));
        var archive = Archive([.. entries]);
        var known = new KnownDataSet(
            "cifar10", ["cifar-10-batches-bin"], [DownloaderTests.Remote("c.tar.gz", archive, server.Serve("/c", archive))]);
        folder.Write("cifar-10-batches-bin/data_batch_1.bin", Cifar(9, 9)); // a part of the set is completed, not kept
        var data = Cifar10.Open(known, new DataSetOptions { Root = folder.Path, Download = true });
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, data.Count).Select(data.Label));
        Assert.Empty(data.Notes);
        Assert.Equal([folder["cifar-10-batches-bin"]], Directory.GetFileSystemEntries(folder.Path));
        Assert.Equal(1, Cifar10.Open(known, new DataSetOptions { Root = folder.Path, Split = "test" }).Count);
    }

    private static byte[] Archive((TarEntryType Type, string Name, byte[] Content)[] entries)
    {
        using var target = new MemoryStream();
        using (var writer = new TarWriter(target, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (type, name, content) in entries)
            {
                var entry = new UstarTarEntry(type, name);
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                {
                    entry.LinkName = "/etc/passwd";
                }
                else if (type == TarEntryType.RegularFile)
                {
                    entry.DataStream = new MemoryStream(content);
                }

                writer.WriteEntry(entry);
            }
        }

        return Gzip(target.ToArray());
    }
}
