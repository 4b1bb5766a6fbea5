using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Softmax over the last axis and the losses.</summary>
internal static class LossRows
{
    private static readonly Tolerance Exponentials =
        new(2e-6, 1e-6, "exp of a difference that is rounded, and its sum over the row");

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("softmax", typeof(Softmax), scale => Rows(scale, Softmax.Apply, LossReference.Softmax)) with
        {
            BadInputs = [new("softmax: expected x (…, K); got x ().", [[]], v => Softmax.Apply(v[0]))],
        },
        Row("log-softmax", typeof(LogSoftmax), scale => Rows(scale, LogSoftmax.Apply, LossReference.LogSoftmax)) with
        {
            Backward = new(2e-6, 1e-5, "the row's sum of dY, up to 200 terms"),
            BadInputs = [new("log-softmax: expected x (…, K); got x ().", [[]], v => LogSoftmax.Apply(v[0]))],
        },
        Row("cross-entropy", typeof(CrossEntropy), CrossEntropies) with
        {
            AllowsEmptyAxes = false,
            BadInputs =
            [
                new(
                    "cross-entropy: expected logits (N, K), targets (N); got logits (4), targets (4).",
                    [[4]], v => CrossEntropy.Apply(v[0], v.Ids([0, 1, 2, 3]))),
                new(
                    "cross-entropy: expected logits (N, K), targets (N); got logits (3, 4), targets (2).",
                    [[3, 4]], v => CrossEntropy.Apply(v[0], v.Ids([0, 1]))),
            ],
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

    /// <summary>Rows of logits near 0, or so far out that exp overflows unless the maximum is taken off.</summary>
    private static Gen<OpCase> Rows(Scale scale, Func<Variable, Variable> apply, Func<DoubleTensor, DoubleTensor> reference) =>
        from shape in Draw.Shape(scale, ranks: (1, 4))
        from offset in Draw.OneOf(0, 0, 0, 120, -120)
        from x in Draw.Values(shape, offset - 3, offset + 3)
        select new OpCase("", [x], v => apply(v[0]), inputs => reference(inputs[0]));

    private static Gen<OpCase> CrossEntropies(Scale scale) =>
        from n in Draw.Length(scale, rank: 2, least: 1)
        from k in Draw.Length(scale, rank: 2, least: 1)
        from logits in Draw.Values([n, k], -3, 3)
        from targets in Draw.Ids(n, k)
        select new OpCase(
            $"targets [{string.Join(", ", targets)}]", [logits],
            v => CrossEntropy.Apply(v[0], v.Ids(0)), inputs => LossReference.CrossEntropy(inputs[0], targets))
        {
            Ids = [targets],
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
