using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Vector quantizers against their formulas in PyTorch's double precision: values, losses, indices, gradients, and what
/// they learn from one pass to the next, random choices included.</summary>
/// <remarks>The file was written by torch_vector.py beside it.</remarks>
public sealed class TorchVectorTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 5e-6;

    /// <summary>For a softmax of a hundred times a similarity.</summary>
    private const double SharpTolerance = 1e-4;

    private const ulong Seed = 7;

    private static readonly VectorQuantizerOptions Ema = new()
    {
        CodebookSize = 5,
        CodeDim = 3,
        Decay = 0.9,
        Commitment = 0.25,
    };

    private static readonly VectorQuantizerOptions One = Ema with { EmaStart = EmaStart.One };

    private static readonly VectorQuantizerOptions Cosine = Ema with { Distance = CodeDistance.Cosine };

    private static readonly VectorQuantizerOptions Gradient = Ema with { Rule = CodebookRule.Gradient };

    private static readonly VectorQuantizerOptions AllLosses = Gradient with
    {
        CommitmentLoss = CommitmentLoss.CrossEntropy,
        Orthogonal = 10,
        Diversity = 0.5,
    };

    private static readonly VectorQuantizerOptions MeanSquareNorm = Gradient with
    {
        CommitmentLoss = CommitmentLoss.SquareNorm,
        CodeGradient = CodeGradient.Mean,
    };

    private static readonly GumbelQuantizerOptions Gumbel = new() { CodebookSize = 5, CodeDim = 3 };

    private static readonly Dictionary<string, QuantizerOptions> Cases = new()
    {
        ["ema"] = Ema,
        ["ema from zero"] = Ema with { EmaStart = EmaStart.Zero },
        ["ema from one"] = One,
        ["ema, running"] = Ema with { EmaStart = EmaStart.Running },
        ["ema, cosine"] = Cosine,
        ["ema from one, cosine"] = Cosine with { EmaStart = EmaStart.One },
        ["ema, rotation"] = Ema with { Estimator = Estimator.Rotation },
        ["ema, diveq"] = Ema with { Estimator = Estimator.Diveq },
        ["ema, masked"] = Ema,
        ["ema, usage"] = One with { Revival = CodeRevival.Usage },
        ["ema, usage, cosine, masked"] = Cosine with { Revival = CodeRevival.Usage },
        ["ema, samples"] = Ema with { CodebookStart = CodebookStart.Samples },
        ["ema, k-means"] = Ema with { CodebookStart = CodebookStart.Kmeans },
        ["ema from one, k-means, cosine"] =
            Cosine with { EmaStart = EmaStart.One, CodebookStart = CodebookStart.Kmeans },
        ["gradient"] = Gradient,
        ["gradient, beta on codebook"] = Gradient with { BetaOn = BetaTerm.Codebook },
        ["gradient, cosine"] = Gradient with { Distance = CodeDistance.Cosine },
        ["gradient, rotation"] = Gradient with { Estimator = Estimator.Rotation },
        ["gradient, diveq"] = Gradient with { Estimator = Estimator.Diveq },
        ["gradient, diveq, cosine"] = Gradient with { Estimator = Estimator.Diveq, Distance = CodeDistance.Cosine },
        ["gradient, cross-entropy"] = Gradient with { CommitmentLoss = CommitmentLoss.CrossEntropy },
        ["gradient, all losses, cosine"] = AllLosses with { Distance = CodeDistance.Cosine },
        ["gradient, all losses, masked"] = AllLosses,
        ["gradient, sampled"] = Gradient with { SampleTemperature = 0.5 },
        ["gradient, usage"] = Gradient with { Revival = CodeRevival.Usage },
        ["gradient, k-means"] = Gradient with { CodebookStart = CodebookStart.Kmeans },
        ["gradient, mean, square-norm"] = MeanSquareNorm,
        ["gradient, mean, square-norm, masked"] = MeanSquareNorm,
        ["gradient, square-norm, cosine"] = Gradient with
        {
            CommitmentLoss = CommitmentLoss.SquareNorm,
            Distance = CodeDistance.Cosine,
        },
        ["heads"] = Ema with { Heads = 2 },
        ["heads with codebooks"] = Gradient with { Heads = 2, SeparateCodebooks = true, Estimator = Estimator.Diveq },
        ["heads, masked"] = Ema with { Heads = 3 },
        ["projection"] = Ema with { LatentDim = 5 },
        ["projection of all"] = Gradient with
        {
            LatentDim = 3,
            Heads = 2,
            SeparateCodebooks = true,
            ProjectionNorm = true,
            Distance = CodeDistance.Cosine,
        },
        ["gumbel"] = Gumbel with { Temperature = 0.5 },
        ["gumbel, soft"] = Gumbel with { Temperature = 2, Hard = false },
    };

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Quantizers", "torch_vector.txt");

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Passes_have_the_values_losses_indices_gradients_and_state_of_the_formulas(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        Cases[name].Validate();
        using var quantizer = Cases[name].Build(new ModuleScope(device, seed: 1));
        using var random = new RandomState(device, Seed);
        var lines = Lines[name].ToList();
        TorchLine.Fill(quantizer, [.. lines.Where(line => line.Pass == "begin")]);
        foreach (var (i, pass) in lines.Where(line => line.Pass != "begin").GroupBy(line => line.Pass).Index())
        {
            random.Set(i + 1);
            var context = new StepContext(IsTraining: pass.Key.StartsWith("train", StringComparison.Ordinal), random);
            Check(quantizer, [.. pass], context, $"{name} on {deviceName}, {pass.Key}");
        }
    }

    private static void Check(Quantizer quantizer, List<TorchLine> pass, StepContext context, string what)
    {
        using var tape = new Tape(quantizer.Device);
        using var rows = Tensor(quantizer.Device, Single("x"));
        using var upstream = Tensor(quantizer.Device, Single("u"));
        using var mask = pass.Any(line => line.Role == "mask") ? Tensor(quantizer.Device, Single("mask")) : null;
        var x = tape.Leaf(rows);
        using var output = mask is null ? quantizer.Forward(x, context) : quantizer.Forward(x, mask, context);
        var y = output.Quantized.Keep();
        var loss = output.Loss!.Keep();
        tape.Backward(Sum.Apply(y * tape.Constant(upstream)) + loss);

        Assert.Equal(Single("ids").Floats, Array.ConvertAll(output.Ids.ToArray(), id => (float)id));
        Assert.Equal(Single("ids").Shape, output.Ids.Shape);
        AssertClose(Single("y"), y.Value.ToArray(), what);
        AssertClose(Single("loss"), loss.Value.ToArray(), what);
        AssertClose(Single("dx"), x.Gradient!.ToArray(), what);
        var parameters = quantizer.Parameters.ToDictionary(parameter => parameter.Name);
        Assert.Equal(pass.Where(line => line.Role == "dw").Select(line => line.Name).Order(), parameters.Keys.Order());
        foreach (var line in pass.Where(line => line.Role == "dw"))
        {
            AssertClose(line, parameters[line.Name].Gradient?.ToArray() ?? new float[line.Numbers.Length], what);
            parameters[line.Name].ClearGradient();
        }

        var state = quantizer.State.ToDictionary(named => named.Key, named => named.Tensor);
        foreach (var line in pass.Where(line => line.Role == "state"))
        {
            AssertClose(line, state[line.Name].ToArray(), what);
        }

        // Outside of training, and where no row is left out, the codes of the indices are the values, bit for bit.
        if (!context.IsTraining && mask is null)
        {
            using var found = quantizer.Lookup(output.Ids);
            Assert.Equal(y.Value.ToArray(), found.ToArray());
        }

        TorchLine Single(string role) => pass.Single(line => line.Role == role);
    }

    private static Tensor<float> Tensor(Device device, TorchLine line) => device.From<float>(line.Floats, line.Shape);

    private static void AssertClose(TorchLine line, float[] actual, string what) => line.AssertClose(
        actual, line.Case.Contains("all losses", StringComparison.Ordinal) ? SharpTolerance : Tolerance, what);
}
