using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;
using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

/// <summary>What the translator of a driver refuses is refused here, with the reason.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("frobnicate.u32 %r1, %r2;", "frobnicate.u32: unknown instruction")]
    [InlineData("mul.u32 %r1, %r0, %r0;", "mul.u32: expected .lo or .hi or .wide; got .u32")]
    [InlineData("mul.wide.u64 %rd2, %rd0, %rd0;", "mul.wide.u64: expected .u16 or .s16 or .u32 or .s32; got .u64")]
    [InlineData("add.b32 %r1, %r0, %r0;", "add.b32: expected .u16 or .s16 or .u32 or .s32 or .u64 or .s64; got .b32")]
    [InlineData("add.f32.rn %f1, %f1, %f1;", "add.f32.rn: expected .u16 or .s16 or .u32 or .s32 or .u64 or .s64; got .f32")]
    [InlineData("add.ftz.f64 %fd1, %fd1, %fd1;", "add.ftz.f64: expected .f32; got .f64")]
    [InlineData("div.f32 %f1, %f1, %f1;", "div.f32: expected .approx or .full or .rn or .rz or .rm or .rp; got .f32")]
    [InlineData("div.full.f64 %fd1, %fd1, %fd1;", "div.full.f64: expected .f32; got .f64")]
    [InlineData("sqrt.f32 %f1, %f1;", "sqrt.f32: expected .approx or .rn or .rz or .rm or .rp; got .f32")]
    [InlineData("ex2.f32 %f1, %f1;", "ex2.f32: expected .approx; got .f32")]
    [InlineData("fma.f32 %f1, %f1, %f1, %f1;", "fma.f32: expected .rn or .rz or .rm or .rp; got .f32")]
    [InlineData("and.u32 %r1, %r0, %r0;", "and.u32: expected .pred or .b16 or .b32 or .b64; got .u32")]
    [InlineData("not.s32 %r1, %r0;", "not.s32: expected .pred or .b16 or .b32 or .b64; got .s32")]
    [InlineData("setp.lt.b32 %p0, %r0, %r0;", "setp.lt.b32: expected for .b32 .eq or .ne; got .lt")]
    [InlineData("setp.lo.s32 %p0, %r0, %r0;", "setp.lo.s32: expected for .s32 .eq or .ne or .lt or .le or .gt or .ge; got .lo")]
    [InlineData(
        "setp.eq.pred %p0, %p1, %p2;",
        "setp.eq.pred: expected .b16 or .b32 or .b64 or .u16 or .u32 or .u64 or .s16 or .s32 or .s64 or .f32 or .f64 or .f16; "
            + "got .pred")]
    [InlineData("add.u32 %f1, %r0, 1;", "add.u32: expected a register of .u32; got %f1 of .f32")]
    [InlineData(".reg .u32 %u1; add.f32 %u1, %f1, %f1;", "add.f32: expected a register of .f32; got %u1 of .u32")]
    [InlineData("add.u32 %rd2, %r0, 1;", "add.u32: expected a register of .u32; got %rd2 of .b64")]
    [InlineData("add.u32 %r1, %r99, 1;", "add.u32: %r99 is not declared as a register")]
    [InlineData("add.u32 %r1, %tid.x, 1;", "add.u32: %tid.x can only be read by mov")]
    [InlineData("mov.u64 %rd2, %tid.x;", "mov.u64: expected mov of .u32 from this special register; got .u64")]
    [InlineData("add.u32 %r1, %r0, 0x100000000;", "add.u32: expected a literal that .u32 can hold; got 4294967296")]
    [InlineData("add.f32 %f1, %f1, 1;", "add.f32: expected a register or a literal of .f32; got 1")]
    [InlineData("add.u32 %r1, %r0, 1.5;", "add.u32: expected a register or a literal of .u32; got 1.5")]
    [InlineData("add.u32 %r1, %r0;", "add.u32: expected more than 2 operands")]
    [InlineData("add.u32 %r1, %r0, 1, 2;", "add.u32: expected 3 operands; got 4")]
    [InlineData("add.u32 5, %r0, 1;", "add.u32: expected a register for the result; got 5")]
    [InlineData("@%r0 add.u32 %r1, %r0, 1;", "add.u32: expected a register of .pred; got %r0 of .b32")]
    [InlineData("bra NOWHERE;", "bra: expected a label of this kernel; got NOWHERE")]
    [InlineData("selp.b32 %r1, 1, 0, !%p0;", "selp.b32: expected a register or a literal of .pred; got !%p0")]
    [InlineData("cvt.f32.s32 %f1, %r0;", "cvt.f32.s32: expected .rn or .rz or .rm or .rp from .s32 to .f32; got none")]
    [InlineData("cvt.s32.f32 %r1, %f1;", "cvt.s32.f32: expected .rni or .rzi or .rmi or .rpi from .f32 to .s32; got none")]
    [InlineData("cvt.rn.s32.f32 %r1, %f1;", "cvt.rn.s32.f32: expected .rni or .rzi or .rmi or .rpi from .f32 to .s32; got .rn")]
    [InlineData("cvt.f32.f64 %f1, %fd1;", "cvt.f32.f64: expected .rn or .rz or .rm or .rp from .f64 to .f32; got none")]
    [InlineData("cvt.rn.f64.f32 %fd1, %f1;", "cvt.rn.f64.f32: expected no rounding from .f32 to .f64; got .rn")]
    [InlineData("cvt.rzi.u64.u32 %rd2, %r0;", "cvt.rzi.u64.u32: expected no rounding from .u32 to .u64; got .rzi")]
    [InlineData("cvt.u16.u32 %f1, %r0;", "cvt.u16.u32: expected a register of .u16; got %f1 of .f32")]
    [InlineData("ld.u32 %h0, [%rd0];", "ld.u32: expected a register of .u32; got %h0 of .b16")]
    [InlineData(
        "ld.global.u32 %r1, [%r0];", "ld.global.u32: expected a register that holds an address of .global; got %r0 of .b32")]
    [InlineData(
        "ld.shared.nc.u32 %r1, [%r0];",
        "ld.shared.nc.u32: expected .b8 or .b16 or .b32 or .b64 or .u8 or .u16 or .u32 or .u64 or .s8 or .s16 or .s32 or .s64 "
            + "or .f32 or .f64; got .nc")]
    [InlineData("ld.global.v4.f64 {%fd0, %fd1, %fd2, %fd3}, [%rd0];",
        "ld.global.v4.f64: expected a vector of at most 16 bytes; got 32")]
    [InlineData("ld.global.v2.f32 {%f0, %f1, %f2}, [%rd0];", "ld.global.v2.f32: expected a vector of 2; got {%f0, %f1, %f2}")]
    [InlineData("ld.param.u64 %rd2, [missing];", "ld.param.u64: missing is not declared")]
    [InlineData(
        "st.param.u32 [out], %r0;",
        "st.param.u32: expected .b8 or .b16 or .b32 or .b64 or .u8 or .u16 or .u32 or .u64 or .s8 or .s16 or .s32 or .s64 or "
            + ".f32 or .f64; got .param")]
    [InlineData("shfl.idx.b32 %r1, %r0, 0, 31;", "shfl.idx.b32: expected .sync; got .idx")]
    [InlineData("bar.sync 16;", "bar.sync: expected a number from 0 to 15; got 16")]
    [InlineData("bar.sync 0, 33;", "bar.sync: expected a multiple of 32 threads; got 33")]
    [InlineData("atom.global.add.b32 %r1, [%rd0], 1;",
        "atom.global.add.b32: expected .u32 or .s32 or .u64 or .f32 or .f64; got .b32")]
    [InlineData("red.global.exch.b32 [%rd0], 1;",
        "red.global.exch.b32: expected .add or .min or .max or .inc or .dec or .and or .or or .xor; got .exch")]
    [InlineData("cp.async.cg.shared.global [%r0], [%rd1], 8;", "cp.async.cg.shared.global: expected 16 bytes; got 8")]
    [InlineData("lop3.b32 %r1, %r0, %r0, %r0, 256;", "lop3.b32: expected a number from 0 to 255; got 256")]
    [InlineData(
        "mma.sync.aligned.m16n8k16.row.col.f32.tf32.tf32.f32 {%f0, %f1, %f2, %f3}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f0, "
            + "%f1, %f2, %f3};", "mma.sync.aligned.m16n8k16.row.col.f32.tf32.tf32.f32: expected .bf16 or .f16; got .tf32")]
    public void An_instruction_that_does_not_exist_like_that(string body, string message) =>
        Assert.Equal(message, PtxMachine.Refusal(body));

    [Theory]
    [InlineData(
        "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%f0, %f1, %f2, %f3}, {%r1, %r2}, {%r5}, {%f0, %f1, %f2, %f3};",
        "6.5", "sm_80", "7.0")]
    [InlineData("cp.async.wait_all;", "6.5", "sm_80", "7.0")]
    [InlineData("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r0];", "6.4", "sm_75", "6.5")]
    [InlineData("shfl.sync.idx.b32 %r1, %r0, 0, 31, -1;", "5.0", "sm_50", "6.0")]
    [InlineData("bar.warp.sync -1;", "5.0", "sm_50", "6.0")]
    [InlineData("redux.sync.add.s32 %r1, %r0, -1;", "6.5", "sm_80", "7.0")]
    [InlineData("mov.u32 %r1, %dynamic_smem_size;", "4.0", "sm_50", "4.1")]
    [InlineData("ld.global.nc.u32 %r1, [%rd0];", "3.0", "sm_35", "3.1")]
    public void An_instruction_that_the_version_does_not_have(string body, string version, string target, string needed) =>
        Assert.EndsWith(
            $": expected .version {needed} or later; got {version}",
            PtxMachine.Refusal(body, version, target),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("cp.async.wait_all;", "sm_75", "sm_80")]
    [InlineData("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r0];", "sm_70", "sm_75")]
    [InlineData("atom.global.add.f64 %fd1, [%rd0], 0d0000000000000000;", "sm_50", "sm_60")]
    [InlineData("match.any.sync.b32 %r1, %r0, -1;", "sm_60", "sm_70")]
    [InlineData("min.NaN.f32 %f1, %f1, %f2;", "sm_75", "sm_80")]
    [InlineData("cvt.rn.bf16x2.f32 %r1, %f1, %f2;", "sm_75", "sm_80")]
    public void An_instruction_that_the_device_does_not_have(string body, string target, string needed) =>
        Assert.EndsWith(
            $": expected .target {needed} or higher; got {target}",
            PtxMachine.Refusal(body, target: target),
            StringComparison.Ordinal);

    [Fact]
    public void Every_line_with_an_error_is_named()
    {
        using var memory = new DeviceMemory();
        var source = PtxMachine.Module("mul.u32 %r1, %r0, 2;\nret;\nbra L;");
        var failure = Assert.Throws<PtxException>(() => new PtxProgram(source, memory));
        Assert.Equal(
            ["line 16: mul.u32: expected .lo or .hi or .wide; got .u32", "line 18: bra: expected a label of this kernel; got L"],
            failure.Errors);
    }

    [Theory]
    [InlineData(".version 7.0\n.target sm_80\n.address_size 32", "line 3: .address_size: expected 64; got 32")]
    [InlineData(".target sm_80", "line 1: expected .version; got target")]
    [InlineData(".version 7.0\n.target sm_80\n.visible .entry k() { add.u32 %r1, %r2, 1 }", "line 3: expected ,; got }")]
    [InlineData(".version 7.0\n.target sm_80\n.visible .entry k() { .reg .u8 %r1; }",
        "line 3: .reg: expected a type that registers have; got .u8")]
    [InlineData(".version 7.0\n.target sm_80\n.visible .entry k() { .reg .u32 %r1; .reg .u32 %r1; }",
        "line 3: %r1: expected a name that is declared once in its scope")]
    [InlineData(".version 7.0\n.target sm_80\n.visible .entry k() { L: L: ret; }",
        "line 3: L: expected a label that is declared once in its scope")]
    [InlineData(".version 7.0\n.target sm_80\n.visible .entry k() { mov.f32 %f1, 0f3F80; }",
        "line 3: 0f3F80: expected 8 hexadecimal digits; got 4")]
    [InlineData(".version 7.0\n.target sm_80\n.shared .align 3 .b8 x[4];", "line 3: .align: expected a power of two; got 3")]
    [InlineData(".version 7.0\n.target sm_80\n.visible .entry k() { .shared .b8 x[49153]; }",
        "line 3: k: expected at most 49152 bytes of shared memory; got 49153")]
    public void A_text_that_is_no_module(string source, string message)
    {
        using var memory = new DeviceMemory();
        Assert.Equal(message, Assert.Throws<PtxException>(() => new PtxProgram(source, memory)).Message);
    }
}
