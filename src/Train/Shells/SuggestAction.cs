using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace IlgpuVq.Train.Shells;

/// <summary><c>[suggest:POSITION] LINE</c>: prints what fits at a place of a line, a suggestion a line.</summary>
internal sealed class SuggestAction(RootCommand root, SuggestDirective directive) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parsed)
    {
        var line = parsed.Tokens.LastOrDefault(token => token.Type != TokenType.Directive)?.Value ?? "";
        var position = parsed.GetResult(directive)?.Values is [var text, ..] &&
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : line.Length;
        foreach (var suggestion in Completions.Of(root, line, position))
        {
            parsed.InvocationConfiguration.Output.WriteLine(suggestion);
        }

        return 0;
    }

    /// <summary>Has a program answer so.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var directive in root.Directives.OfType<SuggestDirective>())
        {
            directive.Action = new SuggestAction(root, directive);
        }
    }
}
