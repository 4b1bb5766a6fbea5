using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Finite scalar quantization against its formula in double precision: finite differences cannot see through the
/// rounding.</summary>
public sealed class FiniteScalarQuantizerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private static readonly int[][] Choices = [[8, 5, 5, 5], [2], [3, 2], [7, 4, 3], [2, 2, 2, 2, 2], [16, 9]];

    public static TheoryData<string, string> Cases { get; } =
        [.. from device in LawDevices.Names from levels in Choices select (device, string.Join(',', levels))];

    public static TheoryData<string> Devices { get; } = [.. LawDevices.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_indices_and_gradients_are_those_of_the_formula(string device, string levelText)
    {
        const int rows = 97;
        int[] levels = [.. levelText.Split(',').Select(int.Parse)];
        using var scope = new TensorScope(devices.Open(device));
        using var quantizer = Build(scope.Device, levels);
        Shape shape = [rows, levels.Length];
        var z = Numbers.Uniform(seed: 3, shape.Size).Select((x, i) => AwayFromEdges(4 * x, levels[i % levels.Length])).ToArray();
        var upstream = Numbers.Uniform(seed: 4, shape.Size);

        using var tape = new Tape(scope.Device);
        var leaf = tape.Leaf(scope.Floats(z, shape));
        using var output = quantizer.Forward(leaf, StepContext.Training);
        tape.Backward(Sum.Apply(output.Quantized.Keep() * tape.Constant(scope.Floats(upstream, shape)), []));

        var expected = z.Select((x, i) => Quantize(x, levels[i % levels.Length])).ToArray();
        var gradient = leaf.Gradient!.ToArray();
        var quantized = output.Quantized.Value.ToArray();
        for (var i = 0; i < z.Length; i++)
        {
            Assert.Equal(expected[i].Value, quantized[i], 1e-6);
            Assert.Equal(expected[i].Slope * upstream[i], gradient[i], 2e-6 * levels[i % levels.Length]);
        }

        Assert.Contains(gradient, slope => Math.Abs(slope) > 0.1);
        Assert.Null(output.Loss);
        Assert.Equal([rows, 1], output.Ids.Shape);
        Assert.Equal(expected.Chunk(levels.Length).Select(row => Index(row, levels)), output.Ids.ToArray());
        Assert.Equal([levels.Aggregate(1, (product, level) => product * level)], quantizer.CodebookSizes);
        using var lookup = quantizer.Lookup(output.Ids);
        Assert.Equal(Bits(quantized), Bits(lookup.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_code_is_reached_and_looked_up(string device, string levelText)
    {
        int[] levels = [.. levelText.Split(',').Select(int.Parse)];
        var codes = levels.Aggregate(1, (product, level) => product * level);
        using var scope = new TensorScope(devices.Open(device));
        using var quantizer = Build(scope.Device, levels);
        int[] ids = [.. Enumerable.Range(0, codes)];

        // The middle of each level's interval: the number that the bound takes there.
        var digits = ids.SelectMany(id => Digits(id, levels)).ToArray();
        var z = digits.Select((digit, i) => (float)MiddleOf(digit, levels[i % levels.Length])).ToArray();
        using var tape = new Tape(scope.Device, recording: false);
        using var output = quantizer.Forward(tape.Constant(scope.Floats(z, [codes, levels.Length])), StepContext.Inference);

        Assert.Equal(ids, output.Ids.ToArray());
        using var lookup = quantizer.Lookup(scope.Ints(ids, [codes, 1]));
        var rows = lookup.ToArray();
        Assert.Equal(Bits(output.Quantized.Value.ToArray()), Bits(rows));
        Assert.All(
            digits.Zip(rows, (digit, value) => (digit, value)).Select((pair, i) => (pair, Level: levels[i % levels.Length])), c =>
            Assert.Equal((c.pair.digit - c.Level / 2) / (double)(c.Level / 2), c.pair.value, 1e-6));
        Assert.Equal(codes, rows.Chunk(levels.Length).Select(row => string.Join(' ', row)).Distinct().Count());
    }

    /// <summary>Eight bits of a mantissa are enough for the levels of one dimension, on the way in and on the way out.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rounded_to_bfloat16_every_code_is_chosen_as_before_and_none_becomes_another(bool isSymmetric)
    {
        using var scope = new TensorScope(devices.Open("cpu"));
        for (var level = 2; level <= 64; level++)
        {
            using var quantizer = Build(scope.Device, [level], isSymmetric);
            int[] ids = [.. Enumerable.Range(0, level)];
            using var codes = quantizer.Lookup(scope.Ints(ids, [level, 1]));
            var z = codes.ToArray().Select(q => isSymmetric
                ? Math.Atanh(q * (1 - 0.25 / level))
                : MiddleOf((int)Math.Round(q * (level / 2)) + level / 2, level));
            using var tape = new Tape(scope.Device, recording: false);
            var rows = tape.Constant(scope.Floats([.. z.Select(x => ToBfloat16((float)x))], [level, 1]));
            using var output = quantizer.Forward(rows, StepContext.Inference);
            Assert.Equal(ids, output.Ids.ToArray());

            // The code nearest to a rounded one is the one that was rounded.
            using var rounded = scope.Device.From<float>([.. codes.ToArray().Select(ToBfloat16)], [level, 1]);
            using var nearest = Primitive.NearestCode(rounded, codes);
            Assert.Equal(ids, nearest.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_symmetric_form_has_its_levels_evenly_from_minus_one_to_one(string device)
    {
        using var scope = new TensorScope(devices.Open(device));
        foreach (var level in new[] { 2, 3, 4, 7, 16 })
        {
            using var quantizer = Build(scope.Device, [level], isSymmetric: true);
            using var codes = quantizer.Lookup(scope.Ints([.. Enumerable.Range(0, level)], [level, 1]));
            var values = codes.ToArray();
            Assert.All(values.Index(), pair => Assert.Equal(2.0 * pair.Index / (level - 1) - 1, pair.Item, 1e-6));
            Assert.Equal(values, values.Reverse().Select(value => 0 - value));
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void What_is_no_number_and_what_is_no_index_give_none(string device)
    {
        using var scope = new TensorScope(devices.Open(device));
        using var quantizer = Build(scope.Device, [5, 4]);
        using var tape = new Tape(scope.Device, recording: false);
        float[] z = [float.NaN, 0, 0, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -1e30f];
        using var output = quantizer.Forward(tape.Constant(scope.Floats(z, [4, 2])), StepContext.Inference);
        Assert.Equal([-1, -1, 4, 4], output.Ids.ToArray());
        Assert.Equal([float.NaN, 0, 0, float.NaN, 1, -1, 1, -1], output.Quantized.Value.ToArray());

        using var lookup = quantizer.Lookup(scope.Ints([-1, 20, int.MaxValue, int.MinValue, 19], [5, 1]));
        Assert.Equal([.. Enumerable.Repeat(float.NaN, 8), 1, 0.5f], lookup.ToArray());
    }

    [Fact]
    public void It_has_nothing_to_train_or_to_save()
    {
        using var quantizer = Build(devices.Open("cpu"), [5, 4]);

        Assert.Empty(quantizer.Parameters);
        Assert.Empty(quantizer.State);
        Assert.Equal(2, quantizer.Width);
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        using var scope = new TensorScope(devices.Open("cpu"));
        using var quantizer = Build(scope.Device, [5, 4]);
        using var tape = new Tape(scope.Device, recording: false);
        var rows = tape.Constant(scope.Floats(new float[6], [2, 3]));

        var error = Assert.Throws<ShapeException>(() => quantizer.Forward(rows, StepContext.Inference));
        Assert.Equal("quantizer: expected rows (N, 2); got rows (2, 3).", error.Message);
        error = Assert.Throws<ShapeException>(() => quantizer.Lookup(scope.Ints([0, 0], [1, 2])));
        Assert.Equal("quantizer lookup: expected ids (N, 1); got ids (1, 2).", error.Message);
    }

    private static FiniteScalarQuantizer Build(Device device, int[] levels, bool isSymmetric = false) => new(
        new ModuleScope(device, seed: 1), new FiniteScalarQuantizerOptions { Levels = [.. levels], Symmetric = isSymmetric });

    /// <summary>The nearest of those numbers, the even one of two.</summary>
    private static float ToBfloat16(float x)
    {
        var bits = BitConverter.SingleToUInt32Bits(x);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }

    /// <summary>arXiv:2309.15505, section 3.1 and appendix A.1: bound, round, scale to [−1, 1].</summary>
    private static (double Value, double Slope, int Digit) Quantize(double z, int level)
    {
        var (half, offset) = Bound(level);
        var tanh = Math.Tanh(z + Math.Atanh(offset / half));
        var rounded = Math.Round(tanh * half - offset);
        return (rounded / (level / 2), (1 - tanh * tanh) * half / (level / 2), (int)rounded + level / 2);
    }

    private static (double Half, double Offset) Bound(int level) => ((level - 1) * (1 + 1e-3) / 2, level % 2 == 0 ? 0.5 : 0);

    private static double MiddleOf(int digit, int level)
    {
        var (half, offset) = Bound(level);
        return Math.Atanh((digit - level / 2 + offset) / half) - Math.Atanh(offset / half);
    }

    /// <summary>The number itself, or one beside it whose rounding float's errors cannot turn.</summary>
    private static float AwayFromEdges(float z, int level)
    {
        var (half, offset) = Bound(level);
        while (Math.Abs(Math.Abs(Math.Tanh(z + Math.Atanh(offset / half)) * half - offset) % 1 - 0.5) < 1e-4)
        {
            z += 0.001f;
        }

        return z;
    }

    private static int Index((double Value, double Slope, int Digit)[] row, int[] levels)
    {
        var (index, place) = (0, 1);
        for (var d = 0; d < levels.Length; d++)
        {
            index += row[d].Digit * place;
            place *= levels[d];
        }

        return index;
    }

    private static IEnumerable<int> Digits(int id, int[] levels)
    {
        foreach (var level in levels)
        {
            yield return id % level;
            id /= level;
        }
    }

    private static IEnumerable<int> Bits(float[] values) => values.Select(BitConverter.SingleToInt32Bits);
}
