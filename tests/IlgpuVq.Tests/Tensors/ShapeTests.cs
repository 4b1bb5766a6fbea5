using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

public sealed class ShapeTests
{
    [Fact]
    public void A_shape_has_size_and_strides_and_prints_as_its_lengths()
    {
        Shape shape = [2, 3, 4];
        Assert.Equal((3, 24), (shape.Rank, shape.Size));
        Assert.Equal([12, 4, 1], shape.Strides());
        Assert.Equal("(2, 3, 4)", $"{shape}");
        Assert.Equal([2, 5, 4], shape.With(1, 5));
        Assert.True(shape is [2, .., var last] && last == 4);
    }

    [Fact]
    public void Scalars_and_the_default_shape_are_one_element_and_empty_axes_none()
    {
        Shape scalar = [];
        Assert.Equal(1, scalar.Size);
        Assert.Equal(1, default(Shape).Size);
        Assert.True(scalar == default);
        Assert.Equal("()", $"{scalar}");
        Assert.Equal(0, Shape.Create([3, 0]).Size);
    }

    [Fact]
    public void Equality_is_by_lengths()
    {
        Assert.True(Shape.Create([2, 3]) == [2, 3]);
        Assert.True(Shape.Create([2, 3]) != [3, 2]);
        Assert.True(Shape.Create([6]) != [2, 3]);
        Assert.Equal(Shape.Create([2, 3]).GetHashCode(), Shape.Create([2, 3]).GetHashCode());
    }

    [Fact]
    public void Lengths_are_not_negative_and_sizes_fit_an_int()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create([2, -1]));
        var exception = Assert.Throws<ShapeException>(() => Shape.Create([65536, 65536]));
        Assert.StartsWith(
            "tensor: expected at most 2147483647 elements; got (65536, 65536).", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, Shape.Create([65536, 0, 65536]).Size);
    }
}
