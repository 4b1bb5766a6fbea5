using System.Runtime.Intrinsics;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>A reproducible device sums in the order that it states, whatever vectors the processor has, and refuses what it has
/// no such form for.</summary>
public sealed class ReproducibleTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(Reproducible: true));

    public void Dispose() => device.Dispose();

    [Property]
    public Property Products_have_the_bits_of_the_stated_order() => Drawn.ForAll(
        draw =>
            from batch in draw.Between(1, 3)
            from m in draw.Of(Gen.OneOf(Gen.Choose(0, 6), Gen.Choose(1, 40)))
            from k in draw.Of(Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(100, 600)))
            from n in draw.Of(Gen.OneOf(Gen.Choose(0, 9), Gen.Choose(1, 150)))
            from transpose in draw.Elements(Transpose.None, Transpose.A, Transpose.B, Transpose.A | Transpose.B)
            from seed in Numbers.Seeds
            select (Batch: batch, M: m, K: k, N: n, Transpose: transpose, Seed: seed),
        c =>
        {
            var (isA, isB) = (c.Transpose.HasFlag(Transpose.A), c.Transpose.HasFlag(Transpose.B));
            var a = Numbers.Uniform(c.Seed, c.Batch * c.M * c.K);
            var b = Numbers.Uniform(c.Seed, c.Batch * c.K * c.N, stream: 1);
            var expected = new float[c.Batch * c.M * c.N];
            for (var i = 0; i < expected.Length; i++)
            {
                var (t, m, n) = (i / (c.M * c.N), i / c.N % c.M, i % c.N);
                float[] row = [.. Enumerable.Range(0, c.K).Select(k => a[t * c.M * c.K + (isA ? k * c.M + m : m * c.K + k)])];
                float[] column = [.. Enumerable.Range(0, c.K).Select(k => b[t * c.K * c.N + (isB ? n * c.K + k : k * c.N + n)])];
                expected[i] = isB ? InLanes(row, column) : InOrder(row, column);
            }

            using var left = device.From<float>(a, isA ? [c.Batch, c.K, c.M] : [c.Batch, c.M, c.K]);
            using var right = device.From<float>(b, isB ? [c.Batch, c.N, c.K] : [c.Batch, c.K, c.N]);
            using var product = Primitive.Matmul(left, right, c.Transpose);
            Assert.Equal(Bits(expected), Bits(product.ToArray()));
        });

    [Property]
    public Property Convolutions_have_the_bits_of_the_stated_order() => Drawn.ForAll(
        draw =>
            from b in draw.Between(1, 2)
            from groups in draw.Between(1, 2)
            from channels in draw.Between(1, 20)
            from outChannels in draw.Between(1, 6)
            from height in draw.Between(1, 8)
            from width in draw.Between(1, 20)
            from kernel in draw.Between(1, 3)
            from stride in draw.Between(1, 2)
            from padding in draw.Between(1, 2)
            from relu in draw.Flag()
            from residual in draw.Flag()
            from seed in Numbers.Seeds
            select (B: b, Groups: groups, In: channels, Out: outChannels, H: height, W: width, Kernel: kernel, Stride: stride,
                Padding: padding, Relu: relu, Residual: residual, Seed: seed),
        c =>
        {
            var how = new Conv2dParams(Stride: c.Stride, Padding: c.Padding, Groups: c.Groups);
            var (x, weight) = (Numbers.Uniform(c.Seed, c.B * c.Groups * c.In * c.H * c.W),
                Numbers.Uniform(c.Seed, c.Groups * c.Out * c.In * c.Kernel * c.Kernel, 1));
            var bias = Numbers.Uniform(c.Seed, c.Groups * c.Out, 2);
            var (outH, outW) = ((c.H + 2 * c.Padding - c.Kernel) / c.Stride + 1, (c.W + 2 * c.Padding - c.Kernel) / c.Stride + 1);
            var residual = Numbers.Uniform(c.Seed, c.B * c.Groups * c.Out * outH * outW, 3);
            var expected = new float[residual.Length];
            for (var i = 0; i < expected.Length; i++)
            {
                var (ow, oh, plane) = (i % outW, i / outW % outH, i / (outH * outW));
                var (co, image) = (plane % (c.Groups * c.Out), plane / (c.Groups * c.Out));
                var taps = from ci in Enumerable.Range(0, c.In)
                           from kh in Enumerable.Range(0, c.Kernel)
                           from kw in Enumerable.Range(0, c.Kernel)
                           let row = oh * c.Stride + kh - c.Padding
                           let column = ow * c.Stride + kw - c.Padding
                           select row >= 0 && row < c.H && column >= 0 && column < c.W
                               ? x[((image * c.Groups * c.In + co / c.Out * c.In + ci) * c.H + row) * c.W + column] : 0;
                var length = c.In * c.Kernel * c.Kernel;
                var sum = InLanes([.. taps], weight[(co * length)..((co + 1) * length)])
                    + (c.Residual ? bias[co] + residual[i] : bias[co]);
                expected[i] = c.Relu ? Math.Max(0, sum) : sum;
            }

            using var source = device.From<float>(x, [c.B, c.Groups * c.In, c.H, c.W]);
            using var kernels = device.From<float>(weight, [c.Groups * c.Out, c.In, c.Kernel, c.Kernel]);
            using var added = device.From<float>(bias, [c.Groups * c.Out]);
            using var more = device.From<float>(residual, [c.B, c.Groups * c.Out, outH, outW]);
            using var y = Primitive.Conv2d(
                source, kernels, added, how, c.Relu ? Activation.Relu : Activation.None, c.Residual ? more : null);
            Assert.Equal(Bits(expected), Bits(y.ToArray()));
        });

    [Property]
    public Property Sums_of_looked_up_rows_have_the_bits_of_a_product_with_one_hot_vectors() => Drawn.ForAll(
        draw =>
            from n in draw.Between(0, 5)
            from tables in draw.Between(1, 4)
            from each in draw.Between(1, 2)
            from k in draw.Between(1, 40)
            from d in draw.Between(1, 70)
            from seed in Numbers.Seeds
            select (N: n, T: tables, L: each, K: k, D: d, Seed: seed),
        c =>
        {
            var random = new Random(c.Seed);
            var oneHot = new float[c.N * c.T * c.K];
            var chosen = new int[c.N * c.T * c.L];
            for (var i = 0; i < chosen.Length; i++)
            {
                // The L of a table are of different rows, as channels of different levels are.
                var (table, bag, level) = (i / c.L / c.N, i / c.L % c.N, i % c.L);
                chosen[i] = random.Next(-1, (c.K - level + c.L - 1) / c.L) * c.L + level;
                chosen[i] = chosen[i] < level ? -1 : chosen[i];
                if (chosen[i] >= 0)
                {
                    oneHot[(bag * c.T + table) * c.K + chosen[i]] = 1;
                }
            }

            using var ids = device.From<int>(chosen, [c.T, c.N, c.L]);
            using var rows = device.From<float>(Numbers.Uniform(c.Seed, c.T * c.K * c.D), [c.T, c.K, c.D]);
            using var sums = Primitive.GatherSums(rows, ids);
            using var vectors = device.From<float>(oneHot, [c.N, c.T * c.K]);
            using var flat = rows.Reshape([c.T * c.K, c.D]);
            using var columns = Primitive.Permute(flat, [1, 0]);
            using var product = Primitive.Matmul(vectors, columns, Transpose.B);
            Assert.Equal(Bits(product.ToArray()), Bits(sums.ToArray()));
        });

    [Property]
    public Property What_a_place_sees_has_the_bits_of_a_softmax_between_two_products() => Drawn.ForAll(
        draw =>
            from batch in draw.Between(1, 3)
            from s in draw.Between(1, 70)
            from d in draw.Between(1, 40)
            from place in draw.Between(0, 69)
            from diagonal in draw.Between(-1, 0)
            from seed in Numbers.Seeds
            select (B: batch, S: s, D: d, Place: place, Diagonal: diagonal, Seed: seed),
        c =>
        {
            using var q = device.From<float>(Numbers.Uniform(c.Seed, c.B * c.D), [c.B, 1, c.D]);
            using var k = device.From<float>(Numbers.Uniform(c.Seed, c.B * c.S * c.D, stream: 1), [c.B, c.S, c.D]);
            var at = Math.Min(c.Place, c.S - 1);
            using var place = device.From<int>([at], [1]);
            using var y = Primitive.PlaceAttention(q, k, k, place, c.Diagonal);
            using var scores = Primitive.Matmul(q, k, Transpose.B);
            using var weights = Primitive.CausalSoftmax(scores, at + c.Diagonal);
            using var expected = Primitive.Matmul(weights, k);
            Assert.Equal(Bits(expected.ToArray()), Bits(y.ToArray()));
        });

    [Property(AtLeast = 3000)]
    public Property A_fused_sum_that_is_computed_has_the_bits_of_the_instruction() => Drawn.ForAll(
        draw =>
            from a in Gen.Choose(int.MinValue, int.MaxValue)
            from b in Gen.Choose(int.MinValue, int.MaxValue)
            from kind in draw.Between(0, 3)
            from c in Gen.Choose(int.MinValue, int.MaxValue)
            from shift in Gen.Choose(-30, 30)
            select (A: Single(a), B: Single(b), Kind: kind, C: Single(c), Shift: shift),
        @case =>
        {
            // Any numbers; such as nearly cancel the product; ties; results below the normal ones.
            var (a, b, c) = @case.Kind switch
            {
                0 => (@case.A, @case.B, @case.C),
                1 => (@case.A, @case.B, -(@case.A * @case.B) * (1 + @case.Shift * 1e-7f)),
                2 => (MathF.ScaleB(1 + (@case.Shift & 3) * 0.25f, @case.Shift), 1 + @case.Shift * 2e-7f,
                    MathF.ScaleB(1, @case.Shift + 24)),
                _ => (@case.A * 1e-30f, @case.B * 1e-10f, @case.C * 1e-38f),
            };
            var computed = FusedArithmetic.Computed(Vector128.Create(a), Vector128.Create(b), Vector128.Create(c)).ToScalar();
            var expected = MathF.FusedMultiplyAdd(a, b, c);
            Assert.True(
                BitConverter.SingleToInt32Bits(computed) == BitConverter.SingleToInt32Bits(expected)
                    || (float.IsNaN(computed) && float.IsNaN(expected)),
                $"{a:R}·{b:R} + {c:R}: expected {expected:R}; got {computed:R}");
        });

    [Fact]
    public void What_may_differ_is_refused()
    {
        using var x = device.From<float>(new float[12], [3, 4]);
        var refused = Assert.Throws<DeviceException>(() => Primitive.NearestCode(x, x));
        Assert.StartsWith("reproducible: expected primitives with the same bits on every processor; got NearestCodeKernels.Call",
            refused.Message, StringComparison.Ordinal);
        Assert.Throws<DeviceException>(() => Primitive.CumulativeSum(x, axis: 1));
        Assert.StartsWith(
            "reproducible: expected the device cpu; got kernels",
            Assert.Throws<DeviceException>(() => Device.Open("kernels", new DeviceOptions(Reproducible: true))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EnableAVX512F=0", "EnableAVX512=0")]
    [InlineData("EnableAVX2=0")]
    [InlineData("EnableHWIntrinsic=0")]
    public void Narrower_vectors_give_the_same_bits(params string[] settings)
    {
        using var process = ReproducibleProcess.Start(settings);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(ReproducibleProcess.Results(), output.Trim());
    }

    private static float Single(int bits) => BitConverter.Int32BitsToSingle(bits);

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    private static float InOrder(float[] x, float[] y)
    {
        var sum = 0f;
        for (var k = 0; k < x.Length; k++)
        {
            sum += x[k] * y[k];
        }

        return sum;
    }

    /// <summary>Sixteen sums of every sixteenth product, half added onto half.</summary>
    private static float InLanes(float[] x, float[] y)
    {
        var lanes = new float[16];
        for (var k = 0; k < x.Length; k++)
        {
            lanes[k % 16] += x[k] * y[k];
        }

        for (var half = 8; half > 0; half /= 2)
        {
            for (var lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }
}
