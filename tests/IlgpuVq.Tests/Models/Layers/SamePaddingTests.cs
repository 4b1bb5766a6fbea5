using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Layers;

/// <summary>Padding "same" against TensorFlow's rule, written out, on every device.</summary>
public sealed class SamePaddingTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int B = 2, In = 2, Out = 3, Side = 12;

    private static readonly (int Kernel, int Stride)[] Sizes = [(3, 2), (3, 1), (4, 2), (5, 2), (2, 2), (4, 1), (5, 3)];

    public static TheoryData<int, int, string> Cases { get; } =
        [.. Sizes.SelectMany(size => LawDevices.Names.Select(device => (size.Kernel, size.Stride, device)))];

    /// <summary>Of max((⌈n/s⌉ − 1)·s + k − n, 0) zeros in all, half lie before, rounded down.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void A_convolution_is_the_sum_over_its_taps(int kernel, int stride, string device)
    {
        var (x, weight) = (Noise(B * In * Side * Side, 1), Noise(Out * In * kernel * kernel, 2));
        var small = Side / stride;
        var before = Math.Max((small - 1) * stride + kernel - Side, 0) / 2;
        var expected = new double[B * Out * small * small];
        foreach (var (b, co, ci, oh, ow) in Places(small))
        {
            for (var tap = 0; tap < kernel * kernel; tap++)
            {
                var (h, w) = (oh * stride + tap / kernel - before, ow * stride + tap % kernel - before);
                if (h is >= 0 and < Side && w is >= 0 and < Side)
                {
                    expected[((b * Out + co) * small + oh) * small + ow] +=
                        (double)x[((b * In + ci) * Side + h) * Side + w] * weight[(co * In + ci) * kernel * kernel + tap];
                }
            }
        }

        Close(expected, Convolve(device, x, weight, (kernel, stride)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_transposed_one_is_its_adjoint(int kernel, int stride, string device)
    {
        var small = Side / stride;
        var (x, weight) = (Noise(B * In * Side * Side, 1), Noise(Out * In * kernel * kernel, 2));
        var y = Noise(B * Out * small * small, 3);

        // ⟨conv(x), y⟩ = ⟨x, convT(y)⟩ with one weight, which the second has as (its In, its Out, k, k).
        var forth = Convolve(device, x, weight, (kernel, stride)).Zip(y, (a, b) => (double)a * b).Sum();
        var back = ConvolveTransposed(device, y, weight, (kernel, stride)).Zip(x, (a, b) => (double)a * b).Sum();
        Assert.Equal(forth, back, 1e-4 * (1 + Math.Abs(forth)));
    }

    private float[] Convolve(string name, float[] x, float[] weight, (int Kernel, int Stride) size)
    {
        using var tape = new Tape(devices.Open(name), recording: false);
        var y = Conv2d.Apply(
            tape.Constant(x, [B, In, Side, Side]), tape.Constant(weight, [Out, In, size.Kernel, size.Kernel]), null,
            SamePadding.Of(size.Kernel, size.Stride));
        Assert.Equal([B, Out, Side / size.Stride, Side / size.Stride], y.Shape);
        return y.Value.ToArray();
    }

    private float[] ConvolveTransposed(string name, float[] y, float[] weight, (int Kernel, int Stride) size)
    {
        var small = Side / size.Stride;
        using var tape = new Tape(devices.Open(name), recording: false);
        var x = ConvTranspose2d.Apply(
            tape.Constant(y, [B, Out, small, small]), tape.Constant(weight, [Out, In, size.Kernel, size.Kernel]), null,
            SamePadding.Of(size.Kernel, size.Stride));
        Assert.Equal([B, In, Side, Side], x.Shape);
        return x.Value.ToArray();
    }

    private static IEnumerable<(int B, int Co, int Ci, int H, int W)> Places(int small) =>
        from b in Enumerable.Range(0, B)
        from co in Enumerable.Range(0, Out)
        from ci in Enumerable.Range(0, In)
        from h in Enumerable.Range(0, small)
        from w in Enumerable.Range(0, small)
        select (b, co, ci, h, w);

    private static void Close(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * (1 + Math.Abs(pair.First))));
    }

    private static float[] Noise(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
