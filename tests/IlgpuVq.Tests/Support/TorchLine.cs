using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>A line of a file that a script beside it wrote: a tensor of one case, its pass and its role.</summary>
internal sealed record TorchLine(string Case, string Pass, string Role, string Name, Shape Shape, double[] Numbers)
{
    public float[] Floats => Array.ConvertAll(Numbers, number => (float)number);

    /// <summary>The lines of a file in the folder Goldens of a part of Models, by their cases.</summary>
    public static ILookup<string, TorchLine> Read(string part, string file) => File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Models", part, "Goldens", file))
        .Select(Parse).ToLookup(line => line.Case);

    /// <summary>Writes lines into the state of a module, which must have the same keys and shapes; whole numbers stay.</summary>
    public static void Fill(Module module, IReadOnlyList<TorchLine> lines)
    {
        var state = module.State.ToDictionary(named => named.Key);
        Assert.Equal(
            lines.Select(line => $"{line.Name} {line.Shape}").Order(),
            state.Values.Select(named => $"{named.Key} {named.Shape}").Order());
        foreach (var line in lines.Where(line => state[line.Name].WholeNumbers is null))
        {
            state[line.Name].Tensor.CopyFrom(line.Floats);
        }
    }

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

    public static TorchLine Parse(string text)
    {
        var parts = text.Split('|', StringSplitOptions.TrimEntries);
        int[] shape = [.. Split(parts[4], ',').Select(length => int.Parse(length, CultureInfo.InvariantCulture))];
        double[] numbers = [.. Split(parts[5], ' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        return new TorchLine(parts[0], parts[1], parts[2], parts[3], [.. shape], numbers);
    }

    private static string[] Split(string text, char separator) => text.Split(separator, StringSplitOptions.RemoveEmptyEntries);
}
