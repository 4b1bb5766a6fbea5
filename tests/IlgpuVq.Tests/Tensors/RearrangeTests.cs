using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Permute, slice, concat, pad, fill and copy: what moves numbers without computing with them.</summary>
[Collection(TensorTests.Name)]
public sealed class RearrangeTests(TensorDevices devices)
{
    private static Gen<Case> Cases(Choices draw) =>
        from lengths in Numbers.Lengths(draw)
        from seed in Numbers.Seeds
        select new Case(lengths, seed);

    [Property]
    public Property A_permuted_element_lies_at_its_permuted_index() =>
        Drawn.ForAll(Cases, c =>
        {
            var x = Numbers.Uniform(c.Seed, c.X.Size);
            var axes = Numbers.Order(c.Seed, c.Lengths.Length);
            var (from, to) = (c.X.Strides(), Shape.Create([.. axes.Select(axis => c.Lengths[axis])]).Strides());
            var expected = new double[x.Length];
            for (var i = 0; i < x.Length; i++)
            {
                expected[axes.Select((axis, k) => i / from[axis] % c.Lengths[axis] * to[k]).Sum()] = x[i];
            }

            devices.Check(expected, 0, s => Primitive.Permute(s.Floats(x, c.X), axes));
        });

    [Property]
    public Property Permuting_back_gives_the_same_whole_numbers() =>
        Drawn.ForAll(Cases, c =>
        {
            var x = Numbers.Whole(c.Seed, c.X.Size, int.MinValue / 4, int.MaxValue / 4);
            var axes = Numbers.Order(c.Seed, c.Lengths.Length);
            int[] back = [.. Enumerable.Range(0, axes.Length).Select(axis => Array.IndexOf(axes, axis))];
            foreach (var device in devices.All)
            {
                using var scope = new TensorScope(device);
                var there = scope.Keep(Primitive.Permute(scope.Ints(x, c.X), axes));
                Assert.Equal(x, scope.Keep(Primitive.Permute(there, back)).ToArray());
            }
        });

    [Theory]
    [InlineData(2, 3, 33, 17)]
    [InlineData(2, 64, 16, 16)]
    [InlineData(1, 130, 1, 75)]
    public void Images_change_between_channels_first_and_channels_last(int b, int c, int h, int w)
    {
        var x = Numbers.Uniform(1, b * c * h * w);
        var last = new double[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var (image, channel, pixel) = (i / (c * h * w), i / (h * w) % c, i % (h * w));
            last[(image * h * w + pixel) * c + channel] = x[i];
        }

        devices.Check(last, 0, s => Primitive.Permute(s.Floats(x, [b, c, h, w]), [0, 2, 3, 1]));
        devices.Check(x.ToDoubles(), 0,
            s => Primitive.Permute(s.Keep(Primitive.Permute(s.Floats(x, [b, c, h, w]), [0, 2, 3, -3])), [0, 3, 1, 2]));
    }

    [Property]
    public Property Slices_put_together_again_are_the_whole() =>
        Drawn.ForAll(Cases, where: c => c.Lengths.Length > 0, c =>
        {
            var x = Numbers.Uniform(c.Seed, c.X.Size);
            var axis = c.Seed % c.Lengths.Length;
            var first = Numbers.Whole(c.Seed, 1, 0, c.Lengths[axis])[0];
            var second = Numbers.Whole(c.Seed + 1, 1, first, c.Lengths[axis])[0];
            devices.Check(x.ToDoubles(), 0, s =>
            {
                var whole = s.Floats(x, c.X);
                return Primitive.Concat(
                    axis - c.Lengths.Length,
                    s.Keep(Primitive.Slice(whole, axis, start: 0, first)),
                    s.Keep(Primitive.Slice(whole, axis - c.Lengths.Length, first, second - first)),
                    s.Keep(Primitive.Slice(whole, axis, second, c.Lengths[axis] - second)));
            });
        });

    [Property]
    public Property A_padded_tensor_has_the_old_one_in_the_middle_and_the_constant_around_it() =>
        Drawn.ForAll(Cases, c =>
        {
            var x = Numbers.Uniform(c.Seed, c.X.Size);
            var (before, after) = (Numbers.Whole(c.Seed, c.Lengths.Length, 0, 2),
                Numbers.Whole(c.Seed + 1, c.Lengths.Length, 0, 2));
            var shape = Shape.Create([.. c.Lengths.Select((length, axis) => before[axis] + length + after[axis])]);
            var (inner, outer) = (c.X.Strides(), shape.Strides());
            var expected = Enumerable.Repeat(7.0, shape.Size).ToArray();
            for (var i = 0; i < x.Length; i++)
            {
                expected[c.Lengths.Select((length, axis) => (i / inner[axis] % length + before[axis]) * outer[axis]).Sum()] =
                    x[i];
            }

            devices.Check(expected, 0, s => Primitive.Pad(s.Floats(x, c.X), before, after, value: 7));
        });

    [Fact]
    public void Bits_of_NaN_survive_being_moved()
    {
        var payload = BitConverter.Int32BitsToSingle(0x7FC12345);
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var x = scope.Floats([.. Enumerable.Repeat(payload, 128)], [16, 8]);
            var y = scope.Keep(Primitive.Permute(x, [1, 0]));
            var target = scope.Keep(Primitive.Fill(device, y.Shape, 1));
            Primitive.CopyInto(target, y);
            Assert.All(target.ToArray(), value => Assert.Equal(0x7FC12345, BitConverter.SingleToInt32Bits(value)));
        }
    }

    [Property]
    public Property Filling_and_copying_overwrite_every_element() =>
        Drawn.ForAll(Cases, c =>
        {
            var x = Numbers.Uniform(c.Seed, c.X.Size);
            devices.Check([.. Enumerable.Repeat(2.5, x.Length), .. x.ToDoubles()], 0, s =>
            {
                var (filled, copied) = (Primitive.Fill(s.Device, c.X, 2.5f), s.Device.Empty<float>(c.X));
                Primitive.CopyInto(copied, s.Floats(x, c.X));
                return [filled, copied];
            });
        });

    [Fact]
    public void Wrong_axes_and_ranges_are_refused()
    {
        Func<TensorScope, Tensor<float>[]> operands = s => [s.Floats(new float[6], [2, 3]), s.Floats(new float[8], [2, 4])];
        devices.CheckRefused("permute: expected distinct axes in [-2, 2); got axes 0, 0 of x (2, 3).", operands,
            t => Primitive.Permute(t[0], [0, 0]));
        devices.CheckRefused("permute: expected an order of 2 axes; got axes 0 of x (2, 3).", operands,
            t => Primitive.Permute(t[0], [0]));
        devices.CheckRefused("slice: expected an axis in [-2, 2); got axis 2 of x (2, 3).", operands,
            t => Primitive.Slice(t[0], 2, 0, 1));
        devices.CheckRefused("slice: expected a range within [0, 3) on axis 1; got start 2, length 2 of x (2, 3).", operands,
            t => Primitive.Slice(t[0], 1, start: 2, length: 2));
        devices.CheckRefused(
            "slice: expected a range within [0, 3) on axis 1; got start 2, length 2147483647 of x (2, 3).", operands,
            t => Primitive.Slice(t[0], 1, start: 2, int.MaxValue));
        devices.CheckRefused("concat: expected tensors that differ on axis 0 alone; got part 0 (2, 3), part 1 (2, 4).", operands,
            t => Primitive.Concat(0, t[0], t[1]));
        devices.CheckRefused("concat: expected at least one tensor; got none.", operands, _ => Primitive.Concat<float>(0));
        const string Pads = "pad: expected 2 widths before and after that leave lengths of at least 0; got ";
        devices.CheckRefused(Pads + "before [1], after [0, 0] of x (2, 3).", operands,
            t => Primitive.Pad(t[0], [1], [0, 0]));
        devices.CheckRefused(Pads + "before [0, -2], after [0, -2] of x (2, 3).", operands,
            t => Primitive.Pad(t[0], [0, -2], [0, -2]));
        devices.CheckRefused("copy: expected two tensors of one shape; got target (2, 3), source (2, 4).", operands,
            t => Primitive.CopyInto(t[0], t[1]));
    }

    private sealed record Case(int[] Lengths, int Seed)
    {
        public Shape X => Shape.Create(Lengths);

        public override string ToString() => $"({string.Join(", ", Lengths)}), seed {Seed}";
    }
}
