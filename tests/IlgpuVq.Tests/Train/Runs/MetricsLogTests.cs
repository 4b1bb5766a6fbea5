using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train.Runs;

public sealed class MetricsLogTests
{
    [Fact]
    public void A_line_that_was_written_in_part_does_not_spoil_the_next()
    {
        using var folder = new TemporaryFolder();
        var stream = new DiskThatFillsUp();
        using (var log = new MetricsLog("log", stream))
        {
            log.Append(new MetricsLine(1, 0, []));
            stream.IsFull = true;
            Assert.StartsWith(
                "log: expected room on the disk to write it; got a full disk.",
                Assert.Throws<RunException>(() => log.Append(new MetricsLine(2, 0, []))).Message, StringComparison.Ordinal);
            Assert.Throws<RunException>(() => log.Append(new MetricsLine(3, 0, [])));
            stream.IsFull = false;
            log.Append(new MetricsLine(4, 0, []));
        }

        File.WriteAllBytes(folder.At("log"), stream.ToArray());
        Assert.Equal([1L, 4], MetricsLog.Read(folder.At("log")).Select(line => line.Step));
    }

    [Fact]
    public void A_line_is_one_object_with_the_names_that_readers_expect()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("metrics.jsonl");
        using (var log = MetricsLog.Create(path))
        {
            log.Append(new MetricsLine(100, 12.25, [new("loss", 0.5), new("recon", 0.25), new("vq", 0.1f), new("codes_used", 300),
                new("perplexity_top", 71.8f)]));
            Assert.Equal(
                """{"step":100,"loss":0.5,"recon":0.25,"vq":0.1,"codes_used":300,"perplexity_top":71.8,"seconds":12.25}""" + "\n",
                ReadText(path));
        }
    }

    [Fact]
    public void Lines_come_back_as_they_were_appended_also_while_the_log_is_open()
    {
        using var folder = new TemporaryFolder();
        using var log = MetricsLog.Create(folder.At("metrics.jsonl"));
        log.Append(Line(1));
        log.Append(Line(2));
        Assert.Equal([Line(1), Line(2)], MetricsLog.Read(folder.At("metrics.jsonl")));
    }

    [Fact]
    public void Figures_that_json_cannot_hold_are_null_and_come_back_as_NaN()
    {
        using var folder = new TemporaryFolder();
        using var log = MetricsLog.Create(folder.At("metrics.jsonl"));
        // 1e39 is finite as a double and infinite as the float that is written.
        log.Append(new MetricsLine(1, 1, [new("loss", double.NaN), new("recon", double.PositiveInfinity),
            new("vq", double.NegativeInfinity),
            new("nmse", 1e39), new("perplexity", 2)]));
        Assert.Equal(
            """{"step":1,"loss":null,"recon":null,"vq":null,"nmse":null,"perplexity":2,"seconds":1}""" + "\n",
            ReadText(folder.At("metrics.jsonl")));
        var line = Assert.Single(MetricsLog.Read(folder.At("metrics.jsonl")));
        Assert.All(["loss", "recon", "vq", "nmse"], name => Assert.Equal(double.NaN, line[name]));
        Assert.Equal(2, line["perplexity"]);
    }

    [Fact]
    public void Resuming_drops_the_lines_of_later_steps_and_keeps_every_byte_of_the_others()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("metrics.jsonl");
        const string Kept = """
            {"step":100,"loss":1, "lr": 0.001}
            { "step": 200 }

            """;
        File.WriteAllText(path, Kept + "{\"step\":201}\n{\"step\":300}\n");
        using (var log = MetricsLog.Resume(path, 200))
        {
            log.Append(Line(201));
        }

        Assert.StartsWith(Kept, File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal([100L, 200, 201], MetricsLog.Read(path).Select(line => line.Step));
        Assert.Single(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void Resuming_at_every_step_gives_the_file_of_a_run_that_never_stopped()
    {
        using var folder = new TemporaryFolder();
        var whole = folder.At("whole.jsonl");
        using (var log = MetricsLog.Create(whole))
        {
            Append(log, 1, 6);
        }

        var bytes = File.ReadAllBytes(whole);
        for (var resumeAt = 0; resumeAt <= 6; resumeAt++)
        {
            for (var cutAt = 0; cutAt <= bytes.Length; cutAt++)
            {
                // The process had come further than the checkpoint that it resumes from, or just as far.
                if (bytes.AsSpan(0, cutAt).Count((byte)'\n') < resumeAt)
                {
                    continue;
                }

                File.WriteAllBytes(folder.At("cut.jsonl"), bytes[..cutAt]);
                using (var log = MetricsLog.Resume(folder.At("cut.jsonl"), resumeAt))
                {
                    Append(log, resumeAt + 1, 6);
                }

                Assert.Equal(bytes, File.ReadAllBytes(folder.At("cut.jsonl")));
            }
        }

        static void Append(MetricsLog log, int first, int last)
        {
            for (var step = first; step <= last; step++)
            {
                log.Append(Line(step));
            }
        }
    }

    [Fact]
    public void Create_replaces_an_old_log_and_Resume_begins_one_where_none_is()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("old"), "anything");
        MetricsLog.Create(folder.At("old")).Dispose();
        Assert.Empty(File.ReadAllBytes(folder.At("old")));
        MetricsLog.Resume(folder.At("none"), 5).Dispose();
        Assert.Empty(File.ReadAllBytes(folder.At("none")));
    }

    [Fact]
    public void A_line_of_version_1_is_read_and_what_is_no_number_is_passed_over()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.At("metrics.jsonl"),
        [
            """{"step":100,"loss":0.5,"recon":0.25,"nmse":4.125,"vq":null,"perplexity":71.8,"codes_used":300,"""
                + """ "images_per_s":1234.5,"seconds":12.25}""",
            """{"note":"x","list":[1,{"step":9}],"flag":true,"step":200,"loss":1}""",
        ]);

        var lines = MetricsLog.Read(folder.At("metrics.jsonl"));

        Assert.Equal([100L, 200], lines.Select(line => line.Step));
        Assert.Equal([12.25, 0], lines.Select(line => line.Seconds));
        Assert.Equal([0.5, 4.125, double.NaN, 300], new[] { "loss", "nmse", "vq", "codes_used" }.Select(name => lines[0][name]));
        Assert.Equal("loss", Assert.Single(lines[1].Figures).Key);
        Assert.Equal(double.NaN, lines[1]["absent"]);
    }

    [Fact]
    public void A_torn_last_line_does_not_count()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("metrics.jsonl");
        File.WriteAllText(path, "{\"step\":1}\n{\"step\":2");
        Assert.Equal(1, Assert.Single(MetricsLog.Read(path)).Step);
        File.WriteAllText(path, "{\"step\":1");
        Assert.Empty(MetricsLog.Read(path));
    }

    [Theory]
    [InlineData("oops")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{\"step\":\"x\"}")]
    [InlineData("{\"step\":1,\"step\":2}")]
    [InlineData("{\"loss\":1}")]
    [InlineData("{\"step\":1.5}")]
    [InlineData("[1]")]
    public void A_broken_line_elsewhere_is_told_with_its_number(string line)
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("metrics.jsonl");
        File.WriteAllText(path, $"{{\"step\":1}}\n{line}\n{{\"step\":3}}\n");
        var message = $"{path}: expected an object of metrics in line 2; got '{line}'. Remove that line.";
        Assert.Equal(message, Assert.Throws<RunException>(() => MetricsLog.Read(path)).Message);
        Assert.Equal(message, Assert.Throws<RunException>(() => MetricsLog.Resume(path, 3)).Message);
    }

    [Fact]
    public void A_full_disk_and_a_wrong_place_are_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "got a folder of that name",
            Assert.Throws<RunException>(() => MetricsLog.Create(folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "got none of that name",
            Assert.Throws<RunException>(() => MetricsLog.Read(folder.At("none"))).Message,
            StringComparison.Ordinal);
    }

    private static MetricsLine Line(long step) =>
        new(step, step * 1.1, [new("loss", step * 0.25), new("codes_used", 300), new("nmse", 0.75)]);

    private static string ReadText(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
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
