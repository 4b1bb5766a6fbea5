using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

public sealed class IntegerInstructionTests : IDisposable
{
    private readonly PtxMachine machine = new();

    public void Dispose() => machine.Dispose();

    [Theory]
    [InlineData("add.s32 %r1, 0x7fffffff, 1;", 0x8000_0000)]
    [InlineData("add.sat.s32 %r1, 0x7fffffff, 1;", 0x7FFF_FFFF)]
    [InlineData("sub.sat.s32 %r1, 0x80000000, 1;", 0x8000_0000)]
    [InlineData("mul.hi.u32 %r1, 0xffffffff, 0xffffffff;", 0xFFFF_FFFE)]
    [InlineData("mul.hi.s32 %r1, -1, 7;", 0xFFFF_FFFF)]
    [InlineData("mul24.lo.s32 %r1, 0x00ffffff, 3;", 0xFFFF_FFFD)]
    [InlineData("mul24.hi.u32 %r1, 0x00ffffff, 0x00ffffff;", 0xFFFF_FE00)]
    [InlineData("mad.lo.s32 %r1, 7, -3, 1;", 0xFFFF_FFEC)]
    [InlineData("div.s32 %r1, -7, 2;", 0xFFFF_FFFD)]
    [InlineData("rem.s32 %r1, -7, 2;", 0xFFFF_FFFF)]
    [InlineData("div.s32 %r1, 0x80000000, -1;", 0x8000_0000)]
    [InlineData("div.u32 %r1, 7, 0;", 0xFFFF_FFFF)]
    [InlineData("abs.s32 %r1, 0x80000000;", 0x8000_0000)]
    [InlineData("sad.s32 %r1, -3, 4, 10;", 17)]
    [InlineData("min.u32 %r1, -1, 1;", 1)]
    [InlineData("min.s32 %r1, -1, 1;", 0xFFFF_FFFF)]
    [InlineData("popc.b32 %r1, 0xf0f0;", 8)]
    [InlineData("clz.b32 %r1, 1;", 31)]
    [InlineData("clz.b64 %r1, 0;", 64)]
    [InlineData("brev.b32 %r1, 1;", 0x8000_0000)]
    [InlineData("bfind.u32 %r1, 0;", 0xFFFF_FFFF)]
    [InlineData("bfind.s32 %r1, -5;", 2)]
    [InlineData("bfind.shiftamt.u32 %r1, 1;", 31)]
    [InlineData("bfe.u32 %r1, 0xabcd1234, 8, 8;", 0x12)]
    [InlineData("bfe.s32 %r1, 0x0000f000, 12, 4;", 0xFFFF_FFFF)]
    [InlineData("bfe.u32 %r1, 0xffffffff, 28, 8;", 0xF)]
    [InlineData("bfi.b32 %r1, 0xff, 0, 4, 8;", 0xFF0)]
    [InlineData("shl.b32 %r1, 1, 32;", 0)]
    [InlineData("shr.s32 %r1, 0x80000000, 99;", 0xFFFF_FFFF)]
    [InlineData("shr.u32 %r1, 0x80000000, 31;", 1)]
    [InlineData("shf.l.wrap.b32 %r1, 0x80000000, 1, 1;", 3)]
    [InlineData("shf.r.clamp.b32 %r1, 1, 5, 40;", 5)]
    [InlineData("lop3.b32 %r1, 0xff00ff00, 0xf0f0f0f0, 0xcccccccc, 0x96;", 0xFF00FF00 ^ 0xF0F0F0F0 ^ 0xCCCCCCCC)]
    [InlineData("prmt.b32 %r1, 0x33221100, 0x77665544, 0x0246;", 0x0022_4466)]
    [InlineData("prmt.b32 %r1, 0x80, 0, 0x8888;", 0xFFFF_FFFF)]
    [InlineData("cnot.b32 %r1, 0;", 1)]
    [InlineData("dp4a.s32.s32 %r1, 0xff010203, 0x02010101, 1;", 5)]
    [InlineData("mul.wide.s32 %rd2, -1, 2; cvt.u32.u64 %r1, %rd2;", 0xFFFF_FFFE)]
    [InlineData("mul.wide.u16 %r1, 0xffff, 0xffff;", 0xFFFE_0001)]
    [InlineData("mad.wide.s32 %rd2, -1, 2, 5; shr.u64 %rd2, %rd2, 1; cvt.u32.u64 %r1, %rd2;", 1)]
    [InlineData("slct.b32.s32 %r1, 4, 5, -1;", 5)]
    [InlineData("slct.b32.f32 %r1, 4, 5, 0f80000000;", 4)]
    [InlineData("setp.gt.and.s32 %p0|%p1, 1, 0, !%p2; selp.b32 %r1, 1, 2, %p0;", 0)]
    [InlineData("set.lt.u32.s32 %r1, -1, 0;", 0xFFFF_FFFF)]
    [InlineData("{ .reg .b32 %r1; mov.b32 %r1, 9; mov.b32 %r2, %r1; } mov.b32 %r1, %r2;", 9)]
    [InlineData("mov.b32 %r2, 0x00010002; mov.b32 {%h0, %h1}, %r2; mov.b32 %r1, {%h1, %h0};", 0x0002_0001)]
    public void Results_of_one_lane(string body, uint expected)
    {
        if (body.Contains("!%p2", StringComparison.Ordinal))
        {
            // true and not false; the second result is false and not false.
            Assert.Equal(1u, machine.Value("setp.eq.s32 %p2, 1, 2; " + body));
            Assert.Equal(2u, machine.Value("setp.eq.s32 %p2, 1, 1; " + body));
            return;
        }

        Assert.Equal(expected, machine.Value(body));
    }
}
