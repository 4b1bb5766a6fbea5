using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Broadcasting and writing in place.</summary>
[Collection(TensorTests.Name)]
public sealed class ZipTests(TensorDevices devices)
{
    private static Gen<Case> Cases(Choices draw) =>
        from lengths in Numbers.Lengths(draw)
        from repeatsA in draw.Flag().ArrayOf(lengths.Length)
        from repeatsB in draw.Flag().ArrayOf(lengths.Length)
        from isShort in draw.Flag()
        from seed in Numbers.Seeds
        select new Case(lengths, repeatsA, repeatsB, isShort, seed);

    [Property]
    public Property Axes_of_length_1_and_missing_ones_repeat() =>
        Drawn.ForAll(Cases, c =>
        {
            var (a, b) = (Numbers.Uniform(c.Seed, c.A.Size), Numbers.Uniform(c.Seed, c.B.Size, stream: 1));
            var result = c.Result;
            var expected = new double[result.Size];
            for (var i = 0; i < expected.Length; i++)
            {
                expected[i] = (double)a[Place(result, i, c.A)] - b[Place(result, i, c.B)];
            }

            devices.Check(expected, 1e-6, s => Primitive.Zip("subtract", s.Floats(a, c.A), s.Floats(b, c.B), default(Subtract)));
        });

    [Fact]
    public void An_operand_may_be_overwritten_by_the_result()
    {
        var (a, b) = (Numbers.Uniform(1, 1000), Numbers.Uniform(2, 1000));
        devices.Check([.. a.Zip(b, (x, y) => (double)x - y), .. a.Zip(b, (x, y) => (double)x - y)], 1e-6, s =>
        {
            var (left, right) = (s.Floats(a, [10, 100]), s.Floats(b, [10, 100]));
            Primitive.ZipInto(left, left, right, default(Subtract));
            var again = s.Floats(a, [10, 100]);
            Primitive.ZipInto(right, again, right, default(Subtract));
            return [left.Share(), right.Share()];
        });
    }

    [Fact]
    public void Shapes_that_do_not_broadcast_are_refused()
    {
        Func<TensorScope, Tensor<float>[]> operands = s => [s.Floats(new float[6], [2, 3]), s.Floats(new float[2], [2])];
        devices.CheckRefused(
            "add: expected shapes that broadcast: from the last axis on, equal lengths or one of them 1; got a (2, 3), b (2).",
            operands, t => Primitive.Zip("add", t[0], t[1], default(Add)));
        devices.CheckRefused("zip: expected y of the operands' common shape; got y (2), a (2, 3), b (2, 3).",
            operands, t => Primitive.ZipInto(t[1], t[0], t[0], default(Add)));
    }

    /// <summary>The element of an operand that element i of the result reads.</summary>
    private static int Place(Shape result, int i, Shape operand)
    {
        var (steps, own, added) = (result.Strides(), operand.Strides(), result.Rank - operand.Rank);
        return Enumerable.Range(0, operand.Rank)
            .Sum(axis => operand[axis] == 1 ? 0 : i / steps[axis + added] % result[axis + added] * own[axis]);
    }

    private sealed record Case(int[] Lengths, bool[] RepeatsA, bool[] RepeatsB, bool IsShort, int Seed)
    {
        public Shape A => Shape.Create([.. Lengths.Select((length, axis) => RepeatsA[axis] ? 1 : length)]);

        /// <summary>Without its leading ones when short.</summary>
        public Shape B
        {
            get
            {
                var lengths = Lengths.Select((length, axis) => RepeatsB[axis] ? 1 : length);
                return Shape.Create([.. IsShort ? lengths.SkipWhile(length => length == 1) : lengths]);
            }
        }

        public Shape Result => Shape.Create([.. Lengths.Select((length, axis) => RepeatsA[axis] && RepeatsB[axis] ? 1 : length)]);

        public override string ToString() => $"{A} with {B}, seed {Seed}";
    }
}
