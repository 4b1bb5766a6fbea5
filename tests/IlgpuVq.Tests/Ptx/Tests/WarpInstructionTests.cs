using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

public sealed class WarpInstructionTests : IDisposable
{
    private const string Store = " mul.wide.u32 %rd2, %r0, 4; add.s64 %rd2, %rd0, %rd2; st.global.b32 [%rd2], %r1;";

    private readonly PtxMachine machine = new();

    public void Dispose() => machine.Dispose();

    // Each lane gives 100 + its number.
    [Theory]
    [InlineData("idx", "3", "0x1f", "103 103 103 103 103 103 103 103 103 103 103 103 103 103 103 103")]
    [InlineData("idx", "3", "0x181f", "103 103 103 103 103 103 103 103 111 111 111 111 111 111 111 111")]
    [InlineData("up", "2", "0", "100 101 100 101 102 103 104 105 106 107 108 109 110 111 112 113")]
    [InlineData("up", "1", "0x1c00", "100 100 101 102 104 104 105 106 108 108 109 110 112 112 113 114")]
    [InlineData("down", "1", "0x1c1f", "101 102 103 103 105 106 107 107 109 110 111 111 113 114 115 115")]
    [InlineData("bfly", "5", "0x1f", "105 104 107 106 101 100 103 102 113 112 115 114 109 108 111 110")]
    public void Shuffles_read_the_lanes_of_the_manual(string mode, string offset, string clamp, string expected)
    {
        var values = machine.Run(
            $"add.s32 %r2, %r0, 100; shfl.sync.{mode}.b32 %r1|%p0, %r2, {offset}, {clamp}, 0xffffffff;" + Store, [], 32);
        Assert.Equal(expected, string.Join(' ', values.Take(16)));
    }

    [Fact]
    public void The_predicate_of_a_shuffle_says_whether_the_lane_was_in_its_segment()
    {
        var values = machine.Run(
            "shfl.sync.down.b32 %r2|%p0, %r0, 1, 0x1c1f, -1; selp.b32 %r1, 1, 0, %p0;" + Store, [], 32);
        Assert.Equal("1 1 1 0 1 1 1 0", string.Join(' ', values.Take(8)));
    }

    [Fact]
    public void Halves_of_a_warp_shuffle_among_themselves_in_different_branches()
    {
        var values = machine.Run(
            """
            setp.lt.u32 %p0, %r0, 16;
            @%p0 bra LOW;
            shfl.sync.bfly.b32 %r1, %r0, 1, 31, 0xffff0000;
            bra END;
            LOW: shfl.sync.idx.b32 %r1, %r0, 2, 31, 0x0000ffff;
            END:
            """ + Store,
            [],
            32);
        Assert.Equal("2 2 17 16", $"{values[0]} {values[15]} {values[16]} {values[17]}");
    }

    [Fact]
    public void Lanes_that_come_by_a_jump_back_join_those_that_wait()
    {
        var values = machine.Run(
            """
            setp.lt.u32 %p0, %r0, 16;
            @!%p0 bra FAR;
            MEET: shfl.sync.idx.b32 %r1, %r0, 20, 31, -1;
            bra END;
            FAR: bra MEET;
            END:
            """ + Store,
            [],
            32);
        Assert.All(values, value => Assert.Equal(20u, value));
    }

    [Theory]
    [InlineData("vote.sync.ballot.b32 %r1, %p0, -1;", 0x0000_00FFu)]
    [InlineData("vote.sync.ballot.b32 %r1, !%p0, -1;", 0xFFFF_FF00u)]
    [InlineData("vote.sync.all.pred %p1, %p0, -1; selp.b32 %r1, 1, 0, %p1;", 0u)]
    [InlineData("vote.sync.any.pred %p1, %p0, -1; selp.b32 %r1, 1, 0, %p1;", 1u)]
    [InlineData("vote.sync.uni.pred %p1, %p0, -1; selp.b32 %r1, 1, 0, %p1;", 0u)]
    [InlineData("redux.sync.add.s32 %r1, %r0, -1;", 496u)]
    [InlineData("redux.sync.max.u32 %r1, %r0, -1;", 31u)]
    [InlineData("selp.b32 %r2, 1, 1, %p0; match.all.sync.b32 %r1|%p1, %r2, -1;", 0xFFFF_FFFFu)]
    [InlineData("bar.warp.sync -1; mov.b32 %r1, 3;", 3u)]
    public void Votes_and_reductions_are_the_same_for_all(string body, uint expected) => Assert.All(
        machine.Run("setp.lt.u32 %p0, %r0, 8; " + body + Store, [], 32), value => Assert.Equal(expected, value));

    [Fact]
    public void Lanes_find_those_with_their_value()
    {
        var values = machine.Run("and.b32 %r2, %r0, 3; match.any.sync.b32 %r1, %r2, -1;" + Store, [], 32);
        Assert.Equal([0x1111_1111u, 0x2222_2222, 0x4444_4444, 0x8888_8888], values.Take(4));
    }
}
