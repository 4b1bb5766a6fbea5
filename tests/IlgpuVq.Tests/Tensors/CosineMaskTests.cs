using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Masks of a part of each row that follows a cosine.</summary>
[Collection(TensorTests.Name)]
public sealed class CosineMaskTests(TensorDevices devices)
{
    private static Gen<(int B, int N, int Seed)> Cases(Choices draw) =>
        from b in draw.Between(0, 20)
        from n in draw.Between(1, 90)
        from seed in Numbers.Seeds
        select (b, n, seed);

    [Property]
    public Property The_smallest_of_each_row_are_chosen_as_many_as_the_cosine_says() => Drawn.ForAll(Cases, c =>
    {
        // Of 40 numbers many are equal. Parts are such that no count is at the edge of another.
        var x = Numbers.Whole(c.Seed, c.B * c.N, from: 0, to: 40).Select(number => number / 40f).ToArray();
        int[] counts = [.. Numbers.Whole(c.Seed + 1, c.B, from: 1, to: c.N)];
        float[] u = [.. counts.Select(count => (float)(Math.Acos((count - 0.5) / c.N) / (Math.PI / 2)))];
        var expected = new double[x.Length];
        for (var row = 0; row < c.B; row++)
        {
            foreach (var n in Enumerable.Range(0, c.N).OrderBy(n => x[row * c.N + n]).Take(counts[row]))
            {
                expected[row * c.N + n] = 1;
            }
        }

        devices.Check(expected, 0, s => Primitive.CosineMask(s.Floats(u, [c.B]), s.Floats(x, [c.B, c.N])));
    });

    [Fact]
    public void One_at_least_is_chosen_and_at_most_all() => devices.Check(
        [0, 1, 0, 1, 1, 1], 0, s => Primitive.CosineMask(s.Floats([1, 0], [2]), s.Floats([0.5f, 0.25f, 0.75f, 3, 2, 1], [2, 3])));

    [Fact]
    public void Rows_have_a_part_each() => devices.CheckRefused(
        "cosine-mask: expected u (B), x (B, N); got u (2), x (3, 4).",
        s => [s.Floats(new float[2], [2]), s.Floats(new float[12], [3, 4])], t => Primitive.CosineMask(t[0], t[1]));
}
