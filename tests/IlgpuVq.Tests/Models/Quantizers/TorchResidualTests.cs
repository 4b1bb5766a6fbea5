using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Quantizers in turn, in groups and behind frozen numbers against their formulas in PyTorch's double precision: values,
/// indices, losses, gradients, and what they learn of two batches.</summary>
/// <remarks>The file was written by torch_residual.py beside it.</remarks>
public sealed class TorchResidualTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 5e-6;

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Quantizers", "torch_residual.txt");

    private static readonly VectorQuantizerOptions Ema = new() { CodebookSize = 6, CodeDim = 3, Decay = 0.9 };

    private static readonly VectorQuantizerOptions Gradient = Ema with { Rule = CodebookRule.Gradient };

    private static readonly SimVqOptions SimVq = new() { CodebookSize = 7, CodeDim = 4 };

    private static readonly Dictionary<string, QuantizerOptions> Cases = new()
    {
        ["residual ema"] = new ResidualQuantizerOptions { Layers = 3, Layer = Ema },
        ["residual gradient"] = new ResidualQuantizerOptions { Layers = 4, Layer = Gradient },
        ["residual layer codes"] = new ResidualQuantizerOptions { Layers = 3, Layer = Ema, LayerCodes = [9, 5, 2] },
        ["residual shared"] = new ResidualQuantizerOptions
        {
            Layers = 3,
            Layer = Ema with { CodebookSize = 8 },
            SharedCodebook = true,
        },
        ["residual shared gradient"] = new ResidualQuantizerOptions
        {
            Layers = 3,
            Layer = Gradient with { CodebookSize = 8 },
            SharedCodebook = true,
        },
        ["residual fsq"] = new ResidualFsqOptions { Layers = 3, Layer = new() { Levels = [5, 4, 2] } },
        ["residual lfq"] = new ResidualLfqOptions
        {
            Layers = 3,
            Layer = new() { Bits = 4, CodeScale = 0.5, InverseTemperature = 2 },
        },
        ["grouped residual"] = new GroupedResidualOptions
        {
            Groups = 3,
            Group = new() { Layers = 2, Layer = Ema with { CodeDim = 2 } },
        },
        ["grouped residual fsq"] = new GroupedResidualFsqOptions
        {
            Group = new() { Layers = 2, Layer = new() { Levels = [4, 3] } },
        },
        ["residual implicit"] = new ResidualQuantizerOptions { Layers = 3, Layer = Gradient, ImplicitDepth = 2 },
        ["simvq"] = SimVq,
        ["residual simvq"] = new ResidualSimVqOptions { Layers = 2, Layer = SimVq },
        ["random projection"] = new RandomProjectionOptions { CodebookSize = 9, CodeDim = 6, ProjectionDim = 3 },
    };

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Values_indices_losses_gradients_and_state_are_those_of_the_formula(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        using var quantizer = Cases[name].Build(new ModuleScope(device, seed: 1));
        var lines = Lines[name].ToList();
        TorchLine.Fill(quantizer, [.. lines.Where(line => line.Pass == "begin")]);
        foreach (var pass in lines.Where(line => line.Pass is not ("begin" or "end")).GroupBy(line => line.Pass))
        {
            var isTraining = pass.Key.StartsWith("train", StringComparison.Ordinal);
            Check(quantizer, [.. pass], new StepContext(isTraining), $"{name} on {deviceName}, {pass.Key}");
        }

        var state = quantizer.State.ToDictionary(named => named.Key);
        foreach (var line in lines.Where(line => line.Pass == "end"))
        {
            line.AssertClose(state[line.Name].Tensor.ToArray(), Tolerance, $"{name} on {deviceName}, at the end");
        }
    }

    private static void Check(Quantizer quantizer, List<TorchLine> pass, StepContext context, string what)
    {
        TorchLine Of(string role) => pass.Single(line => line.Role == role);

        using var tape = new Tape(quantizer.Device);
        using var rows = quantizer.Device.From<float>(Of("x").Floats, Of("x").Shape);
        using var upstream = quantizer.Device.From<float>(Of("u").Floats, Of("u").Shape);
        var x = tape.Leaf(rows);
        using var output = quantizer.Forward(x, context);
        var objective = Sum.Apply(output.Quantized.Keep() * tape.Constant(upstream), []);
        Assert.Equal(pass.Any(line => line.Role == "loss"), output.Loss is not null);
        tape.Backward(output.Loss is { } loss ? objective + loss.Keep() : objective);

        Assert.Equal(Of("ids").Shape, output.Ids.Shape);
        Assert.Equal(Of("ids").Numbers.Select(id => (int)id), output.Ids.ToArray());
        Of("y").AssertClose(output.Quantized.Value.ToArray(), Tolerance, what);
        Of("dx").AssertClose(x.Gradient!.ToArray(), Tolerance, what);
        if (output.Loss is not null)
        {
            Of("loss").AssertClose(output.Loss.Value.ToArray(), Tolerance, what);
        }

        var parameters = quantizer.Parameters.ToDictionary(parameter => parameter.Name);
        Assert.Equal(pass.Count(line => line.Role == "dw"), parameters.Count);
        foreach (var line in pass.Where(line => line.Role == "dw"))
        {
            line.AssertClose(parameters[line.Name].Gradient!.ToArray(), Tolerance, what);
            parameters[line.Name].ClearGradient();
        }

        if (!context.IsTraining)
        {
            using var lookup = quantizer.Lookup(output.Ids);
            Assert.Equal(Bits(output.Quantized.Value), Bits(lookup));
        }
    }

    private static IEnumerable<int> Bits(Tensor<float> tensor) => tensor.ToArray().Select(BitConverter.SingleToInt32Bits);
}
