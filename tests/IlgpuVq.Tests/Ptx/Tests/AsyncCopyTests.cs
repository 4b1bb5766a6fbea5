using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

public sealed class AsyncCopyTests : IDisposable
{
    private const string Tile = ".shared .align 16 .b8 tile[64]; mov.u32 %r8, tile; mov.b32 %r9, 77; " +
        "st.shared.v4.b32 [%r8], {%r9, %r9, %r9, %r9}; st.shared.v4.b32 [%r8+16], {%r9, %r9, %r9, %r9};\n";

    private readonly PtxMachine machine = new();

    public void Dispose() => machine.Dispose();

    [Fact]
    public void What_is_copied_is_there_behind_the_wait_and_not_before()
    {
        var values = machine.Run(
            Tile + """
            cp.async.cg.shared.global [%r8], [%rd1], 16;
            cp.async.commit_group;
            ld.shared.b32 %r1, [%r8];
            cp.async.wait_group 0;
            ld.shared.b32 %r2, [%r8];
            st.global.v2.b32 [%rd0], {%r1, %r2};
            """,
            [1, 2, 3, 4],
            2,
            threads: 1);
        Assert.Equal([77u, 1], values);
    }

    [Fact]
    public void Groups_arrive_in_their_order()
    {
        var values = machine.Run(
            Tile + """
            cp.async.ca.shared.global [%r8], [%rd1], 4;
            cp.async.commit_group;
            cp.async.ca.shared.global [%r8+4], [%rd1+4], 4;
            cp.async.commit_group;
            cp.async.wait_group 1;
            ld.shared.v2.b32 {%r1, %r2}, [%r8];
            cp.async.ca.shared.global [%r8+8], [%rd1+8], 4;
            cp.async.wait_all;
            ld.shared.b32 %r3, [%r8+4];
            ld.shared.b32 %r4, [%r8+8];
            st.global.v4.b32 [%rd0], {%r1, %r2, %r3, %r4};
            """,
            [1, 2, 3, 4],
            4,
            threads: 1);
        Assert.Equal([1u, 77, 2, 3], values);
    }

    [Fact]
    public void What_the_source_does_not_have_is_zero_and_is_not_read()
    {
        // The copy of no bytes names an address that does not exist.
        var values = machine.Run(
            Tile + """
            cp.async.cg.shared.global [%r8], [%rd1], 16, 8;
            mov.u64 %rd2, 16;
            cp.async.cg.shared.global [%r8+16], [%rd2], 16, 0;
            cp.async.wait_all;
            ld.shared.v4.b32 {%r1, %r2, %r3, %r4}, [%r8];
            st.global.v4.b32 [%rd0], {%r1, %r2, %r3, %r4};
            ld.shared.b32 %r1, [%r8+16];
            st.global.b32 [%rd0+16], %r1;
            """,
            [1, 2],
            5,
            threads: 1);
        Assert.Equal([1u, 2, 0, 0, 0], values);
    }
}
