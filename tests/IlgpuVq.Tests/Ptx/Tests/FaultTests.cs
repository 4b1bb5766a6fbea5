using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

/// <summary>What a device would punish, or not notice at all, is an error with its place.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly PtxMachine machine = new();

    public void Dispose() => machine.Dispose();

    [Theory]
    [InlineData("st.global.b32 [%rd0+128], %r0;", "no 4 bytes of global memory at 0x")]
    [InlineData("st.global.b32 [%rd0+-4], %r0;", "no 4 bytes of global memory at 0x")]
    [InlineData("ld.global.b32 %r1, [%rd0+2];", "is not aligned to 4 bytes")]
    [InlineData("ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%rd0+8];", "is not aligned to 16 bytes")]
    [InlineData("ld.shared.b32 %r1, [1024];", "no 4 bytes of shared memory at 0x400")]
    [InlineData("add.s32 %r1, %r2, 1;", "%r2 is read before it is written")]
    [InlineData("@%p3 add.s32 %r1, %r0, 1;", "%p3 is read before it is written")]
    [InlineData("trap;", "the kernel asked to be stopped")]
    [InlineData("mov.u64 %rd2, 5; ld.u32 %r1, [%rd2];", "is not aligned to 4 bytes")]
    [InlineData("setp.lt.u32 %p0, %r0, 8; @%p0 ret; shfl.sync.idx.b32 %r1, %r0, 0, 31, -1;",
        "names lanes 0x000000FF, which are not there or have ended")]
    [InlineData("shfl.sync.idx.b32 %r1, %r0, 0, 31, 1;", "lane 1 is not in its own mask 0x00000001")]
    [InlineData("setp.lt.u32 %p0, %r0, 8; @%p0 bra.uni END; END:", "lanes part at a branch that all should take alike")]
    public void A_kernel_that_does_wrong_is_stopped(string body, string message)
    {
        var fault = machine.Fault(body);
        Assert.Contains(message, fault, StringComparison.Ordinal);
        Assert.Contains("kernel, line ", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_place_is_line_group_and_thread() => Assert.StartsWith(
        "kernel, line 17, group (0, 0, 0), thread 5: st.global.b32: no 4 bytes of global memory at 0x",
        machine.Fault("setp.eq.u32 %p0, %r0, 5;\n@%p0 st.global.b32 [%rd0+4096], %r0;"),
        StringComparison.Ordinal);

    [Fact]
    public void A_barrier_that_some_threads_never_reach_names_the_lines() => Assert.Equal(
        "kernel, group (0, 0, 0): threads wait for each other: 56 at line 18; 8 have ended",
        machine.Fault("setp.lt.u32 %p0, %r0, 8;\n@%p0 ret;\nbar.sync 0;", threads: 64));

    [Fact]
    public void Lanes_of_a_warp_may_not_wait_at_different_barriers() => Assert.Contains(
        "lanes of warp 0 wait at different barriers: lines 18, 20",
        machine.Fault("setp.lt.u32 %p0, %r0, 8;\n@%p0 bra LOW;\nbar.sync 0;\nbra END;\nLOW: bar.sync 0;\nEND:"),
        StringComparison.Ordinal);

    [Fact]
    public void A_shuffle_waits_for_lanes_that_never_come() => Assert.Contains(
        "threads wait for each other: 24 at line 18, 8 at line 20",
        machine.Fault(
            "setp.lt.u32 %p0, %r0, 8;\n@%p0 bra LOW;\nshfl.sync.idx.b32 %r1, %r0, 0, 31, -1;\nbra END;\nLOW: bar.sync 0;\nEND:"),
        StringComparison.Ordinal);
}
