using System.Text.RegularExpressions;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>What a terminal shows while it trains.</summary>
public sealed partial class ProgressLineTests
{
    [Fact]
    public void The_line_never_fills_the_terminal_and_shows_the_most_important_first()
    {
        for (var width = 40; width <= 200; width++)
        {
            using var output = new StringWriter();
            var columns = width;
            var line = new ProgressLine(output, () => columns, hasBlocks: true);
            line.Draw(0.5, "step 1000/2000", "0:01:40 left", "epoch 1.6/3.2", "loss 0.0713");
            var text = output.ToString();
            Assert.InRange(text.Length, 20, width - 1);
            Assert.Contains("step 1000/2000", text, StringComparison.Ordinal);
            Assert.Equal(width >= 80, text.Contains("loss", StringComparison.Ordinal) && width >= 80);
        }
    }

    [Fact]
    public void The_bar_moves_from_the_first_step_and_is_full_at_the_end()
    {
        using var output = new StringWriter();
        var line = new ProgressLine(output, () => 41, hasBlocks: true);
        line.Draw(0);
        line.Draw(1 / 2000.0);
        line.Draw(1);
        var bars = output.ToString().Split("\r\x1b[J");
        Assert.Equal(3, bars.Length);
        Assert.NotEqual(bars[0], bars[1]);
        Assert.Equal(new string('█', 40), bars[2]);
    }

    [Fact]
    public void A_line_that_stays_takes_the_place_of_the_bar()
    {
        using var output = new StringWriter();
        var line = new ProgressLine(output, () => 80, hasBlocks: false);
        line.Draw(0.25, "step 1/4");
        line.Above("step 1 loss 2");
        line.Draw(0.5, "step 2/4");
        line.Dispose();
        Assert.Equal(["", "step 1 loss 2" + Environment.NewLine, ""], Visible(output.ToString()));
    }

    /// <summary>A terminal of 100 columns that shrinks to 40 has broken 99 characters into three lines.</summary>
    [Fact]
    public void A_terminal_that_became_narrower_is_cleared_of_all_lines_of_the_old_bar()
    {
        using var output = new StringWriter();
        var width = 100;
        var line = new ProgressLine(output, () => width, hasBlocks: true);
        line.Draw(0.5, new string('x', 57));
        Assert.Equal(99, output.ToString().Length);
        width = 40;
        line.Draw(0.5, "step 1/2");
        Assert.Contains("\x1b[2A\r\x1b[J", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_epochs_and_figures_are_shown_from_the_start()
    {
        using var output = new StringWriter();
        using var line = new ProgressLine(output, () => 120, hasBlocks: true);
        var report = new TrainingReport.Bar(line, new TrainingCourse(FirstStep: 0, Steps: 100, EpochsPerStep: 0.05));
        Assert.Contains("step 0/100", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("epoch 0.0/5.0", output.ToString(), StringComparison.Ordinal);
        report.Advance(1);
        Assert.Contains("step 1/100", output.ToString(), StringComparison.Ordinal);
        var figures = new Dictionary<string, double>
        {
            [MetricNames.Loss] = 0.5,
            [MetricNames.Normalized] = 0.25,
            [MetricNames.Speed] = 100,
        };
        report.Log(new MetricsLine(20, 1, [.. figures]));
        Assert.Contains("step     20  epoch 1.0  loss 0.5000", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("loss 0.5000", output.ToString().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Work_of_two_seconds_shows_how_much_is_done_and_the_time_left_at_the_pace_since_its_start()
    {
        using var output = new StringWriter();
        using var line = new ProgressLine(output, () => 100, hasBlocks: true);
        var now = TimeSpan.FromSeconds(5);
        var progress = new WorkProgress(line, "images", total: 1000, () => now);
        Tell(400, seconds: 0);
        Tell(450, seconds: 1.9);
        Assert.Equal("", output.ToString());
        Tell(500, seconds: 0.1);
        Assert.Contains("  500/1000 images  0:00:10 left", output.ToString(), StringComparison.Ordinal);
        Tell(501, seconds: 0.05);
        Assert.DoesNotContain("501", output.ToString(), StringComparison.Ordinal);
        Tell(700, seconds: 0.95);
        Assert.EndsWith("  700/1000 images  0:00:03 left", output.ToString(), StringComparison.Ordinal);

        void Tell(long done, double seconds)
        {
            now += TimeSpan.FromSeconds(seconds);
            progress.Advance(done);
        }
    }

    [Fact]
    public void Work_says_nothing_to_a_pipe()
    {
        using var output = new StringWriter();
        Assert.Equal(3, WorkProgress.Show(Commands.ProgramRun.Console(output), "images", 10, advance =>
        {
            advance(10);
            return 3;
        }));
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void Figures_are_broken_between_words_and_a_pipe_gets_no_padding()
    {
        var figures = new Figures();
        figures.Add("data", $"one two three four five six seven eight");
        figures.Add("a long name", $"x");
        Assert.Equal(
            "data          one two three four five\n              six seven eight\na long name   x\n", figures.ToColumns(40));
        using var output = new StringWriter();
        figures.Show(Commands.ProgramRun.Console(output));
        Assert.Equal(
            "data: one two three four five six seven eight\na long name: x\n", output.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>What is left of each drawing that was erased by the next.</summary>
    private static string[] Visible(string text) =>
        [.. Erased().Replace(text, "|").Split('|').Select(part => part[..(part.LastIndexOf('\n') + 1)])];

    [GeneratedRegex("(\x1b\\[\\d+A)?\r\x1b\\[J")]
    private static partial Regex Erased();
}
