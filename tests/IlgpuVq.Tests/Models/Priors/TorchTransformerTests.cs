using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.MaskGit;
using IlgpuVq.Models.Priors.Transformer;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>Transformers of codes against their formulas in PyTorch's double precision: logits, loss, every gradient.</summary>
/// <remarks>The file was written by torch_transformers.py beside it.</remarks>
public sealed class TorchTransformerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 1e-5;

    private static readonly CodeLayout Coarse = new("top", 2, 2, [5]);
    private static readonly CodeLayout Fine = new("bottom", 4, 3, [6, 4]);

    private static readonly Dictionary<string, BlocksOptions> Cases = new()
    {
        ["transformer"] = new TransformerOptions { Width = 4, Heads = 2, Layers = 2, Dropout = 0 },
        ["maskgit"] = new MaskGitOptions { Width = 4, Heads = 2, Layers = 2, Dropout = 0 },
    };

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Priors", "torch_transformers.txt");

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_prior_has_the_logits_loss_and_gradients_of_the_formulas(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        var lines = Lines[name].ToLookup(line => line.Role);
        using var prior = Cases[name].Build(
            new ModuleScope(device, seed: 1, path: "g"), new PriorShape(Fine, [Coarse], Classes: 3));
        TorchLine.Fill(prior, [.. lines["state"]]);
        using var fine = Ids("fine");
        using var coarse = new CodeGrid(Coarse.Name, Ids("coarse"), Coarse.CodebookSizes);
        using var classes = Ids("classes");
        using var mask = device.From<float>(lines["mask"].Single().Floats, fine.Shape);
        var known = new PriorCondition(classes, [coarse]);
        using var tape = new Tape(device);
        var (logits, loss) = prior switch
        {
            MaskGitPrior its => (
                its.Logits(tape, fine, mask, known, StepContext.Inference),
                its.LossOf(tape, fine, mask, known, StepContext.Inference)),
            AutoregressivePrior its => (
                Array.ConvertAll(its.AllLogits(tape, fine, known, CausalContext.Inference), PlaceSequence.Of),
                its.Loss(tape, fine, known, StepContext.Inference)),
            _ => throw new NotSupportedException(),
        };
        foreach (var line in lines["logits"])
        {
            line.AssertClose(logits[line.Name[0] - '0'].Value.ToArray(), Tolerance, $"{name} on {deviceName}");
        }

        tape.Backward(loss);
        lines["loss"].Single().AssertClose(loss.Value.ToArray(), Tolerance, $"{name} on {deviceName}");
        Assert.Equal(prior.Parameters.Count(), lines["dw"].Count());
        foreach (var parameter in prior.Parameters)
        {
            lines["dw"].Single(line => line.Name == parameter.Name)
                .AssertClose(parameter.Gradient!.ToArray(), Tolerance, $"{name} on {deviceName}");
        }

        Tensor<int> Ids(string role)
        {
            var line = lines[role].Single();
            return device.From<int>(Array.ConvertAll(line.Numbers, number => (int)number), line.Shape);
        }
    }
}
