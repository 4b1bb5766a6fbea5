using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class ReduceTests(TensorDevices devices)
{
    private static Gen<Case> Cases(Choices draw) =>
        from lengths in Numbers.Lengths(draw)
        from isReduced in draw.Flag().ArrayOf(lengths.Length)
        from keepDims in draw.Flag()
        from seed in Numbers.Seeds
        select new Case(lengths, isReduced, keepDims, seed);

    [Property]
    public Property Sums_means_and_maxima_over_any_axes_equal_their_definition() =>
        Drawn.ForAll(Cases, c =>
        {
            var x = Numbers.Uniform(c.Seed, c.Lengths.Product());
            var count = c.Count;
            devices.Check(c.Fold(x, 0, (a, b) => a + b), 1e-5, s => Primitive.Sum(s.Floats(x, c.X), c.Axes, c.KeepDims));
            devices.Check([.. c.Fold(x, 0, (a, b) => a + b).Select(sum => sum / count)], 1e-6,
                s => Primitive.Mean(s.Floats(x, c.X), c.Axes, c.KeepDims));
            if (count > 0)
            {
                devices.Check(c.Fold(x, double.NegativeInfinity, Math.Max), 0,
                    s => Primitive.Max(s.Floats(x, c.X), c.Axes, c.KeepDims));
            }
        });

    [Property]
    public Property The_result_has_the_shape_that_keepDims_asks_for() =>
        Drawn.ForAll(Cases, c =>
        {
            using var scope = new TensorScope(devices.Cpu);
            var y = scope.Keep(Primitive.Sum(scope.Floats(new float[c.Lengths.Product()], c.X), c.Axes, c.KeepDims));
            int[] expected = [.. c.Lengths.Select((length, axis) => c.IsReducedAt(axis) ? 1 : length)
                .Where((_, axis) => c.KeepDims || !c.IsReducedAt(axis))];
            Assert.Equal(Shape.Create(expected), y.Shape);
        });

    [Property]
    public Property SumTo_is_the_adjoint_of_broadcasting() =>
        Drawn.ForAll(Cases, c =>
        {
            // ⟨broadcast(a), x⟩ = ⟨a, sumTo(x)⟩, with a's leading axes of length 1 left out as often as not.
            int[] lengths = [.. c.Lengths.Select((length, axis) => c.IsReducedAt(axis) ? 1 : length)];
            var shape = Shape.Create(c.KeepDims ? lengths : [.. lengths.SkipWhile(length => length == 1)]);
            var (a, x) = (Numbers.Uniform(c.Seed, shape.Size), Numbers.Uniform(c.Seed, c.X.Size, stream: 1));
            foreach (var device in devices.All)
            {
                using var scope = new TensorScope(device);
                var zeros = scope.Floats(new float[c.X.Size], c.X);
                var wide = scope.Keep(Primitive.Zip("add", scope.Floats(a, shape), zeros, default(Add)));
                var sum = scope.Keep(Primitive.SumTo(scope.Floats(x, c.X), shape));
                Assert.Equal(shape, sum.Shape);
                Assert.Equal(Dot(wide.ToArray(), x), Dot(a, sum.ToArray()), 1e-3);
            }
        });

    [Theory]
    [InlineData(1_000_003)]
    [InlineData(4096)]
    [InlineData(4097)]
    public void The_error_of_a_long_sum_stays_that_of_a_few_roundings(int count)
    {
        // Equal terms are the worst case: every rounding goes the same way. One after another, a million of them are off by 1 %.
        var x = new float[count];
        Array.Fill(x, 0.1f);
        var exact = count * (double)0.1f;
        devices.Check([exact], 5e-6, s => Primitive.Sum(s.Floats(x, [count]), []));
        devices.Check([exact, exact], 5e-6, s => Primitive.Sum(s.Floats([.. x, .. x], [2, count]), [1]));
        devices.Check([exact, exact], 5e-6, s => Primitive.Sum(s.Floats([.. x, .. x], [count, 2]), [0]));
    }

    [Fact]
    public void NaN_spreads_to_its_own_output_alone()
    {
        float[] x = [1, float.NaN, 3, 4, 5, float.PositiveInfinity];
        devices.Check([double.NaN, double.PositiveInfinity], 0, s => Primitive.Sum(s.Floats(x, [2, 3]), [1]));
        devices.Check([double.NaN, double.PositiveInfinity], 0, s => Primitive.Max(s.Floats(x, [2, 3]), [-1]));
        devices.Check([4, double.NaN, double.PositiveInfinity], 0, s => Primitive.Max(s.Floats(x, [2, 3]), [0]));
    }

    [Fact]
    public void Nothing_sums_to_zero_and_has_no_mean()
    {
        devices.Check([0, 0, 0], 0, s => Primitive.Sum(s.Floats([], [0, 3]), [0]));
        devices.Check([double.NaN], 0, s => Primitive.Mean(s.Floats([], [0]), []));
        devices.Check([], 0, s => Primitive.Max(s.Floats([], [0, 3]), [1]));
    }

    [Fact]
    public void What_cannot_be_reduced_is_refused()
    {
        devices.CheckRefused("sum: expected distinct axes in [-2, 2); got axes 0, -2 of x (2, 3).",
            s => [s.Floats(new float[6], [2, 3])], t => Primitive.Sum(t[0], [0, -2]));
        devices.CheckRefused("mean: expected distinct axes in [-2, 2); got axes 2 of x (2, 3).",
            s => [s.Floats(new float[6], [2, 3])], t => Primitive.Mean(t[0], [2]));
        devices.CheckRefused("max: expected at least one element for each maximum; got x (2, 0).",
            s => [s.Floats([], [2, 0])], t => Primitive.Max(t[0], [1]));
        devices.CheckRefused("sum-to: expected a shape that broadcasts to x's; got x (2, 3), shape (2, 1, 3).",
            s => [s.Floats(new float[6], [2, 3])], t => Primitive.SumTo(t[0], [2, 1, 3]));
        devices.CheckRefused("sum-to: expected a shape that broadcasts to x's; got x (2, 3), shape (2).",
            s => [s.Floats(new float[6], [2, 3])], t => Primitive.SumTo(t[0], [2]));
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    private sealed record Case(int[] Lengths, bool[] IsReduced, bool KeepDims, int Seed)
    {
        public Shape X => Shape.Create(Lengths);

        /// <summary>Some of them counted from the end.</summary>
        public int[] Axes => [.. Enumerable.Range(0, Lengths.Length).Where(axis => IsReduced[axis])
            .Select(axis => (Seed + axis) % 2 == 0 ? axis : axis - Lengths.Length)];

        public int Count => Lengths.Where((_, axis) => IsReducedAt(axis)).Product();

        /// <summary>No axes named means all.</summary>
        public bool IsReducedAt(int axis) => IsReduced[axis] || !IsReduced.Contains(true);

        public double[] Fold(float[] x, double start, Func<double, double, double> combine)
        {
            var outputs = Lengths.Where((_, axis) => !IsReducedAt(axis)).Product();
            var results = Enumerable.Repeat(start, outputs).ToArray();
            var strides = X.Strides();
            for (var i = 0; i < x.Length; i++)
            {
                var output = 0;
                for (var axis = 0; axis < Lengths.Length; axis++)
                {
                    output = IsReducedAt(axis) ? output : output * Lengths[axis] + i / strides[axis] % Lengths[axis];
                }

                results[output] = combine(results[output], x[i]);
            }

            return results;
        }

        public override string ToString() => $"({string.Join(", ", Lengths)}) over {string.Join(", ", Axes)}, seed {Seed}";
    }
}
