using System.Globalization;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Layers;

/// <summary>Layers against PyTorch's in double precision: keys and shapes of the state, values, gradients, running
/// statistics.</summary>
/// <remarks>The file was written by torch_layers.py beside it.</remarks>
public sealed class TorchLayerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 3e-6;

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Layers", "torch_layers.txt");

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
        TorchLine.Fill(module, [.. lines.Where(line => line.Pass == "begin")]);
        foreach (var pass in lines.Where(line => line.Pass is not ("begin" or "end")).GroupBy(line => line.Pass))
        {
            var isTraining = pass.Key.StartsWith("train", StringComparison.Ordinal);
            Check(module, layer, [.. pass], new StepContext(isTraining), $"{name} on {deviceName}, {pass.Key}");
        }

        var state = module.State.ToDictionary(named => named.Key);
        foreach (var line in lines.Where(line => line.Pass == "end"))
        {
            line.AssertClose(Numbers(state[line.Name]), Tolerance, $"{name} on {deviceName}, at the end");
        }
    }

    private static void Check(Module module, LayerCase layer, List<TorchLine> pass, StepContext context, string what)
    {
        using var tape = new Tape(module.Device);
        var inputs = pass.Where(line => line.Role == "x").Select(line => Leaf(tape, line)).ToArray();
        Assert.Equal(layer.Inputs, inputs.Select(x => x.Shape));
        var y = layer.Run(module, inputs, context).Keep();
        var u = pass.Single(line => line.Role == "u");
        using var upstream = module.Device.From<float>(u.Floats, u.Shape);
        tape.Backward(y, upstream);

        pass.Single(line => line.Role == "y").AssertClose(y.Value.ToArray(), Tolerance, what);
        foreach (var line in pass.Where(line => line.Role == "dx"))
        {
            line.AssertClose(inputs[int.Parse(line.Name, CultureInfo.InvariantCulture)].Gradient!.ToArray(), Tolerance, what);
        }

        var parameters = module.Parameters.ToDictionary(parameter => parameter.Name);
        Assert.Equal(pass.Count(line => line.Role == "dw"), parameters.Count);
        foreach (var line in pass.Where(line => line.Role == "dw"))
        {
            line.AssertClose(parameters[line.Name].Gradient!.ToArray(), Tolerance, what);
            parameters[line.Name].ClearGradient();
        }
    }

    private static Variable Leaf(Tape tape, TorchLine line)
    {
        using var tensor = tape.Device.From<float>(line.Floats, line.Shape);
        return tape.Leaf(tensor);
    }

    private static float[] Numbers(NamedTensor named) =>
        named.WholeNumbers is { } whole ? Array.ConvertAll(whole.ToArray(), number => (float)number) : named.Tensor.ToArray();

}
