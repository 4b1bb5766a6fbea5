using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class ResizeTests(TensorDevices devices)
{
    private static Gen<(int B, int C, int H, int W, int OutH, int OutW, int Seed)> Cases(Choices draw) =>
        from b in draw.Between(0, 3)
        from c in draw.Between(1, 3)
        from h in draw.Between(1, 9)
        from w in draw.Between(1, 20)
        from outH in draw.Between(1, 20)
        from outW in draw.Between(1, 40)
        from seed in Numbers.Seeds
        select (b, c, h, w, outH, outW, seed);

    [Property]
    public Property Each_pixel_is_the_one_at_its_scaled_place_and_the_gradient_is_the_adjoint() =>
        Drawn.ForAll(Cases, c =>
        {
            var planes = c.B * c.C;
            var (x, dY) = (Numbers.Uniform(c.Seed, planes * c.H * c.W),
                Numbers.Uniform(c.Seed, planes * c.OutH * c.OutW, stream: 1));
            var (y, dX) = (new double[dY.Length], new double[x.Length]);
            for (var i = 0; i < y.Length; i++)
            {
                var (plane, row, column) = (i / (c.OutH * c.OutW), i / c.OutW % c.OutH, i % c.OutW);
                var source = (plane * c.H + row * c.H / c.OutH) * c.W + column * c.W / c.OutW;
                y[i] = x[source];
                dX[source] += dY[i];
            }

            devices.Check(y, 0, s => Primitive.ResizeNearest(s.Floats(x, [c.B, c.C, c.H, c.W]), c.OutH, c.OutW));
            devices.Check(dX, 1e-5, s => Primitive.ResizeNearestGradient(s.Floats(dY, [c.B, c.C, c.OutH, c.OutW]), c.H, c.W));
        });

    [Fact]
    public void Twice_the_size_repeats_every_pixel_twice() => devices.Check(
        [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4], 0,
        s => Primitive.ResizeNearest(s.Floats([1, 2, 3, 4], [1, 1, 2, 2]), 4, 4));

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        devices.CheckRefused("nearest-resize: expected x (B, C, H, W) and sizes of at least 1; got x (1, 1, 2, 2) to 0 × 3.",
            s => [s.Floats(new float[4], [1, 1, 2, 2])], t => Primitive.ResizeNearest(t[0], height: 0, width: 3));
        devices.CheckRefused("nearest-resize: expected x (B, C, H, W) and sizes of at least 1; got x (4) to 2 × 3.",
            s => [s.Floats(new float[4], [4])], t => Primitive.ResizeNearestGradient(t[0], height: 2, width: 3));
    }
}
