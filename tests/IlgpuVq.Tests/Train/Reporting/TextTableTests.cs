using IlgpuVq.Train.Reporting;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

/// <summary>Tables as text.</summary>
public sealed class TextTableTests
{
    [Fact]
    public void Columns_are_as_wide_as_their_cells_and_no_line_ends_with_a_space()
    {
        var table = new TextTable("name", "size", "note");
        table.Add("a", "5", "");
        table.Add("longer", "1200 MB", "x");

        Assert.Equal("name       size  note\na             5\nlonger  1200 MB  x\n", table.ToText());
    }

    [Fact]
    public void A_table_without_rows_is_its_names() => Assert.Equal("a  b\n", new TextTable("a", "b").ToText());
}
