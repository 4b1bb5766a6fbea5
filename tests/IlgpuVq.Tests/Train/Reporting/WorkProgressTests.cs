using IlgpuVq.Train.Reporting;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>What is shown of work that takes a while.</summary>
public sealed class WorkProgressTests
{
    private TimeSpan now = TimeSpan.Zero;

    [Fact]
    public void Work_of_two_seconds_shows_how_much_is_done_and_the_time_left_at_the_pace_since_its_start()
    {
        using var screen = new TerminalScreen(100);
        var console = screen.Open();
        using var area = new LiveArea(console, cutsLines: false);
        var progress = new WorkProgress(console, area, () => now);
        Tell(400, seconds: 0);
        Tell(450, seconds: 1.9);
        Assert.Equal("", screen.Raw);
        Tell(500, seconds: 0.1);
        Assert.EndsWith("  500/1000 images  0:00:10 left", Assert.Single(screen.Rows), StringComparison.Ordinal);
        Tell(700, seconds: 1);
        Assert.EndsWith("  700/1000 images  0:00:03 left", Assert.Single(screen.Rows), StringComparison.Ordinal);

        // Another part of the work has a pace of its own.
        progress.Tell("files", 0, 10);
        now += TimeSpan.FromSeconds(4);
        progress.Tell("files", 5, 10);
        progress.Draw();
        Assert.EndsWith("  5/10 files  0:00:04 left", Assert.Single(screen.Rows), StringComparison.Ordinal);
        progress.Tell("reading the model", 0, 0);
        now += TimeSpan.FromSeconds(1);
        progress.Draw();
        Assert.Equal("reading the model  0:00:08", Assert.Single(screen.Rows));

        void Tell(long done, double seconds)
        {
            now += TimeSpan.FromSeconds(seconds);
            progress.Tell("images", done, 1000);
            progress.Draw();
        }
    }

    [Fact]
    public void Where_there_is_no_terminal_a_line_comes_each_minute()
    {
        using var output = new StringWriter();
        var progress = new WorkProgress(Commands.ProgramRun.Console(output), area: null, () => now);
        for (var second = 0; second <= 150; second++)
        {
            now = TimeSpan.FromSeconds(second);
            progress.Tell("images", second, 300);
            progress.Draw();
        }

        progress.Tell("%", 40, 100);
        now = TimeSpan.FromSeconds(180);
        progress.Draw();
        progress.Tell("reading the model", 0, 0);
        now = TimeSpan.FromSeconds(240);
        progress.Draw();
        Assert.Equal(
            ["60/300 images, 0:04:00 left", "120/300 images, 0:03:00 left", "40 %", "reading the model, 0:04:00 so far"],
            output.ToString().ReplaceLineEndings("\n").TrimEnd().Split('\n'));
    }

    [Fact]
    public void Short_work_shows_nothing_and_gives_its_result()
    {
        using var screen = new TerminalScreen(100);
        var console = screen.Open();
        Assert.Equal(3, WorkProgress.Show(console, "images", 10, advance =>
        {
            advance(10);
            console.WriteWhole("a line");
            return 3;
        }));
        Assert.Equal(4, WorkProgress.Wait(console, "thinking", () => 4));
        Assert.Equal(5, WorkProgress.Between(console: null, "steps", 10, advance =>
        {
            advance(10);
            return 5;
        }));
        Assert.Equal("a line", screen.Raw.TrimEnd());
    }

    /// <summary>The one test that waits: the thread that draws, its end, and lines that come meanwhile.</summary>
    [Fact]
    public void Long_work_is_drawn_while_it_goes_on_and_leaves_nothing_but_its_lines()
    {
        using var screen = new TerminalScreen(60);
        var console = screen.Open();
        WorkProgress.Wait(console, "thinking", () =>
        {
            WaitFor(() => screen.Rows is [var line] && line.StartsWith("thinking  0:0", StringComparison.Ordinal));
            console.WriteWhole("a line");
            WaitFor(() => screen.Rows is ["a line", _]);
            return 0;
        });
        Assert.Equal(["a line"], screen.Rows);

        static void WaitFor(Func<bool> isSo)
        {
            for (var i = 0; i < 1000 && !isSo(); i++)
            {
                Thread.Sleep(20);
            }

            Assert.True(isSo());
        }
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
}
