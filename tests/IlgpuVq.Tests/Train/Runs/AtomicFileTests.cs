using IlgpuVq.Tests.Support;
using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train.Runs;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_file_is_created_and_then_replaced()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("file");
        AtomicFile.Write(path, stream => stream.Write("one"u8));
        Assert.Equal("one", File.ReadAllText(path));
        AtomicFile.Write(path, stream => stream.Write("two"u8));
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void The_old_file_stands_until_the_new_one_is_whole_and_was_looked_at()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("file");
        File.WriteAllText(path, "old");
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write("new"u8);
                stream.Flush();
                Assert.Equal("old", File.ReadAllText(path));
            },
            temporary =>
            {
                Assert.Equal("new", File.ReadAllText(temporary));
                Assert.Equal("old", File.ReadAllText(path));
            });
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_disk_has_the_content_before_its_name_and_then_the_name(bool isByName)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a flush of folders");
        using var folder = new TemporaryFolder();
        var path = folder.At("file");
        File.WriteAllText(path, "old");
        var flushed = new List<(string Path, string Content)>();
        DiskSync.Flushed = its => flushed.Add((its, File.ReadAllText(path)));
        try
        {
            if (isByName)
            {
                AtomicFile.WriteByName(path, temporary => File.WriteAllText(temporary, "new"));
            }
            else
            {
                AtomicFile.Write(path, stream => stream.Write("new"u8));
            }
        }
        finally
        {
            DiskSync.Flushed = null;
        }

        Assert.Equal(2, flushed.Count);
        Assert.Equal("old", flushed[0].Content);
        Assert.Contains("/.file.", flushed[0].Path, StringComparison.Ordinal);
        Assert.Equal((folder.Path, "new"), flushed[1]);
    }

    [Fact]
    public void A_failing_callback_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("file");
        File.WriteAllText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidOperationException();
        }));
        Assert.Throws<ArithmeticException>(() => AtomicFile.Write(path, _ => { }, _ => throw new ArithmeticException()));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_writer_by_name_gets_the_name_and_replaces_the_old_file_only_when_it_is_done()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("grid.png");
        File.WriteAllText(path, "old");
        AtomicFile.WriteByName(path, temporary =>
        {
            Assert.Equal("grid.png", Path.GetFileName(temporary));
            File.WriteAllText(temporary, "new");
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("new", File.ReadAllText(path));
        var left = "";
        Assert.Throws<InvalidOperationException>(() => AtomicFile.WriteByName(path, temporary =>
        {
            left = Path.GetDirectoryName(temporary)!;
            File.WriteAllText(temporary, "half");
            throw new InvalidOperationException();
        }));
        Assert.Throws<RunException>(() => AtomicFile.WriteByName(path, _ => throw new IOException("broken")));
        Assert.Throws<RunException>(() => AtomicFile.WriteByName(folder.At("none/grid.png"), _ => { }));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));

        Directory.CreateDirectory(left);
        AtomicFile.RemoveStale(folder.Path);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_writer_by_name_goes_through_a_link_and_leaves_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs symbolic links that anyone may make");
        }

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("data"), "old");
        File.CreateSymbolicLink(folder.At("grid.png"), folder.At("data"));
        AtomicFile.WriteByName(folder.At("grid.png"), temporary =>
        {
            Assert.Equal("grid.png", Path.GetFileName(temporary));
            File.WriteAllText(temporary, "new");
        });
        Assert.Equal("new", File.ReadAllText(folder.At("data")));
        Assert.NotNull(new FileInfo(folder.At("grid.png")).LinkTarget);
    }

    [Fact]
    public void A_picture_is_replaced_not_written_over()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("grid.png");
        File.WriteAllText(path, "old");
        using var reader = new StreamReader(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        PictureFile.Save(path, new DecodedImage(1, 1, 3, [1, 2, 3]));

        Assert.Equal("old", reader.ReadToEnd()); // the file that the name had before
        Assert.Equal([1, 2, 3], ImageFile.Load(path).Pixels.ToArray());
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.StartsWith(
            $"{folder.At("grid.xyz")}: ",
            Assert.Throws<DataException>(() => PictureFile.Save(folder.At("grid.xyz"), new DecodedImage(1, 1, 3, [1, 2, 3])))
                .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_told_in_one_line_and_leaves_the_old_file()
    {
        if (!File.Exists("/dev/full"))
        {
            Assert.Skip("needs /dev/full, the device of Linux that is always full");
        }

        using var folder = new TemporaryFolder();
        var path = folder.At("file");
        File.WriteAllText(path, "old");
        var exception = Assert.Throws<RunException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.Write("x"u8);
        }));
        Assert.Equal(
            $"{path}: expected room on the disk to write it; got a full disk. "
            + "Free some space and repeat the command; complete files are unharmed.",

            exception.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_target_that_cannot_be_written_is_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("folder"));
        File.WriteAllText(folder.At("file"), "");
        Throws(folder.At("folder"), "expected a file to write; got a folder of that name.");
        Throws(folder.At("file/below"), "expected a folder to write it in; got a path through something that is no folder.");
        Throws(folder.At("none/below"), "expected a folder to write it in; got a path through something that is no folder.");
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(folder.Path).Count());

        static void Throws(string path, string message) => Assert.StartsWith(
            $"{path}: {message}",
            Assert.Throws<RunException>(() => AtomicFile.Write(path, _ => { })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_permission_is_told_in_one_line()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("needs a user whom the permissions of a folder bind");
            return;
        }

        using var folder = new TemporaryFolder();
        var closed = Directory.CreateDirectory(folder.At("closed"));
        closed.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        var path = Path.Combine(closed.FullName, "file");
        Assert.StartsWith(
            $"{path}: expected a place that may be written; got no permission.",
            Assert.Throws<RunException>(() => AtomicFile.Write(path, _ => { })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_a_killed_process_left_is_removed()
    {
        using var folder = new TemporaryFolder();
        string[] others = [".hidden", "partial", "a.partial", ".a.tmp"];
        foreach (var name in others)
        {
            File.WriteAllText(folder.At(name), "");
        }

        var left = "";
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder.At("a"), _ =>
        {
            left = Directory.EnumerateFiles(folder.Path, ".a.*.partial").Single();
            throw new InvalidOperationException();
        }));
        File.WriteAllText(left, "");
        AtomicFile.RemoveStale(folder.Path);
        Assert.Equal(
            others.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
