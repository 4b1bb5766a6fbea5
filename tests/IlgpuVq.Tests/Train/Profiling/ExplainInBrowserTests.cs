using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Profiling;

/// <summary>The page of <c>explain</c> in Chromium, opened from a file: of a model and its discriminator.</summary>
public sealed class ExplainInBrowserTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_step_can_be_read_in_light_and_dark_and_gone_through_by_the_keyboard()
    {
        Chromium.Require();
        var file = folder.At("step.html");
        Assert.Equal(0, Invoke([
            "explain", "--task", "adversarial", "--discriminator-hidden", "8", "--image", "16", "--output", file, .. Tiny[..^2],
        ]).Code);
        using var page = ChromiumPage.Open(file);
        PageRules.AssertHold(page);

        // The first node of the discriminator opens by Enter, the next one by an arrow, and an input by its button.
        page.Focus("section[aria-labelledby=tape-discriminator] li > button");
        page.Press("Enter");
        var first = page.TextOf("#panel h2");
        Assert.EndsWith("discriminator.encoder.0.weight_orig", first, StringComparison.Ordinal);
        page.Press("ArrowDown");
        Assert.EndsWith(" reshape", page.TextOf("#panel h2"), StringComparison.Ordinal);
        page.Focus("#panel .jump");
        page.Press("Enter");
        Assert.Equal(first, page.TextOf("#panel h2"));
        Assert.Equal(1, page.Evaluate("document.querySelectorAll('[aria-expanded=true]').length")!.GetValue<int>());
        PageRules.AssertHold(page); // with the panel open
    }
}
