using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Places of extremes.</summary>
[Collection(TensorTests.Name)]
public sealed class ArgMaxTests(TensorDevices devices)
{
    /// <summary>Lengths around a vector's, few values so that several are equal, NaN and infinities among them.</summary>
    private static Gen<(int Outer, int Length, int Inner, int Seed)> Cases(Choices draw) =>
        from outer in draw.Between(0, 4)
        from length in draw.Of(Gen.OneOf(Gen.Choose(1, 5), Gen.Choose(6, 70)), least: 1)
        from inner in draw.Of(Gen.OneOf(Gen.Constant(1), Gen.Choose(0, 40)))
        from seed in Numbers.Seeds
        select (outer, length, inner, seed);

    [Property]
    public Property The_first_of_the_largest_or_smallest_is_found_and_NaN_before_all() =>
        Drawn.ForAll(Cases, c =>
        {
            float[] values = [float.NegativeInfinity, -1, 0, 1, 2, float.PositiveInfinity, float.NaN];
            var isRare = c.Seed % 2; // NaN and infinities in half of the cases
            var x = Array.ConvertAll(
                Numbers.Whole(c.Seed, c.Outer * c.Length * c.Inner, isRare, values.Length - 1 - 2 * isRare), i => values[i]);
            foreach (var device in devices.All)
            {
                using var scope = new TensorScope(device);
                var tensor = scope.Floats(x, [c.Outer, c.Length, c.Inner]);
                Assert.Equal(Places(x, c, sign: 1), scope.Keep(Primitive.ArgMax(tensor, axis: 1)).ToArray());
                var min = scope.Keep(Primitive.ArgMin(tensor, axis: -2, keepDims: true));
                Assert.Equal([c.Outer, 1, c.Inner], min.Shape);
                Assert.Equal(Places(x, c, sign: -1), min.ToArray());
            }
        });

    [Fact]
    public void Axes_that_are_empty_or_not_there_are_refused()
    {
        devices.CheckRefused("argmax: expected at least one element on axis 1; got x (2, 0).", s => [s.Floats([], [2, 0])],
            t => Primitive.ArgMax(t[0], axis: 1));
        devices.CheckRefused("argmin: expected an axis in [-1, 1); got axis 1 of x (2).", s => [s.Floats([1, 2], [2])],
            t => Primitive.ArgMin(t[0], axis: 1));
    }

    private static int[] Places(float[] x, (int Outer, int Length, int Inner, int Seed) c, int sign)
    {
        var places = new int[c.Outer * c.Inner];
        for (var i = 0; i < places.Length; i++)
        {
            var first = i / c.Inner * c.Length * c.Inner + i % c.Inner;
            var line = Enumerable.Range(0, c.Length).Select(k => x[first + k * c.Inner]).ToArray();
            var nan = Array.FindIndex(line, float.IsNaN);
            places[i] = nan >= 0 ? nan : Array.IndexOf(line, sign > 0 ? line.Max() : line.Min());
        }

        return places;
    }
}
