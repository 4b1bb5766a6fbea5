using IlgpuVq.Models.Optimization;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>What is said of a run that goes on past the end of its schedule.</summary>
public sealed class ScheduleWarningTests : IDisposable
{
    private static readonly Dictionary<string, (ScheduleOptions Schedule, string? Then)> Cases = new()
    {
        ["constant"] = (new ConstantSchedule { WarmupSteps = 20 }, null),
        ["step"] = (new StepSchedule { Every = 2 }, null),
        ["cosine"] = (
            new CosineSchedule { Steps = 10 },
            "schedule cosine ends with step 10 of 20 and leaves a learning rate of 0 from step 11 on"),
        ["power"] = (
            new PowerSchedule { Steps = 10, End = 0.05 },
            "schedule power ends with step 10 of 20 and leaves a learning rate of 0.01 from step 11 on"),
        ["cycle"] = (
            new CycleSchedule { Steps = 10, Warmup = 0.1 },
            "schedule cycle ends with step 10 of 20 and begins again with step 11, at a learning rate of 0.2"),
        ["warm-up beyond the length"] = (
            new CosineSchedule { Steps = 10, WarmupSteps = 12 },
            "schedule cosine ends with step 12 of 20 and leaves a learning rate of 0 from step 13 on"),
        ["all steps"] = (new CosineSchedule { Steps = 20 }, null),
        ["more steps"] = (new CosineSchedule { Steps = 30 }, null),
        ["those of the run"] = (new CosineSchedule(), null),
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names { get; } = [.. Cases.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void It_says_where_the_schedule_ends_and_what_comes_then(string name)
    {
        var (schedule, then) = Cases[name];
        var config = new RunConfig
        {
            Run = new RunOptions { Steps = 20 },
            Optimizer = new AdamOptions { LearningRate = 0.2, Schedule = schedule },
        };
        Assert.Equal(
            then is null ? null : $"{then}. To spread it over all steps add --schedule-steps 20.",
            ScheduleWarning.For(config, done: 3));
        Assert.Null(ScheduleWarning.For(config, done: 20)); // no step is left
    }

    [Fact]
    public void Models_and_priors_are_warned_when_they_go_on_and_what_it_says_helps()
    {
        const string warning = "warning: schedule cosine ends with step 2 of 4 and leaves a learning rate of 0 from step 3 on. "
            + "To spread it over all steps add --schedule-steps 4.\n";
        var (model, prior) = (folder.At("model"), folder.At("prior"));
        string[] train = ["train", "--run", model], learn = ["train-prior", "--run", prior];
        string[] more = ["--steps", "4", "--resume", "latest"];
        Assert.DoesNotContain("warning: schedule", Succeed(
            [.. train, "--steps", "2", "--schedule", "cosine", .. Tiny]), StringComparison.Ordinal);
        Assert.Contains(warning, Succeed([.. train, .. more]), StringComparison.Ordinal);
        Assert.EndsWith("\"lr\":0,", LearningRate(model), StringComparison.Ordinal);
        Assert.DoesNotContain("warning: schedule", Succeed(
            [.. train, "--resume", "2", "--discard-later", "--schedule-steps", "4"]), StringComparison.Ordinal);
        Assert.DoesNotContain("\"lr\":0,", LearningRate(model), StringComparison.Ordinal);

        Succeed([
            .. learn, "--from", model, "--data", "shapes", "--steps", "2", "--schedule", "cosine", "--width", "8", "--blocks",
            "1", "--batch", "4", "--log-every", "2"]);
        Assert.Contains(warning, Succeed([.. learn, .. more]), StringComparison.Ordinal);
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    private static string LearningRate(string run)
    {
        var line = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Last();
        var start = line.IndexOf("\"lr\"", StringComparison.Ordinal);
        return line[start..(line.IndexOf(',', start) + 1)];
    }
}
