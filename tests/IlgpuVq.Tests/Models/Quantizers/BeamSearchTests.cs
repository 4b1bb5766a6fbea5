using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

public sealed class BeamSearchTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int N = 60;

    private static readonly Dictionary<string, ResidualOptions> Kinds = new()
    {
        ["residual"] = new ResidualQuantizerOptions { Layers = 3, Layer = new() { CodebookSize = 4, CodeDim = 2 } },
        ["residual, layer codes"] = new ResidualQuantizerOptions
        {
            Layers = 3,
            Layer = new() { CodeDim = 2 },
            LayerCodes = [5, 1, 3],
        },
        ["residual-simvq"] = new ResidualSimVqOptions { Layers = 2, Layer = new() { CodebookSize = 5, CodeDim = 3 } },
        ["residual-fsq"] = new ResidualFsqOptions { Layers = 2, Layer = new() { Levels = [3, 2] } },
    };

    public static TheoryData<string, string> OnEveryDevice { get; } =
        [.. from name in Kinds.Keys from device in LawDevices.Names select (name, device)];

    [Theory]
    [MemberData(nameof(OnEveryDevice))]
    public void A_beam_of_all_beginnings_finds_the_best_of_all_sums(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        var (ids, y, x) = Run(device, Kinds[name] with { Beam = 1000 });

        // All sums there are, of the codes that are looked up one by one.
        using var quantizer = Build(device, Kinds[name]);
        var sums = Combinations(quantizer.CodebookSizes).Select(codes => Lookup(quantizer, codes)).ToArray();
        for (var n = 0; n < N; n++)
        {
            Assert.Equal(sums.Min(sum => Error(x[n], sum)), Error(x[n], y[n]), 1e-5);
            Assert.Equal(y[n], Lookup(quantizer, ids[n]));
        }
    }

    [Theory]
    [MemberData(nameof(OnEveryDevice))]
    public void A_beam_of_one_is_the_nearest_code_of_each_level_in_turn_and_wider_ones_are_nearer(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        using var quantizer = Build(device, Kinds[name]);
        var (greedy, far, x) = Run(device, Kinds[name]);
        using var rows = device.From<float>([.. x.SelectMany(row => row)], [N, quantizer.Width]);
        var levels = quantizer.CodebookSizes.Length;
        Tensor<float>[] codebooks = [.. Enumerable.Range(0, levels).Select(level => CodebookOf(quantizer, level))];
        using var ids = BeamSearch.Choose(rows, codebooks, beam: 1);
        Array.ForEach(codebooks, codebook => codebook.Dispose());
        Assert.Equal(greedy.SelectMany(row => row), ids.ToArray());

        // Of all vectors together; a single one may lose the beginning that would have been its best. Even cells lose nothing.
        var (_, near, _) = Run(device, Kinds[name] with { Beam = 3 });
        var gain = Enumerable.Range(0, N).Sum(n => Error(x[n], far[n]) - Error(x[n], near[n]));
        Assert.InRange(gain, name == "residual-fsq" ? -1e-5 : 1e-3, name == "residual-fsq" ? 1e-5 : double.MaxValue);
    }

    private static Quantizer Build(Device device, QuantizerOptions options) => options.Build(new ModuleScope(device, seed: 1));

    /// <summary>Ids, vectors, and the rows that these should be: for finite scalars those that their bound has made.</summary>
    private static (int[][] Ids, float[][] Y, float[][] X) Run(Device device, ResidualOptions options)
    {
        using var quantizer = Build(device, options);
        using var rows = Primitive.RandomNormal(device, [N, quantizer.Width], mean: 0, deviation: 1, seed: 6, stream: 1);
        using var entry = options.BuildEntry(new ModuleScope(device, seed: 1));
        using var tape = new Tape(device);
        var x = tape.Leaf(rows);
        using var output = quantizer.Forward(x, StepContext.Inference);
        var bounded = entry?.Forward(x, StepContext.Inference) ?? x;
        Assert.Equal(options.Beam > 1 || options is ResidualFsqOptions, output.Loss is null);
        return ([.. output.Ids.ToArray().Chunk(output.Ids.Shape[1])], Chunks(output.Quantized.Value), Chunks(bounded.Value));
    }

    private static float[][] Chunks(Tensor<float> rows) => [.. rows.ToArray().Chunk(rows.Shape[1])];

    private static double Error(float[] x, float[] y) => x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum();

    private static float[] Lookup(Quantizer quantizer, int[] codes)
    {
        using var ids = quantizer.Device.From<int>(codes, [1, codes.Length]);
        using var vector = quantizer.Lookup(ids);
        return vector.ToArray();
    }

    /// <summary>(K, D) of one level: the others have no index.</summary>
    private static Tensor<float> CodebookOf(Quantizer quantizer, int level)
    {
        var (k, levels) = (quantizer.CodebookSizes[level], quantizer.CodebookSizes.Length);
        int[] ids = [.. from code in Enumerable.Range(0, k) from l in Enumerable.Range(0, levels) select l == level ? code : -1];
        using var tensor = quantizer.Device.From<int>(ids, [k, levels]);
        return quantizer.Lookup(tensor);
    }

    private static IEnumerable<int[]> Combinations(IEnumerable<int> sizes) => sizes.Aggregate(
        (IEnumerable<int[]>)[[]],
        (all, size) => [.. from codes in all from code in Enumerable.Range(0, size) select (int[])[.. codes, code]]);
}
