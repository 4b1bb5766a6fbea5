using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Vectors of length 1, and the gradients around a quantizer that are made of them.</summary>
/// <remarks>What an estimator takes for a constant is one in its reference too, at the numbers of the case; so central
/// differences see the gradient that it documents.</remarks>
internal static class EstimatorRows
{
    private static readonly Tolerance Lengths = new(4e-6, 4e-6, "sums of up to 200 squares, their root, and a quotient");

    public static IReadOnlyList<OpRow> All { get; } =
    [
        new("l2-normalize", typeof(L2Normalize), Normalizations)
        {
            TapeName = "l2-normalize",
            Forward = Lengths,
            Backward = Lengths with { Absolute = 2e-5, Reason = "divided by lengths from 0.1 on" },
            BadInputs = [new("l2-normalize: expected x (…, D); got x ().", [[]], v => L2Normalize.Apply(v[0]))],
        },
        new("rotation-trick", typeof(RotationTrick), Rotations)
        {
            TapeName = "rotation-trick",
            Forward = Tolerance.Rounding,
            Backward = Lengths with { Absolute = 1e-4, Reason = "scaled by ratios of lengths, up to 20" },
            BadInputs =
            [
                new("rotation-trick: expected x and q of one shape (…, D); got x (2, 3), q (3).",
                    [[2, 3], [3]], v => RotationTrick.Apply(v[0], v[1])),
                new("rotation-trick: expected x and q of one shape (…, D); got x (), q ().",
                    [[], []], v => RotationTrick.Apply(v[0], v[1])),
            ],
        },
        new("diveq", typeof(Diveq), Steps)
        {
            TapeName = "diveq",
            Forward = Lengths with { Absolute = 2e-5, Reason = "the direction of a sum that may be near 0" },
            Backward = Lengths with { Absolute = 1e-4, Reason = "the direction of a sum that may be near 0" },
            BadInputs =
            [
                new("diveq: expected x and q of one shape (…, D); got x (2, 3), q (3, 2).",
                    [[2, 3], [3, 2]], v => Diveq.Apply(v[0], v[1], v.Random, stream: 1)),
                new("diveq: expected x and q of one shape (…, D); got x (), q ().",
                    [[], []], v => Diveq.Apply(v[0], v[1], v.Random, stream: 1)),
            ],
        },
    ];

    private static Gen<OpCase> Normalizations(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 4))
        from x in Draw.AwayFromZero(shape, 0.1, 2)
        from isShort in Draw.Flag
        let epsilon = isShort ? 1e3f : 1e-6f
        select new OpCase(
            $"epsilon {epsilon}", [x], v => L2Normalize.Apply(v[0], epsilon),
            inputs => EstimatorReference.L2Normalize(inputs[0], epsilon));

    private static Gen<OpCase> Rotations(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 4))
        from x in Draw.AwayFromZero(shape, 0.1, 2)
        from q in Draw.AwayFromZero(shape, 0.1, 2)
        select new OpCase(
            "", [x], v => RotationTrick.Apply(v[0], v.Tape.Constant(v.Tensor(0))),
            inputs => EstimatorReference.Rotate(inputs[0], x, q))
        {
            Tensors = [q],
        };

    private static Gen<OpCase> Steps(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 4))
        from x in Draw.Values(shape)
        from error in Draw.AwayFromZero(shape, 0.1, 2)
        let q = new DoubleTensor(shape, [.. x.Values.Zip(error.Values, (a, b) => (double)(float)(a + b))])
        let between = new DoubleTensor(shape, [.. q.Values.Zip(x.Values, (a, b) => a - b)])
        from step in Gen.Choose(0, 1_000_000).Select(step => step * 3_000_000_000L)
        from stream in Draw.Seed.Select(seed => (ulong)seed << 20)
        let noise = RandomReference.Normal(shape, OpInputs.Seed, step, stream)
        select new OpCase(
            $"step {step}, stream {stream}", [x, q],
            v => Diveq.Apply(v[0], v[1], v.Random, stream),
            inputs => EstimatorReference.Diveq(inputs[0], inputs[1], between, noise, Diveq.Variance))
        {
            Step = step,
        };
}
