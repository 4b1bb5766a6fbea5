using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Segments that are computed again: what else they promise is in <c>RecomputeTests</c>.</summary>
internal static class SegmentRows
{
    private const string Broadcastable = "shapes that broadcast: from the last axis on, equal lengths or one of them 1";

    public static IReadOnlyList<OpRow> All { get; } =
    [
        new("recompute", typeof(Recompute), scale =>
            from shape in Draw.Shape(scale, ranks: (0, 6))
            from shapeB in Draw.StretchesTo(shape)
            from a in Draw.Values(shape)
            from b in Draw.Values(shapeB)
            select new OpCase(
                "", [a, b], v => Recompute.Apply([v[0], v[1]], (x, _) => Tanh.Apply(x[0]) * x[1] + x[0]),
                x => ElementwiseReference.Zip(x[0], x[1], (a, b) => Math.Tanh(a) * b + a)))
        {
            TapeName = "recompute",
            Forward = new(2e-6, 1e-6, "a tanh, a product and a sum of both signs"),
            Backward = new(5e-6, 2e-5, "a repeated operand sums up to a hundred products"),
            BackwardOfLarger = new(5e-6, 2e-4, "a repeated operand sums up to 6 561 products of both signs"),
            BadInputs =
            [
                new($"multiply: expected {Broadcastable}; got a (2, 3), b (2, 4).", [[2, 3], [2, 4]],
                    v => Recompute.Apply([v[0], v[1]], (x, _) => Tanh.Apply(x[0]) * x[1])),
            ],
        },
    ];
}
