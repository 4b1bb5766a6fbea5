using IlgpuVq.Autograd;
using IlgpuVq.Models.Onnx;
using IlgpuVq.Models.Onnx.Messages;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Tracing;
using Xunit;

namespace IlgpuVq.Tests.Models.Onnx;

/// <summary>Single ops in ONNX Runtime give the numbers that they give here, for images of any size.</summary>
public sealed class OnnxOpTests : IDisposable
{
    private static readonly int[] Axes = [0, 2, 3, 1];

    /// <summary>Of images x (B, 4, H, W) and a constant c (4, 4).</summary>
    private static readonly Dictionary<string, Func<Variable, Variable, Variable>> Ops = new()
    {
        ["add"] = (x, _) => x + x * 2f,
        ["subtract"] = (x, c) => 1 - x - Slice.Apply(Slice.Apply(c, 0, 0, 1), 1, 0, 1),
        ["divide"] = (x, _) => x / (Square.Apply(x) + 1),
        ["maximum"] = (x, _) => Maximum.Apply(x, x * -0.5f),
        ["minimum"] = (x, _) => Minimum.Apply(x, x * -0.5f),
        ["abs"] = (x, _) => Abs.Apply(x),
        ["sqrt"] = (x, _) => Sqrt.Apply(Square.Apply(x) + 0.1f),
        ["exp"] = (x, _) => Exp.Apply(x),
        ["log"] = (x, _) => Log.Apply(Square.Apply(x) + 0.1f),
        ["reciprocal"] = (x, _) => Reciprocal.Apply(Square.Apply(x) + 0.5f),
        ["tanh"] = (x, _) => Tanh.Apply(x),
        ["sigmoid"] = (x, _) => Sigmoid.Apply(x),
        ["relu"] = (x, _) => Relu.Apply(x),
        ["leaky-relu"] = (x, _) => LeakyRelu.Apply(x, 0.2f),
        ["elu"] = (x, _) => Elu.Apply(x),
        ["gelu"] = (x, _) => Gelu.Apply(x),
        ["silu"] = (x, _) => Silu.Apply(x),
        ["softplus"] = (x, _) => Softplus.Apply(x),
        ["clamp"] = (x, _) => Clamp.Apply(x, -0.5f, 0.7f),
        ["sign"] = (x, _) => Sign.Apply(x),
        ["round"] = (x, _) => Round.Apply(x * 3),
        ["pow"] = (x, _) => Pow.Apply(x, 3),
        ["normal-cdf"] = (x, _) => NormalCdf.Apply(x),
        ["laplace-cdf"] = (x, _) => LaplaceCdf.Apply(x),
        ["cauchy-cdf"] = (x, _) => CauchyCdf.Apply(x),
        ["where"] = (x, _) => Where.Apply(Relu.Apply(x).Value, x, x * 5),
        ["sum"] = (x, _) => Sum.Apply(x, [1, 3]),
        ["mean"] = (x, _) => Mean.Apply(x, [2, 3], keepDims: true),
        ["mean of all"] = (x, _) => Mean.Apply(x),
        ["max"] = (x, _) => Max.Apply(x, [1]),
        ["softmax"] = (x, _) => Softmax.Apply(x),
        ["log-softmax"] = (x, _) => LogSoftmax.Apply(x),
        ["softmax along channels"] = (x, _) => Softmax.Apply(x, axis: 1),
        ["permute"] = (x, _) => Permute.Apply(x, Axes),
        ["reshape"] = (x, _) => Reshape.Apply(x, [x.Shape[0], x.Shape[1] * x.Shape[2], x.Shape[3]]),
        ["reshape of three open lengths"] = (x, _) => Reshape.Apply(
            Permute.Apply(x, Axes), [x.Shape[2], x.Shape[0], 2, 2, x.Shape[3]]),
        ["slice of channels"] = (x, _) => Slice.Apply(x, 1, 1, 2),
        ["slice to the end"] = (x, _) => Slice.Apply(x, 2, 1, x.Shape[2] - 1),
        ["slice before the end"] = (x, _) => Slice.Apply(x, 3, 0, x.Shape[3] - 1),
        ["slice in steps"] = (x, _) => Slice.Apply(x, 2, start: 1, length: x.Shape[2] / 2, step: 2),
        ["concat"] = (x, _) => Concat.Apply(1, x, x * 2),
        ["concat along rows"] = (x, _) => Concat.Apply(2, x, x * 2, x),
        ["pad"] = (x, _) => Pad.Apply(x, [0, 0, 1, 2], [0, 0, 0, 3], 0.5f),
        ["pad by less"] = (x, _) => Pad.Apply(x, [0, 0, -1, 0], [0, 0, 0, -1]),
        ["pad by a mirror"] = (x, _) => Pad.Apply(x, [0, 0, 1, 2], [0, 0, 1, 1], mode: PadMode.Reflect),
        ["pad by copies"] = (x, _) => Pad.Apply(x, [0, 0, 1, 2], [0, 0, 1, 1], mode: PadMode.Replicate),
        ["nearest-resize"] = (x, _) => NearestResize.Apply(x, 2 * x.Shape[2], x.Shape[3]),
        ["nearest-resize to fewer"] = (x, _) => NearestResize.Apply(x, x.Shape[2] / 2, x.Shape[3] * 3 / 2),
        ["bilinear-resize"] = (x, _) => BilinearResize.Apply(x, 2 * x.Shape[2], x.Shape[3] / 2),
        ["bilinear-resize of corners"] = (x, _) => BilinearResize.Apply(x, 2 * x.Shape[2], 3 * x.Shape[3], alignCorners: true),
        ["average-pool-2d"] = (x, _) => AveragePool2d.Apply(x, 3, 2, 1, countsPadding: false),
        ["average-pool-2d with its border"] = (x, _) => AveragePool2d.Apply(x, 3, 2, 1, countsPadding: true),
        ["max-pool-2d"] = (x, _) => MaxPool2d.Apply(x, 3, 2, 1),
        ["group-norm"] = (x, _) => GroupNorm.Apply(x, null, null, groups: 2, 1e-5f),
        ["layer-norm"] = (x, _) => LayerNorm.Apply(Permute.Apply(x, Axes), null, null),
        ["instance-norm"] = (x, _) => InstanceNorm.Apply(x, null, null),
        ["attention"] = (x, _) => Attention.Apply(Rows(x), Rows(x) * 2, Rows(x) * 3),
        ["attention of heads"] = (x, _) => Attention.Apply(Rows(x), Rows(x) * 2, Rows(x) * 3, heads: 2),
        ["matmul"] = (x, c) => Matmul.Apply(Rows(x), c),
        ["matmul by a transposed"] = (x, c) => Matmul.Apply(Rows(x), c, Transpose.B),
        ["matmul of pairs"] = (x, _) => Matmul.Apply(Rows(x), Rows(x), Transpose.A),
        ["pixel-shuffle"] = (x, _) => PixelShuffle.Apply(x, 2),
        ["pixel-unshuffle"] = (x, _) => PixelUnshuffle.Apply(x, 2),
        ["expand"] = (x, _) => Expand.Apply(Slice.Apply(x, 1, 0, 1), x.Shape),
    };

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public static TheoryData<string> Names { get; } = [.. Ops.Keys];

    public void Dispose() => device.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_op_gives_the_same_numbers(string name)
    {
        var op = Ops[name];
        using var c = Primitive.RandomNormal(device, [4, 4], mean: 0, deviation: 1, seed: 1, stream: 9);
        using var probes = new Probes(device, Follow, new ProbeSize(2, 4, 6), isAnySize: true);
        using var session = OnnxSession.Open(new OnnxFile("op.onnx", new Model
        {
            IrVersion = 8,
            Graph = GraphWriter.Write(probes, ["batch", "height", "width"]),
            OpsetImport = { new OperatorSet { Version = GraphWriter.OperatorVersion } },
        }));
        foreach (var (b, h, w) in new[] { (1, 6, 4), (3, 10, 8) })
        {
            using var x = Images(b, h, w);
            using var tape = new Tape(device, recording: false);
            var y = op(tape.Constant(x), tape.Constant(c));
            OnnxSession.AssertSame(name, y.Value, session.Run(("x", x))["y"], bound: 1e-5 * Math.Max(1, y.Value.ToArray().Max()));
        }

        IReadOnlyList<(string Name, TracedValue Value)> Follow(Trace trace, ProbeSize size)
        {
            using var tape = new Tape(device, recording: false);
            using var x = device.From<float>(new float[size.Batch * 4 * size.Height * size.Width], Shape(size));
            trace.Input(x, "x");
            return [("y", trace.Of(op(tape.Constant(x), tape.Constant(c)).Value))];
        }
    }

    [Fact]
    public void What_onnx_has_not_is_refused_by_its_name()
    {
        Assert.Equal(
            "onnx: expected ops that ONNX has; got mean-squared-error. Choose another model or quantizer.",
            Refused(x => MeanSquaredError.Apply(x, x * 2)).Message);
        Assert.Equal(
            "onnx: expected ops that ONNX has; got causal attention. Choose another model or quantizer.",
            Refused(x => Attention.Apply(Rows(x), Rows(x), Rows(x), isCausal: true)).Message);
        Assert.Equal(
            "trace: expected calls that say what they compute; got one of CumulativeSum. Leave it out.",
            Assert.Throws<TraceException>(() => Write(x => CumulativeSum.Apply(x, 1))).Message);
        Assert.Equal(
            "onnx: expected lengths that are multiples of products of the inputs' lengths; got 5 on axis 2 of (2, 4, 5, 6). "
                + "Choose another model or quantizer.",
            Refused(x => NearestResize.Apply(x, x.Shape[2] + 1, x.Shape[3])).Message);
        Assert.Equal(
            "onnx: expected ops whose numbers are the same for all sizes of images; got ElementwiseOperation, whose are not. "
                + "Choose another model or quantizer.",
            Refused(x => x * (1f / x.Shape[2])).Message);
        Assert.Equal(
            "onnx: expected the same ops for all sizes of images; got others for larger ones. Choose another model or quantizer.",
            Refused(x => x.Shape[2] > 4 ? x * 2 : x * x).Message);
    }

    private OnnxException Refused(Func<Variable, Variable> op) => Assert.Throws<OnnxException>(() => Write(op));

    private void Write(Func<Variable, Variable> op)
    {
        using var probes = new Probes(
            device,
            (trace, size) =>
            {
                using var tape = new Tape(device, recording: false);
                using var x = device.From<float>(new float[size.Batch * 4 * size.Height * size.Width], Shape(size));
                trace.Input(x, "x");
                return [("y", trace.Of(op(tape.Constant(x)).Value))];
            },
            new ProbeSize(2, 4, 6), isAnySize: true);
        GraphWriter.Write(probes, ["batch", "height", "width"]);
    }

    /// <summary>(B, 4, H, W) → (B, H·W, 4)</summary>
    private static Variable Rows(Variable x) =>
        Permute.Apply(Reshape.Apply(x, [x.Shape[0], x.Shape[1], x.Shape[2] * x.Shape[3]]), [0, 2, 1]);

    private static Shape Shape(ProbeSize size) => [size.Batch, 4, size.Height, size.Width];

    private Tensor<float> Images(int b, int h, int w) =>
        Primitive.RandomNormal(device, [b, 4, h, w], mean: 0, deviation: 1, seed: 1, stream: (ulong)b);
}
