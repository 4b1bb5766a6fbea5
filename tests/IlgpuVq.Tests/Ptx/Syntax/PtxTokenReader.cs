namespace IlgpuVq.Tests.Ptx.Syntax;

/// <summary>Walks over the words of a module.</summary>
internal sealed class PtxTokenReader(IReadOnlyList<Token> tokens)
{
    private int next;

    public bool AtEnd => Peek.Kind == TokenKind.End;

    public int Line => Peek.Line;

    private Token Peek => tokens[next];

    public PtxException Unexpected(string expected) => new(Peek.Line, $"expected {expected}; got {Peek.Text}");

    public bool PeekMark(string mark) => Peek.Kind == TokenKind.Mark && Peek.Text == mark;

    public bool PeekName() => Peek.Kind == TokenKind.Name;

    public bool PeekDirective() => Peek.Kind == TokenKind.Dotted;

    /// <summary>A name before a colon.</summary>
    public bool PeekLabel() =>
        PeekName() && tokens[next + 1] is { Kind: TokenKind.Mark, Text: ":" };

    public bool TryMark(string mark) => Take(PeekMark(mark));

    public void Mark(string mark) => _ = TryMark(mark) ? 0 : throw Unexpected(mark);

    public bool TryDirective(string name) => Take(PeekDirective() && Peek.Text == name);

    public void Directive(string name) => _ = TryDirective(name) ? 0 : throw Unexpected("." + name);

    public string? TryAnyDirective(string[] names)
    {
        var text = Peek.Text;
        return Take(PeekDirective() && names.Contains(text)) ? text : null;
    }

    public string? TryDirective() => PeekDirective() ? tokens[next++].Text : null;

    public (string Text, int Line) Name() =>
        PeekName() ? (tokens[next].Text, tokens[next++].Line) : throw Unexpected("a name");

    public (Int128 Value, int Line) Integer()
    {
        var line = Line;
        var isNegative = TryMark("-");
        return Peek.Kind == TokenKind.Integer
            ? (isNegative ? -tokens[next++].Integer : tokens[next++].Integer, line)
            : throw Unexpected("an integer");
    }

    public (string Text, int Line) Decimal() =>
        Peek.Kind is TokenKind.Float or TokenKind.Integer
            ? (tokens[next].Text, tokens[next++].Line)
            : throw Unexpected("a number");

    /// <summary>A literal of any kind; null if there is none.</summary>
    public Operand? TryLiteral()
    {
        var isNegative = PeekMark("-");
        var token = tokens[isNegative ? next + 1 : next];
        Operand? literal = token.Kind switch
        {
            TokenKind.Integer => new IntegerOperand(isNegative ? -token.Integer : token.Integer),
            TokenKind.Float when isNegative && token.Text.StartsWith('0') && token.Integer != 0 =>
                throw new PtxException(token.Line, $"-{token.Text}: expected the sign within the bits"),
            TokenKind.Float => new FloatOperand(isNegative ? -token.Float : token.Float, token.Bits, (ulong)token.Integer),
            _ => null,
        };
        next += literal is null ? 0 : isNegative ? 2 : 1;
        return literal;
    }

    /// <summary>Everything that stands on the line of the last word read.</summary>
    public void SkipLine()
    {
        var line = tokens[next - 1].Line;
        while (!AtEnd && Peek.Line == line)
        {
            next++;
        }
    }

    private bool Take(bool isThere)
    {
        next += isThere ? 1 : 0;
        return isThere;
    }
}
