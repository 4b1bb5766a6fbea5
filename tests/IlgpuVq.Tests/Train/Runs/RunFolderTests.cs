using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train.Runs;

public sealed class RunFolderTests
{
    private static readonly RunConfig Config = new()
    {
        Data =
        new DataOptions { Channels = 3, Height = 32, Width = 32, Variance = 0.0633 }
    };

    [Fact]
    public void A_folder_is_created_with_all_above_it()
    {
        using var folder = new TemporaryFolder();
        using var run = RunFolder.OpenForWriting(folder.At("runs/first"));
        Assert.False(run.HoldsRun);
        Assert.True(Directory.Exists(run.SamplesPath));
        run.WriteConfig(Config);
        Assert.True(run.HoldsRun);
        Assert.Equal(Config, run.ReadConfig());
        Assert.Equal(folder.At("runs/first/metrics.jsonl"), run.MetricsPath);
        Assert.Equal(folder.At("runs/first/samples/step-00000100.png"), run.SamplePath(100));
    }

    [Fact]
    public void Two_cannot_write_to_one_folder_at_a_time()
    {
        using var folder = new TemporaryFolder();
        using (RunFolder.OpenForWriting(folder.Path))
        {
            Assert.Equal(
                $"{folder.Path}: expected a run folder that no other process writes to; got one in which another process trains. "
                + "Wait for its end, or choose another folder with --run.",
                Assert.Throws<RunException>(() => RunFolder.OpenForWriting(folder.Path)).Message);
        }

        RunFolder.OpenForWriting(folder.Path).Dispose();
    }

    [Fact]
    public void Another_process_is_kept_out_until_it_is_killed()
    {
        using var folder = new TemporaryFolder();
        using var process = CheckpointingProcess.Start(folder.Path);
        try
        {
            Assert.Equal("1", process.StandardOutput.ReadLine());
            Assert.Contains(
                "got one in which another process trains.",
                Assert.Throws<RunException>(() => RunFolder.OpenForWriting(folder.Path)).Message,
                StringComparison.Ordinal);
            Assert.NotNull(CheckpointStore.ForReading(folder.At("checkpoints")).Latest());
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        RunFolder.OpenForWriting(folder.Path).Dispose();
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("run"), "");
        Assert.StartsWith(
            $"{folder.At("run")}: expected a folder for the run; got a file of that name.",
            Assert.Throws<RunException>(() => RunFolder.OpenForWriting(folder.At("run"))).Message,
            StringComparison.Ordinal);
        var below = folder.At("run/below");
        Assert.StartsWith(
            $"{below}: expected ",
            Assert.Throws<RunException>(() => RunFolder.OpenForWriting(below)).Message,
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
        Assert.StartsWith(
            $"{closed.FullName}: expected a place that may be written; got no permission.",
            Assert.Throws<RunException>(() => RunFolder.OpenForWriting(closed.FullName)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_the_system_that_nobody_can_write_is_told_in_one_line()
    {
        if (!Directory.Exists("/proc/self"))
        {
            Assert.Skip("needs /proc, a folder of Linux in which not even the administrator can create anything");
        }

        Assert.StartsWith(
            "/proc/run: expected ",
            Assert.Throws<RunException>(() => RunFolder.OpenForWriting("/proc/run")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_needs_a_run()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("file"), "");
        Throws(folder.Path, "one without config.json and checkpoints");
        Throws(folder.At("file"), "a file");
        Throws(folder.At("none"), "no folder of that name");
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));

        static void Throws(string path, string actual) => Assert.StartsWith(
            $"{path}: expected the folder of a run; got {actual}. Check --run, or train first: "
                + ProgramName.Hint("train", "--run", path),
            Assert.Throws<RunException>(() => RunFolder.OpenForReading(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_that_begin_at_once_each_gets_the_next_name()
    {
        const int threads = 4, rounds = 50;
        using var folder = new TemporaryFolder();
        for (var round = 0; round < rounds; round++)
        {
            var name = folder.At($"runs/shapes-of-{round}");
            Directory.CreateDirectory($"{name}-2"); // a folder of something else
            using var start = new Barrier(threads);
            var runs = new RunFolder?[threads];
            var errors = new Exception?[threads];
            Thread[] all =
            [
                .. Enumerable.Range(0, threads).Select(i => new Thread(() =>
                {
                    start.SignalAndWait();
                    errors[i] = Record.Exception(() => runs[i] = RunFolder.OpenNew(name));
                })),
            ];
            Array.ForEach(all, thread => thread.Start());
            Array.ForEach(all, thread => thread.Join());
            Assert.All(errors, Assert.Null);
            Assert.Equal(
                [name, $"{name}-3", $"{name}-4", $"{name}-5"], runs.Select(run => run!.Location).Order(StringComparer.Ordinal));
            Array.ForEach(runs, run => run!.Dispose());
            using var next = RunFolder.OpenNew(name);
            Assert.Equal($"{name}-6", next.Location);
        }
    }

    [Fact]
    public void A_folder_with_checkpoints_alone_holds_a_run_and_its_config_is_in_them()
    {
        using var folder = new TemporaryFolder();
        using (var run = RunFolder.OpenForWriting(folder.Path))
        {
            RunFolder.RefuseRun(folder.Path);
            run.OpenCheckpoints().Save(1, [], new Dictionary<string, string> { ["config"] = ConfigFile.ToText(Config) });
        }

        Assert.StartsWith(
            $"{folder.Path}: expected a folder without a run; got one that holds a run.",
            Assert.Throws<RunException>(() => RunFolder.RefuseRun(folder.Path)).Message, StringComparison.Ordinal);
        using var reader = RunFolder.OpenForReading(folder.Path);
        var reports = new List<string>();
        Assert.Equal(Config, reader.ReadConfig(reports.Add));
        Assert.StartsWith($"{reader.ConfigPath} is gone; going by the one in ", Assert.Single(reports), StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_works_beside_the_process_that_trains()
    {
        using var folder = new TemporaryFolder();
        using var run = RunFolder.OpenForWriting(folder.Path);
        run.WriteConfig(Config);
        using var reader = RunFolder.OpenForReading(folder.Path);
        Assert.Equal(Config, reader.ReadConfig());
        Assert.Null(reader.OpenCheckpoints().Latest());
    }
}
