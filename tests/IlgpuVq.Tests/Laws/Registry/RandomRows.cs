using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Ops that draw random numbers of a step, which the reference draws too.</summary>
internal static class RandomRows
{
    public static IReadOnlyList<OpRow> All { get; } =
    [
        new("dropout", typeof(Dropout), Dropouts)
        {
            TapeName = "dropout",
            Forward = Tolerance.Rounding,
            Backward = Tolerance.Rounding,
            LinearIn = _ => [[0]],
        },
    ];

    private static Gen<OpCase> Dropouts(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (0, 4))
        from x in Draw.Values(shape)
        from probability in Draw.OneOf(0f, 0.1f, 0.5f, 0.75f)
        from step in Gen.Choose(0, 1_000_000).Select(step => step * 3_000_000_000L)
        from stream in Draw.Seed.Select(seed => (ulong)seed << 20)
        select new OpCase(
            $"probability {probability}, step {step}, stream {stream}", [x],
            v => Dropout.Apply(v[0], probability, v.Random, stream),
            inputs => RandomReference.Dropout(inputs[0], probability, OpInputs.Seed, step, stream))
        {
            Step = step,
        };
}
