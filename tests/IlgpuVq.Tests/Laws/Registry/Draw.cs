using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Random parts of a case, to be combined by LINQ.</summary>
internal static class Draw
{
    private const int Seeds = int.MaxValue;

    /// <summary>A seed for numbers that are drawn in bulk.</summary>
    public static Gen<int> Seed { get; } = Gen.Choose(0, Seeds);

    public static Gen<bool> Flag { get; } = Gen.Elements(false, true);

    /// <summary>The length of one axis of a tensor of <paramref name="rank"/> axes.</summary>
    public static Gen<int> Length(Scale scale, int rank, int least = 0) => scale.Choices.Of(
        scale.Of(
            small: Gen.Frequency((1, Gen.Constant(0)), (4, Gen.Constant(1)), (20, Gen.Choose(2, 7 - Math.Min(rank, 5))))
                .Select(length => Math.Max(length, least)),
            medium: Gen.Choose(1, rank switch { 1 => 200, 2 => 40, 3 => 14, 4 => 9, _ => 4 }),
            large: rank switch
            {
                1 => Gen.Choose(33_000, 40_000),
                2 => Gen.Choose(182, 210),
                3 => Gen.Choose(33, 36),
                4 => Gen.Choose(14, 15),
                5 => Gen.Constant(9),
                _ => Gen.Constant(6),
            }),
        least);

    public static Gen<Shape> Shape(Scale scale, int rank, int least = 0) =>
        Length(scale, rank, least).ArrayOf(rank).Select<int[], Shape>(lengths => [.. lengths]);

    /// <summary>A shape of any rank from the least to the most.</summary>
    public static Gen<Shape> Shape(Scale scale, (int Least, int Most) ranks, int least = 0) =>
        from rank in scale.Choices.Between(scale.IsLarge ? Math.Max(ranks.Least, 1) : ranks.Least, ranks.Most)
        from shape in Shape(scale, rank, least)
        select shape;

    /// <summary>Uniform numbers that float represents exactly, so that device and reference start from the same.</summary>
    public static Gen<DoubleTensor> Values(Shape shape, double low = -2, double high = 2) =>
        Seed.Select(seed => Uniform(shape, low, high, seed));

    /// <summary>Numbers of either sign with a magnitude in [low, high]: divisors, arguments with a kink at 0.</summary>
    public static Gen<DoubleTensor> AwayFromZero(Shape shape, double low, double high) =>
        from magnitudes in Values(shape, low, high)
        from signs in Values(shape, -1, 1)
        select new DoubleTensor(shape, [.. magnitudes.Values.Zip(signs.Values, (x, sign) => sign < 0 ? -x : x)]);

    /// <summary>Numbers in [−2, 2] in any order, no two nearer than 4 / their count: arguments of a maximum.</summary>
    public static Gen<DoubleTensor> Distinct(Shape shape) => Gen.Shuffle(Enumerable.Range(0, shape.Size)).Select(
        order => new DoubleTensor(shape, [.. order.Select(i => (double)(float)(-2 + 4.0 * i / shape.Size))]));

    /// <summary>A number with few digits between two bounds, such as a slope or an epsilon.</summary>
    public static Gen<float> Constant(double low, double high) =>
        Gen.Choose(0, 100).Select(i => (float)(low + (high - low) * i / 100));

    public static Gen<int[]> Ids(int count, int rows) => Gen.Choose(0, rows - 1).ArrayOf(count);

    /// <summary>One of the axes of a tensor of <paramref name="rank"/> axes, counted from either end.</summary>
    public static Gen<int> Axis(int rank) => Gen.Choose(-rank, rank - 1);

    /// <summary>All axes (an empty list), or some of them, from either end.</summary>
    public static Gen<int[]> Axes(int rank) => rank == 0
        ? Gen.Constant<int[]>([])
        : from chosen in Gen.SubListOf(Enumerable.Range(0, rank))
          from fromEnd in Flag
          select chosen.Select(axis => fromEnd ? axis - rank : axis).ToArray();

    /// <summary>A shape that stretches to <paramref name="shape"/>: some leading axes dropped, some others set to 1.</summary>
    public static Gen<Shape> StretchesTo(Shape shape) =>
        from dropped in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, shape.Rank)))
        from isOne in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true))).ArrayOf(shape.Rank)
        select Shrunk(shape, isOne, dropped);

    public static Gen<T> OneOf<T>(params T[] values) => Gen.Elements(values);

    /// <summary>Numbers of a seed, by the generator of the project itself: the same on every machine.</summary>
    public static DoubleTensor Uniform(Shape shape, double low, double high, int seed)
    {
        var values = new double[shape.Size];
        for (var i = 0; i < values.Length; i += 4)
        {
            var (x, y, z, w) = Philox.Block((ulong)seed, stream: 0, (ulong)i);
            ReadOnlySpan<uint> words = [x, y, z, w];
            for (var k = 0; k < Math.Min(4, values.Length - i); k++)
            {
                values[i + k] = (float)(low + (high - low) * Philox.ToUniform(words[k]));
            }
        }

        return new DoubleTensor(shape, values);
    }

    private static Shape Shrunk(Shape shape, bool[] isOne, int dropped) =>
        [.. shape.Select((length, axis) => isOne[axis] ? 1 : length).Skip(dropped)];
}
