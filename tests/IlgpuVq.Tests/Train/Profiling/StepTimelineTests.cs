using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Profiling;

/// <summary><c>--trace</c>: the file of a run.</summary>
public sealed class StepTimelineTests : IDisposable
{
    private static readonly string[] Views = ["reshape", "stop-gradient", "straight-through"];

    private readonly TemporaryFolder folder = new();

    private string Trace => folder.At("trace.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Some_steps_are_shown_call_by_call_and_the_work_between_steps_as_a_whole()
    {
        var run = folder.At("run");
        var (code, output, errors) = Invoke(
            ["train", "--run", run, "--steps", "9", "--checkpoint-every", "5", "--trace", Trace, .. Tiny]);
        Assert.Equal((0, ""), (code, errors));
        Assert.EndsWith(
            $"trace of steps 4 to 6: {Trace}; open it at https://ui.perfetto.dev or chrome://tracing\n", output,
            StringComparison.Ordinal);

        var file = TraceFile.Read(Trace);
        file.AssertNests();
        var steps = file.Of("step").ToArray();
        Assert.Equal(["step 4", "step 5", "step 6"], steps.Select(step => step.Name));
        var (nodes, calls) = StepOf(run);
        foreach (var step in steps)
        {
            var within = file.Events.Where(each => each != step && step.Holds(each)).ToArray();
            var primitives = within.Where(each => each.Kind == "primitive").ToArray();
            Assert.Equal(calls, primitives.Length);
            Assert.True(primitives.Sum(call => call.Duration) <= step.Duration);
            Assert.Equal(["load batch", "compute"], within.Where(each => each.Kind == "job").Select(job => job.Name));
            Assert.Contains(
                within, each => each.Kind == "copy" && each.Arguments["bytes"] == $"{4 * 3 * 32 * 32 * sizeof(float)}");

            var ops = within.Where(each => each.Kind == "op" && each.Arguments.ContainsKey("node")).ToArray();
            Assert.All(ops, op => Assert.Equal(nodes[int.Parse(op.Arguments["node"][1..])].Op, op.Name));
            var forward = ops.Where(op => op.Arguments["pass"] == "forward").Select(op => op.Name);
            Assert.Equal(nodes.Where(node => node.Inputs.Count > 0 && !Views.Contains(node.Op)).Select(node => node.Op), forward);
            Assert.Contains(within, each => each is { Kind: "op", Name: "optimizer" });
        }

        var jobs = file.Of("job").Select(job => job.Name).ToArray();
        Assert.Equal(5, jobs.Count(job => job == "log")); // 2, 4, 6, 8, 9
        Assert.Equal(2, jobs.Count(job => job == "checkpoint"));
        Assert.Contains("sample pictures", jobs);
        var loader = file.Of("loader").First();
        Assert.StartsWith("batch loader", file.Names[("thread_name", loader.Thread)], StringComparison.Ordinal);
        Assert.NotEqual(steps[0].Thread, loader.Thread);
    }

    [Theory]
    [InlineData(0, 100, 3, 4, 6)]
    [InlineData(10, 100, 1, 14, 14)]
    [InlineData(0, 4, 3, 2, 4)]
    [InlineData(0, 2, 3, 1, 2)]
    [InlineData(97, 100, 5, 98, 100)]
    public void Steps_come_after_a_warm_up_or_are_the_last(long done, long steps, int count, long first, long last)
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        var timeline = new StepTimeline(device, new TimelineRequest(Trace, count), done, steps);
        Assert.Equal((first, last), (timeline.First, timeline.Last));
        Assert.Null(timeline.BeginStep(first - 1));
        Assert.Null(timeline.BeginPart("part"));
        using (timeline.BeginStep(first))
        {
            Assert.Same(timeline.Timeline, device.Timeline);
            Assert.NotNull(timeline.BeginPart("part"));
        }

        Assert.Null(device.Timeline);
        Assert.Null(timeline.BeginStep(last + 1));
    }

    [Fact]
    public void The_first_step_is_shown_where_a_run_has_no_others_and_the_loader_with_it()
    {
        Assert.Equal(0, Invoke(["train", "--run", folder.At("run"), "--steps", "1", "--trace", Trace, .. Tiny]).Code);
        var file = TraceFile.Read(Trace);
        file.AssertNests();
        Assert.Equal(["step 1"], file.Of("step").Select(step => step.Name));
        Assert.Contains(file.Of("loader"), batch => batch.Name == "read batch of step 1");
    }

    [Fact]
    public void A_run_that_fails_later_leaves_the_whole_file_of_its_steps()
    {
        File.WriteAllText(Trace, "an earlier one");
        var error = AssertFails(
            "train: expected a finite loss",
            ["train", "--run", folder.At("run"), "--steps", "40", .. Tiny[..^2], "--lr", "1e30", "--log-every", "30",
                "--trace", Trace, "--trace-steps", "2"]);
        Assert.Contains("by step 30", error, StringComparison.Ordinal);
        Assert.Equal(["step 4", "step 5"], TraceFile.Read(Trace).Of("step").Select(step => step.Name));
        Assert.Single(Directory.GetFiles(folder.At(".")), path => path.Contains("trace", StringComparison.Ordinal));
    }

    [Fact]
    public void A_prior_is_followed_too()
    {
        var run = folder.At("run");
        Assert.Equal(0, Invoke(["train", "--run", run, "--steps", "1", .. Tiny]).Code);
        var (code, _, errors) = Invoke(
            "train-prior", "--from", run, "--run", folder.At("prior"), "--data", "shapes", "--steps", "5", "--width", "8",
            "--blocks", "1", "--batch", "4", "--trace", Trace, "--trace-steps", "1");
        Assert.Equal((0, ""), (code, errors));
        var file = TraceFile.Read(Trace);
        file.AssertNests();
        Assert.Equal(["step 4"], file.Of("step").Select(step => step.Name));
        Assert.Contains(file.Of("op"), op => op is { Name: "cross-entropy" });
        Assert.Equal(StepOf(folder.At("prior")).Calls, file.Of("primitive").Count());
    }

    [Fact]
    public void Wrong_options_are_refused_in_one_line_before_any_work()
    {
        string[] train = ["train", "--run", folder.At("run"), "--steps", "1", .. Tiny];
        AssertFails("--trace-steps: expected the file as --trace; got none. Name it", [.. train, "--trace-steps", "2"]);
        AssertFails(
            "--trace-steps: expected a whole number of at least 1; got 0.", [.. train, "--trace-steps", "0", "--trace", Trace]);
        AssertFails("--trace: expected a regular file to write; got", [.. train, "--trace", folder.At(".")]);
        AssertFails("--trace: expected a file in a folder that is there", [.. train, "--trace", folder.At("none/t.json")]);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    /// <summary>The tape of a step, and how many calls are recorded of it, of a run's config.</summary>
    private static (IReadOnlyList<TapeNode> Nodes, int Calls) StepOf(string run)
    {
        using var folder = RunFolder.OpenForReading(run);
        var config = folder.ReadConfig(_ => { });
        using var device = Device.Open("cpu");
        using var state = new TrainingState(device, config);
        (state.Task as PriorTask)?.LoadZeros();
        IReadOnlyList<TapeNode> nodes = [];
        using var step = new TrainingStep(state) { Watch = tape => nodes = tape.Nodes() };
        step.Run();
        return (nodes, step.Recording.Calls);
    }
}
