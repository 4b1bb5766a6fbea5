using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

public sealed class FloatInstructionTests : IDisposable
{
    private readonly PtxMachine machine = new();

    public void Dispose() => machine.Dispose();

    // 0f3F800001 is 1 + 2^-23; 0f33800000 is 2^-24, half a unit of 1; 0f00000001 is the smallest subnormal.
    [Theory]
    [InlineData("add.rn.f32 %f1, 0f3F800000, 0f33800000;", 0x3F80_0000)]
    [InlineData("add.rp.f32 %f1, 0f3F800000, 0f00000001;", 0x3F80_0001)]
    [InlineData("add.rz.f32 %f1, 0fBF800000, 0f00000001;", 0xBF7F_FFFF)]
    [InlineData("add.rm.f32 %f1, 0f3F800000, 0fBF800000;", 0x8000_0000)]
    [InlineData("sub.rm.f32 %f1, 0f3F800000, 0f00000001;", 0x3F7F_FFFF)]
    [InlineData("mul.rz.f32 %f1, 0f7F7FFFFF, 0f40000000;", 0x7F7F_FFFF)]
    [InlineData("mul.rn.f32 %f1, 0f7F7FFFFF, 0f40000000;", 0x7F80_0000)]
    [InlineData("mul.rp.f32 %f1, 0f00000001, 0f00000001;", 0x0000_0001)]
    [InlineData("fma.rn.f32 %f1, 0f3F800001, 0f3F800001, 0fBF800002;", 0x2880_0000)]
    [InlineData("div.rn.f32 %f1, 0f3F800000, 0f40400000;", 0x3EAA_AAAB)]
    [InlineData("div.rz.f32 %f1, 0f3F800000, 0f40400000;", 0x3EAA_AAAA)]
    [InlineData("div.approx.f32 %f1, 0f3F800000, 0f7F000000;", 0)]
    [InlineData("div.full.f32 %f1, 0f3F800000, 0f7F000000;", 0x0040_0000)]
    [InlineData("sqrt.rn.f32 %f1, 0f40000000;", 0x3FB5_04F3)]
    [InlineData("sqrt.rp.f32 %f1, 0f40000000;", 0x3FB5_04F4)]
    [InlineData("add.f32 %f1, 0f00000001, 0f00000001;", 2)]
    [InlineData("add.ftz.f32 %f1, 0f00000001, 0f00000001;", 0)]
    [InlineData("mul.ftz.f32 %f1, 0f80800000, 0f3F000000;", 0x8000_0000)]
    [InlineData("add.sat.f32 %f1, 0f3F800000, 0f3F800000;", 0x3F80_0000)]
    [InlineData("mul.sat.f32 %f1, 0f7FC00000, 0f3F800000;", 0)]
    [InlineData("sub.f32 %f1, 0f7F800000, 0f7F800000;", 0x7FFF_FFFF)]
    [InlineData("min.f32 %f1, 0f7FC00000, 0f40000000;", 0x4000_0000)]
    [InlineData("min.NaN.f32 %f1, 0f7FC00000, 0f40000000;", 0x7FFF_FFFF)]
    [InlineData("max.f32 %f1, 0f80000000, 0f00000000;", 0)]
    [InlineData("min.f32 %f1, 0f00000000, 0f80000000;", 0x8000_0000)]
    [InlineData("copysign.f32 %f1, 0f80000000, 0f40000000;", 0xC000_0000)]
    [InlineData("rcp.rn.f32 %f1, 0f40400000;", 0x3EAA_AAAB)]
    [InlineData("rsqrt.approx.f32 %f1, 0f80000000;", 0xFF80_0000)]
    [InlineData("ex2.approx.ftz.f32 %f1, 0fC3020000;", 0)]
    [InlineData("ex2.approx.f32 %f1, 0fC3020000;", 0x0008_0000)]
    [InlineData("lg2.approx.f32 %f1, 0f41000000;", 0x4040_0000)]
    [InlineData("cvt.rn.f32.s32 %f1, 0x01000001;", 0x4B80_0000)]
    [InlineData("mov.u64 %rd2, 0x8000008000000001; cvt.rn.f32.u64 %f1, %rd2;", 0x5F00_0001)]
    [InlineData("cvt.rni.f32.f32 %f1, 0f40200000;", 0x4000_0000)]
    [InlineData("cvt.rn.f32.f64 %f1, 0d3FF0000010000000;", 0x3F80_0000)]
    [InlineData("cvt.rp.f32.f64 %f1, 0d3FF0000010000000;", 0x3F80_0001)]
    [InlineData("mov.b32 %r1, 0x3c00; cvt.u16.u32 %h0, %r1; cvt.f32.f16 %f1, %h0;", 0x3F80_0000)]
    public void Results_of_one_lane_have_these_bits(string body, uint expected) =>
        Assert.Equal(expected.ToString("X8"), BitConverter.SingleToUInt32Bits(machine.Single(body)).ToString("X8"));

    [Theory]
    [InlineData("cvt.rzi.s32.f32 %r1, 0f4F000000;", 0x7FFF_FFFF)]
    [InlineData("cvt.rzi.s32.f32 %r1, 0f7FC00000;", 0)]
    [InlineData("cvt.rzi.s32.f64 %r1, 0d7FF8000000000000;", 0x8000_0000)]
    [InlineData("cvt.rzi.u32.f32 %r1, 0fBF800000;", 0)]
    [InlineData("cvt.rmi.s32.f32 %r1, 0fBF000000;", 0xFFFF_FFFF)]
    [InlineData("cvt.rzi.u8.f32 %r1, 0f43C80000;", 255)]
    [InlineData("cvt.s32.s8 %r1, 0x80;", 0xFFFF_FF80)]
    [InlineData("cvt.u32.u8 %r1, 0x80;", 0x80)]
    [InlineData("mov.b32 %r2, 300; cvt.sat.u8.s32 %r1, %r2;", 255)]
    [InlineData("mov.b32 %r2, 0x12345678; cvt.s16.s32 %r1, %r2;", 0x5678)]
    [InlineData("cvt.rna.tf32.f32 %r1, 0f3F801000;", 0x3F80_2000)]
    [InlineData("cvt.rn.bf16x2.f32 %r1, 0f3F808000, 0f40000000;", 0x3F80_4000)]
    [InlineData("cvt.rn.f16x2.f32 %r1, 0f3F800000, 0f40000000;", 0x3C00_4000)]
    [InlineData("testp.subnormal.f32 %p0, 0f00000001; selp.b32 %r1, 1, 0, %p0;", 1)]
    [InlineData("testp.normal.f32 %p0, 0f00000000; selp.b32 %r1, 1, 0, %p0;", 0)]
    [InlineData("setp.lt.f32 %p0, 0f7FC00000, 0f00000000; selp.b32 %r1, 1, 0, %p0;", 0)]
    [InlineData("setp.ltu.f32 %p0, 0f7FC00000, 0f00000000; selp.b32 %r1, 1, 0, %p0;", 1)]
    [InlineData("setp.ne.f32 %p0, 0f7FC00000, 0f00000000; selp.b32 %r1, 1, 0, %p0;", 0)]
    [InlineData("setp.neu.f32 %p0, 0f7FC00000, 0f00000000; selp.b32 %r1, 1, 0, %p0;", 1)]
    [InlineData("setp.nan.f32 %p0, 0f7FC00000, 0f00000000; selp.b32 %r1, 1, 0, %p0;", 1)]
    [InlineData("setp.eq.ftz.f32 %p0, 0f00000001, 0f80000000; selp.b32 %r1, 1, 0, %p0;", 1)]
    public void Conversions_and_tests_of_floats(string body, uint expected) => Assert.Equal(expected, machine.Value(body));

    [Fact]
    public void Doubles_are_fused_without_rounding_between()
    {
        // (1 + 2^-52)² - (1 + 2^-51) is 2^-104, which the product alone loses.
        var words = machine.Run(
            "fma.rn.f64 %fd0, 0d3FF0000000000001, 0d3FF0000000000001, 0dBFF0000000000002; st.global.f64 [%rd0], %fd0;", [], 2,
            threads: 1);
        Assert.Equal(Math.ScaleB(1, -104), BitConverter.UInt64BitsToDouble(words[0] | ((ulong)words[1] << 32)));
    }
}
