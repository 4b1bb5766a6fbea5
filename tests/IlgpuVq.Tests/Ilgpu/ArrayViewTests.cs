using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class ArrayViewTests(AcceleratorFixture fixture)
{
    [Fact]
    public void A_sub_view_of_a_sub_view_shows_the_elements_that_slicing_an_array_twice_gives()
    {
        var data = Enumerable.Range(0, 64).ToArray();
        using var buffer = fixture.Accelerator.Allocate1D(data);
        var ranges =
            from start in Gen.Choose(0, 64)
            from length in Gen.Choose(0, 64 - start)
            from innerStart in Gen.Choose(0, length)
            from innerLength in Gen.Choose(0, length - innerStart)
            select (start, length, innerStart, innerLength);
        Prop.ForAll(ranges.ToArbitrary(), range =>
        {
            var expected = data.AsSpan(range.start, range.length).Slice(range.innerStart, range.innerLength).ToArray();
            var view = buffer.View.SubView(range.start, range.length).SubView(range.innerStart, range.innerLength);
            Assert.Equal(expected, view.GetAsArray1D());
            ArrayView<int> plain = view;
            Assert.Equal(expected, plain.GetAsArray1D());
            Assert.Equal(expected.Length, plain.Length);
            Assert.Equal(range.start + range.innerStart, plain.Index);
            Assert.Equal(
                data[(range.start + range.innerStart)..],
                buffer.View.SubView(range.start + range.innerStart).GetAsArray1D());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_cast_view_shows_the_same_bytes_and_leaves_out_a_rest()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>([1, 2, 3, 4, 5]);
        ArrayView<int> view = buffer.View;
        var wide = view.Cast<long>();
        Assert.Equal(2, wide.Length);
        Assert.Equal(1L | (2L << 32), wide[0]);
        Assert.Equal(20, view.AsRawArrayView().Length);
        Assert.Equal(3, view.Cast<byte>()[8]);
        Assert.Equal(view.SubView(0, 4), wide.Cast<int>());
        Assert.Equal(buffer.View.Cast<int, short>().Length, view.Cast<short>().Length);
    }

    [Fact]
    public void Reading_and_writing_through_an_index_of_any_kind_reaches_the_same_element()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(4);
        var view = buffer.View;
        ArrayView<int> plain = view;
        view[2] = 5;
        Assert.Equal(5, view[2L]);
        Assert.Equal(5, view[new Index1D(2)]);
        Assert.Equal(5, plain[new LongIndex1D(2)]);
        ref var element = ref plain[2];
        element++;
        Assert.Equal([0, 0, 6, 0], buffer.GetAsArray1D());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void An_index_outside_a_view_is_refused_with_index_and_length(int index)
    {
        using var buffer = fixture.Accelerator.Allocate1D<float>(4);
        var view = buffer.View;
        var error = Assert.Throws<IndexOutOfRangeException>(() => view[index]);
        Assert.Equal($"view of Single: expected an index in [0, 4); got {index}.", error.Message);
        Assert.Throws<IndexOutOfRangeException>(() => view.BaseView[(long)index]);
    }

    [Fact]
    public void A_default_view_has_no_elements_and_is_not_valid()
    {
        ArrayView<int> view = default;
        Assert.False(view.IsValid);
        Assert.False(view.HasData());
        Assert.Equal(0, view.Length);
        Assert.Empty(view.GetAsArray1D());
        Assert.Throws<IndexOutOfRangeException>(() => view[0]);
        Assert.Throws<InvalidOperationException>(() => view.Buffer);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 5)]
    [InlineData(3, 2)]
    [InlineData(4, 1)]
    [InlineData(0, -1)]
    [InlineData(1, int.MaxValue)]
    public void A_sub_view_outside_its_view_is_refused(int start, int length)
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(4);
        var view = buffer.View;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => view.SubView(start, length));
        Assert.StartsWith(
            $"SubView: expected a range within [0, 4); got {length} elements from {start} on.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => view.BaseView.SubView(start, length));
    }

    [Fact]
    public void Two_dimensional_views_of_both_strides_show_the_same_memory_transposed()
    {
        using var buffer = fixture.Accelerator.Allocate1D(Enumerable.Range(0, 15).ToArray());
        var rows = buffer.View.As2DDenseXView((5, 3));
        var columns = buffer.View.As2DDenseYView((3, 5));
        for (var y = 0; y < 3; y++)
        {
            for (var x = 0; x < 5; x++)
            {
                Assert.Equal((y * 5) + x, rows[x, y]);
                Assert.Equal(rows[x, y], columns[y, x]);
                Assert.Equal(rows[x, y], rows.AsTransposed()[y, x]);
                Assert.Equal(rows[x, y], rows.AsGeneral().AsTransposed()[y, x]);
                Assert.Equal(rows[x, y], rows[new LongIndex2D(x, y)]);
            }
        }
    }

    [Fact]
    public void An_index_that_leaves_one_dimension_is_refused_even_where_the_memory_goes_on()
    {
        using var buffer = fixture.Accelerator.Allocate2DDenseX<int>((5, 3));
        var view = buffer.View;
        var error = Assert.Throws<IndexOutOfRangeException>(() => view[5, 0]);
        Assert.Equal("view of Int32: expected an index from zero up to (5, 3), exclusive; got (5, 0).", error.Message);
        Assert.Throws<IndexOutOfRangeException>(() => view[0, 3]);
        Assert.Throws<IndexOutOfRangeException>(() => view[-1, 1]);
        using var cube = fixture.Accelerator.Allocate3DDenseXY<int>((2, 3, 4));
        var cubeView = cube.View;
        Assert.Throws<IndexOutOfRangeException>(() => cubeView[0, 0, 4]);
        Assert.Throws<IndexOutOfRangeException>(() => cubeView[0, 3, 0]);
    }

    [Fact]
    public void A_window_of_a_matrix_shows_its_part_for_every_stride() =>
        Prop.ForAll(Windows, window =>
        {
            var data = new int[7, 6];
            for (var i = 0; i < data.Length; i++)
            {
                data[i % 7, i / 7] = i;
            }

            using var rows = fixture.Accelerator.Allocate2DDenseX(data);
            using var columns = fixture.Accelerator.Allocate2DDenseY(data);
            var fromRows = rows.View.SubView(window.Start, window.Extent);
            var fromColumns = columns.View.SubView(window.Start, window.Extent);
            var general = rows.View.AsGeneral().SubView(window.Start, window.Extent);
            for (var x = 0; x < window.Extent.X; x++)
            {
                for (var y = 0; y < window.Extent.Y; y++)
                {
                    var expected = data[window.Start.X + x, window.Start.Y + y];
                    Assert.Equal(expected, fromRows[x, y]);
                    Assert.Equal(expected, fromColumns[x, y]);
                    Assert.Equal(expected, general[x, y]);
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_general_stride_steps_over_elements_and_an_infinite_one_repeats_the_first()
    {
        using var buffer = fixture.Accelerator.Allocate1D(Enumerable.Range(0, 10).ToArray());
        var third = buffer.View.AsGeneral(new Stride1D.General(3));
        Assert.Equal(4, third.Length);
        Assert.Equal([0, 3, 6, 9], Enumerable.Range(0, 4).Select(i => third[i]));
        Assert.Equal(6, third.SubView(1, 2)[1]);
        Assert.Throws<IndexOutOfRangeException>(() => third[4]);
        using var scalar = fixture.Accelerator.Allocate1D<int, Stride1D.Infinite>(100, default);
        scalar.View[7] = 42;
        Assert.Equal(42, scalar.View[99]);
        Assert.Equal(4, scalar.LengthInBytes);
    }

    [Fact]
    public void A_view_that_would_reach_beyond_its_memory_is_refused()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(14);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => buffer.View.As2DDenseXView((5, 3)));
        Assert.Contains("extent of (5, 3), 15 elements with this stride; got 14", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_view_reaches_the_fields_of_a_structure()
    {
        using var buffer = fixture.Accelerator.Allocate1D(
            [new Pair { First = 1, Second = 2.5f }, new Pair { First = 3, Second = 4.5f }]);
        var element = buffer.View.BaseView.VariableView(1);
        Assert.Equal(3, element.Value.First);
        var second = element.SubView<float>(Interop.OffsetOf<Pair>(nameof(Pair.Second)));
        second.Value = 9;
        Assert.Equal(9, buffer.GetAsArray1D()[1].Second);
        Assert.Throws<ArgumentOutOfRangeException>(() => element.SubView<long>(4));
    }

    private static Arbitrary<(LongIndex2D Start, LongIndex2D Extent)> Windows =>
        (from x in Gen.Choose(0, 6)
         from y in Gen.Choose(0, 5)
         from width in Gen.Choose(0, 7 - x)
         from height in Gen.Choose(0, 6 - y)
         select (new LongIndex2D(x, y), new LongIndex2D(width, height))).ToArbitrary();

    private struct Pair
    {
        public int First;
        public float Second;
    }
}
