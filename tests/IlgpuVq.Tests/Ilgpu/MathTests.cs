using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using ILGPU.Algorithms;
using Xunit;
using Half = ILGPU.Half;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class MathTests
{
    private static readonly Arbitrary<double> Arguments =
        Gen.Choose(1, 40_000).Select(value => value / 10_000.0).ToArbitrary();

    [Fact]
    public void Functions_agree_with_their_definitions_in_both_precisions() =>
        Prop.ForAll(Arguments, x =>
        {
            var f = (float)x;
            Check(Math.Sqrt(x), XMath.Sqrt(x), XMath.Sqrt(f));
            Check(1 / x, XMath.Rcp(x), XMath.Rcp(f));
            Check(1 / Math.Sqrt(x), XMath.Rsqrt(x), XMath.Rsqrt(f));
            Check(Math.Exp(x), XMath.Exp(x), XMath.Exp(f));
            Check(Math.Pow(2, x), XMath.Exp2(x), XMath.Exp2(f));
            Check(Math.Log(x), XMath.Log(x), XMath.Log(f));
            Check(Math.Log(x) / Math.Log(2), XMath.Log2(x), XMath.Log2(f));
            Check(Math.Log(x) / Math.Log(10), XMath.Log10(x), XMath.Log10(f));
            Check(Math.Log(x) / Math.Log(3), XMath.Log(x, 3), XMath.Log(f, 3));
            Check(Math.Pow(x, 1.5), XMath.Pow(x, 1.5), XMath.Pow(f, 1.5f));
            Check(Math.Sin(x), XMath.Sin(x), XMath.Sin(f));
            Check(Math.Cos(x), XMath.Cos(x), XMath.Cos(f));
            Check(Math.Tanh(x), XMath.Tanh(x), XMath.Tanh(f));
            Check(Math.Atan2(x, 2), XMath.Atan2(x, 2), XMath.Atan2(f, 2));
            Assert.Equal((x % 0.75, f % 0.75f), (XMath.Rem(x, 0.75), XMath.Rem(f, 0.75f)));
            XMath.SinCos(x, out var sin, out var cos);
            Check(1, (sin * sin) + (cos * cos), (float)((sin * sin) + (cos * cos)));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(2.5f, 2, 3, 2, 3)]
    [InlineData(3.5f, 4, 4, 3, 4)]
    [InlineData(-2.5f, -2, -3, -3, -2)]
    [InlineData(1.2f, 1, 1, 1, 2)]
    public void Rounding_goes_where_its_name_says(float x, float even, float away, float floor, float ceiling)
    {
        Assert.Equal(even, XMath.RoundToEven(x));
        Assert.Equal(even, XMath.Round(x));
        Assert.Equal(away, XMath.RoundAwayFromZero(x));
        Assert.Equal(floor, XMath.Floor(x));
        Assert.Equal(ceiling, XMath.Ceiling((double)x));
        Assert.Equal(MathF.Truncate(x), XMath.Truncate(x));
    }

    [Fact]
    public void Special_values_are_recognised()
    {
        Assert.True(XMath.IsNaN(float.NaN) && XMath.IsNaN(double.NaN) && !XMath.IsNaN(1f));
        Assert.True(XMath.IsInfinity(float.NegativeInfinity) && !XMath.IsInfinity(float.NaN));
        Assert.True(XMath.IsFinite(1.0) && !XMath.IsFinite(double.PositiveInfinity));
        Assert.Equal((-1, 0, 1, 0), (XMath.Sign(-3f), XMath.Sign(0f), XMath.Sign(2.0), XMath.Sign(float.NaN)));
        Assert.True(XMath.IsNaN(XMath.Max(float.NaN, 1)));
        Assert.Equal(-3f, XMath.CopySign(3f, -0f));
    }

    [Fact]
    public void Integer_helpers_agree_with_counting_and_dividing_by_hand() =>
        Prop.ForAll<int, uint, ulong>((a, b, c) =>
        {
            Assert.Equal(Convert.ToString(a, 2).Count(digit => digit == '1'), IntrinsicMath.PopCount(a));
            Assert.Equal(b == 0 ? 32 : 32 - Convert.ToString(b, 2).Length, IntrinsicMath.LeadingZeroCount(b));
            Assert.Equal(c == 0 ? 64 : Enumerable.Range(0, 64).First(bit =>
                ((c >> bit) & 1) != 0), IntrinsicMath.TrailingZeroCount(c));
            Assert.Equal(Math.Clamp(a, -5, 5), IntrinsicMath.Clamp(a, -5, 5));
            Assert.Equal(Math.Clamp(c, 3, 7), XMath.Clamp(c, 3, 7));
            var (numerator, denominator) = (a & 0xFFFF, 1 + (int)(b % 100));
            Assert.Equal(
                (numerator / denominator) + (numerator % denominator == 0 ? 0 : 1),
                IntrinsicMath.DivRoundUp(numerator, denominator));
            Assert.Equal(numerator / denominator, XMath.DivRoundDown(numerator, denominator));
            Assert.Equal(Math.Abs((long)a), IntrinsicMath.Abs((long)a));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_smallest_integer_is_its_own_absolute_value_as_on_devices()
    {
        Assert.Equal(int.MinValue, IntrinsicMath.Abs(int.MinValue));
        Assert.True(IntrinsicMath.IsPowerOf2(64) && !IntrinsicMath.IsPowerOf2(0) && !IntrinsicMath.IsPowerOf2(-8L));
    }

    [Fact]
    public void Bits_of_numbers_come_back_unchanged() =>
        Prop.ForAll<uint, ulong>((small, large) =>
        {
            Assert.Equal(small, Interop.FloatAsInt(Interop.IntAsFloat(small)));
            Assert.Equal(large, Interop.FloatAsInt(Interop.IntAsFloat(large)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Half_precision_rounds_to_eleven_bits() =>
        Prop.ForAll<float, float>((a, b) =>
        {
            var (x, y) = ((Half)a, (Half)b);
            var (p, q) = ((System.Half)a, (System.Half)b);
            Assert.Equal((float)p, (float)x);
            Assert.Equal((float)(p + q), (float)(x + y));
            Assert.Equal((float)(p * q), (float)(x * y));
            Assert.Equal(p < q, x < y);
            Assert.Equal(BitConverter.HalfToUInt16Bits(p), Interop.FloatAsInt(x));
            Assert.Equal(System.Half.IsNaN(p), Half.IsNaN(x));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Sizes_and_offsets_are_those_of_memory()
    {
        Assert.Equal(2, Interop.SizeOf<Half>());
        Assert.Equal(12, Interop.SizeOf(new Triple(1, 2, 3)));
        Assert.Equal(8, Interop.OffsetOf<Triple>(nameof(Triple.Last)));
    }

    private static void Check(double expected, double wide, float narrow)
    {
        Assert.Equal(expected, wide, 1e-12 * Math.Max(1, Math.Abs(expected)));
        // The argument was rounded to 24 bits; none of the functions has a condition number above 8 on (0, 4].
        Assert.Equal(expected, narrow, 1e-5 * Math.Max(1, Math.Abs(expected)));
    }

    private struct Triple(short first, int middle, float last)
    {
        public short First = first;
        public int Middle = middle;
        public float Last = last;
    }
}
