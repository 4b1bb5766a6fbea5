using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Images that are mirrored and shifted show the pixels of their places.</summary>
[Collection(TensorTests.Name)]
public sealed class FlipShiftTests(TensorDevices devices)
{
    [Property]
    public Property Each_pixel_is_that_of_the_place_which_the_random_numbers_say() => Drawn.ForAll(
        draw =>
            from n in draw.Between(0, 4)
            from c in draw.Between(1, 4)
            from h in draw.Between(0, 9)
            from w in draw.Of(Gen.OneOf(Gen.Choose(0, 9), Gen.Choose(10, 70)))
            from d in draw.Between(3, 8)
            from isFlipped in draw.Flag()
            from shift in draw.Of(Gen.OneOf(Gen.Choose(0, 12), Gen.Choose(100, 20_000)))
            from seed in Numbers.Seeds
            select (N: n, C: c, H: h, W: w, D: d, IsFlipped: isFlipped, Shift: shift, Seed: seed),
        c =>
        {
            var x = Numbers.Uniform(c.Seed, c.N * c.C * c.H * c.W);
            var u = Draws(c.Seed, c.N * c.D);
            var expected = Reference(x, [c.N, c.C, c.H, c.W], n => u[(n * c.D)..], c.IsFlipped, c.Shift);

            devices.Check(expected, 0, s => Primitive.FlipShift(
                s.Floats(x, [c.N, c.C, c.H, c.W]), s.Floats(u, [c.N, c.D]), c.IsFlipped, c.Shift));
        });

    [Fact]
    public void Without_flips_and_shifts_images_are_the_same_bit_by_bit()
    {
        float[] x = [BitConverter.Int32BitsToSingle(0x7FC00123), float.NegativeInfinity, -0f, 1e-40f, 3, 0.1f];
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var u = scope.Floats([0.1f, 0.9f, 0, 0.7f, 0.2f, 0.99f], [2, 3]);
            var y = scope.Keep(Primitive.FlipShift(scope.Floats(x, [2, 1, 1, 3]), u, flip: false, shift: 0));
            Assert.Equal(Array.ConvertAll(x, BitConverter.SingleToInt32Bits),
                Array.ConvertAll(y.ToArray(), BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void The_ends_of_the_random_numbers_are_the_largest_shifts_and_others_are_no_larger()
    {
        float[] u = [0.9f, 0, 0.5f, 0.9f, 1 - (1f / (1 << 24)), 0.5f, 0.9f, 7, 0.5f, 0.9f, -2, 0.5f];
        float[] row = [1, 2, 3, 4, 5];
        double[] first = [1, 1, 1, 2, 3], last = [3, 4, 5, 5, 5];

        devices.Check([.. first, .. last, .. last, .. first], 0, s => Primitive.FlipShift(
            s.Floats([.. row, .. row, .. row, .. row], [4, 1, 1, 5]), s.Floats(u, [4, 3]), flip: true, shift: 2));
    }

    [Fact]
    public void Shapes_and_shifts_that_do_not_fit_are_refused()
    {
        const string rule = "flip-shift: expected x (N, C, H, W), u (N, D) with D of at least 3; got ";
        Refuses(rule + "x (2, 3, 4), u (2, 3).", [2, 3, 4], [2, 3]);
        Refuses(rule + "x (2, 1, 3, 4), u (3, 3).", [2, 1, 3, 4], [3, 3]);
        Refuses(rule + "x (2, 1, 3, 4), u (2, 2).", [2, 1, 3, 4], [2, 2]);
        using var scope = new TensorScope(devices.Cpu);
        var (x, u) = (scope.Floats(new float[4], [1, 1, 2, 2]), scope.Floats(new float[3], [1, 3]));
        Assert.All((int[])[-1, (1 << 20) + 1], shift => Assert.StartsWith(
            $"flip-shift: expected a shift from 0 to 1048576 pixels; got {shift}.",
            Assert.Throws<ArgumentOutOfRangeException>(() => Primitive.FlipShift(x, u, flip: false, shift)).Message,
            StringComparison.Ordinal));

        void Refuses(string message, Shape x, Shape u) => devices.CheckRefused(
            message, s => [s.Floats(new float[x.Size], x), s.Floats(new float[u.Size], u)],
            t => Primitive.FlipShift(t[0], t[1], flip: true, shift: 1));
    }

    /// <summary>Numbers in [0, 1) of 24 bits.</summary>
    internal static float[] Draws(int seed, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Philox.ToUniform(Philox.Block((ulong)seed, stream: 77, (ulong)i).X))];

    /// <summary>Pixel by pixel, as the definition says it.</summary>
    internal static double[] Reference(float[] x, int[] shape, Func<int, float[]> draws, bool isFlipped, int shift)
    {
        var (planes, height, width) = (shape[1], shape[2], shape[3]);
        var y = new double[x.Length];
        for (var at = 0; at < x.Length; at++)
        {
            var (plane, i, j) = (at / width / height, at / width % height, at % width);
            var u = draws(plane / planes);
            var columns = (int)Math.Floor(u[1] * (2.0 * shift + 1)) - shift;
            var rows = (int)Math.Floor(u[2] * (2.0 * shift + 1)) - shift;
            var (row, column) = (Math.Clamp(i + rows, 0, height - 1), Math.Clamp(j + columns, 0, width - 1));
            y[at] = x[(plane * height + row) * width + (isFlipped && u[0] < 0.5 ? width - 1 - column : column)];
        }

        return y;
    }
}
