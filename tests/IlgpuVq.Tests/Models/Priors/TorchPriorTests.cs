using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.GatedPixelCnn;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Priors.PixelSnail;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>Priors against PyTorch's double precision: logits, loss, and every gradient.</summary>
/// <remarks>The file was written by torch_priors.py beside it.</remarks>
public sealed class TorchPriorTests(LawDevices devices) : IClassFixture<LawDevices>
{
    /// <summary>Of the largest number of a tensor.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>Of gradients that are zero but for rounding, as that of the bias of keys.</summary>
    private const double Least = 1e-7;

    private static readonly CodeLayout Grid = new("own", 4, 3, [5]);
    private static readonly CodeLayout Coarse = new("coarse", 2, 2, [5]);

    private static readonly Dictionary<string, (PriorOptions Options, PriorShape Shape)> Cases = new()
    {
        ["pixelcnn"] = (
            new PixelCnnOptions { Width = 6, Blocks = 2, OutputLayers = 1 }, new PriorShape(Grid, [], Classes: 3)),
        ["gated-pixelcnn"] = (
            new GatedPixelCnnOptions { Width = 3, Layers = 3, OutputWidth = 4 }, new PriorShape(Grid, [], Classes: 3)),
        ["pixelsnail, first"] = (
            new PixelSnailOptions
            {
                Width = 8,
                Kernel = 5,
                Blocks = 2,
                ResidualBlocks = 1,
                ResidualWidth = 3,
                OutputBlocks = 1,
                Heads = 2,
            },
            new PriorShape(Grid, [], Classes: 0)),
        ["pixelsnail, finer"] = (
            new PixelSnailOptions
            {
                Width = 4,
                Kernel = 5,
                Blocks = 1,
                ResidualBlocks = 2,
                ResidualWidth = 3,
                ConditionBlocks = 2,
                Heads = 2,
            },
            new PriorShape(Grid, [Coarse], Classes: 0)),
    };

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Priors", "torch_priors.txt");

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_prior_with_PyTorchs_weights_has_its_logits_loss_and_gradients(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        var (options, shape) = Cases[name];
        using var prior = (AutoregressivePrior)options.Build(new ModuleScope(device, seed: 1), shape);
        var lines = Lines[name].ToList();
        TorchLine.Fill(prior, [.. lines.Where(line => line.Role == "state")]);
        using var ids = GridOf("ids", Grid)!;
        using var coarse = GridOf("coarse", Coarse);
        using var classes = shape.Classes > 0 ? Whole("classes") : null;
        var condition = new PriorCondition(classes, coarse is null ? [] : [coarse]);

        using var tape = new Tape(device);
        var logits = prior.AllLogits(tape, ids.Ids, condition, CausalContext.Inference)[0];
        AssertClose(Single("y"), logits.Value.ToArray());
        var loss = prior.Loss(tape, ids.Ids, condition, StepContext.Inference);
        AssertClose(Single("loss"), loss.Value.ToArray());
        tape.Backward(loss);
        var gradients = lines.Where(line => line.Role == "dw").ToDictionary(line => line.Name);
        Assert.Equal(gradients.Keys.Order(), prior.Parameters.Select(parameter => parameter.Name).Order());
        Assert.All(prior.Parameters, parameter => AssertClose(gradients[parameter.Name], parameter.Gradient!.ToArray()));

        TorchLine Single(string role) => lines.Single(line => line.Role == role);

        Tensor<int> Whole(string role)
        {
            var line = Single(role);
            return device.From<int>(Array.ConvertAll(line.Numbers, number => (int)number), line.Shape);
        }

        CodeGrid? GridOf(string role, CodeLayout layout)
        {
            if (lines.All(line => line.Role != role))
            {
                return null;
            }

            using var its = Whole(role);
            return new CodeGrid(layout.Name, its.Reshape([its.Shape[0], 1, layout.Height, layout.Width]), layout.CodebookSizes);
        }

        void AssertClose(TorchLine line, float[] actual)
        {
            var most = line.Numbers.Max(Math.Abs);
            Assert.Equal(line.Numbers.Length, actual.Length);
            Assert.All(line.Numbers.Zip(actual), pair => Assert.True(
                Math.Abs(pair.First - pair.Second) <= Tolerance * most + Least,
                $"{name} on {deviceName}, {line.Role} {line.Name}: expected {pair.First}; got {pair.Second}."));
        }
    }
}
