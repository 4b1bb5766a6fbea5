using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Reporting.Pages;

/// <summary>Pages about runs in Chromium, opened from files.</summary>
public sealed class ReportInBrowserTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_page_about_two_runs_can_be_read_and_used_by_everyone()
    {
        Chromium.Require();
        var (a, b, file) = (Train("a"), Train("b"), folder.At("both.html"));
        Assert.Equal(0, Invoke("evaluate", "--run", a).Code);
        Assert.Equal(0, Invoke("report", "--run", a, "--run", b, "--output", file).Code);
        using var page = ChromiumPage.Open(file);
        PageRules.AssertHold(page);
        Assert.InRange(PageRules.AssertSlidersMove(page), 2, int.MaxValue);

        // The pictures of a run are its samples, and the slider shows another one with its step.
        page.Focus(".samples input");
        page.Press("Home");
        Assert.Equal("step 2", page.TextOf(".samples output"));
        var first = page.Evaluate("document.querySelector('.samples img').src")!.GetValue<string>();
        page.Press("ArrowRight");
        Assert.Equal("step 4", page.TextOf(".samples output"));
        Assert.NotEqual(first, page.Evaluate("document.querySelector('.samples img').src")!.GetValue<string>());
        page.WaitFor("[...document.images].every(image => image.complete && image.naturalWidth > 0)");

        // A chart tells its figures by the keyboard too.
        const string chart = "section[aria-labelledby=curves] .chart";
        page.Focus($"{chart} svg");
        page.Press("Home");
        Assert.Contains("at step 2", page.TextOf($"{chart} output"), StringComparison.Ordinal);
        Assert.Empty(page.Errors);
    }

    private string Train(string name)
    {
        var run = folder.At(name);
        Assert.Equal(0, Invoke(["train", "--run", run, "--steps", "6", "--sample-every", "2", .. Tiny]).Code);
        return run;
    }
}
