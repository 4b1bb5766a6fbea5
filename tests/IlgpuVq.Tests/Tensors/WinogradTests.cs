using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Host.Convolution.Winograd;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Convolutions that go through Winograd's products: that they do, how far they are from the sum, and where NaN and ∞
/// go.</summary>
[Collection(TensorTests.Name)]
public sealed class WinogradTests(TensorDevices devices)
{
    /// <summary>Name, x, weight, parameters.</summary>
    public static TheoryData<string, int[], int[], Conv2dParams> Layers { get; } = new()
    {
        { "3×3, whole tiles", [4, 48, 8, 8], [64, 48, 3, 3], new Conv2dParams(Padding: 1) },
        { "3×3, half a register tile", [1, 48, 8, 8], [64, 48, 3, 3], new Conv2dParams(Padding: 1) },
        { "3×3, a tile to an image", [4, 32, 4, 4], [32, 32, 3, 3], new Conv2dParams(Padding: 1) },
        { "4×4 with stride 2, a tile to an image", [4, 32, 8, 8], [32, 32, 4, 4], new Conv2dParams(Stride: 2, Padding: 1) },
        { "3×3, more than half a register tile", [1, 32, 4, 20], [32, 32, 3, 3], new Conv2dParams(Padding: 1) },
        { "4×4 with stride 2, half a register tile", [1, 32, 16, 16], [40, 32, 4, 4], new Conv2dParams(Stride: 2, Padding: 1) },
        { "3×3, tiles over the edge, channels beside whole vectors", [3, 33, 7, 11], [37, 33, 3, 3],
            new Conv2dParams(Padding: 1) },
        { "3×3, padding different on all sides", [3, 32, 8, 9], [32, 32, 3, 3],
            new Conv2dParams(Padding: new Padding(2, 0, 1, 2)) },
        { "4×4 with stride 2", [4, 32, 16, 16], [40, 32, 4, 4], new Conv2dParams(Stride: 2, Padding: 1) },
        { "4×4 with stride 2, odd image", [4, 36, 15, 17], [32, 36, 4, 4],
            new Conv2dParams(Stride: 2, Padding: new Padding(1, 2, 0, 1)) },
        { "6×6 with stride 2", [4, 32, 16, 16], [32, 32, 6, 6], new Conv2dParams(Stride: 2, Padding: 2) },
        { "2×2", [1, 32, 17, 17], [32, 32, 2, 2], new Conv2dParams() },
        { "more tiles than a chunk holds", [5, 32, 20, 24], [32, 32, 3, 3], new Conv2dParams(Padding: 1) },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void Every_pass_equals_the_sum_on_any_number_of_threads(string name, int[] x, int[] weight, Conv2dParams p)
    {
        var g = Geometry(x, weight, p);
        AssertIsWinograds(name, g, isInputGradient: false);
        AssertIsWinograds(name, g, isInputGradient: true);
        var (inputs, weights, dY) = (Numbers.Uniform(1, g.X.Size, 0), Numbers.Uniform(1, g.Weight.Size, 1),
            Numbers.Uniform(1, g.Y.Size, 2));
        var (bias, residual) = (Numbers.Uniform(1, g.COut, 3), Numbers.Uniform(1, g.Y.Size, 4));
        var (y, dX, dWeight) = Sums(g, inputs, weights, dY);
        var finished = y.Select((sum, i) => Math.Max(0, sum + bias[i / (g.OutH * g.OutW) % g.COut] + residual[i]));
        devices.Check([.. finished, .. dX, .. dWeight], 1e-4, s =>
        {
            var (input, kernel, gradient) = (s.Floats(inputs, g.X), s.Floats(weights, g.Weight), s.Floats(dY, g.Y));
            return
            [
                Primitive.Conv2d(input, kernel, s.Floats(bias, [g.COut]), p, Activation.Relu, s.Floats(residual, g.Y)),
                Primitive.Conv2dInputGradient(gradient, kernel, g.X, p),
                Primitive.Conv2dWeightGradient(input, gradient, g.Weight, p),
            ];
        });
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    public void The_error_at_the_models_sizes_is_about_that_of_a_plain_sum_in_floats(int kernel, int stride)
    {
        // 128 channels: the root mean square of a sum of n products is √n/3, and a sum of floats in order errs by about 5e-7 of
        // it.
        var p = new Conv2dParams(Stride: stride, Padding: 1);
        var g = Geometry([4, 128, 8 * stride, 8 * stride], [32, 128, kernel, kernel], p);
        var (x, weight, dY) = (Numbers.Uniform(2, g.X.Size, 0), Numbers.Uniform(2, g.Weight.Size, 1),
            Numbers.Uniform(2, g.Y.Size, 2));
        var (y, dX, dWeight) = Sums(g, x, weight, dY);
        using var scope = new TensorScope(devices.Cpu);
        var (input, kernels, gradient) = (scope.Floats(x, g.X), scope.Floats(weight, g.Weight), scope.Floats(dY, g.Y));
        Assert.InRange(Error(y, scope.Keep(Primitive.Conv2d(input, kernels, bias: null, p))), 1e-8, 2e-6);
        Assert.InRange(Error(dX, scope.Keep(Primitive.Conv2dInputGradient(gradient, kernels, g.X, p))), 1e-8, 2e-6);
        Assert.InRange(Error(dWeight, scope.Keep(Primitive.Conv2dWeightGradient(input, gradient, g.Weight, p))), 1e-8, 2e-6);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(3e38f)]
    public void A_number_that_is_not_finite_reaches_the_outputs_that_read_it_and_no_others(float special)
    {
        var p = new Conv2dParams(Padding: 1);
        var g = Geometry([4, 32, 8, 8], [32, 32, 3, 3], p);
        AssertIsWinograds("3×3", g, isInputGradient: false);
        var (x, weight) = (Numbers.Uniform(3, g.X.Size, 0), Numbers.Uniform(3, g.Weight.Size, 1));
        x[3 * 8 + 5] = special;
        var (y, _, _) = Sums(g, x, weight, new float[g.Y.Size]);
        devices.Check(y, 1e-5, s => Primitive.Conv2d(s.Floats(x, g.X), s.Floats(weight, g.Weight), bias: null, p));

        // As dY's number, of dWeight all sums that meet it, and no others' channels.
        var (_, dX, dWeight) = Sums(g, weight: weight, x: Numbers.Uniform(3, g.X.Size, 2), dY: x);
        devices.Check([.. dX, .. dWeight], 1e-5, s =>
        [
            Primitive.Conv2dInputGradient(s.Floats(x, g.Y), s.Floats(weight, g.Weight), g.X, p),
            Primitive.Conv2dWeightGradient(s.Floats(Numbers.Uniform(3, g.X.Size, 2), g.X), s.Floats(x, g.Y), g.Weight, p),
        ]);
    }

    [Fact]
    public void Few_channels_few_tiles_dilation_groups_and_uneven_kernels_take_the_plain_sum()
    {
        AssertPlain([3, 64, 4, 4], [64, 64, 3, 3], new Conv2dParams(Padding: 1));
        AssertPlain([9, 3, 32, 32], [64, 3, 4, 4], new Conv2dParams(Stride: 2, Padding: 1));
        AssertPlain([9, 64, 8, 8], [64, 64, 3, 3], new Conv2dParams(Padding: 2, Dilation: 2));
        AssertPlain([9, 64, 8, 8], [64, 32, 3, 3], new Conv2dParams(Padding: 1, Groups: 2));
        AssertPlain([9, 64, 8, 8], [64, 64, 3, 2], new Conv2dParams(Padding: 1));
        AssertPlain([9, 64, 8, 8], [64, 64, 3, 3], new Conv2dParams(Stride: 2, Padding: 1));
        AssertPlain([9, 64, 8, 8], [64, 64, 1, 1], new Conv2dParams());
        AssertPlain([9, 64, 3, 3], [64, 64, 3, 3], new Conv2dParams());

        static void AssertPlain(int[] x, int[] weight, Conv2dParams p) =>
            Assert.Null(WinogradPlan.TryCreate(Geometry(x, weight, p), isInputGradient: false, WinogradConv.LeastTiles));
    }

    /// <summary>Where vectors are wide enough.</summary>
    private static void AssertIsWinograds(string name, ConvGeometry g, bool isInputGradient) => Assert.True(
        WinogradFilter.IsSupported == (WinogradPlan.TryCreate(g, isInputGradient, WinogradConv.LeastTiles) is not null), name);

    private static ConvGeometry Geometry(int[] x, int[] weight, Conv2dParams p) =>
        ConvGeometry.Of("conv2d", Shape.Create(x), Shape.Create(weight), p);

    /// <summary>Root mean square of the difference, as a part of that of the expected numbers.</summary>
    private static double Error(double[] expected, Tensor<float> actual) => Math.Sqrt(
        expected.Zip(actual.ToArray(), (e, a) => (e - a) * (e - a)).Sum() / expected.Sum(e => e * e));

    /// <summary>y, dX and dWeight by their definition, in double precision.</summary>
    private static (double[] Y, double[] DX, double[] DWeight) Sums(ConvGeometry g, float[] x, float[] weight, float[] dY)
    {
        var (y, dX, dWeight) = (new double[g.Y.Size], new double[g.X.Size], new double[g.Weight.Size]);
        for (var at = 0; at < y.Length; at++)
        {
            var (b, co, oh, ow) = (at / (g.COut * g.OutH * g.OutW), at / (g.OutH * g.OutW) % g.COut, at / g.OutW % g.OutH,
                at % g.OutW);
            for (var tap = 0; tap < g.CIn * g.KernelH * g.KernelW; tap++)
            {
                var (ci, kh, kw) = (tap / (g.KernelH * g.KernelW), tap / g.KernelW % g.KernelH, tap % g.KernelW);
                var (row, column) = (g.InputRow(oh, kh), g.InputColumn(ow, kw));
                if (row >= 0 && row < g.H && column >= 0 && column < g.W)
                {
                    var (from, w) = (((b * g.CIn + ci) * g.H + row) * g.W + column, co * g.CIn * g.KernelH * g.KernelW + tap);
                    y[at] += (double)x[from] * weight[w];
                    dX[from] += (double)dY[at] * weight[w];
                    dWeight[w] += (double)dY[at] * x[from];
                }
            }
        }

        return (y, dX, dWeight);
    }
}
