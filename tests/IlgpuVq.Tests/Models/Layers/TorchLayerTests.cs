using System.Globalization;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Layers;

/// <summary>Layers against PyTorch's in double precision: keys and shapes of the state, values, gradients, running
/// statistics.</summary>
/// <remarks>The file was written by torch_layers.py beside it.</remarks>
public sealed class TorchLayerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 3e-6;

    private static readonly ILookup<string, Line> Lines = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Models", "Layers", "Goldens", "torch_layers.txt"))
        .Select(Line.Parse).ToLookup(line => line.Case);

    public static TheoryData<string, string> Names { get; } =
        [.. LayerCases.OfPyTorch.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Fact]
    public void Every_case_of_the_file_is_here() =>
        Assert.Equal(Lines.Select(lines => lines.Key).Order(), LayerCases.OfPyTorch.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_layer_with_PyTorchs_weights_has_its_values_gradients_and_state(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        var layer = LayerCases.OfPyTorch[name];
        using var module = layer.Build(new ModuleScope(device, seed: 1));
        var lines = Lines[name].ToList();
        Fill(module, [.. lines.Where(line => line.Pass == "begin")]);
        foreach (var pass in lines.Where(line => line.Pass is not ("begin" or "end")).GroupBy(line => line.Pass))
        {
            var isTraining = pass.Key.StartsWith("train", StringComparison.Ordinal);
            Check(module, layer, [.. pass], new StepContext(isTraining), $"{name} on {deviceName}, {pass.Key}");
        }

        var state = module.State.ToDictionary(named => named.Key);
        foreach (var line in lines.Where(line => line.Pass == "end"))
        {
            AssertClose(line, Numbers(state[line.Name]), $"{name} on {deviceName}, at the end");
        }
    }

    private static void Fill(Module module, List<Line> lines)
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

    private static void Check(Module module, LayerCase layer, List<Line> pass, StepContext context, string what)
    {
        using var tape = new Tape(module.Device);
        var inputs = pass.Where(line => line.Role == "x").Select(line => Leaf(tape, line)).ToArray();
        Assert.Equal(layer.Inputs, inputs.Select(x => x.Shape));
        var y = layer.Run(module, inputs, context).Keep();
        var u = pass.Single(line => line.Role == "u");
        using var upstream = module.Device.From<float>(u.Floats, u.Shape);
        tape.Backward(y, upstream);

        AssertClose(pass.Single(line => line.Role == "y"), y.Value.ToArray(), what);
        foreach (var line in pass.Where(line => line.Role == "dx"))
        {
            AssertClose(line, inputs[int.Parse(line.Name, CultureInfo.InvariantCulture)].Gradient!.ToArray(), what);
        }

        var parameters = module.Parameters.ToDictionary(parameter => parameter.Name);
        Assert.Equal(pass.Count(line => line.Role == "dw"), parameters.Count);
        foreach (var line in pass.Where(line => line.Role == "dw"))
        {
            AssertClose(line, parameters[line.Name].Gradient!.ToArray(), what);
            parameters[line.Name].ClearGradient();
        }
    }

    private static Variable Leaf(Tape tape, Line line)
    {
        using var tensor = tape.Device.From<float>(line.Floats, line.Shape);
        return tape.Leaf(tensor);
    }

    private static float[] Numbers(NamedTensor named) =>
        named.WholeNumbers is { } whole ? Array.ConvertAll(whole.ToArray(), number => (float)number) : named.Tensor.ToArray();

    private static void AssertClose(Line line, float[] actual, string what)
    {
        Assert.Equal(line.Numbers.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.True(
                Math.Abs(line.Numbers[i] - actual[i]) <= Tolerance * (1 + Math.Abs(line.Numbers[i])),
                $"{what}: expected {line.Numbers[i]} at {i} of {line.Role} {line.Name}; got {actual[i]}.");
        }
    }

    private sealed record Line(string Case, string Pass, string Role, string Name, Shape Shape, double[] Numbers)
    {
        public float[] Floats => Array.ConvertAll(Numbers, number => (float)number);

        public static Line Parse(string text)
        {
            var parts = text.Split('|', StringSplitOptions.TrimEntries);
            int[] shape = [.. Split(parts[4], ',').Select(length => int.Parse(length, CultureInfo.InvariantCulture))];
            double[] numbers = [.. Split(parts[5], ' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            return new Line(parts[0], parts[1], parts[2], parts[3], [.. shape], numbers);
        }

        private static string[] Split(string text, char separator) =>
            text.Split(separator, StringSplitOptions.RemoveEmptyEntries);
    }
}
