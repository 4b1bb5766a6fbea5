using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Reductions over chosen axes.</summary>
internal static class ReductionRows
{
    private delegate Variable Apply(Variable x, ReadOnlySpan<int> axes, bool keepDims);

    private static readonly Tolerance Sums = new(1e-5, 1e-5, "sums of up to 6 561 terms, mostly of one sign, one after another");

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("sum", typeof(Sum), Sum.Apply, ReductionReference.Sum) with { Forward = Sums, LinearIn = _ => [[0]] },
        Row("mean", typeof(Mean), Mean.Apply, ReductionReference.Mean) with { Forward = Sums, LinearIn = _ => [[0]] },
        Row("max", typeof(Max), Max.Apply, ReductionReference.Max, mayBeEmpty: false) with { HasKinks = true },
        new("cumulative-sum", typeof(CumulativeSum), CumulativeSums)
        {
            TapeName = "cumulative-sum",
            Forward = Sums,
            Backward = new(1e-5, 2e-5, "sums of up to 200 terms of both signs"),
            LinearIn = _ => [[0]],
            BadInputs =
            [
                new(
                    "cumulative-sum: expected an axis in [-2, 2); got axis 2 of x (2, 3).",
                    [[2, 3]], v => CumulativeSum.Apply(v[0], axis: 2)),
                new("cumulative-sum: expected an axis in [0, 0); got axis -1 of x ().", [[]], v => CumulativeSum.Apply(v[0])),
            ],
        },
    ];

    private static OpRow Row(
        string name, Type op, Apply apply, Func<DoubleTensor, int[], bool, DoubleTensor> reference, bool mayBeEmpty = true) =>
        new(name, op, scale =>
            from shape in Draw.Shape(scale, ranks: (0, 6), least: mayBeEmpty ? 0 : 1)
            from axes in Draw.Axes(shape.Rank)
            from keepDims in Draw.Flag
            from x in Draw.Values(shape, -1, 2)
            select new OpCase(
                $"axes [{string.Join(", ", axes)}], keepDims {keepDims}", [x],
                v => apply(v[0], axes, keepDims), inputs => reference(inputs[0], axes, keepDims))
            {
                DistanceToKink = mayBeEmpty ? null : inputs => ReductionReference.GapToSecond(inputs[0], axes),
            })
        {
            TapeName = name,
            Forward = Tolerance.Exact,
            Backward = Tolerance.Rounding,
            AllowsEmptyAxes = mayBeEmpty,
            BadInputs = mayBeEmpty ? BadAxes(name, apply) : [.. BadAxes(name, apply), .. EmptyAxes(name, apply)],
        };

    private static Gen<OpCase> CumulativeSums(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 5))
        from axis in Draw.Axis(shape.Rank)
        from reverse in Draw.Flag
        from x in Draw.Values(shape, -1, 2)
        select new OpCase(
            $"axis {axis}, reverse {reverse}", [x],
            v => CumulativeSum.Apply(v[0], axis, reverse),
            inputs => ReductionReference.CumulativeSum(inputs[0], axis < 0 ? axis + shape.Rank : axis, reverse));

    private static BadInput[] BadAxes(string name, Apply apply) =>
    [
        new(
            $"{name}: expected distinct axes in [-2, 2); got axes 2 of x (2, 3).",
            [[2, 3]], v => apply(v[0], [2], keepDims: false)),
        new(
            $"{name}: expected distinct axes in [-2, 2); got axes -3 of x (2, 3).",
            [[2, 3]], v => apply(v[0], [-3], keepDims: false)),
        new(
            $"{name}: expected distinct axes in [-2, 2); got axes 1, -1 of x (2, 3).",
            [[2, 3]], v => apply(v[0], [1, -1], keepDims: false)),
    ];

    private static BadInput[] EmptyAxes(string name, Apply apply) =>
    [
        new(
            $"{name}: expected at least one element for each maximum; got x (2, 0).",
            [[2, 0]], v => apply(v[0], [1], keepDims: false)),
        new($"{name}: expected at least one element for each maximum; got x (0).", [[0]], v => apply(v[0], [], keepDims: false)),
    ];
}
