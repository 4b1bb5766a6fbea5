using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Scalar quantizers against their formulas in double precision: values, indices, losses, gradients.</summary>
/// <remarks>The file was written by torch_scalar_quantizers.py beside it.</remarks>
public sealed class ScalarQuantizerGoldenTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private static readonly ILookup<string, TorchLine> Lines =
        TorchLine.Read("Quantizers", "torch_scalar_quantizers.txt");

    private static readonly FiniteScalarPerturbationOptions Fsp =
        new() { Levels = [8, 5, 3], QuantizeRate = 1, SkewnessWeight = 0.06, KurtosisWeight = 0.05 };

    private static readonly Dictionary<string, QuantizerOptions> Cases = new()
    {
        ["fsq 8,5,5,5"] = new FiniteScalarQuantizerOptions(),
        ["fsq 2,3"] = new FiniteScalarQuantizerOptions { Levels = [2, 3] },
        ["fsq 6,5,2 symmetric"] = new FiniteScalarQuantizerOptions { Levels = [6, 5, 2], Symmetric = true },
        ["fsq 4,3 codebooks 2"] = new FiniteScalarQuantizerOptions { Levels = [4, 3], Codebooks = 2 },
        ["fsq 4,3 symmetric codebooks 3"] =
            new FiniteScalarQuantizerOptions { Levels = [4, 3], Codebooks = 3, Symmetric = true },
        ["lfq 1"] = new LookupFreeQuantizerOptions { Bits = 1, InverseTemperature = 1.5 },
        ["lfq 5"] = new LookupFreeQuantizerOptions { Bits = 5, InverseTemperature = 2 },
        ["lfq 6 scale 0.5"] = new LookupFreeQuantizerOptions
        {
            Bits = 6,
            CodeScale = 0.5,
            InverseTemperature = 3,
            DiversityGamma = 0.5,
            EntropyWeight = 0.7,
        },
        ["lfq 4 sharp"] = new LookupFreeQuantizerOptions { Bits = 4 },
        ["bsq 4"] = new BinarySphericalQuantizerOptions { Bits = 4, InverseTemperature = 4 },
        ["bsq 7"] = new BinarySphericalQuantizerOptions { Bits = 7, Commitment = 0.5 },
        ["latent 5,4,3"] = new LatentQuantizerOptions { Levels = [5, 4, 3], QuantizeWeight = 0.5 },
        ["fsp tanh"] = Fsp,
        ["fsp sigmoid"] = Fsp with { Cdf = CdfActivation.Sigmoid },
        ["fsp normal"] = Fsp with { Cdf = CdfActivation.Normal },
        ["fsp laplace"] = Fsp with { Cdf = CdfActivation.Laplace },
        ["fsp cauchy"] = Fsp with { Cdf = CdfActivation.Cauchy },
        ["binary 1"] = new BinaryMapperOptions { Bits = 1, FreeNats = 0.1, KlWeight = 1 },
        ["binary 4"] = new BinaryMapperOptions { Bits = 4, KlWeight = 0.5 },
    };

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Values_indices_loss_and_gradients_are_those_of_the_formulas(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        var options = Cases[name];
        options.Validate();
        using var quantizer = options.Build(new ModuleScope(device, seed: 1));
        var lines = Lines[name].ToDictionary(line => line.Role + line.Name);
        var parameters = quantizer.Parameters.ToList();
        Assert.Equal(lines.Values.Count(line => line.Role == "w"), parameters.Count);
        foreach (var (i, parameter) in parameters.Index())
        {
            parameter.Value.CopyFrom(lines[$"w{i}"].Floats);
        }

        using var tape = new Tape(device);
        using var x = device.From<float>(lines["x"].Floats, lines["x"].Shape);
        using var u = device.From<float>(lines["u"].Floats, lines["u"].Shape);
        var leaf = tape.Leaf(x);

        // Bits are drawn in training only.
        using var output = quantizer.Forward(leaf, options is BinaryMapperOptions ? StepContext.Inference : StepContext.Training);
        var (quantized, loss) = (output.Quantized.Keep(), output.Loss?.Keep());
        var weighted = Sum.Apply(quantized * tape.Constant(u));
        tape.Backward(loss is null ? weighted : weighted + loss);

        lines["q"].AssertClose(quantized.Value.ToArray(), 2e-6, $"{name} on {deviceName}");
        Assert.Equal(lines["id"].Shape, output.Ids.Shape);
        Assert.Equal(lines["id"].Numbers, output.Ids.ToArray().Select(id => (double)id));
        Assert.Equal(lines["loss"].Numbers[0] == 0, loss is null);
        lines["loss"].AssertClose([loss?.Value.Item() ?? 0], 5e-6, $"{name} on {deviceName}");
        lines["dx"].AssertClose(leaf.Gradient!.ToArray(), 2e-5, $"{name} on {deviceName}");
        foreach (var (i, parameter) in parameters.Index())
        {
            lines[$"dw{i}"].AssertClose(parameter.Gradient!.ToArray(), 5e-6, $"{name} on {deviceName}");
        }

        using var lookup = quantizer.Lookup(output.Ids);
        Assert.Equal(Bits(quantized.Value), Bits(lookup));
    }

    private static IEnumerable<int> Bits(Tensor<float> tensor) => tensor.ToArray().Select(BitConverter.SingleToInt32Bits);
}
