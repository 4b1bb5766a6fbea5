using FsCheck;
using FsCheck.Fluent;

namespace IlgpuVq.Tests.Properties;

/// <summary>A random case, with what draws it again.</summary>
internal sealed record Drawn<T>(T Value, int Seed, IReadOnlyList<int> Choices)
{
    public override string ToString() => Verdict.Text(Value) ?? "";
}

/// <summary>Random cases that shrink without a word of their own.</summary>
/// <remarks>A case is drawn from a seed of its own. Drawn again from that seed with one of its choices bounded by less, it keeps
/// its structure and becomes smaller.</remarks>
internal static class Drawn
{
    /// <summary>The size of FsCheck's that cases are drawn at: what grows in a case is one of its choices instead.</summary>
    private const int Size = 50;

    private static readonly Arbitrary<int> Ints = ArbMap.Default.ArbFor<int>();

    /// <summary>The property that something holds for random cases.</summary>
    /// <param name="cases">The generator, built on the choices that it draws.</param>
    /// <param name="holds">Throws where it does not.</param>
    public static Property ForAll<T>(Func<Choices, Gen<T>> cases, Action<T> holds) => ForAll(cases, where: _ => true, holds);

    /// <summary>The property that something holds for those random cases that satisfy a condition.</summary>
    public static Property ForAll<T>(Func<Choices, Gen<T>> cases, Func<T, bool> where, Action<T> holds)
    {
        var any = Gen.Choose(0, int.MaxValue).Select(seed => Again(cases, seed, bounds: []));
        var drawn = Arb.From(any, one => Smaller(cases, one));
        return Prop.ForAll(drawn.Filter(one => where(one.Value)), one => holds(one.Value));
    }

    private static IEnumerable<Drawn<T>> Smaller<T>(Func<Choices, Gen<T>> cases, Drawn<T> drawn) =>
        from i in Enumerable.Range(0, drawn.Choices.Count)
        from less in Ints.Shrinker(drawn.Choices[i])
        let smaller = Again(cases, drawn.Seed, [.. drawn.Choices.Take(i), less, .. drawn.Choices.Skip(i + 1)])
        where IsSmaller(smaller.Choices, drawn.Choices)
        select smaller;

    private static Drawn<T> Again<T>(Func<Choices, Gen<T>> cases, int seed, IReadOnlyList<int> bounds)
    {
        var choices = new Choices(bounds);
        return new Drawn<T>(cases(choices).Sample(1, new Rnd((ulong)seed), Size)[0], seed, choices.Taken);
    }

    /// <summary>Fewer choices, or as many of which the first that differs is less. A bound may change how many there are; an
    /// order without an infinite descent makes shrinking end.</summary>
    private static bool IsSmaller(IReadOnlyList<int> a, IReadOnlyList<int> b) => a.Count != b.Count
        ? a.Count < b.Count
        : a.Zip(b).FirstOrDefault(pair => pair.First != pair.Second) is var (first, second) && first < second;
}
