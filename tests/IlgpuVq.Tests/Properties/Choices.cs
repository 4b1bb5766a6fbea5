using FsCheck;
using FsCheck.Fluent;

namespace IlgpuVq.Tests.Properties;

/// <summary>The whole numbers that a random case is made of: written down as they are drawn, and bounded when the case is drawn
/// again as a smaller one.</summary>
/// <remarks>They are counted from the least that each may be. What is drawn past this, such as the seed of a tensor's elements,
/// is the same in the smaller case.</remarks>
internal sealed class Choices(IReadOnlyList<int> bounds)
{
    private readonly List<int> taken = [];

    /// <summary>For cases that nobody draws again.</summary>
    public static Choices Unwritten { get; } = new([]);

    public IReadOnlyList<int> Taken => taken;

    /// <summary>A number that shrinks towards <paramref name="least"/>.</summary>
    public Gen<int> Between(int least, int most) => Of(Gen.Choose(least, most), least);

    /// <summary>Numbers of any distribution that shrink towards <paramref name="least"/>.</summary>
    public Gen<int> Of(Gen<int> numbers, int least = 0) => numbers.Select(number => least + Take(number - least));

    /// <summary>One of these, which shrinks towards the first.</summary>
    public Gen<T> Elements<T>(params T[] simplestFirst) => Between(0, simplestFirst.Length - 1).Select(i => simplestFirst[i]);

    public Gen<bool> Flag() => Elements(false, true);

    private int Take(int number)
    {
        if (this == Unwritten)
        {
            return number;
        }

        var bounded = taken.Count < bounds.Count ? Math.Min(number, bounds[taken.Count]) : number;
        taken.Add(bounded);
        return bounded;
    }
}
