using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class StrideTests
{
    private static readonly Arbitrary<(int X, int Y, int Z, int Gap)> Shapes =
        (from x in Gen.Choose(1, 9)
         from y in Gen.Choose(1, 9)
         from z in Gen.Choose(1, 5)
         from gap in Gen.Choose(0, 3)
         select (x, y, z, gap)).ToArbitrary();

    [Fact]
    public void Two_dimensional_strides_give_every_index_an_element_of_its_own_within_the_buffer() =>
        Prop.ForAll(Shapes, shape =>
        {
            var extent = new Index2D(shape.X, shape.Y);
            CheckPlaces(extent, new Stride2D.DenseX(shape.X + shape.Gap));
            CheckPlaces(extent, new Stride2D.DenseY(shape.Y + shape.Gap));
            CheckPlaces(extent, new Stride2D.General((2, (2 * shape.X) + shape.Gap)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Three_dimensional_strides_give_every_index_an_element_of_its_own_within_the_buffer() =>
        Prop.ForAll(Shapes, shape =>
        {
            var extent = new Index3D(shape.X, shape.Y, shape.Z);
            var row = shape.X + shape.Gap;
            CheckPlaces(extent, new Stride3D.DenseXY(row, (row * shape.Y) + shape.Gap));
            var column = shape.Z + shape.Gap;
            CheckPlaces(extent, new Stride3D.DenseZY((column * shape.Y) + shape.Gap, column));
            CheckPlaces(extent, new Stride3D.General((1, row, row * shape.Y)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Dense_x_keeps_x_contiguous_and_dense_y_keeps_y_contiguous()
    {
        Assert.Equal(1, new Stride2D.DenseX(7).XStride);
        Assert.Equal(7, new Stride2D.DenseX(7).YStride);
        Assert.Equal(10, new Stride2D.DenseX(7).ComputeElementIndex(new Index2D(3, 1)));
        Assert.Equal(22, new Stride2D.DenseY(7).ComputeElementIndex(new Index2D(3, 1)));
        Assert.Equal(0, new Stride1D.Infinite().ComputeElementIndex(new Index1D(5)));
        Assert.Equal(15, new Stride1D.General(3).ComputeElementIndex(new Index1D(5)));
    }

    [Fact]
    public void An_empty_extent_needs_no_memory_and_a_negative_one_is_refused()
    {
        Assert.Equal(0, new Stride2D.DenseX(4).ComputeBufferLength((4, 0)));
        Assert.Equal(0, new Stride1D.Dense().ComputeBufferLength(0));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new Stride2D.DenseY(4).ComputeBufferLength((-1, 4)));
        Assert.Contains("expected extents and strides of at least 0; got -1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Stride1D.Dense().ComputeBufferLength(-1));
    }

    private static void CheckPlaces<TStride>(Index2D extent, TStride stride)
        where TStride : struct, IStride2D
    {
        var places = new HashSet<int>();
        for (var y = 0; y < extent.Y; y++)
        {
            for (var x = 0; x < extent.X; x++)
            {
                var place = stride.ComputeElementIndex(new Index2D(x, y));
                Assert.Equal(place, stride.ComputeElementIndex(new LongIndex2D(x, y)));
                Assert.Equal(place, stride.AsGeneral().ComputeElementIndex(new Index2D(x, y)));
                places.Add(place);
            }
        }

        Assert.Equal(extent.Size, places.Count);
        Assert.Equal(0, places.Min());
        Assert.Equal(places.Max() + 1, stride.ComputeBufferLength(extent));
    }

    private static void CheckPlaces<TStride>(Index3D extent, TStride stride)
        where TStride : struct, IStride3D
    {
        var places = new HashSet<int>();
        for (var i = 0; i < extent.Size; i++)
        {
            var index = new Index3D(i % extent.X, i / extent.X % extent.Y, i / (extent.X * extent.Y));
            var place = stride.ComputeElementIndex(index);
            Assert.Equal(place, stride.ComputeElementIndex(index.ToLongIndex()));
            Assert.Equal(place, stride.AsGeneral().ComputeElementIndex(index));
            places.Add(place);
        }

        Assert.Equal(extent.Size, places.Count);
        Assert.Equal(0, places.Min());
        Assert.Equal(places.Max() + 1, stride.ComputeBufferLength(extent));
    }
}
