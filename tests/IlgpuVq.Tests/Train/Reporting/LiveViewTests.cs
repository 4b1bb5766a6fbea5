using System.Text.RegularExpressions;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>What a terminal shows while a model trains.</summary>
public sealed partial class LiveViewTests
{
    private static readonly TrainingCourse Course = new(FirstStep: 0, Steps: 100, EpochsPerStep: 0.05);

    /// <summary>Eight codes, of which half are used, the first most.</summary>
    private static readonly CodeUsage Usage = new("usage", [9, 0, 3, 3, 0, 1, 0, 0]);

    [Theory]
    [InlineData(24)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public void Each_width_has_the_bar_the_figures_their_curves_and_the_use_of_codes(int width)
    {
        using var screen = new TerminalScreen(width);
        var lines = Train(screen.Open());
        var view = screen.Rows.SkipWhile(row => !row.StartsWith('█')).ToArray();

        Assert.All(view, row => Assert.InRange(row.Length, 1, width - 1));
        Assert.Contains("step 40/100", view[0], StringComparison.Ordinal);
        var all = string.Join('\n', view);
        Assert.Contains("codes 4/8", all, StringComparison.Ordinal);
        if (width >= 60)
        {
            Assert.EndsWith("codes 4/8  █▆▆▃····", view[^2], StringComparison.Ordinal);
            Assert.StartsWith("recon 0.1250  lr 3.0e-4", view[^1], StringComparison.Ordinal);
            Assert.Contains("loss       0.2500 █▆▃▁", all, StringComparison.Ordinal);
            Assert.Contains("perplexity 4.0000 ▁▃▆█", all, StringComparison.Ordinal);
            Assert.Contains("images/s    100.0 ▁▁▁▁", all, StringComparison.Ordinal);
        }

        // A curve a row where there is no room for two; else beside each other.
        Assert.Equal(width >= 200 ? 4 : 6, view.Length);
        Assert.Equal(
            lines,
            string.Concat(screen.Rows.TakeWhile(row => !row.StartsWith('█'))).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_that_plain_lines_say_is_lost_and_the_last_state_stays()
    {
        using var plain = new StringWriter();
        Train(Commands.ProgramRun.Console(plain));
        using var screen = new TerminalScreen(200);
        var console = screen.Open();
        Train(console);
        console.WriteWhole("after");

        string[] expected = plain.ToString().ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.Equal(5, expected.Length);
        Assert.Equal(expected, screen.Rows[..5]);
        Assert.StartsWith("█", screen.Rows[5], StringComparison.Ordinal);
        Assert.Contains("step 40/100", screen.Rows[5], StringComparison.Ordinal);
        Assert.Equal("after", screen.Rows[^1]);
    }

    [Fact]
    public void A_terminal_of_few_rows_keeps_the_bar_and_all_lines()
    {
        using var screen = new TerminalScreen(80, height: 3);
        Train(screen.Open());
        Assert.Equal(5 + 2, screen.Rows.Length);
        Assert.Contains("step 40/100", screen.Rows[5], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, true, true)] // TERM=dumb
    [InlineData(true, false, true)] // --plain, CI
    [InlineData(true, true, false)] // a pipe
    public void Elsewhere_there_are_lines_alone(bool ansi, bool interactive, bool isTerminal)
    {
        using var screen = new TerminalScreen(200) { IsTerminal = isTerminal };
        Train(screen.Open(ansi: ansi, interactive: interactive));
        Assert.DoesNotContain('\x1b', screen.Raw);
        Assert.Equal(5, screen.Rows.Length);
    }

    [Theory]
    [InlineData(ColorSystemSupport.NoColors, false)]
    [InlineData(ColorSystemSupport.Standard, true)]
    public void Colours_are_there_where_they_are_wanted(ColorSystemSupport colors, bool expected)
    {
        using var screen = new TerminalScreen(80);
        Train(screen.Open(colors));
        Assert.Equal(expected, Colour().IsMatch(screen.Raw));
    }

    [Fact]
    public void It_is_drawn_at_most_five_times_a_second_and_a_step_between_allocates_nothing()
    {
        using var screen = new TerminalScreen(80);
        using var area = new LiveArea(screen.Open(), cutsLines: false);
        var now = TimeSpan.Zero;
        var view = new LiveView(screen.Open(), area, new TrainingCourse(0, 10_000, 1), () => now);
        view.Advance(1);
        var drawings = 0;
        for (var step = 2; step <= 3000; step++)
        {
            now += TimeSpan.FromMilliseconds(1);
            var written = screen.Raw.Length;
            view.Advance(step);
            drawings += screen.Raw.Length > written ? 1 : 0;
        }

        Assert.InRange(drawings, 14, 16);
        view.Draw();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 3001; step < 4000; step++)
        {
            view.Advance(step);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_run_that_goes_on_has_the_curves_of_before_and_its_time_left_by_its_own_pace()
    {
        using var screen = new TerminalScreen(80);
        using var area = new LiveArea(screen.Open(), cutsLines: false);
        var now = TimeSpan.Zero;
        var view = new LiveView(screen.Open(), area, Course with { FirstStep = 50 }, () => now);
        view.Recall(Line(10, loss: 1));
        view.Recall(Line(20, loss: 0.5));
        now = TimeSpan.FromSeconds(10);
        view.Work("validation images", 3, 9);
        Assert.Contains("validation images 3/9", screen.Rows[0], StringComparison.Ordinal);
        view.Log(Line(60, loss: 0.25));
        Assert.Contains("step 60/100  0:00:40 left", screen.Rows[1], StringComparison.Ordinal);
        Assert.DoesNotContain("validation images", string.Concat(screen.Rows), StringComparison.Ordinal);
        Assert.Contains("█▃▁", screen.Rows[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_codebooks_the_first_are_shown_and_the_others_counted()
    {
        using var screen = new TerminalScreen(80);
        using var area = new LiveArea(screen.Open(), cutsLines: false);
        var view = new LiveView(screen.Open(), area, Course, () => TimeSpan.Zero);
        view.Use([.. Enumerable.Range(0, 6).Select(level => new CodeUsage($"level_{level}_usage_top", [1, 1]))]);
        view.Draw();
        Assert.Contains("level 0 codes top 2/2  ▅▅", screen.Rows);
        Assert.Equal("and 2 more codebooks", screen.Rows[^1]);
    }

    [GeneratedRegex("\x1b\\[[0-9;]*m")]
    private static partial Regex Colour();

    /// <summary>Four lines and a warning: what they say, without spaces, for a narrow terminal breaks them.</summary>
    private static string Train(IAnsiConsole console)
    {
        TrainingReport.Show(console, Course, report =>
        {
            for (var step = 1; step <= 40; step++)
            {
                report.Advance(step);
                if (step % 10 == 0)
                {
                    report.Use([Usage]);
                    report.Log(Line(step, 1.25 - step / 40.0));
                }

                if (step == 25)
                {
                    report.Warn("something happened");
                }
            }
        });
        using var plain = new StringWriter();
        foreach (var step in (int[])[10, 20, -1, 30, 40])
        {
            if (step < 0)
            {
                plain.Write("warning: something happened");
                continue;
            }

            plain.Write(
                FormattableString.Invariant($"step {step,6}  epoch {step * 0.05:F1}  loss {1.25 - step / 40.0:F4}  ")
                + FormattableString.Invariant($"perplexity {step / 10}  100 images/s"));
        }

        return plain.ToString().Replace(" ", "", StringComparison.Ordinal);
    }

    private static MetricsLine Line(long step, double loss) => new(step, step, [
        new(MetricNames.Loss, loss), new(MetricNames.Reconstruction, loss / 2), new(MetricNames.Perplexity(Layout, 1), step / 10),
        new(MetricNames.LearningRate, 3e-4), new(MetricNames.Speed, 100),
    ]);

    private static readonly IlgpuVq.Models.Quantizers.CodeLayout Layout = new("codes", 1, 1, [8]);
}
