using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>Makes a law a property of random cases of an op.</summary>
internal static class Law
{
    /// <summary>The property that a law holds for cases of a row.</summary>
    /// <param name="row">The op.</param>
    /// <param name="where">The device or devices, for the message.</param>
    /// <param name="scale">How large the tensors are.</param>
    /// <param name="holds">Throws where the law is broken. Gets a seed for what it draws itself.</param>
    public static Property ForAll(OpRow row, string where, Scale scale, Action<OpCase, int> holds) =>
        ForAll(row, where, scale, among: _ => true, holds);

    /// <summary>The same for those cases that the law speaks of.</summary>
    public static Property ForAll(OpRow row, string where, Scale scale, Func<OpCase, bool> among, Action<OpCase, int> holds) =>
        Drawn.ForAll(
            choices =>
                from drawn in row.Cases(scale.With(choices))
                from seed in Draw.Seed
                select new LawCase($"{row.Name} on {where}", drawn, seed),
            one => among(one.Drawn),
            one => holds(one.Drawn, one.Seed));

    /// <summary>The same for cases that are farther than <paramref name="margin"/> from the op's kinks.</summary>
    public static Property ForAllAwayFromKinks(
        OpRow row, string where, Scale scale, double margin, Action<OpCase, int> holds) => ForAll(
            row, where, scale,
            among: drawn => drawn.DistanceToKink is null || drawn.DistanceToKink(drawn.Inputs) > margin,
            (drawn, seed) =>
            {
                Assert.Equal(row.HasKinks, drawn.DistanceToKink is not null);
                holds(drawn, seed);
            });

    private sealed record LawCase(string Where, OpCase Drawn, int Seed)
    {
        public override string ToString() => $"{Where}, {Drawn}";
    }
}
