using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Train.Codes;
using Xunit;

namespace IlgpuVq.Tests.Train;

public class StridePaddingTests
{
    [Fact]
    public void Sides_grow_to_the_next_that_the_strides_divide()
    {
        Assert.Equal((12, 4), StridePadding.SizeOf(new VqVaeOptions(), 9, 1));
        Assert.Equal((8, 16), StridePadding.SizeOf(new VqVaeOptions(), 8, 16));
        Assert.Equal((16, 8), StridePadding.SizeOf(new VqVae2Options(), 9, 1));
        Assert.Equal(int.MaxValue / 4 * 4, StridePadding.SizeOf(new VqVaeOptions(), int.MaxValue, 1).Height);
    }

    [Fact]
    public void The_last_row_and_column_are_repeated_and_cut_off_again()
    {
        float[] planes = [1, 2, 3, 4, 5, 6, /* and */ 7, 8, 9, 10, 11, 12];
        float[] padded =
        [
            1, 2, 3, 3, 4, 5, 6, 6, 4, 5, 6, 6, 4, 5, 6, 6,
            7, 8, 9, 9, 10, 11, 12, 12, 10, 11, 12, 12, 10, 11, 12, 12,
        ];
        Assert.Equal(padded, StridePadding.Pad(planes, (2, 3), (4, 4)));
        Assert.Equal(planes, StridePadding.Cut(padded, (4, 4), (2, 3)));
        Assert.Same(planes, StridePadding.Pad(planes, (2, 3), (2, 3)));
        Assert.Same(planes, StridePadding.Cut(planes, (2, 3), (2, 3)));
    }
}
