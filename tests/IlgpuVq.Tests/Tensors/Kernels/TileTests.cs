using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Kernels;

/// <summary>Kernels for groups of threads on shapes of several tiles, several steps along k and several pieces of a sum, none of
/// them a whole number of tiles: they equal the host forms, which have references of their own.</summary>
public class TileTests
{
    /// <summary>The kernels as methods: each thread of a group is one of the host, so that a barrier that is missing may
    /// show.</summary>
    private const string Processor = "processor";

    private const string OpenCl = "opencl";

    private const string Ptx = "ptx";

    // Tensor cores, with tiles for a device of 132 multiprocessors, and for one of which a single large tile fills it.
    private const string Tf32 = "ptx in Tf32";
    private const string Bf16 = "ptx in Bf16";
    private const string LargeTf32 = "small ptx in Tf32";
    private const string LargeBf16 = "small ptx in Bf16";

    [Theory]
    [InlineData(Processor, Transpose.None)]
    [InlineData(OpenCl, Transpose.None)]
    [InlineData(OpenCl, Transpose.A)]
    [InlineData(OpenCl, Transpose.B)]
    [InlineData(OpenCl, Transpose.A | Transpose.B)]
    [InlineData(Ptx, Transpose.None)]
    [InlineData(Tf32, Transpose.None)]
    [InlineData(Tf32, Transpose.A)]
    [InlineData(Tf32, Transpose.B)]
    [InlineData(Bf16, Transpose.A | Transpose.B)]
    [InlineData(LargeTf32, Transpose.None)]
    [InlineData(LargeTf32, Transpose.A | Transpose.B)]
    [InlineData(LargeBf16, Transpose.A)]
    [InlineData(LargeBf16, Transpose.B)]
    public void Matrix_products(string device, Transpose transpose) => Compare(device, scope => [Primitive.Matmul(
        Operand(scope, 1, transpose.HasFlag(Transpose.A) ? [2, 53, 130] : [2, 130, 53]),
        Operand(scope, 2, transpose.HasFlag(Transpose.B) ? [2, 70, 53] : [2, 53, 70]),
        transpose)]);

    /// <summary>All rows and columns in quads, which one copy brings.</summary>
    [Theory]
    [InlineData(Tf32, Transpose.None)]
    [InlineData(Tf32, Transpose.A)]
    [InlineData(LargeTf32, Transpose.B)]
    [InlineData(LargeBf16, Transpose.A | Transpose.B)]
    public void Matrix_products_of_quads(string device, Transpose transpose) => Compare(device, scope => [Primitive.Matmul(
        Operand(scope, 1, transpose.HasFlag(Transpose.A) ? [2, 100, 132] : [2, 132, 100]),
        Operand(scope, 2, transpose.HasFlag(Transpose.B) ? [2, 72, 100] : [2, 100, 72]),
        transpose)]);

    [Theory]
    [InlineData(OpenCl, 1, 1, 1, 1)]
    [InlineData(OpenCl, 2, 1, 1, 2)]
    [InlineData(OpenCl, 3, 2, 2, 1)]
    [InlineData(Tf32, 1, 1, 1, 1)]
    [InlineData(Tf32, 3, 2, 2, 1)]
    [InlineData(Bf16, 2, 1, 1, 2)]
    [InlineData(LargeTf32, 2, 1, 1, 2)]
    public void Convolutions_and_their_gradients(string device, int stride, int padding, int dilation, int groups) =>
        Compare(device, scope =>
    {
        // The weight gradient sums over at least 4 · 81 · 4 pixels, in pieces where the stride is 1.
        var parameters = new Conv2dParams(stride, padding, dilation, groups);
        var x = Operand(scope, 1, [16, 18, 19, 21]);
        var weight = Operand(scope, 2, [70, 18 / groups, 3, 3]);
        var y = scope.Keep(Primitive.Conv2d(x, weight, Operand(scope, 3, [70]), parameters, Activation.Relu));
        var dY = Operand(scope, 4, y.Shape);
        return
        [
            Primitive.Conv2d(x, weight, bias: null, parameters),
            Primitive.Conv2dInputGradient(dY, weight, x.Shape, parameters),
            Primitive.Conv2dWeightGradient(x, dY, weight.Shape, parameters),
        ];
    });

    /// <summary>In panels of 64 keys, of which the last is shorter, and as one. Tensor cores round the weights too; the emulated
    /// processor, which shows barriers that are missing, has one head and the panels alone.</summary>
    [Theory]
    [InlineData(Processor, null, 5e-6f)]
    [InlineData(OpenCl, null, 5e-6f)]
    [InlineData(OpenCl, -1, 5e-6f)]
    [InlineData(Ptx, 0, 5e-6f)]
    [InlineData(Tf32, null, 2e-3f)]
    [InlineData(Bf16, -1, 2e-2f)]
    public void Attention_by_panels_of_keys(string device, int? diagonal, float tolerance)
    {
        var (heads, t, s) = device == Processor ? (1, 20, 75) : (3, 70, diagonal is null ? 150 : 70);
        foreach (var panelKeys in device == Processor ? [64] : new[] { 64, s })
        {
            Compare(device, scope => Attention(scope, heads, t, s, diagonal, panelKeys), tolerance);
        }
    }

    [Theory]
    [InlineData(Processor, 37)]
    [InlineData(OpenCl, 37)]
    [InlineData(Ptx, 37)]
    [InlineData(Tf32, 37)]
    [InlineData(Tf32, 40)]
    [InlineData(Bf16, 40)]
    public void Nearest_codes(string device, int width)
    {
        // Four tiles where each thread is one of the host; twelve elsewhere.
        var (rows, codes) = device == Processor ? (70, 90) : (150, 200);
        int[] Find(Device on)
        {
            using var scope = new TensorScope(on);
            var (vectors, table) = (Operand(scope, 1, [rows, width]), Operand(scope, 2, [codes, width]));
            return scope.Keep(Primitive.NearestCode(vectors, table)).ToArray();
        }

        using var host = Device.Open("cpu");
        using var groups = Open(device);
        var expected = Find(host);
        Assert.Equal(expected, Find(groups));
        Assert.True(expected.Distinct().Count() > rows / 3);
    }

    [Theory]
    [InlineData(Processor)]
    [InlineData(OpenCl)]
    [InlineData(Ptx)]
    public void Scattered_sums(string device)
    {
        // Ids outside of the table are skipped; a row with NaN is that of its id alone.
        var ids = Numbers.Uniform(19, 700, 1).Select(number => (int)(20 * number)).ToArray();
        var values = Numbers.Uniform(19, 700 * 45, 2);
        var broken = Array.IndexOf(ids, 3);
        values[broken * 45 + 7] = float.NaN;
        (float[] Sums, float[] Counts) Add(Device on)
        {
            using var scope = new TensorScope(on);
            var chosen = scope.Keep(on.From<int>(ids, [ids.Length]));
            return (
                scope.Keep(Primitive.ScatterAddRows(scope.Floats(values, [700, 45]), chosen, rows: 18)).ToArray(),
                scope.Keep(Primitive.CountIds(chosen, rows: 18)).ToArray());
        }

        using var host = Device.Open("cpu");
        using var groups = Open(device);
        var (expected, actual) = (Add(host), Add(groups));
        Assert.Equal(expected.Counts, actual.Counts);
        Assert.Contains(ids, id => id < 0);
        Assert.Contains(ids, id => id >= 18);
        Assert.Single(actual.Sums, float.IsNaN);
        Assert.All(expected.Sums.Zip(actual.Sums), pair =>
            Assert.True(float.IsNaN(pair.First) ? float.IsNaN(pair.Second) : Math.Abs(pair.First - pair.Second) < 1e-4f));
    }

    [Theory]
    [InlineData(Processor)]
    [InlineData(OpenCl)]
    [InlineData(Ptx)]
    public void Sums_of_rows_of_several_tables(string device) => Compare(device, scope =>
    {
        // 150 bags of two ids of each of three tables, some outside of them.
        var chosen = Numbers.Uniform(20, 3 * 150 * 2, 1).Select(number => (int)(12 * (number + 0.9f))).ToArray();
        var ids = scope.Ints(chosen, [3, 150, 2]);
        var sums = Primitive.GatherSums(Operand(scope, 2, [3, 20, 45]), ids);
        return [sums, Primitive.GatherSumsGradient(Operand(scope, 3, [150, 45]), ids, rows: 20)];
    });

    [Theory]
    [InlineData(Processor)]
    [InlineData(OpenCl)]
    [InlineData(Ptx)]
    public void What_places_see(string device) => Compare(device, scope => [Primitive.PlaceAttention(
        Operand(scope, 1, [2, 3, 9]), Operand(scope, 2, [2, 300, 9]), Operand(scope, 3, [2, 300, 5]),
        scope.Ints([190], [1]), diagonal: -1)]);

    [Theory]
    [InlineData(Tf32, 11)]
    [InlineData(Bf16, 8)]
    public void Factors_of_tensor_cores_are_rounded_to_the_nearest(string device, int mantissaBits)
    {
        // Each column of the product is one factor.
        var factors = Numbers.Uniform(18, 64, 1);
        using var ptx = Open(device);
        using var scope = new TensorScope(ptx);
        var identity = scope.Floats([.. Enumerable.Range(0, 64 * 64).Select(i => i % 65 == 0 ? 1f : 0f)], [64, 64]);
        var product = scope.Keep(Primitive.Matmul(scope.Floats(factors, [1, 64]), identity)).ToArray();
        Assert.Equal(factors.Select(factor => Rounded(factor, mantissaBits)), product);
        Assert.NotEqual(factors, product);
    }

    [Fact]
    public void Precisions_of_tensor_cores_are_refused_where_there_are_none()
    {
        var error = Assert.Throws<DeviceException>(() => Device.Open("cpu", new DeviceOptions(Precision: Precision.Tf32)));
        Assert.StartsWith(
            "precision: expected a CUDA device of compute capability 8.0 or later for tf32; got cpu (",
            error.Message,
            StringComparison.Ordinal);
    }

    /// <summary>Operands of 8 bits of mantissa, which no format of tensor cores rounds.</summary>
    private static Tensor<float> Operand(TensorScope scope, int stream, Shape shape) =>
        scope.Floats([.. Numbers.Uniform(17, shape.Size, stream).Select(number => Rounded(number, 8))], shape);

    /// <summary>The nearest number of so many bits of mantissa, the leading one counted.</summary>
    private static float Rounded(float number, int mantissaBits)
    {
        var unit = MathF.ScaleB(1, (number == 0 ? 0 : MathF.ILogB(number)) - mantissaBits + 1);
        return MathF.Round(number / unit) * unit;
    }

    private static Device Open(string device)
    {
        var options = new DeviceOptions(PoisonMemory: true);
        if (device == Processor)
        {
            return new KernelDevice("kernels", new GroupEngine(), options);
        }

        if (device.Contains(Ptx, StringComparison.Ordinal))
        {
            var precision = device == Ptx ? nameof(Precision.Fp32) : device.Split(' ')[^1];
            options = options with { Precision = Enum.Parse<Precision>(precision) };
            var isSmall = device.StartsWith("small", StringComparison.Ordinal);
            return new KernelDevice(Ptx, new PtxEngine(isSmall ? 1 : PtxEngine.LargeDevice), options);
        }

        OptionalDevice.Require(device);
        return Device.Open(device, options);
    }

    /// <summary>Results, logarithms of sums and gradients of two sequences.</summary>
    private static Tensor<float>[] Attention(TensorScope scope, int heads, int t, int s, int? diagonal, int panelKeys)
    {
        var (q, k, v, dY) = (
            Operand(scope, 1, [2, t, heads * 20]), Operand(scope, 2, [2, s, heads * 20]), Operand(scope, 3, [2, s, heads * 8]),
            Operand(scope, 4, [2, t, heads * 8]));
        var sizes = AttentionSizes.Of(q.Shape, k.Shape, v.Shape, heads, diagonal);
        Tensor<float> Empty(Shape shape) => scope.Device.Empty<float>(shape);
        var (y, logSums) = (scope.Keep(Empty(dY.Shape)), scope.Keep(Empty([2, heads, t])));
        var (dQ, dK, dV) = (Empty(q.Shape), Empty(k.Shape), Empty(v.Shape));
        scope.Device.Run(new AttentionKernels.ApplyCall(q, k, v, y, logSums, Scores: null, sizes, panelKeys));
        scope.Device.Run(new AttentionKernels.GradientCall(dY, q, k, v, y, logSums, Scores: null, dQ, dK, dV, sizes, panelKeys));

        // The first of a strictly causal one has no sum: −∞ is no distance from itself.
        return diagonal == -1 ? [y.Share(), dQ, dK, dV] : [y.Share(), logSums.Share(), dQ, dK, dV];
    }

    private static void Compare(string device, Func<TensorScope, Tensor<float>[]> run, float roundings = 5e-6f)
    {
        float[][] Results(Device on)
        {
            using var scope = new TensorScope(on);
            return run(scope).Select(tensor => scope.Keep(tensor).ToArray()).ToArray();
        }

        using var host = Device.Open("cpu");
        using var groups = Open(device);
        foreach (var (expected, actual) in Results(host).Zip(Results(groups)))
        {
            // Sums of the same products in another order: rounding depends on their size, for which the largest result stands.
            var tolerance = roundings * expected.Max(Math.Abs);
            Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
        }
    }

    /// <summary>ILGPU's CPU accelerator with kernels for groups, slow as they are there.</summary>
    private sealed class GroupEngine() : KernelEngine(KernelDevice.CpuContext())
    {
        public override bool HasFastGroups => true;
    }
}
