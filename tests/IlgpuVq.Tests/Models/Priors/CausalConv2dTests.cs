using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>Convolutions of codes that see some taps only.</summary>
public sealed class CausalConv2dTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private static readonly CodeLayout Grid = new("codes", 4, 5, [6, 3]);

    /// <summary>Around the place without it, with it, and of places that lie elsewhere.</summary>
    private static readonly Dictionary<string, Func<ModuleScope, CausalConv2dLayer>> Cases = new()
    {
        ["masked"] = at => CausalConv2dLayer.Masked(at, new ConvShape(9, 4, Kernel: 5), ConvMask.A, Activation.Relu),
        ["normalized"] = at => CausalConv2dLayer.Masked(
            at, new ConvShape(9, 4, Kernel: 3), ConvMask.B, rule: WeightRule.Length, hasBias: false),
        ["elsewhere"] = at => new CausalConv2dLayer(at, new ConvShape(9, 4, new Pair(2, 3)), own: new Pair(2, 1)),
    };

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Codes_give_what_their_one_hot_vectors_give(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        var scope = new ModuleScope(device, seed: 3);
        using var layer = Cases[name](scope);
        using var input = new CodeInput(scope.In("codes"), Grid, width: null);
        var random = new Random(7);
        int[] numbers = [.. Enumerable.Range(0, 2 * Grid.IndicesPerImage).Select(_ => random.Next(-1, 6))]; // some are no codes
        using var ids = device.From<int>(numbers, [2, Grid.Levels, Grid.Height, Grid.Width]);
        using var upstream = device.From<float>(
            [.. Enumerable.Range(0, 2 * 4 * 20).Select(_ => random.NextSingle() - 0.5f)], [2, 4, Grid.Height, Grid.Width]);

        var (y, gradients) = Run(tape => input.Map(tape, ids));
        var (expected, expectedGradients) = Run(tape => GridMap.Of(input.Forward(tape, ids)));

        AssertClose(expected, y);
        Assert.All(expectedGradients.Zip(gradients), pair => AssertClose(pair.First, pair.Second));

        (float[] Y, float[][] Gradients) Run(Func<Tape, GridMap> map)
        {
            using var tape = new Tape(device);
            var result = layer.Forward(tape, map(tape), CausalContext.Inference).Keep();
            tape.Backward(Sum.Apply(result * tape.Constant(upstream)));
            float[][] all = [.. layer.Parameters.Select(parameter => parameter.Gradient!.ToArray())];
            foreach (var parameter in layer.Parameters)
            {
                parameter.ClearGradient();
            }

            return (result.Value.ToArray(), all);
        }

        static void AssertClose(float[] expected, float[] actual) =>
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }
}
