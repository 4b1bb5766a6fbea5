using System.Globalization;
using System.Text;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Safetensors;

/// <summary>A safetensors file that breaks a rule of the format, cannot be read, or does not hold what was asked of it.</summary>
/// <remarks>The message is one line: the file, the rule, what was found, and what to do.</remarks>
public sealed class SafetensorsException : UserException
{
    private const int LongestQuote = 80;

    internal SafetensorsException(string file, string expected, string actual, string advice, Exception? inner = null)
        : base($"{file}: expected {expected}; got {actual}. {advice}", inner)
    {
    }

    /// <summary>Text of a hostile file made fit for one line: control characters escaped, and cut when long.</summary>
    internal static string Quote(ReadOnlySpan<char> text)
    {
        var line = new StringBuilder("'");
        foreach (var character in text[..Math.Min(text.Length, LongestQuote)])
        {
            _ = char.IsControl(character) || char.IsSurrogate(character) || character is '\u2028' or '\u2029'
                ? line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                : line.Append(character);
        }

        return line.Append(text.Length > LongestQuote ? "…'" : "'").ToString();
    }

    /// <summary>A shape as people write it, <c>(64, 3, 4, 4)</c>; cut after eight dimensions.</summary>
    internal static string Format(ReadOnlySpan<long> shape) =>
        $"({string.Join(", ", shape[..Math.Min(shape.Length, 8)].ToArray())}{(shape.Length > 8 ? ", …" : "")})";
}
