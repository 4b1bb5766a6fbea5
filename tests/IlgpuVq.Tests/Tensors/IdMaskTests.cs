using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class IdMaskTests(TensorDevices devices)
{
    private static Gen<(int N, int Seed)> Cases(Choices draw) =>
        from n in draw.Of(Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(5000, 9000)))
        from seed in Numbers.Seeds
        select (n, seed);

    [Property]
    public Property The_mask_is_1_where_the_id_is_not_minus_1() => Drawn.ForAll(Cases, c =>
    {
        var ids = Numbers.Whole(c.Seed, c.N, -3, 3);
        devices.Check(
            [.. ids.Select(id => id == -1 ? 0.0 : 1)], 0, s => Primitive.IdMask(s.Ints(ids, [c.N])));
    });

    [Property]
    public Property Ids_are_kept_or_none() => Drawn.ForAll(Cases, c =>
    {
        var ids = Numbers.Whole(c.Seed, c.N, -3, 1000);
        foreach (var device in devices.All)
        {
            foreach (var keep in (float[])[1, 0, 0.25f, -1, float.NaN])
            {
                using var scope = new TensorScope(device);
                var y = scope.Keep(Primitive.KeepIds(scope.Ints(ids, [c.N, 1]), scope.Floats([keep], [])));
                Assert.Equal([c.N, 1], y.Shape);
                Assert.Equal(keep == 0 ? [.. ids.Select(_ => -1)] : ids, y.ToArray());
            }
        }
    });

    [Fact]
    public void A_mask_of_several_numbers_is_refused() => devices.CheckRefused(
        "keep-ids: expected ids of any shape, keep (); got ids (2), keep (2).",
        s => [s.Floats([1, 1], [2])],
        t =>
        {
            using var ids = t[0].Device.From<int>([1, 2], [2]);
            Primitive.KeepIds(ids, t[0]).Dispose();
        });

    [Fact]
    public void Ids_are_put_side_by_side()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var y = scope.Keep(Primitive.Concat(
                1, scope.Ints([1, -1, 3], [3, 1]), scope.Ints([4, 5, 6, 7, 8, int.MinValue], [3, 2])));
            Assert.Equal([3, 3], y.Shape);
            Assert.Equal([1, 4, 5, -1, 6, 7, 3, 8, int.MinValue], y.ToArray());
        }
    }
}
