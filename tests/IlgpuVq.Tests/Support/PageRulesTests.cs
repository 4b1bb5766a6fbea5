using Xunit;
using Xunit.Sdk;

namespace IlgpuVq.Tests.Support;

/// <summary>The rules of pages find what is wrong.</summary>
public sealed class PageRulesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_rule_that_a_page_breaks_is_named()
    {
        Chromium.Require();
        var file = folder.At("page.html");
        File.WriteAllText(file, """
            <!doctype html><meta charset="utf-8"><title> </title><style>
            body { background: #fff } p { color: #999 } @media (prefers-color-scheme: dark) { p { color: #eee } }
            </style>
            <h1>A</h1><h3 id="x">B</h3><h1 id="x">C</h1><p>grey on white</p>
            <input><button></button><img src="data:,"><svg width="9" height="9" aria-labelledby="nobody"></svg>
            <div style="width: 100px; overflow-x: auto"><div style="width: 200px">wide</div></div>
            <div style="width: 500px">wider than the page</div>
            """);
        using var page = ChromiumPage.Open(file);
        var failure = Assert.Throws<TrueException>(() => PageRules.AssertHold(page));
        foreach (var rule in new[]
        {
            "400 pixels wide, light: ", "the page has a language", "the page has a title", "nothing lies beyond the right edge",
            "ids are unique", "a control has a name: <input>", "a control has a name: <button>", "an image has a text: <img",
            "an image has a text: <svg", "what scrolls is reached by the keyboard", "headings are in order: h3 after h1",
            "one first heading", "one main part", "what is referred to is there: nobody", "text has a contrast of 4.5, not 2.85",
        })
        {
            Assert.Contains(rule, failure.Message, StringComparison.Ordinal);
        }

        // A request, an error and an exception are seen too.
        page.Evaluate("fetch('file:///none').catch(() => 0)");
        page.Evaluate("console.error('something')");
        page.Evaluate("setTimeout(() => { throw new Error('uncaught'); })");
        page.Evaluate("new Promise(done => setTimeout(done, 50))");
        Assert.Contains("file:///none", page.Requests);
        Assert.Contains(page.Errors, error => error.Contains("something", StringComparison.Ordinal));
        Assert.Contains(page.Errors, error => error.Contains("uncaught", StringComparison.Ordinal));
    }
}
