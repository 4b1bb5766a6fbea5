using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Softmax and the losses.</summary>
internal static class LossRows
{
    private static readonly Tolerance Exponentials =
        new(2e-6, 1e-6, "exp of a difference that is rounded, and its sum over the row");

    private const string CrossEntropyRule =
        "cross-entropy: expected logits (N, K), targets (N), or logits (B, K, …), targets (B, …); got ";

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("softmax", typeof(Softmax), scale => Lines(scale, Softmax.Apply, LossReference.Softmax)) with
        {
            BadInputs = [new("softmax: expected an axis in [0, 0); got axis -1 of x ().", [[]], v => Softmax.Apply(v[0]))],
        },
        Row("causal-softmax", typeof(CausalSoftmax), CausalRows) with
        {
            BadInputs =
            [
                new("causal-softmax: expected x (…, T, S); got x (3).", [[3]], v => CausalSoftmax.Apply(v[0])),
                new("causal-softmax: expected x (…, T, S); got x ().", [[]], v => CausalSoftmax.Apply(v[0])),
            ],
        },
        Row("log-softmax", typeof(LogSoftmax), scale => Lines(scale, LogSoftmax.Apply, LossReference.LogSoftmax)) with
        {
            Backward = new(2e-6, 1e-5, "the line's sum of dY, up to 200 terms"),
            BadInputs =
            [
                new(
                    "log-softmax: expected an axis in [-2, 2); got axis 2 of x (2, 3).",
                    [[2, 3]], v => LogSoftmax.Apply(v[0], axis: 2)),
            ],
        },
        Row("cross-entropy", typeof(CrossEntropy), CrossEntropies) with
        {
            AllowsEmptyAxes = false,
            BadInputs =
            [
                new(
                    CrossEntropyRule + "logits (4), targets (4).",
                    [[4]], v => CrossEntropy.Apply(v[0], v.Ids([0, 1, 2, 3]))),
                new(
                    CrossEntropyRule + "logits (3, 4), targets (2).",
                    [[3, 4]], v => CrossEntropy.Apply(v[0], v.Ids([0, 1]))),
                new(
                    CrossEntropyRule + "logits (3, 4, 2), targets (3).",
                    [[3, 4, 2]], v => CrossEntropy.Apply(v[0], v.Ids([0, 1, 2]))),
                new(
                    "cross-entropy: expected weights of 4 classes; got weights (3).",
                    [[3, 4], [3]], v => CrossEntropy.Apply(v[0], v.Ids([0, 1, 2]), new CrossEntropyParams(v[1].Value))),
                new(
                    "cross-entropy: expected label smoothing in [0, 1]; got 1.5.",
                    [[2, 4]], v => CrossEntropy.Apply(v[0], v.Ids([0, 1]), new CrossEntropyParams(LabelSmoothing: 1.5f))),
            ],
        },
        Row("cross-entropy with options", typeof(CrossEntropy), CrossEntropiesWithOptions) with
        {
            TapeName = "cross-entropy",
            Forward = new(4e-6, 4e-6, "log of a sum of exp, and sums over the classes and up to 700 targets"),
            Backward = new(4e-6, 2e-6, "exp of a difference that is rounded, its sum over the classes, a difference near 0"),
            AllowsEmptyAxes = false,
        },
        Row("mean-squared-error", typeof(MeanSquaredError), scale =>
            Differences(scale, MeanSquaredError.Apply, LossReference.MeanSquaredError, mayBeEqual: true)) with
        {
            BadInputs =
            [
                new(
                    "mean-squared-error: expected x and target of one shape; got x (2, 3), target (3, 2).",
                    [[2, 3], [3, 2]], v => MeanSquaredError.Apply(v[0], v[1])),
                new(
                    "mean-squared-error: expected x and target of one shape; got x (2, 3), target (3).",
                    [[2, 3], [3]], v => MeanSquaredError.Apply(v[0], v[1])),
            ],
        },
        Row("mean-absolute-error", typeof(MeanAbsoluteError), scale =>
            Differences(scale, MeanAbsoluteError.Apply, LossReference.MeanAbsoluteError, mayBeEqual: false)) with
        {
            TapeName = null,
            HasKinks = true,
            BadInputs =
            [
                new("mean-absolute-error: expected x and target of one shape; got x (2, 3), target (3).",
                    [[2, 3], [3]], v => MeanAbsoluteError.Apply(v[0], v[1])),
            ],
        },
    ];

    private static OpRow Row(string name, Type op, Func<Scale, Gen<OpCase>> cases) => new(name, op, cases)
    {
        TapeName = name,
        Forward = Exponentials,
        Backward = Exponentials,
    };

    /// <summary>Lines of logits near 0, or so far out that exp overflows unless the maximum is taken off.</summary>
    private static Gen<OpCase> Lines(
        Scale scale, Func<Variable, int, Variable> apply, Func<DoubleTensor, int, DoubleTensor> reference) =>
        from shape in Draw.Shape(scale, ranks: (1, 4))
        from axis in Draw.Axis(shape.Rank)
        from offset in Draw.OneOf(0, 0, 0, 120, -120)
        from x in Draw.Values(shape, offset - 3, offset + 3)
        select new OpCase(
            $"axis {axis}", [x], v => apply(v[0], axis), inputs => reference(inputs[0], axis < 0 ? axis + shape.Rank : axis));

    private static Gen<OpCase> CausalRows(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (2, 5))
        from diagonal in scale.Choices.Between(-shape[^2] - 1, shape[^1] + 1)
        from offset in Draw.OneOf(0, 0, 0, 120, -120)
        from x in Draw.Values(shape, offset - 3, offset + 3)
        select new OpCase(
            $"diagonal {diagonal}", [x],
            v => CausalSoftmax.Apply(v[0], diagonal), inputs => LossReference.CausalSoftmax(inputs[0], diagonal));

    private static Gen<OpCase> CrossEntropies(Scale scale) =>
        from n in Draw.Length(scale, rank: 2, least: 1)
        from k in Draw.Length(scale, rank: 2, least: 1)
        from logits in Draw.Values([n, k], -3, 3)
        from targets in Draw.Ids(n, k)
        select new OpCase(
            $"targets [{string.Join(", ", targets)}]", [logits],
            v => CrossEntropy.Apply(v[0], v.Ids(0)),
            inputs => LossReference.CrossEntropy(
                inputs[0], weights: null, targets, shape: [n], ignored: null, smoothing: 0, Reduction.Mean))
        {
            Ids = [targets],
        };

    /// <summary>With classes on axis 1 of any rank. Not all targets are ignored: the mean would be NaN.</summary>
    private static Gen<OpCase> CrossEntropiesWithOptions(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (2, 4), least: 1)
        let k = shape[1]
        let places = Shape.Create([shape[0], .. shape.Skip(2)])
        from logits in Draw.Values(shape, -3, 3)
        from ids in Draw.Ids(places.Size, k)
        from isIgnored in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true))).ArrayOf(places.Size)
        from ignored in Draw.OneOf<int?>(null, -100, k - 1)
        let targets = ids.Select((id, i) => i > 0 && isIgnored[i] && ignored is { } target ? target : id).ToArray()
        where targets[0] != ignored
        from weights in Draw.Values([k], 0.2, 2)
        from hasWeights in Draw.Flag
        from smoothing in Draw.OneOf(0f, 0f, 0.1f, 1f)
        from reduction in Draw.OneOf(Reduction.Mean, Reduction.Sum, Reduction.None)
        select new OpCase(
            $"targets [{string.Join(", ", targets)}], ignored {ignored}, weights {hasWeights}, smoothing {smoothing}, "
            + $"{reduction}",
            [logits],
            v => CrossEntropy.Apply(
                v[0], v.Ids(0, places), new CrossEntropyParams(hasWeights ? v.Tensor(0) : null, ignored, smoothing), reduction),
            inputs => LossReference.CrossEntropy(
                inputs[0], hasWeights ? weights : null, targets, places, ignored, smoothing, reduction))
        {
            Ids = [targets],
            Tensors = [weights],
        };

    private static Gen<OpCase> Differences(
        Scale scale, Func<Variable, Variable, Variable> apply, Func<DoubleTensor, DoubleTensor, DoubleTensor> reference,
        bool mayBeEqual) =>
        from shape in Draw.Shape(scale, ranks: (0, 4))
        from x in Draw.Values(shape)
        from difference in mayBeEqual ? Draw.Values(shape) : Draw.AwayFromZero(shape, 0.01, 2)
        let target = new DoubleTensor(shape, [.. x.Values.Zip(difference.Values, (a, b) => (double)(float)(a + b))])
        select new OpCase("", [x, target], v => apply(v[0], v[1]), inputs => reference(inputs[0], inputs[1]))
        {
            DistanceToKink = mayBeEqual ? null : inputs =>
                inputs[0].Values.Zip(inputs[1].Values, (a, b) => Math.Abs(a - b)).DefaultIfEmpty(double.PositiveInfinity).Min(),
        };
}
