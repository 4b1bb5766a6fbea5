using System.Text.RegularExpressions;

namespace IlgpuVq.Tests.Docs;

/// <summary>A fenced block of a page.</summary>
/// <param name="Info">What stands behind the fence: a language, and more.</param>
/// <param name="Text">Its lines.</param>
/// <param name="Line">The first of them in the page, counted from 1.</param>
internal sealed record DocBlock(string Info, string Text, int Line);

/// <summary>A page of Markdown, embedded into the tests.</summary>
internal sealed partial class DocPage
{
    private DocPage(string name, string text)
    {
        (Name, Text) = (name, text);
        Blocks = [.. Fenced().Matches(text).Select(match => new DocBlock(
            match.Groups["info"].Value, match.Groups["text"].Value, 2 + text.AsSpan(0, match.Index).Count('\n')))];
    }

    /// <summary>All pages whose C# is compiled from their text.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(DocPage).Assembly.GetManifestResourceNames().Where(IsPage).Order(StringComparer.Ordinal)];

    public string Name { get; }

    public string Text { get; }

    /// <summary>Its blocks, whatever their language.</summary>
    public IReadOnlyList<DocBlock> Blocks { get; }

    /// <summary>Its C#.</summary>
    public IEnumerable<DocBlock> Code => Blocks.Where(block => block.Info == "csharp");

    public static DocPage Open(string name) => new(name, Resource(name));

    /// <summary>A file that is embedded.</summary>
    public static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(DocPage).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static bool IsPage(string name) => name == "README.md" ||
        (name.StartsWith("docs/", StringComparison.Ordinal) && name.EndsWith(".md", StringComparison.Ordinal));

    [GeneratedRegex("^```(?<info>[^\n`]*)\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fenced();
}
