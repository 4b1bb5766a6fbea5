using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

public sealed class FlowTests : IDisposable
{
    /// <summary>%rd2 = out + 4 · thread.</summary>
    private const string Place = "mul.wide.u32 %rd2, %r0, 4; add.s64 %rd2, %rd0, %rd2;\n";

    private readonly PtxMachine machine = new();

    public void Dispose() => machine.Dispose();

    [Fact]
    public void Lanes_that_part_come_together_behind_the_branches()
    {
        var active = machine.Run(
            Place + """
            and.b32 %r1, %r0, 1;
            setp.eq.s32 %p0, %r1, 0;
            @%p0 bra EVEN;
            activemask.b32 %r2;
            bra END;
            EVEN:
            activemask.b32 %r2;
            END:
            activemask.b32 %r3;
            popc.b32 %r3, %r3;
            shl.b32 %r3, %r3, 8;
            popc.b32 %r2, %r2;
            or.b32 %r2, %r2, %r3;
            st.global.b32 [%rd2], %r2;
            """,
            [],
            32);
        Assert.All(active, word => Assert.Equal((32u << 8) | 16, word));
    }

    [Fact]
    public void Each_lane_leaves_a_loop_after_its_own_number_of_rounds()
    {
        var rounds = machine.Run(
            Place + """
            mov.b32 %r1, 0;
            LOOP:
            setp.ge.u32 %p0, %r1, %r0;
            @%p0 bra DONE;
            add.s32 %r1, %r1, 1;
            bra LOOP;
            DONE:
            st.global.b32 [%rd2], %r1;
            """,
            [],
            32);
        Assert.Equal(Enumerable.Range(0, 32).Select(lane => (uint)lane), rounds);
    }

    [Fact]
    public void Predicated_instructions_leave_the_others_alone()
    {
        var values = machine.Run(
            Place + "setp.lt.u32 %p0, %r0, 4; mov.b32 %r1, 7; @%p0 mov.b32 %r1, 9; " +
            "@!%p0 add.s32 %r1, %r1, 1; st.global.b32 [%rd2], %r1;",
            [],
            8,
            threads: 8);
        Assert.Equal([9u, 9, 9, 9, 8, 8, 8, 8], values);
    }

    [Fact]
    public void A_lane_that_waits_for_another_one_of_its_warp_gets_there()
    {
        // The lower lanes spin until the last one has written; that one is behind the loop.
        var values = machine.Run(
            Place + """
            setp.eq.u32 %p0, %r0, 31;
            @%p0 bra WRITE;
            LOOP:
            ld.volatile.global.u32 %r1, [%rd1];
            setp.eq.u32 %p1, %r1, 0;
            @%p1 bra LOOP;
            bra END;
            WRITE:
            mov.b32 %r1, 5;
            st.volatile.global.u32 [%rd1], %r1;
            END:
            st.global.b32 [%rd2], %r1;
            """,
            [0],
            32);
        Assert.All(values, value => Assert.Equal(5u, value));
    }

    [Fact]
    public void Threads_of_other_warps_see_what_was_written_before_the_barrier()
    {
        var values = machine.Run(
            Place + """
            .shared .align 4 .b32 exchange[64];
            mov.u32 %r1, exchange;
            mad.lo.s32 %r2, %r0, 4, %r1;
            st.shared.b32 [%r2], %r0;
            bar.sync 0;
            sub.s32 %r3, 63, %r0;
            mad.lo.s32 %r3, %r3, 4, %r1;
            ld.shared.b32 %r4, [%r3];
            st.global.b32 [%rd2], %r4;
            """,
            [],
            64,
            threads: 64);
        Assert.Equal(Enumerable.Range(0, 64).Select(thread => (uint)(63 - thread)), values);
    }

    [Fact]
    public void Shared_memory_holds_poison_before_it_is_written()
    {
        var values = machine.Run(
            "ld.shared.b32 %r1, [dynamic]; st.global.b32 [%rd0], %r1;", [], 1, threads: 1, dynamicBytes: 16,
            declarations: ".extern .shared .align 16 .b8 dynamic[];");
        Assert.Equal(0xFFC0_DEADu, values[0]);
    }

    [Fact]
    public void Groups_have_their_own_numbers_and_the_launch_its_own_sizes()
    {
        var values = machine.Run(
            """
            mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %nctaid.x;
            mad.lo.s32 %r4, %r1, %r2, %r0;
            mad.lo.s32 %r5, %r3, 1000, %r4;
            mul.wide.u32 %rd2, %r4, 4; add.s64 %rd2, %rd0, %rd2;
            st.global.b32 [%rd2], %r5;
            """,
            [],
            120,
            threads: 40,
            groups: 3);
        Assert.Equal(Enumerable.Range(0, 120).Select(i => (uint)(3000 + i)), values);
    }

    [Fact]
    public void Atomics_of_all_groups_add_up()
    {
        var values = machine.Run(
            """
            atom.global.add.u32 %r1, [%rd1], 2;
            red.global.max.u32 [%rd1+4], %r0;
            bar.sync 0;
            ld.global.v2.u32 {%r2, %r3}, [%rd1];
            st.global.v2.u32 [%rd0], {%r2, %r3};
            """,
            [0, 0],
            2,
            threads: 64,
            groups: 100);
        Assert.Equal([12800u, 63], values);
    }

    [Fact]
    public void A_compare_exchange_gives_back_what_was_there()
    {
        var values = machine.Run(
            "atom.global.cas.b32 %r1, [%rd1], 0, 7; atom.global.cas.b32 %r2, [%rd1], 0, 8; " +
            "atom.global.exch.b32 %r3, [%rd1], 9; st.global.v4.b32 [%rd0], {%r1, %r2, %r3, 4};",
            [0],
            4,
            threads: 1);
        Assert.Equal([0u, 7, 7, 4], values);
    }
}
