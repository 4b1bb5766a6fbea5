using System.Globalization;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>A line of a file that a script beside it wrote: a tensor of one case, its pass and its role.</summary>
internal sealed record TorchLine(string Case, string Pass, string Role, string Name, Shape Shape, double[] Numbers)
{
    public float[] Floats => Array.ConvertAll(Numbers, number => (float)number);

    /// <summary>The lines of a file in Goldens, by their cases.</summary>
    public static ILookup<string, TorchLine> Read(string file) => File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Models", "Quantizers", "Goldens", file))
        .Select(Parse).ToLookup(line => line.Case);

    public void AssertClose(float[] actual, double tolerance, string what)
    {
        Assert.Equal(Numbers.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.True(
                Math.Abs(Numbers[i] - actual[i]) <= tolerance * (1 + Math.Abs(Numbers[i])),
                $"{what}: expected {Numbers[i]} at {i} of {Role} {Name}; got {actual[i]}.");
        }
    }

    private static TorchLine Parse(string text)
    {
        var parts = text.Split('|', StringSplitOptions.TrimEntries);
        int[] shape = [.. Split(parts[4], ',').Select(length => int.Parse(length, CultureInfo.InvariantCulture))];
        double[] numbers = [.. Split(parts[5], ' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        return new TorchLine(parts[0], parts[1], parts[2], parts[3], [.. shape], numbers);
    }

    private static string[] Split(string text, char separator) => text.Split(separator, StringSplitOptions.RemoveEmptyEntries);
}
