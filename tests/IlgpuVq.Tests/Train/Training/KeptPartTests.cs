using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

public sealed class KeptPartTests
{
    /// <summary>Images of 8 rows and 12 columns.</summary>
    private static readonly (int, int) Image = (8, 12);

    [Theory]
    [InlineData("top", "111111 111111 ...... ......")]
    [InlineData("0.5", "111111 111111 ...... ......")]
    [InlineData("top:0.25", "111111 ...... ...... ......")]
    [InlineData("0.45", "111111 111111 ...... ......")]
    [InlineData("0.4", "111111 ...... ...... ......")]
    [InlineData("bottom:0.75", "...... 111111 111111 111111")]
    [InlineData("left", "111... 111... 111... 111...")]
    [InlineData("right:0.2", ".....1 .....1 .....1 .....1")]
    [InlineData("box:2,0,4,4", ".11... .11... ...... ......")]
    [InlineData("box:1,0,4,4", ".1.... .1.... ...... ......")]
    [InlineData("outside:2,2,4,4", "111111 1..111 1..111 111111")]
    [InlineData("outside:3,2,2,1", "111111 1..111 111111 111111")]
    public void A_place_is_kept_with_all_its_pixels(string part, string places)
    {
        var kept = KeptPart.Parse("--keep", part, Image).PlacesOf(new CodeLayout("codes", 4, 6, [2]), Image);
        Assert.Equal(places.Replace(" ", "", StringComparison.Ordinal), string.Concat(kept.Select(isKept => isKept ? '1' : '.')));
    }

    /// <summary>Images of 7 rows and 5 columns in a model of 8 × 8; grids of 4 × 4, 3 × 3, which divides nothing, and
    /// 1.</summary>
    [Theory]
    [InlineData("right:0.2", 4, "..11..11..11..11")]
    [InlineData("bottom:0.2", 4, "............1111")]
    [InlineData("top", 4, "11111111........")]
    [InlineData("top", 3, "111......")]
    [InlineData("left:0.6", 3, "1..1..1..")]
    [InlineData("top", 1, ".")]
    public void Places_of_what_strides_add_go_with_the_last_pixels(string part, int side, string places)
    {
        var kept = KeptPart.Parse("--keep", part, (7, 5)).PlacesOf(new CodeLayout("codes", side, side, [2]), (8, 8));
        Assert.Equal(places, string.Concat(kept.Select(isKept => isKept ? '1' : '.')));
    }

    [Theory]
    [InlineData("111111", true)]
    [InlineData("111...", true)]
    [InlineData("......", true)]
    [InlineData("11.1..", false)]
    [InlineData("...111", false)]
    public void A_beginning_has_no_gaps(string places, bool isOne) =>
        Assert.Equal(isOne, KeptPart.IsBeginning([.. places.Select(place => place == '1')]));

    [Theory]
    [InlineData("")]
    [InlineData("middle")]
    [InlineData("top:")]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("-0.5")]
    [InlineData("NaN")]
    [InlineData("top:1.5")]
    [InlineData("0,5")]
    [InlineData("box")]
    [InlineData("box:1,2,3")]
    [InlineData("box:1,2,0,3")]
    [InlineData("box:-1,2,3,3")]
    [InlineData("box:1,2,3,99999999999")]
    [InlineData("outside:a,b,c,d")]
    public void What_is_no_part_is_refused(string text) => Assert.StartsWith(
        $"--keep: expected top, bottom, left or right, with :F for a part F of the image, F alone for top:F, "
            + $"box:X,Y,W,H in pixels, or outside:X,Y,W,H for all but a box; got '{text}'. ",
        Assert.Throws<RunException>(() => KeptPart.Parse("--keep", text, Image)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("box:8,0,5,1")]
    [InlineData("box:0,8,1,1")]
    [InlineData("outside:2147483647,0,2147483647,1")]
    public void Boxes_lie_within_the_image(string text) => Assert.StartsWith(
        $"--keep: expected a box within images of 12×8; got {text}. ",
        Assert.Throws<RunException>(() => KeptPart.Parse("--keep", text, Image)).Message, StringComparison.Ordinal);
}
