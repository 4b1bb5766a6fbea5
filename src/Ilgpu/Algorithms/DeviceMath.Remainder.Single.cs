using static System.MathF;

namespace ILGPU.Algorithms;

/// <content>Remainders in 32 bits. All results are exact.</content>
internal static partial class DeviceMath
{
    /// <summary>The remainder of a division rounded towards zero, as of the operator %. Its sign is that of x.</summary>
    public static float Remainder(float x, float y)
    {
        var (dividend, divisor) = (Abs(x), Abs(y));
        if (!(dividend < float.PositiveInfinity && divisor > 0))
        {
            return float.NaN;
        }

        return dividend < divisor ? x : CopySign(RemainderOfPositive(dividend, divisor), x);
    }

    /// <summary>The remainder of a division rounded to even, as of IEEE 754. Its sign is that of x where it is 0.</summary>
    public static float IEEERemainder(float x, float y)
    {
        var (dividend, divisor) = (Abs(x), Abs(y));
        if (!(dividend < float.PositiveInfinity && divisor > 0))
        {
            return float.NaN;
        }

        if (divisor == float.PositiveInfinity)
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
        return BitConverter.SingleToInt32Bits(x) < 0 ? -remainder : remainder;
    }

    /// <summary>x modulo y for positive numbers, x ≥ y. NaN if y is NaN, x if y is infinite.</summary>
    private static float RemainderOfPositive(float x, float y)
    {
        // With a quotient below 2²³ one step is exact. Rounding may have made the quotient too large by one.
        var quotient = Truncate(x / y);
        if (quotient < (1 << 23))
        {
            var rest = FusedMultiplyAdd(-quotient, y, x);
            return rest < 0 ? rest + y : rest;
        }

        // Else as with pencil and paper: 40 bits at a time, as many as the remainder leaves free in 64.
        var (dividend, exponent) = MantissaOf(x);
        var (divisor, divisorExponent) = MantissaOf(y);
        var remainder = dividend % divisor;
        for (var shift = exponent - divisorExponent; shift > 0; shift -= 40)
        {
            remainder = (remainder << Math.Min(shift, 40)) % divisor;
        }

        return Scale((float)remainder, divisorExponent);
    }

    /// <summary>A positive finite number as m · 2ⁿ.</summary>
    private static (ulong Mantissa, int Exponent) MantissaOf(float x)
    {
        var bits = BitConverter.SingleToInt32Bits(x);
        var mantissa = (ulong)(bits & 0x7FFFFF);
        var exponent = bits >> 23;
        return exponent == 0 ? (mantissa, -149) : (mantissa | 0x800000, exponent - 150);
    }
}
