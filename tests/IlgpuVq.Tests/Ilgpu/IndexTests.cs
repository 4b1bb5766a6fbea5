using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class IndexTests
{
    private static readonly Gen<Index3D> Indices =
        from x in Gen.Choose(-1000, 1000)
        from y in Gen.Choose(-1000, 1000)
        from z in Gen.Choose(-1000, 1000)
        select new Index3D(x, y, z);

    [Fact]
    public void Arithmetic_and_comparison_work_component_by_component() =>
        Prop.ForAll(Indices.ToArbitrary(), Indices.ToArbitrary(), (a, b) =>
        {
            Assert.Equal(new Index3D(a.X + b.X, a.Y + b.Y, a.Z + b.Z), a + b);
            Assert.Equal(new Index3D(a.X - b.X, a.Y - b.Y, a.Z - b.Z), a - b);
            Assert.Equal(new Index3D(a.X * b.X, a.Y * b.Y, a.Z * b.Z), a * b);
            Assert.Equal(new Index3D(Math.Max(a.X, b.X), Math.Max(a.Y, b.Y), Math.Max(a.Z, b.Z)), Index3D.Max(a, b));
            Assert.Equal(new Index3D(Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Min(a.Z, b.Z)), Index3D.Min(a, b));
            Assert.Equal(a == b, a.X == b.X && a.Y == b.Y && a.Z == b.Z);
            Assert.Equal(a, (Index3D)(LongIndex3D)a);
            Assert.Equal(a, a.ToLongIndex().ToIntIndex());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_index_is_in_bounds_when_every_component_is() =>
        Prop.ForAll(Indices.ToArbitrary(), Indices.ToArbitrary(), (index, extent) =>
        {
            var inside = index.X >= 0 && index.Y >= 0 && index.Z >= 0 &&
                index.X < extent.X && index.Y < extent.Y && index.Z < extent.Z;
            Assert.Equal(inside, index.InBounds(extent));
            Assert.Equal(
                inside,
                new Index2D(index.X, index.Y).InBounds((extent.X, extent.Y)) && new Index1D(index.Z).InBounds(extent.Z));
            Assert.Equal(
                index.X >= 0 && index.Y >= 0 && index.Z >= 0 && Index3D.Max(index, extent) == extent,
                index.InBoundsInclusive(extent));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Sizes_are_products_and_long_ones_do_not_overflow()
    {
        Assert.Equal(24, new Index3D(2, 3, 4).Size);
        Assert.Equal(6, new Index2D(2, 3).Size);
        Assert.Equal(1L << 40, new Index2D(1 << 20).LongSize);
        Assert.Equal(1L << 60, new LongIndex3D(1L << 20).Size);
    }

    [Fact]
    public void A_one_dimensional_index_mixes_with_numbers()
    {
        Index1D index = 7;
        int number = index + 1;
        long wide = index;
        LongIndex1D longIndex = index;
        Assert.Equal(8, number);
        Assert.Equal(7L, wide);
        Assert.Equal(3.5f, index * 0.5f);
        Assert.True(index < 8);
        Assert.Equal(1, index % 2);
        Assert.Equal(new LongIndex1D(7), longIndex);
        Assert.Equal(7u, (uint)index);
    }

    [Fact]
    public void A_component_that_does_not_fit_32_bits_is_refused() =>
        Assert.Throws<OverflowException>(() => new LongIndex2D(1, 1L << 32).ToIntIndex());

    [Fact]
    public void Indices_print_as_tuples_and_convert_from_them()
    {
        Index2D two = (3, 4);
        LongIndex3D three = (5, 6, 7);
        var (x, y) = two;
        Assert.Equal((3, 4), (x, y));
        Assert.Equal("(3, 4)", two.ToString());
        Assert.Equal("(5, 6, 7)", three.ToString());
        Assert.Equal("9", new Index1D(9).ToString());
        Assert.Equal(new Index3D(3, 4, 5), new Index3D(two, 5));
    }
}
