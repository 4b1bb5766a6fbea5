using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Indices among the codes of a table.</summary>
public class CodeRemapTests
{
    [Fact]
    public void A_code_of_the_table_becomes_its_place_and_is_itself_again()
    {
        var remap = new CodeRemap([7, 2, 5, 2], codes: 8);
        int[] ids = [2, 7, 5, 2];
        remap.ToUsed(ids);
        Assert.Equal([1, 0, 2, 1], ids); // of a code that is there twice, the first
        remap.ToAll(ids);
        Assert.Equal([2, 7, 5, 2], ids);
        Assert.Equal(4, remap.Count);
    }

    [Fact]
    public void Other_codes_become_one_more_index_or_a_fixed_one()
    {
        var extra = new CodeRemap([7, 2], codes: 8, UnknownCode.Extra);
        int[] ids = [0, 7, 3, 2];
        extra.ToUsed(ids);
        Assert.Equal((3, 2), (extra.Count, ids[0]));
        Assert.Equal([2, 0, 2, 1], ids);
        extra.ToAll(ids);
        Assert.Equal([7, 7, 7, 2], ids); // as the first of the table

        ids = [0, 7, 3, 2];
        new CodeRemap([7, 2], codes: 8, UnknownCode.Fixed, fixedIndex: 1).ToUsed(ids);
        Assert.Equal([1, 0, 1, 1], ids);
    }

    [Fact]
    public void Or_a_random_one_which_is_a_function_of_the_seed_and_the_place()
    {
        const int count = 9000;
        var whole = Draw(seed: 1, 0, count);
        int[] parts = [.. Draw(seed: 1, 0, 100), .. Draw(seed: 1, 100, count - 100)];
        Assert.Equal(whole, parts);
        Assert.NotEqual(whole, Draw(seed: 2, 0, count));
        Assert.All(Enumerable.Range(0, 3), index => Assert.Equal(count / 3, whole.Count(id => id == index), count * 0.03));

        static int[] Draw(ulong seed, int first, int count)
        {
            var ids = new int[count];
            new CodeRemap([4, 5, 6], codes: 8, seed: seed).ToUsed(ids, first);
            return ids;
        }
    }

    [Fact]
    public void A_table_that_does_not_fit_is_refused()
    {
        Assert.Equal("used: expected at least one code; got none.", Message(() => new CodeRemap([], codes: 8)));
        Assert.Equal("used: expected codes from 0 to 7; got 8.", Message(() => new CodeRemap([1, 8], codes: 8)));
        Assert.Equal("used: expected codes from 0 to 7; got -1.", Message(() => new CodeRemap([1, -1], codes: 8)));
        Assert.Equal(
            "unknown: expected an index of the table, from 0 to 1; got 2.",
            Message(() => new CodeRemap([1, 2], codes: 8, UnknownCode.Fixed, fixedIndex: 2)));

        static string Message(Func<object> make) => Assert.Throws<OptionException>(make).Message;
    }
}
