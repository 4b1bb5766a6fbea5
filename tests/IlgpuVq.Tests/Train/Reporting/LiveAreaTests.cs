using IlgpuVq.Train.Reporting;
using Spectre.Console.Rendering;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>Lines that are drawn again and again under lines that stay.</summary>
public sealed class LiveAreaTests
{
    [Fact]
    public void A_bar_never_fills_the_terminal_and_shows_the_most_important_first()
    {
        for (var columns = 39; columns < 200; columns++)
        {
            var text = TextOf(ProgressBar.Line(
                columns, hasBlocks: true, 0.5, "step 1000/2000", "0:01:40 left", "", "epoch 1.6/3.2", "loss 0.0713"));
            Assert.InRange(text.Length, 20, columns);
            Assert.Contains("step 1000/2000", text, StringComparison.Ordinal);
            // What is short may have room where something before it has none.
            Assert.Equal(columns is 49 or 50 or >= 64, text.Contains("loss", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_bar_moves_from_the_first_step_and_is_full_at_the_end()
    {
        double[] parts = [0, 1 / 2000.0, 0.5, 1, 2];
        var bars = Array.ConvertAll(parts, part => TextOf(ProgressBar.Line(40, hasBlocks: true, part)));
        Assert.Equal(new string('·', 40), bars[0]);
        Assert.Equal('▏' + new string('·', 39), bars[1]);
        Assert.Equal(new string('█', 20) + new string('·', 20), bars[2]);
        Assert.All(bars[3..], bar => Assert.Equal(new string('█', 40), bar));
        Assert.Equal("####......", TextOf(ProgressBar.Line(10, hasBlocks: false, 0.35)));
    }

    [Fact]
    public void Lines_that_stay_come_above_and_at_the_end_all_is_as_it_was()
    {
        using var screen = new TerminalScreen(80);
        var console = screen.Open();
        using (var area = new LiveArea(console, cutsLines: false))
        {
            Draw(area, "a", "b");
            area.Above("step 1 loss 2");
            Draw(area, "c");
            console.WriteWhole("said by another");
            Draw(area, "d", "", "e");
            Assert.Equal(["step 1 loss 2", "said by another", "d", "", "e"], screen.Rows);
            Draw(area, "f");
            Assert.Equal(["step 1 loss 2", "said by another", "f"], screen.Rows);
            area.Clear();
        }

        console.WriteWhole("next");
        Assert.Equal(["step 1 loss 2", "said by another", "next"], screen.Rows);
        Assert.DoesNotContain("?25", screen.Raw, StringComparison.Ordinal); // the cursor is never hidden
        Assert.DoesNotContain("?1049", screen.Raw, StringComparison.Ordinal); // nor another screen taken
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_terminal_that_becomes_narrower_and_wider_keeps_what_stays_and_no_rest_of_the_old_lines(bool cutsLines)
    {
        using var screen = new TerminalScreen(100, cutsLines: cutsLines);
        using var area = new LiveArea(screen.Open(), cutsLines);
        area.Above("one");
        area.Above("two");
        Draw(area, new string('x', 120), "", new string('y', 50));
        Assert.Equal(["one", "two", new string('x', 99), "", new string('y', 50)], screen.Rows);
        screen.Resize(40);
        Draw(area, new string('v', 120), "w");
        Assert.Equal(["one", "two", new string('v', 39), "w"], screen.Rows);
        screen.Resize(70);
        Draw(area, new string('z', 120));
        Assert.Equal(["one", "two", new string('z', 69)], screen.Rows);
    }

    [Fact]
    public void What_has_no_room_below_each_other_is_left_out_from_the_end_and_the_lines_above_stay()
    {
        using var screen = new TerminalScreen(40, height: 4);
        using var area = new LiveArea(screen.Open(), cutsLines: false);
        area.Above("one");
        for (var i = 0; i < 3; i++)
        {
            Draw(area, "a", "b", "c", "d", "e");
        }

        Assert.Equal(["one", "a", "b", "c"], screen.Rows);
    }

    [Fact]
    public void A_terminal_that_is_gone_ends_no_work()
    {
        using var screen = new TerminalScreen(40);
        using var area = new LiveArea(screen.Open(), cutsLines: false);
        Draw(area, "a");
        screen.IsGone = true;
        Draw(area, "b");
        area.Above("c");
        area.Clear();
        Assert.Equal(["a"], screen.Rows);
    }

    [Fact]
    public void What_the_terminal_shows_of_a_key_goes_with_the_next_drawing()
    {
        using var screen = new TerminalScreen(40);
        using var area = new LiveArea(screen.Open(), cutsLines: false);
        Draw(area, "a");
        screen.Write("^C");
        Assert.Equal(["a", "^C"], screen.Rows);
        Draw(area, "b");
        Assert.Equal(["b"], screen.Rows);
    }

    private static void Draw(LiveArea area, params string[] lines) =>
        area.Draw(lines.Select(line => (IReadOnlyList<Segment>)[new Segment(line)]));

    internal static string TextOf(IEnumerable<Segment> line) => string.Concat(line.Select(segment => segment.Text));
}
