using static System.Math;

namespace ILGPU.Algorithms;

/// <content>Remainders in 64 bits. All results are exact.</content>
internal static partial class DeviceMath
{
    /// <summary>The remainder of a division rounded towards zero, as of the operator %. Its sign is that of x.</summary>
    public static double Remainder(double x, double y)
    {
        var (dividend, divisor) = (Abs(x), Abs(y));
        if (!(dividend < double.PositiveInfinity && divisor > 0))
        {
            return double.NaN;
        }

        return dividend < divisor ? x : CopySign(RemainderOfPositive(dividend, divisor), x);
    }

    /// <summary>The remainder of a division rounded to even, as of IEEE 754. Its sign is that of x where it is 0.</summary>
    public static double IEEERemainder(double x, double y)
    {
        var (dividend, divisor) = (Abs(x), Abs(y));
        if (!(dividend < double.PositiveInfinity && divisor > 0))
        {
            return double.NaN;
        }

        if (divisor == double.PositiveInfinity)
        {
            return x;
        }

        // x modulo 2y, which tells whether the quotient is odd. Where 2y overflows, x is below it.
        var remainder = dividend >= 2 * divisor ? RemainderOfPositive(dividend, 2 * divisor) : dividend;
        var isOdd = remainder >= divisor;
        remainder = isOdd ? remainder - divisor : remainder;

        // y − remainder is exact where it matters: between y/2 and y.
        var distance = divisor - remainder;
        remainder = remainder > distance || (remainder == distance && isOdd) ? -distance : remainder;
        return BitConverter.DoubleToInt64Bits(x) < 0 ? -remainder : remainder;
    }

    /// <summary>x modulo y for positive numbers, x ≥ y. NaN if y is NaN, x if y is infinite.</summary>
    private static double RemainderOfPositive(double x, double y)
    {
        // With a quotient below 2⁵² one step is exact. Rounding may have made the quotient too large by one.
        var quotient = Truncate(x / y);
        if (quotient < (1L << 52))
        {
            var rest = FusedMultiplyAdd(-quotient, y, x);
            return rest < 0 ? rest + y : rest;
        }

        // Else as with pencil and paper: 11 bits at a time, as many as the remainder leaves free in 64.
        var (dividend, exponent) = MantissaOf(x);
        var (divisor, divisorExponent) = MantissaOf(y);
        var remainder = dividend % divisor;
        for (var shift = exponent - divisorExponent; shift > 0; shift -= 11)
        {
            remainder = (remainder << Min(shift, 11)) % divisor;
        }

        return Scale((double)remainder, divisorExponent);
    }

    /// <summary>A positive finite number as m · 2ⁿ.</summary>
    private static (ulong Mantissa, int Exponent) MantissaOf(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var mantissa = (ulong)(bits & 0xFFFFFFFFFFFFF);
        var exponent = (int)(bits >> 52);
        return exponent == 0 ? (mantissa, -1074) : (mantissa | 0x10000000000000, exponent - 1075);
    }
}
