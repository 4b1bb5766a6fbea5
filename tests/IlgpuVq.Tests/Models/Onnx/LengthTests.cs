using IlgpuVq.Models.Onnx;
using Xunit;

namespace IlgpuVq.Tests.Models.Onnx;

/// <summary>Lengths of a graph's values as formulas of those of its inputs.</summary>
public sealed class LengthTests
{
    private static readonly string[] Names = ["batch", "height", "width"];

    /// <summary>On axes of 2, 8 and 12: the lengths there, with each axis doubled, and with all.</summary>
    [Theory]
    [InlineData("5", 5, 5, 5, 5, 5)]
    [InlineData("0", 0, 0, 0, 0, 0)]
    [InlineData("batch", 2, 4, 2, 2, 4)]
    [InlineData("height", 8, 8, 16, 8, 16)]
    [InlineData("width/4", 3, 3, 3, 6, 6)]
    [InlineData("3*height/2", 12, 12, 24, 12, 24)]
    [InlineData("batch*height*width/16", 12, 24, 24, 24, 96)]
    [InlineData("height*height", 64, 64, 256, 64, 256)]
    [InlineData(null, 9, 9, 17, 9, 17)] // height + 1
    [InlineData(null, 3, 3, 4, 3, 4)]
    [InlineData(null, 12, 24, 24, 12, 24)] // not the product of what each axis alone does
    [InlineData(null, 4, 2, 4, 4, 2)] // shorter for a larger batch
    [InlineData(null, 0, 0, 1, 0, 1)]
    public void A_length_is_found_by_trying(string? text, params int[] lengths) =>
        Assert.Equal(text, Length.Of(lengths, [2, 8, 12])?.ToText(Names));
}
