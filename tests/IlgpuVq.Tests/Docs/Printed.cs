using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace IlgpuVq.Tests.Docs;

/// <summary>What a page says that its program prints.</summary>
/// <remarks>A block <c>text</c> is the program's lines to the letter; in one of <c>text about</c>, numbers are so by a quarter,
/// since training ends with other numbers on another kind of processor.</remarks>
internal static partial class Printed
{
    private const double Quarter = 0.25;

    /// <summary>Fails unless the blocks' lines stand in the output, in their order.</summary>
    public static void IsIn(string output, IEnumerable<DocBlock> blocks)
    {
        var lines = output.Split('\n');
        var next = 0;
        foreach (var block in blocks.Where(block => block.Info is "text" or "text about"))
        {
            var expected = block.Text.TrimEnd('\n').Split('\n');
            var isAbout = block.Info == "text about";
            var at = Enumerable.Range(next, Math.Max(0, lines.Length - expected.Length - next + 1)).FirstOrDefault(
                start => expected.Index().All(line => IsLine(line.Item, lines[start + line.Index], isAbout)), -1);
            Assert.True(at >= 0, $"expected, from line {block.Line}:\n{block.Text}got:\n{output}");
            next = at + expected.Length;
        }
    }

    private static bool IsLine(string expected, string line, bool isAbout)
    {
        if (!isAbout)
        {
            return expected == line;
        }

        var (numbers, others) = (NumbersOf(expected), NumbersOf(line));
        return Number().Replace(expected, "#") == Number().Replace(line, "#")
            && numbers.Zip(others).All(pair => Math.Abs(pair.First - pair.Second) <= Quarter * Math.Max(pair.First, pair.Second));
    }

    private static double[] NumbersOf(string line) =>
        [.. Number().Matches(line).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Number();
}
