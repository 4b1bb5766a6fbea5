using System.Diagnostics;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Commands;
using IlgpuVq.Train.Runs;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Where commands write, and where they refuse to.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_new_file_and_one_that_is_there_are_written()
    {
        OutputFile.Check("--output", folder.At("new"));
        File.WriteAllText(folder.At("old"), "old");
        OutputFile.Check("--output", folder.At("old"));
        Assert.Equal("old", File.ReadAllText(folder.At("old")));
        Assert.Equal([folder.At("old")], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Folders_and_paths_through_nothing_are_refused()
    {
        Refused($"--output: expected a regular file to write; got {folder.Path}, a folder.", folder.Path);
        Refused("--output: expected a regular file to write; got", folder.At("new") + Path.DirectorySeparatorChar);
        Refused("--output: expected a file in a folder that is there; got no folder", Path.Combine(folder.At("none"), "x"));
    }

    [Fact]
    public void Devices_and_pipes_are_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "devices have these names on Linux");
        Refused("--output: expected a regular file to write; got /dev/full, a device. Choose", "/dev/full");
        Refused("--output: expected a regular file to write; got /dev/null, a device. Choose", "/dev/null");
        using var make = Process.Start("mkfifo", [folder.At("pipe")]);
        make.WaitForExit();
        Refused($"--output: expected a regular file to write; got {folder.At("pipe")}, a pipe. Choose", folder.At("pipe"));
        File.CreateSymbolicLink(folder.At("link"), "/dev/full");
        Refused($"--output: expected a regular file to write; got {folder.At("link")}, a device. Choose", folder.At("link"));
    }

    [Fact]
    public void Links_are_followed_to_the_file_behind_them()
    {
        Directory.CreateDirectory(folder.At("far"));
        File.CreateSymbolicLink(folder.At("first"), "second");
        File.CreateSymbolicLink(folder.At("second"), Path.Combine("far", "file"));
        OutputFile.Check("--output", folder.At("first"));
        Assert.Equal(folder.At("far/file"), AtomicFile.Follow(folder.At("first")));
        File.CreateSymbolicLink(folder.At("circle"), "circle");
        Refused("--output: expected a file that can be written; got ", folder.At("circle"));
    }

    [Fact]
    public void Commands_refuse_before_any_work_and_write_through_links()
    {
        var run = folder.At("run");
        AssertFails("--output: expected a regular file", "encode", "--run", run, "--input", "shapes", "--output", folder.Path);
        Directory.CreateDirectory(folder.At("d.png"));
        AssertFails(
            "--output: expected a regular file", "decode", "--run", run, "--input", "x", "--output", folder.At("d.png"));
        AssertFails("nosuch", "reconstruct", "--run", run, "--input", "shapes", "--output", "nosuch.xyz");
        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", run, .. Tiny]).Code);
        if (OperatingSystem.IsLinux())
        {
            AssertFails(
                "--output: expected a regular file", "encode", "--run", run, "--input", "shapes", "--output", "/dev/full");
        }

        var (link, file, picture) = (folder.At("link"), folder.At("file"), folder.At("link.png"));
        File.CreateSymbolicLink(link, "file");
        File.CreateSymbolicLink(picture, "picture");
        Assert.Equal(0, Invoke(["encode", "--run", run, "--input", "shapes", "--output", link]).Code);
        Assert.Equal(0, Invoke(["decode", "--run", run, "--input", file, "--output", picture]).Code);
        Assert.Equal(("file", "picture"), (new FileInfo(link).LinkTarget, new FileInfo(picture).LinkTarget));
        Assert.True(File.Exists(folder.At("picture")));
        Assert.True(new FileInfo(file).Length > 100_000);
    }

    [Fact]
    public void Evaluate_prints_its_figures_where_the_run_cannot_be_written()
    {
        var run = folder.At("run");
        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", run, .. Tiny]).Code);
        Directory.CreateDirectory(Path.Combine(run, "evaluate-test.json"));
        var map = Path.Combine(run, "codebook-test.svg");
        Directory.CreateDirectory(map);

        var (code, output, errors) = Invoke("evaluate", "--run", run);

        Assert.Equal(0, code);
        Assert.Contains("\nPSNR: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("written to", output, StringComparison.Ordinal);
        Assert.DoesNotContain(map, output, StringComparison.Ordinal);
        Assert.Contains($"\nplot: {Path.Combine(run, "codes-test.svg")}\n", output, StringComparison.Ordinal);
        Assert.StartsWith("warning: the figures are not in the run's folder: ", errors, StringComparison.Ordinal);
        Assert.Contains($"\nwarning: not all plots are in the run's folder: {map}: ", errors, StringComparison.Ordinal);
    }

    private static void Refused(string message, string path) => Assert.StartsWith(
        message, Assert.Throws<RunException>(() => OutputFile.Check("--output", path)).Message, StringComparison.Ordinal);
}
