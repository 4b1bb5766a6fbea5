using System.Globalization;

namespace IlgpuVq.Tests.Ptx.Syntax;

internal enum TokenKind
{
    /// <summary>A name, as <c>add</c>, <c>%r1</c>, <c>$L</c>.</summary>
    Name,

    /// <summary>A name after a dot, without it, as <c>shared::cta</c>.</summary>
    Dotted,
    Integer,
    Float,
    Text,
    Mark,
    End,
}

internal readonly record struct Token(
    TokenKind Kind, string Text, int Line, Int128 Integer = default, double Float = 0, int Bits = 0);

/// <summary>The text of a module as words.</summary>
internal sealed class PtxLexer(string source)
{
    private int position;
    private int line = 1;

    public static IReadOnlyList<Token> Read(string source)
    {
        var lexer = new PtxLexer(source);
        var tokens = new List<Token>();
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    private Token Next()
    {
        SkipBlanks();
        if (position == source.Length)
        {
            return new Token(TokenKind.End, "end of text", line);
        }

        var first = source[position];
        var start = position++;
        if (char.IsAsciiDigit(first))
        {
            position = start;
            return Number();
        }

        if (IsNameStart(first))
        {
            SkipName();
            return new Token(TokenKind.Name, source[start..position], line);
        }

        if (first == '.' && position < source.Length && IsNamePart(source[position]))
        {
            SkipName();
            while (source.AsSpan(position).StartsWith("::"))
            {
                position += 2;
                SkipName();
            }

            return new Token(TokenKind.Dotted, source[(start + 1)..position], line);
        }

        if (first == '"')
        {
            position = source.IndexOf('"', position);
            position = position < 0 ? throw new PtxException(line, "a text that does not end") : position + 1;
            return new Token(TokenKind.Text, source[(start + 1)..(position - 1)], line);
        }

        return "@!{}[]()<>,;:+-|=".Contains(first, StringComparison.Ordinal)
            ? new Token(TokenKind.Mark, first.ToString(), line)
            : throw new PtxException(line, $"unexpected character '{first}'");
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%';

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    private void SkipName()
    {
        while (position < source.Length && IsNamePart(source[position]))
        {
            position++;
        }
    }

    private void SkipBlanks()
    {
        while (position < source.Length)
        {
            if (char.IsWhiteSpace(source[position]))
            {
                line += source[position++] == '\n' ? 1 : 0;
            }
            else if (source.AsSpan(position).StartsWith("//"))
            {
                var end = source.IndexOf('\n', position);
                position = end < 0 ? source.Length : end;
            }
            else if (source.AsSpan(position).StartsWith("/*"))
            {
                var end = source.IndexOf("*/", position, StringComparison.Ordinal);
                end = end < 0 ? throw new PtxException(line, "a comment that does not end") : end + 2;
                line += source.AsSpan(position, end - position).Count('\n');
                position = end;
            }
            else
            {
                return;
            }
        }
    }

    private Token Number()
    {
        var start = position;
        if (source.Length - position > 2 && source[position] == '0' && source[position + 1] is 'f' or 'F' or 'd' or 'D')
        {
            return HexadecimalFloat(source[position + 1] is 'f' or 'F' ? 32 : 64);
        }

        if (source.AsSpan(position).StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            position += 2;
            SkipWhile(char.IsAsciiHexDigit);
            return Whole(start, source.AsSpan(start + 2, position - start - 2), NumberStyles.AllowHexSpecifier);
        }

        SkipWhile(char.IsAsciiDigit);
        var isFloat = position < source.Length && source[position] is '.' or 'e' or 'E';
        if (!isFloat)
        {
            return Whole(start, source.AsSpan(start, position - start), NumberStyles.None);
        }

        SkipWhile(c => char.IsAsciiDigit(c) || c == '.');
        if (position < source.Length && source[position] is 'e' or 'E')
        {
            position += position + 1 < source.Length && source[position + 1] is '+' or '-' ? 2 : 1;
            SkipWhile(char.IsAsciiDigit);
        }

        var text = source[start..position];
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? new Token(TokenKind.Float, text, line, Float: value, Bits: 64)
            : throw new PtxException(line, $"{text}: expected a number");
    }

    private Token Whole(int start, ReadOnlySpan<char> digits, NumberStyles style)
    {
        // A leading zero would make a decimal number octal, which nobody means.
        var isOctal = style == NumberStyles.None && digits.Length > 1 && digits[0] == '0';
        if (isOctal || !ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out var value))
        {
            throw new PtxException(line, $"{source[start..position]}: expected a decimal or hexadecimal number of 64 bits");
        }

        if (position < source.Length && source[position] == 'U')
        {
            position++;
        }

        return position < source.Length && IsNamePart(source[position])
            ? throw new PtxException(line, $"{source[start..(position + 1)]}: expected a number")
            : new Token(TokenKind.Integer, source[start..position], line, Integer: value);
    }

    private Token HexadecimalFloat(int bits)
    {
        var start = position;
        position += 2;
        SkipWhile(char.IsAsciiHexDigit);
        var digits = source.AsSpan(start + 2, position - start - 2);
        if (digits.Length != bits / 4)
        {
            var expected = bits / 4;
            throw new PtxException(
                line, $"{source[start..position]}: expected {expected} hexadecimal digits; got {digits.Length}");
        }

        var value = ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return new Token(
            TokenKind.Float,
            source[start..position],
            line,
            Integer: value,
            Float: bits == 32 ? BitConverter.UInt32BitsToSingle((uint)value) : BitConverter.UInt64BitsToDouble(value),
            Bits: bits);
    }

    private void SkipWhile(Func<char, bool> isPart)
    {
        while (position < source.Length && isPart(source[position]))
        {
            position++;
        }
    }
}
