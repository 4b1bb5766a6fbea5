using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>Values and counts, drawn in a line of text.</summary>
public sealed class CurveTests
{
    [Fact]
    public void A_character_is_as_high_as_its_value()
    {
        Assert.Equal("▁▂▃▄▅▆▇█", Draw([1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Equal("█▁", Draw([5, -5]));
        Assert.Equal("▁▁▁", Draw([2, 2, 2]));
        Assert.Equal("", Draw([]));
        Assert.Equal("▁█", Draw([1, double.NaN, double.PositiveInfinity, 2]));
        Assert.Equal("█▅▁", Draw([100, 10, 1])); // by their logarithms
        Assert.Equal("_#", Draw([1, 2], hasBlocks: false));
    }

    [Fact]
    public void More_values_than_cells_are_means_of_neighbours()
    {
        Assert.Equal("▁█", Draw([0, 1, 10, 11], cells: 2));
        Assert.Equal("", Draw([1, 2], cells: 0));
        Assert.Equal("", Draw([1, 2], cells: -5));
    }

    [Fact]
    public void Any_number_of_values_keeps_their_course()
    {
        var values = Enumerable.Range(0, 100_003).Select(i => 100_000.0 + i).ToArray();
        Assert.Equal("▁▂▃▄▅▆▇█", Draw(values, cells: 8));
        var curve = new Curve();
        Array.ForEach(values, curve.Add);
        Assert.InRange(curve.ToText(int.MaxValue, hasBlocks: true).Length, 512, 1025);
        Assert.Equal(200_002, curve.Last);
    }

    [Theory]
    [InlineData(new float[] { 1, 1, 1, 1 }, "codes 4/4  ▅▅▅▅")]
    [InlineData(new float[] { 0, 2, 0, 2 }, "codes 2/4  ██··")]
    [InlineData(new float[] { 0, 0, 0, 9 }, "codes 1/4  █···")]
    [InlineData(new float[] { 0, 0, 0, 0 }, "codes 0/4  ····")]
    [InlineData(new float[] { 1, 99, 50, 50 }, "codes 4/4  █▅▅▁")]
    public void A_codebooks_bar_is_half_high_where_codes_are_used_alike(float[] counts, string expected) =>
        Assert.Equal(expected, LiveAreaTests.TextOf(UsageBar.Line(80, hasBlocks: true, new CodeUsage("usage", counts))));

    [Fact]
    public void A_large_codebook_has_a_cell_for_several_codes_and_fits()
    {
        float[] counts = [.. Enumerable.Range(0, 8192).Select(code => code < 4096 ? 1f : 0)];
        var text = LiveAreaTests.TextOf(UsageBar.Line(200, hasBlocks: true, new CodeUsage("usage_top", counts)));
        Assert.Equal($"codes top 4096/8192  {new string('█', 32)}{new string('·', 32)}", text);
        Assert.Equal(40, LiveAreaTests.TextOf(UsageBar.Line(40, hasBlocks: true, new CodeUsage("usage", counts))).Length);
    }

    private static string Draw(double[] values, int cells = 100, bool hasBlocks = true)
    {
        var curve = new Curve();
        Array.ForEach(values, curve.Add);
        return curve.ToText(cells, hasBlocks);
    }
}
