using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>What holds for every quantizer of numbers one by one.</summary>
public sealed class ScalarQuantizerTests(RecordingLaw.Devices devices) : IClassFixture<RecordingLaw.Devices>
{
    private const int N = 37;

    private static readonly FiniteScalarPerturbationOptions Fsp =
        new() { Levels = [5, 4, 3], SkewnessWeight = 0.06, KurtosisWeight = 0.05 };

    private static readonly Dictionary<string, QuantizerOptions> Kinds = new()
    {
        ["fsq"] = new FiniteScalarQuantizerOptions { Levels = [5, 4, 3] },
        ["fsq, noise"] = new FiniteScalarQuantizerOptions { Levels = [5, 4], NoiseDropout = 0.5, Codebooks = 2 },
        ["fsq, symmetric"] =
            new FiniteScalarQuantizerOptions { Levels = [2, 3, 4], NoiseDropout = 0.25, Symmetric = true, Codebooks = 3 },
        ["lfq"] = new LookupFreeQuantizerOptions { Bits = 6, InverseTemperature = 2 },
        ["lfq, one bit"] = new LookupFreeQuantizerOptions { Bits = 1, InverseTemperature = 2, CodeScale = 0.5 },
        ["bsq"] = new BinarySphericalQuantizerOptions { Bits = 5, InverseTemperature = 2 },
        ["latent"] = new LatentQuantizerOptions { Levels = [5, 4, 3] },
        ["fsp, tanh"] = Fsp,
        ["fsp, sigmoid"] = Fsp with { Cdf = CdfActivation.Sigmoid },
        ["fsp, normal"] = Fsp with { Cdf = CdfActivation.Normal },
        ["fsp, laplace"] = Fsp with { Cdf = CdfActivation.Laplace, QuantizeRate = 0.5 },
        ["fsp, cauchy"] = Fsp with { Cdf = CdfActivation.Cauchy },
        ["binary"] = new BinaryMapperOptions { Bits = 4, KlWeight = 1, FreeNats = 0.3 },
    };

    public static TheoryData<string, string> Everywhere { get; } =
        [.. from name in Kinds.Keys from device in LawDevices.Names select (name, device)];

    public static TheoryData<string> Smooth { get; } =
        [.. Kinds.Keys.Where(name => !name.StartsWith("fsq", StringComparison.Ordinal) && name != "latent")];

    private Device Cpu => devices.Open("cpu");

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Looked_up_codes_are_the_chosen_ones_bit_for_bit(string name, string deviceName)
    {
        using var scope = new TensorScope(devices.Open(deviceName));
        using var quantizer = Build(name, scope.Device);
        using var tape = new Tape(scope.Device, recording: false);
        using var output = quantizer.Forward(tape.Constant(Rows(scope, quantizer, seed: 1)), StepContext.Inference);
        using var lookup = quantizer.Lookup(output.Ids);
        var levels = quantizer.CodebookSizes.Length;

        Assert.Equal([N, levels], output.Ids.Shape);
        Assert.Equal([N, quantizer.OutputWidth], lookup.Shape);
        Assert.Equal(Bits(output.Quantized.Value), Bits(lookup));
        Assert.All(
            output.Ids.ToArray().Select((id, i) => (id, K: quantizer.CodebookSizes[i % levels])),
            pair => Assert.InRange(pair.id, 0, pair.K - 1));
        Assert.True(output.Ids.ToArray().Distinct().Count() > 1, "more than one code is chosen");
        Assert.Equal(Kinds[name].Width, quantizer.Width);
        Assert.Equal(Kinds[name].OutputWidth, quantizer.OutputWidth);
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Every_code_is_chosen_by_a_row_and_is_like_no_other(string name, string deviceName)
    {
        using var scope = new TensorScope(devices.Open(deviceName));
        using var quantizer = Build(name, scope.Device);
        var (k, levels) = (quantizer.CodebookSizes[0], quantizer.CodebookSizes.Length);
        int[] ids = [.. from id in Enumerable.Range(0, k) from level in Enumerable.Range(0, levels) select (id + level) % k];
        using var codes = quantizer.Lookup(scope.Ints(ids, [k, levels]));
        var (rows, options) = (codes.ToArray().Chunk(quantizer.OutputWidth).ToArray(), Kinds[name]);
        var x = rows.SelectMany((row, id) => RowOf(options, row, id)).ToArray();
        using var tape = new Tape(scope.Device, recording: false);
        using var output = quantizer.Forward(tape.Constant(scope.Floats(x, [k, quantizer.Width])), StepContext.Inference);

        Assert.Equal(ids, output.Ids.ToArray());
        Assert.Equal(Bits(codes), Bits(output.Quantized.Value));
        Assert.Equal(k, rows.Select(row => string.Join(' ', row)).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void A_recorded_step_has_the_bits_of_a_plain_one(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        using var scope = new TensorScope(device);
        using var quantizer = Build(name, device);
        using var random = new RandomState(device, seed: 6);
        using var x = new Parameter("x", device.From<float>(new float[N * quantizer.Width], [N, quantizer.Width]));
        var u = scope.Floats(Numbers.Uniform(seed: 5, N * quantizer.OutputWidth), [N, quantizer.OutputWidth]);
        var kept = new List<Tensor<float>>();
        void Step(Action<int, Tensor<float>> keep)
        {
            using var tape = new Tape(device);
            using var output = quantizer.Forward(tape.Watch(x), new StepContext(IsTraining: true, random));
            var (quantized, loss) = (output.Quantized.Keep(), output.Loss?.Keep());
            var weighted = Sum.Apply(quantized * tape.Constant(u));
            tape.Backward(loss is null ? weighted : weighted + loss);
            keep(0, quantized.Value);
            var place = 1;
            if (loss is not null)
            {
                keep(place++, loss.Value);
            }

            using var ids = output.Ids.Reshape([output.Ids.Size]);
            using var counts = Primitive.CountIds(ids, quantizer.CodebookSizes[0]);
            keep(place++, counts);
            keep(place++, x.Gradient!);
            x.ClearGradient();
            foreach (var parameter in quantizer.Parameters)
            {
                keep(place++, parameter.Gradient!);
                parameter.ClearGradient();
            }
        }

        void Set(int step)
        {
            x.Value.CopyFrom(RowsOf(quantizer, seed: step));
            random.Set(step);
        }

        var plain = new List<int[]>();
        for (var step = 1; step <= 4; step++)
        {
            Set(step);
            Step((i, tensor) =>
            {
                plain.Add([.. Bits(tensor)]);
                if (step == 1)
                {
                    kept.Add(scope.Keep(Primitive.Fill(device, tensor.Shape, 0)));
                }
            });
        }

        using var recording = new Recording(device, () => Step((i, tensor) => Primitive.CopyInto(kept[i], tensor)));
        var recorded = new List<int[]>();
        for (var step = 1; step <= 4; step++)
        {
            Set(step);
            recording.Run();
            recorded.AddRange(kept.Select(tensor => Bits(tensor).ToArray()));
        }

        Assert.True(recording.IsRecorded);
        Assert.Equal(plain, recorded);
        Assert.NotEqual(plain[0], plain[kept.Count]);
        if (deviceName == "cpu")
        {
            Objects.AssertNone(recording.Run);
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void What_is_no_number_and_what_is_no_index_give_none(string name, string deviceName)
    {
        using var scope = new TensorScope(devices.Open(deviceName));
        using var quantizer = Build(name, scope.Device);
        var (width, levels) = (quantizer.Width, quantizer.CodebookSizes.Length);
        var x = RowsOf(quantizer, seed: 2)[..(3 * width)];
        x[width] = float.NaN;
        using var tape = new Tape(scope.Device, recording: false);
        using var output = quantizer.Forward(tape.Constant(scope.Floats(x, [3, width])), StepContext.Inference);
        var (ids, rows) = (output.Ids.ToArray(), output.Quantized.Value.ToArray().Chunk(quantizer.OutputWidth).ToArray());
        if (quantizer is LatentQuantizer)
        {
            // As in a codebook of vectors: the first scalar.
            Assert.Equal(0, ids[levels] % 5);
            Assert.All(rows[1], value => Assert.True(float.IsFinite(value)));
        }
        else
        {
            Assert.Equal(-1, ids[levels]);
            Assert.Contains(float.NaN, rows[1]);
        }

        Assert.All(rows[0].Concat(rows[2]), value => Assert.True(float.IsFinite(value)));

        int[] wrong = [-1, quantizer.CodebookSizes[0], int.MaxValue, int.MinValue];
        using var lookup = quantizer.Lookup(
            scope.Ints([.. wrong.SelectMany(id => Enumerable.Repeat(id, levels))], [wrong.Length, levels]));
        Assert.All(lookup.ToArray(), value => Assert.Equal(float.NaN, value));
    }

    [Theory]
    [MemberData(nameof(Smooth))]
    public void The_losss_gradient_is_that_of_differences(string name)
    {
        using var scope = new TensorScope(Cpu);
        using var quantizer = Build(name, Cpu);
        var x = scope.Floats([.. RowsOf(quantizer, seed: 3)[..(8 * quantizer.Width)]], [8, quantizer.Width]);

        // Entropies are nearly equal and are subtracted: a larger step, so that their rounding does not show. Moments are powers.
        var step = name.StartsWith("fsp", StringComparison.Ordinal) ? 1.0 / 128 : 1.0 / 32;
        var result = GradCheck.Run(
            leaves =>
            {
                using var output = quantizer.Forward(leaves[0], StepContext.Inference);
                return output.Loss!;
            }, [x], new GradCheckOptions(step));

        Assert.True(result.IsRight, result.ToString());
    }

    [Fact]
    public void Noise_needs_the_random_numbers_of_the_step()
    {
        foreach (var (name, user) in new[] { ("fsq, noise", "fsq"), ("fsp, tanh", "fsp"), ("binary", "binary") })
        {
            using var scope = new TensorScope(Cpu);
            using var quantizer = Build(name, Cpu);
            using var tape = new Tape(Cpu);
            var x = tape.Constant(Rows(scope, quantizer, seed: 1));
            Assert.Equal(
                $"{user}: expected random numbers in the step's context; got none. "
                + "Give the StepContext a RandomState, and set it before each step.",
                Assert.Throws<InvalidOperationException>(() => quantizer.Forward(x, StepContext.Training)).Message);
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Without_weights_there_is_no_loss_and_memory_comes_back(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        using var scope = new TensorScope(device);
        using var quantizer = Weightless(Kinds[name]).Build(new ModuleScope(device, seed: 1));
        using var random = new RandomState(device, seed: 6);
        var x = Rows(scope, quantizer, seed: 1);
        Pass();
        var live = device.Memory.LiveBuffers;
        Pass();
        Assert.Equal(live, device.Memory.LiveBuffers);

        void Pass()
        {
            using var tape = new Tape(device);
            using var output = quantizer.Forward(tape.Leaf(x), new StepContext(IsTraining: true, random));
            Assert.Null(output.Loss);
            tape.Backward(Sum.Apply(output.Quantized));
            quantizer.Lookup(output.Ids).Dispose();
        }
    }

    private static QuantizerOptions Weightless(QuantizerOptions options) => options switch
    {
        LookupFreeQuantizerOptions lfq => lfq with { EntropyWeight = 0, Commitment = 0 },
        BinarySphericalQuantizerOptions bsq => bsq with { EntropyWeight = 0, Commitment = 0 },
        LatentQuantizerOptions latent => latent with { QuantizeWeight = 0, Commitment = 0 },
        FiniteScalarPerturbationOptions fsp =>
            fsp with { MeanWeight = 0, VarianceWeight = 0, SkewnessWeight = 0, KurtosisWeight = 0 },
        BinaryMapperOptions binary => binary with { KlWeight = 0 },
        _ => options,
    };

    /// <summary>A row that is quantized to the code.</summary>
    private static IEnumerable<float> RowOf(QuantizerOptions options, float[] code, int id) => options switch
    {
        FiniteScalarQuantizerOptions { Symmetric: true } => code.Select(q => (float)Math.Atanh(0.999 * q)),
        FiniteScalarQuantizerOptions fsq => code.Select((q, i) => Unbounded(q, fsq.Levels[i % fsq.Levels.Length])),
        FiniteScalarPerturbationOptions fsp => code.Select(q => Quantile(fsp.Cdf, q / Math.Sqrt(12) + 0.5)),
        BinaryMapperOptions binary => Enumerable.Range(0, binary.Bits).Select(bit => ((id >> bit) & 1) - 0.5f),
        _ => code,
    };

    private static float Unbounded(double q, int level)
    {
        var (half, offset) = ((level - 1) * (1 + 1e-3) / 2, level % 2 == 0 ? 0.5 : 0);
        return (float)(Math.Atanh((q * (level / 2) + offset) / half) - Math.Atanh(offset / half));
    }

    private static float Quantile(CdfActivation cdf, double p) => (float)(cdf switch
    {
        CdfActivation.Tanh => Math.Atanh(2 * p - 1),
        CdfActivation.Sigmoid => Math.Log(p / (1 - p)),
        CdfActivation.Laplace => p < 0.5 ? Math.Log(2 * p) : -Math.Log(2 - 2 * p),
        CdfActivation.Cauchy => Math.Tan((p - 0.5) * Math.PI),
        _ => Bisect(p),
    });

    private static double Bisect(double p)
    {
        var (low, high) = (-10.0, 10.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Laws.Reference.ElementwiseReference.NormalCdf(middle) < p ? (middle, high) : (low, middle);
        }

        return low;
    }

    private static float[] RowsOf(Quantizer quantizer, int seed) =>
        [.. Numbers.Uniform(seed, N * quantizer.Width).Select(value => 1.5f * value)];

    private static Tensor<float> Rows(TensorScope scope, Quantizer quantizer, int seed) =>
        scope.Floats(RowsOf(quantizer, seed), [N, quantizer.Width]);

    private static IEnumerable<int> Bits(Tensor<float> tensor) => tensor.ToArray().Select(BitConverter.SingleToInt32Bits);

    private static Quantizer Build(string name, Device device)
    {
        Kinds[name].Validate();
        return Kinds[name].Build(new ModuleScope(device, seed: 1));
    }
}
