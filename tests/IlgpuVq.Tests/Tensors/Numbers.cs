using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Properties;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Operands of the tensor tests.</summary>
internal static class Numbers
{
    /// <summary>A seed for operands: with the other parameters of a case it names all its numbers.</summary>
    public static Gen<int> Seeds { get; } = Gen.Choose(0, int.MaxValue);

    /// <summary>Lengths of 0 to 4 axes, each often 1 and now and then 0; at most a few thousand elements.</summary>
    public static Gen<int[]> Lengths(Choices draw) =>
        from rank in draw.Between(0, 4)
        from lengths in draw.Of(Gen.Frequency(
            (1, Gen.Constant(0)), (4, Gen.Constant(1)), (10, Gen.Choose(2, 9)), (1, Gen.Choose(10, 70)))).ArrayOf(rank)
        select lengths.Product() < 20_000 ? lengths : [.. lengths.Select(length => Math.Min(length, 9))];

    /// <summary>Uniform in [−1, 1).</summary>
    public static float[] Uniform(int seed, int count, int stream = 0)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = 2 * Philox.ToUniform(Philox.Block((ulong)seed, (ulong)stream, (ulong)i).X) - 1;
        }

        return values;
    }

    /// <summary>Whole numbers in [from, to].</summary>
    public static int[] Whole(int seed, int count, int from, int to)
    {
        var values = new int[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = from + (int)Philox.ToRange(Philox.Block((ulong)seed, stream: 1000, (ulong)i).X, (uint)(to - from + 1));
        }

        return values;
    }

    /// <summary>An order of <paramref name="count"/> things.</summary>
    public static int[] Order(int seed, int count) =>
        [.. Enumerable.Range(0, count).OrderBy(i => Philox.Block((ulong)seed, stream: 2000, (ulong)i).X)];

    public static double[] ToDoubles(this float[] values) => Array.ConvertAll(values, x => (double)x);

    public static int Product(this IEnumerable<int> lengths) => lengths.Aggregate(1, (size, length) => size * length);
}
