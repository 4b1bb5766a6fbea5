using System.Text.RegularExpressions;
using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>Samples of READMEs beside the tests that compile and run them; both are embedded.</summary>
internal static partial class ReadmeSamples
{
    /// <summary>Fails unless every C# sample of a README stands in a test's file, line by line, whatever the indent.</summary>
    /// <param name="readme">The resource of the README.</param>
    /// <param name="source">The resource of the test's file.</param>
    /// <param name="count">How many samples there are.</param>
    public static void AreCompiled(string readme, string source, int count)
    {
        var compiled = Lines(Resource(source));
        var samples = Sample().Matches(Resource(readme)).Select(sample => Lines(sample.Groups[1].Value)).ToArray();
        Assert.Equal(count, samples.Length);
        Assert.All(samples, lines =>
        {
            var (usings, code) = (lines.Where(IsUsing).ToArray(), lines.Where(line => !IsUsing(line)).ToArray());
            Assert.All(usings, line => Assert.Contains(line, compiled));
            Assert.Contains(string.Join('\n', code), string.Join('\n', compiled), StringComparison.Ordinal);
        });

        static bool IsUsing(string line) => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=');
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ReadmeSamples).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sample();
}
