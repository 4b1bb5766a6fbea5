using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Properties;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Convolutions and their transposes, with and without the fused rectifier.</summary>
internal static class ConvolutionRows
{
    private static readonly Tolerance Windows = new(1e-6, 1e-5, "sums of up to a few hundred products of numbers up to 2");
    private static readonly Tolerance Pixels = new(2e-6, 3e-5, "dWeight and dBias sum over every pixel of the batch");

    private const string Convolvable =
        "conv2d: expected x (B, CIn, H, W), weight (COut, CIn/groups, KH, KW) with CIn, COut ≥ 1 and groups = ";

    private const string Advice = " Use a larger image, more padding or a smaller kernel.";

    private const string Transposable =
        "conv-transpose2d: expected x (B, CIn, H, W), weight (CIn, COut/groups, KH, KW) with CIn, COut ≥ 1 and groups = ";

    private const string NotEmpty =
        "conv-transpose2d: expected a positive output height and output padding below the stride or the dilation; got height ";

    private const string Positive =
        "conv2d: expected stride, dilation and groups of at least 1 and padding of at least 0; got ";

    private static readonly BadInput[] BadConvolutions =
    [
        Conv(Convolvable + "1 dividing both; got x (1, 4, 5), weight (2, 4, 3, 3).", [1, 4, 5], [2, 4, 3, 3], new Conv2dParams()),
        Conv(
            Convolvable + "1 dividing both; got x (1, 4, 5, 5), weight (2, 3, 3, 3).",
            [1, 4, 5, 5], [2, 3, 3, 3], new Conv2dParams()),
        Conv(
            Convolvable + "2 dividing both; got x (1, 4, 5, 5), weight (3, 2, 3, 3).",
            [1, 4, 5, 5], [3, 2, 3, 3], new Conv2dParams(Groups: 2)),
        Conv(
            "conv2d: expected a padded height that holds the kernel's span 3; got height 2 + padding 0." + Advice,
            [1, 4, 2, 5], [2, 4, 3, 3], new Conv2dParams()),
        Conv(
            "conv2d: expected a padded width that holds the kernel's span 5; got width 4 + padding 0." + Advice,
            [1, 4, 5, 4], [2, 4, 3, 3], new Conv2dParams(Dilation: new Pair(1, 2))),
        Conv(Positive + "stride 0, padding 0, dilation 1, groups 1.", [1, 4, 5, 5], [2, 4, 3, 3], new Conv2dParams(Stride: 0)),
        Conv(Positive + "stride 1, padding -1, dilation 1, groups 1.", [1, 4, 5, 5], [2, 4, 3, 3], new Conv2dParams(Padding: -1)),
        new(
            "conv2d: expected bias (2); got bias (4).",
            [[1, 4, 5, 5], [2, 4, 3, 3], [4]], v => Conv2d.Apply(v[0], v[1], v[2], new Conv2dParams())),
    ];

    private static readonly BadInput[] BadTransposed =
    [
        Transpose(
            Transposable + "1 dividing both; got x (1, 4, 5), weight (4, 2, 3, 3).",
            [1, 4, 5], [4, 2, 3, 3], new Conv2dParams(), outputPadding: 0),
        Transpose(
            Transposable + "1 dividing both; got x (1, 4, 5, 5), weight (3, 2, 3, 3).",
            [1, 4, 5, 5], [3, 2, 3, 3], new Conv2dParams(), outputPadding: 0),
        Transpose(
            Transposable + "2 dividing both; got x (1, 3, 5, 5), weight (3, 2, 3, 3).",
            [1, 3, 5, 5], [3, 2, 3, 3], new Conv2dParams(Groups: 2), outputPadding: 0),
        Transpose(
            NotEmpty + "1 → -1 with output padding 0.",
            [1, 4, 1, 5], [4, 2, 3, 3], new Conv2dParams(Padding: 2), outputPadding: 0),
        Transpose(
            NotEmpty + "5 → 13 with output padding 2.",
            [1, 4, 5, 5], [4, 2, 3, 3], new Conv2dParams(Stride: 2), outputPadding: 2),
        new("conv-transpose2d: expected bias (2); got bias (4).", [[1, 4, 5, 5], [4, 2, 3, 3], [4]],
            v => ConvTranspose2d.Apply(v[0], v[1], v[2], new Conv2dParams(), outputPadding: 0)),
    ];

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("conv2d", typeof(Conv2d), Convolutions, Activation.None) with { BadInputs = BadConvolutions },
        Row("conv2d with relu", typeof(Conv2d), Convolutions, Activation.Relu) with { TapeName = "conv2d" },
        Row("conv2d with residual and relu", typeof(Conv2d), ConvolutionsWithResidual, Activation.Relu) with
        {
            TapeName = "conv2d",
            BadInputs =
            [
                new("conv2d: expected residual of y's shape (1, 2, 3, 3); got residual (1, 2, 3, 4).",
                    [[1, 4, 5, 5], [2, 4, 3, 3], [1, 2, 3, 4]],
                    v => Conv2d.Apply(v[0], v[1], bias: null, new Conv2dParams(), residual: v[2])),
            ],
        },
        Row("conv-transpose2d", typeof(ConvTranspose2d), Transposed, Activation.None) with { BadInputs = BadTransposed },
        Row("conv-transpose2d with relu", typeof(ConvTranspose2d), Transposed, Activation.Relu) with
        {
            TapeName = "conv-transpose2d",
        },
    ];

    private static OpRow Row(string name, Type op, Func<Scale, Activation, Gen<OpCase>> cases, Activation activation) =>
        new(name, op, scale => cases(scale, activation))
        {
            TapeName = name,
            Forward = Windows,
            Backward = Pixels,
            HasKinks = activation == Activation.Relu,
            InputsWithSpecialNumbers = 1, // A weight's NaN may or may not show in outputs that meet it outside of x only.
            LinearIn = activation == Activation.Relu ? null : drawn => drawn.Inputs.Length == 3 ? [[0, 2], [1, 2]] : [[0], [1]],
        };

    private static Gen<OpCase> Convolutions(Scale scale, Activation activation) =>
        from drawn in Operands(scale)
        from hasBias in Draw.Flag
        select Case(
            drawn.P.ToString(), hasBias ? [drawn.X, drawn.Weight, drawn.Bias] : [drawn.X, drawn.Weight], activation,
            v => Conv2d.Apply(v[0], v[1], v.Optional(2), drawn.P, activation),
            inputs => MatrixReference.Conv2d(inputs[0], inputs[1], inputs.ElementAtOrDefault(2), drawn.P));

    private static Gen<OpCase> ConvolutionsWithResidual(Scale scale, Activation activation) =>
        from drawn in Operands(scale)
        from residual in Draw.Values(MatrixReference.Conv2d(drawn.X, drawn.Weight, drawn.Bias, drawn.P).Shape)
        select Case(
            drawn.P.ToString(), [drawn.X, drawn.Weight, drawn.Bias, residual], activation,
            v => Conv2d.Apply(v[0], v[1], v[2], drawn.P, activation, v[3]),
            inputs => Add(MatrixReference.Conv2d(inputs[0], inputs[1], inputs[2], drawn.P), inputs[3]));

    private static DoubleTensor Add(DoubleTensor sum, DoubleTensor residual) =>
        new(sum.Shape, [.. sum.Values.Zip(residual.Values, (s, r) => s + r)]);

    private static Gen<(DoubleTensor X, DoubleTensor Weight, DoubleTensor Bias, Conv2dParams P)> Operands(Scale scale) =>
        from side in Window.Draw(scale)
        from channels in Channels.Draw(scale)
        from extra in scale.Choices.Of(scale.Of(Gen.Choose(0, 3), Gen.Choose(0, 18), Gen.Choose(14, 18))).Two()
        let h = Math.Max(0, side.SpanH - side.P.Padding.Top - side.P.Padding.Bottom) + extra.Item1
        let w = Math.Max(0, side.SpanW - side.P.Padding.Left - side.P.Padding.Right) + extra.Item2
        let p = new Conv2dParams(side.P.Stride, side.P.Padding, side.P.Dilation, channels.Groups)
        from x in Draw.Values([channels.Batch, channels.In * channels.Groups, h, w])
        from weight in Draw.Values([channels.Out * channels.Groups, channels.In, side.KernelH, side.KernelW], -1, 1)
        from bias in Draw.Values([channels.Out * channels.Groups])
        select (x, weight, bias, p);

    private static Gen<OpCase> Transposed(Scale scale, Activation activation) =>
        from side in Window.Draw(scale)
        from channels in Channels.Draw(scale)
        from outputPadding in scale.Choices.Between(0, 2).Two()
        let paddingOut = new Pair(
            Math.Min(outputPadding.Item1, Math.Max(side.P.Stride.H, side.P.Dilation.H) - 1),
            Math.Min(outputPadding.Item2, Math.Max(side.P.Stride.W, side.P.Dilation.W) - 1))
        // The fewest pixels whose result is not empty, and some more.
        from extra in scale.Choices.Of(scale.Of(Gen.Choose(0, 2), Gen.Choose(0, 9), Gen.Choose(12, 14))).Two()
        let h = 1 + DivideUp(side.P.Padding.Top + side.P.Padding.Bottom + 1 - side.SpanH, side.P.Stride.H) + extra.Item1
        let w = 1 + DivideUp(side.P.Padding.Left + side.P.Padding.Right + 1 - side.SpanW, side.P.Stride.W) + extra.Item2
        let p = new Conv2dParams(side.P.Stride, side.P.Padding, side.P.Dilation, channels.Groups)
        from x in Draw.Values([channels.Batch, channels.In * channels.Groups, h, w])
        from weight in Draw.Values([channels.In * channels.Groups, channels.Out, side.KernelH, side.KernelW], -1, 1)
        from bias in Draw.Values([channels.Out * channels.Groups])
        from hasBias in Draw.Flag
        select Case(
            $"{p}, output padding {paddingOut}", hasBias ? [x, weight, bias] : [x, weight], activation,
            v => ConvTranspose2d.Apply(v[0], v[1], v.Optional(2), p, paddingOut, activation),
            inputs => MatrixReference.ConvTranspose2d(inputs[0], inputs[1], inputs.ElementAtOrDefault(2), p, paddingOut));

    private static OpCase Case(
        string constants, DoubleTensor[] inputs, Activation activation, Func<OpInputs, Variable> op,
        Func<DoubleTensor[], DoubleTensor> linear) => activation == Activation.None
        ? new OpCase(constants, inputs, op, linear)
        : new OpCase(constants, inputs, op, x => linear(x).Map(ElementwiseReference.Relu))
        {
            DistanceToKink = x => linear(x).Values.Select(Math.Abs).DefaultIfEmpty(double.PositiveInfinity).Min(),
        };

    private static int DivideUp(int a, int b) => a <= 0 ? 0 : (a + b - 1) / b;

    private static BadInput Conv(string message, Shape x, Shape weight, Conv2dParams p) =>
        new(message, [x, weight], v => Conv2d.Apply(v[0], v[1], bias: null, p));

    private static BadInput Transpose(string message, Shape x, Shape weight, Conv2dParams p, Pair outputPadding) =>
        new(message, [x, weight], v => ConvTranspose2d.Apply(v[0], v[1], bias: null, p, outputPadding));

    /// <summary>Batch, groups, and channels of a group.</summary>
    private sealed record Channels(int Batch, int Groups, int In, int Out)
    {
        public static Gen<Channels> Draw(Scale scale) => scale.Of(
            small: Of(scale.Choices, (1, 3), (1, 2), (1, 2), emptyBatch: 1),
            medium: Of(scale.Choices, (1, 2), (1, 5), (1, 20), emptyBatch: 0),
            large: Of(scale.Choices, (3, 4), (9, 15), (15, 40), emptyBatch: 0));

        private static Gen<Channels> Of(
            Choices choices, (int Least, int Most) batch, (int Least, int Most) input, (int Least, int Most) output,
            int emptyBatch) =>
            from b in choices.Of(Gen.Frequency((emptyBatch, Gen.Constant(0)), (15, Gen.Choose(batch.Least, batch.Most))))
            from groups in choices.Of(Gen.Elements(1, 1, 2, 3), least: 1)
            from channelsIn in choices.Of(Gen.Choose(input.Least, input.Most), least: 1)
            from channelsOut in choices.Of(Gen.Choose(output.Least, output.Most), least: 1)
            select new Channels(b, groups, channelsIn, channelsOut);
    }

    /// <summary>How a kernel lies on its image: both sides on their own, padding different on all four.</summary>
    private sealed record Window(int KernelH, int KernelW, Conv2dParams P)
    {
        public int SpanH => P.Dilation.H * (KernelH - 1) + 1;

        public int SpanW => P.Dilation.W * (KernelW - 1) + 1;

        public static Gen<Window> Draw(Scale scale) =>
            from kernel in scale.Choices.Between(1, scale.Of(3, 4, 4)).Two()
            from stride in scale.Choices.Of(Gen.Elements(1, 1, 2, 3), least: 1).Two()
            from dilation in scale.Choices.Of(Gen.Elements(1, 1, 2, 3), least: 1).Two()
            from padding in scale.Choices.Between(0, 2).Four()
            select new Window(kernel.Item1, kernel.Item2, new Conv2dParams(
                new Pair(stride.Item1, stride.Item2), new Padding(padding.Item1, padding.Item2, padding.Item3, padding.Item4),
                new Pair(dilation.Item1, dilation.Item2)));
    }
}
