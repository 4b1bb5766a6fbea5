using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>What every page of the program holds to.</summary>
internal static class PageRules
{
    private static readonly string Rules = Resource("page-rules.js");

    /// <summary>Narrow and wide, light and dark: nothing is cut off, text can be read, all controls have names.</summary>
    public static void AssertHold(ChromiumPage page)
    {
        foreach (var (width, isDark) in new[] { (400, false), (400, true), (1600, false), (1600, true) })
        {
            page.Show(width, isDark);
            var broken = page.Evaluate(Rules)!.AsArray().Select(rule => rule!.GetValue<string>());
            Assert.True(!broken.Any(), $"{width} pixels wide, {(isDark ? "dark" : "light")}: {string.Join("\n", broken)}");
        }

        Assert.Empty(page.Errors);
        Assert.All(page.Requests.Skip(1), Assert.Fail);
    }

    /// <summary>Every slider moves by the arrow keys, and what is beside it changes.</summary>
    /// <returns>How many there are.</returns>
    public static int AssertSlidersMove(ChromiumPage page)
    {
        const string all = "[...document.querySelectorAll('input[type=range]')].filter(slider => slider.checkVisibility())";
        var count = page.Evaluate($"{all}.length")!.GetValue<int>();
        for (var i = 0; i < count; i++)
        {
            page.Evaluate($"{all}[{i}].focus()");
            string[] seen =
            [
                .. new[] { "Home", "ArrowRight", "End" }.Select(key =>
                {
                    page.Press(key);
                    return page.Evaluate($"{all}[{i}].closest('figure, section').outerHTML")!.GetValue<string>();
                }),
            ];
            Assert.NotEqual(seen[0], seen[1]);
            Assert.NotEqual(seen[0], seen[2]);
        }

        return count;
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(PageRules).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
