using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train.Runs;

public sealed class CheckpointStoreTests
{
    [Fact]
    public void A_checkpoint_comes_back_with_its_tensors_and_metadata()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.At("checkpoints"));
        var saved = store.Save(1000, [Weight(1.5f)], new Dictionary<string, string> { ["seed"] = "7" });
        Assert.Equal(folder.At("checkpoints/step-00001000.safetensors"), saved.Path);
        Assert.Equal(saved, store.Latest());
        using var file = saved.Open();
        Assert.Equal("7", file.Metadata["seed"]);
        Assert.Equal("1000", file.Metadata["step"]);
        var values = new float[1];
        file.ReadFloats("weight", values);
        Assert.Equal(1.5f, values[0]);
    }

    [Fact]
    public void The_newest_stay_and_the_rest_go()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 3);
        for (var step = 1; step <= 5; step++)
        {
            store.Save(step, [Weight(step)]);
        }

        store.Save(123_456_789, [Weight(6)]);
        Assert.Equal([123_456_789L, 5, 4], store.List().Select(checkpoint => checkpoint.Step));
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(folder.Path).Count());
    }

    [Fact]
    public void A_failing_save_leaves_the_earlier_checkpoints_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 1);
        var saved = store.Save(1, [Weight(1)]);
        var failing = new TensorData("weight", SafetensorsType.F32, [1], _ => throw new IOException("broken"));
        Assert.Contains(
            "step-00000002.safetensors",
            Assert.Throws<RunException>(() => store.Save(2, [failing])).Message,
            StringComparison.Ordinal);
        Assert.Equal(saved, store.Latest(damaged => Assert.Fail(damaged)));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_the_disk_does_not_give_back_as_it_was_written_gets_no_name()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 1);
        var saved = store.Save(1, [Weight(1)]);
        DiskSync.Flushed = path =>
        {
            // Another file in the place of the one that was written.
            File.WriteAllBytes(folder.At("other"), new byte[100]);
            File.Move(folder.At("other"), path, overwrite: true);
        };
        try
        {
            Assert.Throws<SafetensorsException>(() => store.Save(2, [Weight(2)]));
        }
        finally
        {
            DiskSync.Flushed = null;
        }

        Assert.Equal(saved, store.Latest(damaged => Assert.Fail(damaged)));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_damaged_checkpoint_is_reported_and_the_one_before_it_found()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 4);
        var good = store.Save(1, [Weight(1)]);
        Flip(store.Save(2, [Weight(2)]).Path);
        File.WriteAllBytes(store.Save(3, [Weight(3)]).Path, []);
        File.Copy(good.Path, folder.At("step-00000004.safetensors"));
        var reports = new List<string>();
        Assert.Equal(good, store.Latest(reports.Add));
        Assert.Collection(
            reports,
            report => Assert.Contains(
                "step-00000004.safetensors: expected the checkpoint of step 4, as its name says; got",
                report,
                StringComparison.Ordinal),
            report => Assert.Contains(
                "step-00000003.safetensors: expected at least 8 bytes; got 0.",
                report,
                StringComparison.Ordinal),
            report => Assert.Contains("step-00000002.safetensors: expected the checksum", report, StringComparison.Ordinal));
    }

    [Fact]
    public void When_all_are_damaged_a_run_does_not_silently_start_anew()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path);
        Flip(store.Save(1, [Weight(1)]).Path);
        Assert.StartsWith(
            $"{folder.Path}: expected a checkpoint that is whole; got 1 damaged.",
            Assert.Throws<RunException>(() => store.Latest()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_nothing_is_damage_and_no_reason_to_look_forever()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs symbolic links that anyone may make");
        }

        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.At("step-00000001.safetensors"), folder.At("none"));
        Assert.Contains(
            "got 1 damaged",
            Assert.Throws<RunException>(() => CheckpointStore.ForReading(folder.Path).Latest()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Latest_of_an_empty_or_absent_folder_is_none()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(CheckpointStore.ForWriting(folder.Path).Latest());
        Assert.StartsWith(
            $"{folder.At("none")}: expected a checkpoint; got none. Train first: {ProgramName.Current} train --run {folder.Path} "
                + "--resume latest",
            Assert.Throws<RunException>(() => CheckpointStore.ForReading(folder.At("none")).Find("latest")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Find_takes_the_word_latest_a_step_or_a_path()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.At("checkpoints"));
        var first = store.Save(1, [Weight(1)]);
        var second = store.Save(2, [Weight(2)]);
        Assert.Equal(second, store.Find("latest"));
        Assert.Equal(first, store.Find(first.Path));
        File.Copy(first.Path, folder.At("other.safetensors"));
        Assert.Equal(1, store.Find(folder.At("other.safetensors")).Step);
        Assert.Equal(first, store.Find("1"));
        Assert.Equal(second, store.Find("00002"));
        Assert.Equal(
            $"{folder.At("none")}: expected latest, best, the number of a step or the path of a checkpoint; got no file of that "
            + "name. The run has those of steps 1, 2.",
            Assert.Throws<RunException>(() => store.Find(folder.At("none"))).Message);
        Assert.Equal(
            $"{folder.At("checkpoints")}: expected a checkpoint of step 3; got those of steps 1, 2. Choose one that is there, or "
            + "latest or best.",
            Assert.Throws<RunException>(() => store.Find("3")).Message);
        Assert.StartsWith(
            $"{folder.At("checkpoints")}: expected a checkpoint with the NMSE of a line of metrics; got those of steps 1, 2 "
            + "without one.",
            Assert.Throws<RunException>(() => store.Find("best")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_best_is_that_of_the_least_error_and_stays_until_a_better_one_comes()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 1);
        double?[] errors = [null, 0.5, 0.2, double.NaN, 0.3, 0.2, 0.1, 0.4];
        long[][] left = [[1], [2], [3], [3, 4], [3, 5], [6], [7], [7, 8]];
        for (var step = 1; step <= errors.Length; step++)
        {
            var metadata = errors[step - 1] is { } error ? new Dictionary<string, string> { ["nmse"] = $"{error:R}" } : null;
            store.Save(step, [Weight(step)], metadata);
            Assert.Equal(left[step - 1], store.List().Select(checkpoint => checkpoint.Step).Order());
        }

        Assert.Equal(7, store.Find("best").Step);
        Flip(store.Find("best").Path);
        var reports = new List<string>();
        Assert.Equal(8, store.Best(reports.Add).Step);
        Assert.Single(reports);
    }

    [Fact]
    public void One_that_codes_need_stays_until_it_is_released()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 1);
        var kept = store.Save(1, [Weight(1)]);
        Assert.True(CheckpointStore.KeepFor(kept, folder.At("a")));
        Assert.False(CheckpointStore.KeepFor(kept, folder.At("b")));
        Assert.False(CheckpointStore.KeepFor(kept, folder.At("b")));
        Assert.Equal([folder.At("a"), folder.At("b")], File.ReadAllLines(folder.At("step-00000001.codes")));
        store.Save(2, [Weight(2)]);
        store.Save(3, [Weight(3)]);
        Assert.Equal([3L, 1], store.List().Select(checkpoint => checkpoint.Step));

        CheckpointStore.Release(kept);
        store.Save(4, [Weight(4)]);
        Assert.Equal([4L], store.List().Select(checkpoint => checkpoint.Step));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void One_that_training_removes_before_it_is_read_gives_way_to_the_newest()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 1);
        store.Save(1, [Weight(1)]);
        var reader = CheckpointStore.ForReading(folder.Path);
        List<long> tried = [];
        var read = reader.Use("latest", checkpoint =>
        {
            tried.Add(checkpoint.Step);
            if (checkpoint.Step < 4)
            {
                store.Save(checkpoint.Step + 1, [Weight(0)]);
            }

            using var file = checkpoint.Open();
            return checkpoint.Step;
        });
        Assert.Equal(4, read);
        Assert.Equal([1L, 2, 3, 4], tried);

        // A step that was named is not another one.
        Assert.Throws<SafetensorsException>(() => reader.Use("4", checkpoint =>
        {
            store.Save(5, [Weight(5)]);
            return checkpoint.Open();
        }));

        // What goes wrong for another reason is not tried again.
        var calls = 0;
        Assert.Throws<SafetensorsException>(() => reader.Use<int>("latest", checkpoint =>
        {
            calls++;
            throw new SafetensorsException("a", "b", "c", "d");
        }));
        Assert.Equal(1, calls);
    }

    [Fact]
    public void A_safetensors_file_of_another_program_is_no_checkpoint()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder.At("a"), stream => SafetensorsWriter.Write(stream, [Weight(1)]));
        Assert.Contains(
            "expected a checksum",
            Assert.Throws<SafetensorsException>(() => Checkpoint.Verify(folder.At("a"))).Message,
            StringComparison.Ordinal);
        AtomicFile.Write(folder.At("b"), stream => SafetensorsWriter.Write(stream, [Weight(1)], digest: true));
        Assert.Contains(
            "with its step in the metadata; got none",
            Assert.Throws<RunException>(() => Checkpoint.Verify(folder.At("b"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Later_checkpoints_go_when_training_goes_on_from_an_earlier_one()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 3);
        store.Save(1, [Weight(1)]);
        store.Save(2, [Weight(2)]);
        store.Save(3, [Weight(3)]);
        store.DiscardAfter(1);
        Assert.Equal([1L], store.List().Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public void A_checkpoint_just_saved_stays_even_beside_later_ones()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.ForWriting(folder.Path, keep: 1);
        store.Save(5, [Weight(5)]);
        store.Save(2, [Weight(2)]);
        Assert.Equal([5L, 2], store.List().Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public void Other_files_in_the_folder_are_neither_checkpoints_nor_removed()
    {
        using var folder = new TemporaryFolder();
        string[] others =
        [
            "step-1.safetensors", "step-00000001.safetensors.bak", "xstep-00000001.safetensors",
            "step-99999999999999999999.safetensors",
        ];
        foreach (var name in others)
        {
            File.WriteAllText(folder.At(name), "");
        }

        var store = CheckpointStore.ForWriting(folder.Path, keep: 1);
        store.Save(1, [Weight(1)]);
        store.Save(2, [Weight(2)]);
        Assert.Equal([2L], store.List().Select(checkpoint => checkpoint.Step));
        Assert.All(others, name => Assert.True(File.Exists(folder.At(name))));
    }

    [Fact]
    public void A_reader_leaves_unfinished_files_alone_and_cannot_save()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At(".step-00000001.safetensors.x.partial"), "");
        var reader = CheckpointStore.ForReading(folder.Path);
        Assert.Null(reader.Latest());
        Assert.Throws<InvalidOperationException>(() => reader.Save(1, [Weight(1)]));
        Assert.Single(Directory.EnumerateFiles(folder.Path));
        CheckpointStore.ForWriting(folder.Path);
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("checkpoints"), "");
        Assert.StartsWith(
            $"{folder.At("checkpoints")}: expected ",
            Assert.Throws<RunException>(() => CheckpointStore.ForWriting(folder.At("checkpoints"))).Message,
            StringComparison.Ordinal);
    }

    private static TensorData Weight(float value) => TensorData.OfFloats("weight", [1], new[] { value });

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }
}
