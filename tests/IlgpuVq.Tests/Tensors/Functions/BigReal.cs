using System.Numerics;

namespace IlgpuVq.Tests.Tensors.Functions;

/// <summary>A number of 160 bits, m · 2ⁿ: the reference for functions of numbers.</summary>
/// <remarks>Results of operations are cut off, so each is within 2⁻¹⁵⁸ of itself; functions lose a few bits more.</remarks>
internal readonly struct BigReal
{
    private const int Precision = 160;

    /// <summary>Bits behind the point while an angle is reduced.</summary>
    private const int AngleBits = 400;

    /// <summary>The parts into which arguments of the series of eˣ are cut: 2⁸, so that it ends soon.</summary>
    private const int ExpHalvings = 8;

    private static readonly BigInteger HalfPiBits = ScaledPi(AngleBits - 1);
    private static readonly BigReal Ln2 = ScaledLn2();

    private readonly BigInteger mantissa;
    private readonly int exponent;

    private BigReal(BigInteger mantissa, int exponent)
    {
        var excess = (int)BigInteger.Abs(mantissa).GetBitLength() - Precision;
        (this.mantissa, this.exponent) = mantissa.IsZero ? (mantissa, 0)
            : excess > 0 ? (mantissa >> excess, exponent + excess)
            : (mantissa, exponent);
    }

    public static BigReal Pi => new(HalfPiBits, 1 - AngleBits);

    public int Sign => mantissa.Sign;

    /// <summary>n with 2ⁿ ≤ |x| &lt; 2ⁿ⁺¹.</summary>
    public int TopExponent => exponent + (int)BigInteger.Abs(mantissa).GetBitLength() - 1;

    public static implicit operator BigReal(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var (fraction, top) = (bits & 0xFFFFFFFFFFFFF, (int)(bits >> 52) & 0x7FF);
        var magnitude = top == 0 ? new BigReal(fraction, -1074) : new BigReal(fraction | (1L << 52), top - 1075);
        return bits < 0 ? -magnitude : magnitude;
    }

    public static explicit operator double(BigReal x)
    {
        // 64 bits are cut off, which the conversion then rounds; half a unit more or less does not matter here.
        var excess = Math.Max(0, (int)BigInteger.Abs(x.mantissa).GetBitLength() - 64);
        return Math.ScaleB((double)(x.mantissa >> excess), x.exponent + excess);
    }

    public static BigReal operator -(BigReal x) => new(-x.mantissa, x.exponent);

    public static BigReal operator +(BigReal x, BigReal y)
    {
        if (x.Sign == 0 || y.Sign == 0)
        {
            return x.Sign == 0 ? y : x;
        }

        // What lies far below the other does not count.
        if (x.TopExponent - y.TopExponent > 2 * Precision)
        {
            return x;
        }

        return y.TopExponent - x.TopExponent > 2 * Precision ? y
            : x.exponent >= y.exponent ? new((x.mantissa << (x.exponent - y.exponent)) + y.mantissa, y.exponent)
            : y + x;
    }

    public static BigReal operator -(BigReal x, BigReal y) => x + -y;

    public static BigReal operator *(BigReal x, BigReal y) => new(x.mantissa * y.mantissa, x.exponent + y.exponent);

    public static BigReal operator /(BigReal x, BigReal y) =>
        new((x.mantissa << (2 * Precision)) / y.mantissa, x.exponent - y.exponent - (2 * Precision));

    public static BigReal Abs(BigReal x) => x.Sign < 0 ? -x : x;

    /// <summary>x · 2ⁿ.</summary>
    public static BigReal Scale(BigReal x, int n) => new(x.mantissa, x.exponent + n);

    public static BigReal Sqrt(BigReal x)
    {
        if (x.Sign == 0)
        {
            return x;
        }

        // Heron's steps from 53 bits of a number between 1 and 4.
        var half = x.TopExponent >> 1;
        var reduced = Scale(x, -2 * half);
        BigReal root = Math.Sqrt((double)reduced);
        for (var step = 0; step < 2; step++)
        {
            root = Scale(root + (reduced / root), -1);
        }

        return Scale(root, half);
    }

    public static BigReal Exp(BigReal x)
    {
        var n = (int)Math.Round((double)(x / Ln2));
        var reduced = Scale(x - (n * Ln2), -ExpHalvings);
        BigReal sum = 1;
        var term = sum;
        for (var i = 1; term.Sign != 0 && term.TopExponent > -Precision; i++)
        {
            term = Divide(term * reduced, i);
            sum += term;
        }

        for (var i = 0; i < ExpHalvings; i++)
        {
            sum *= sum;
        }

        return Scale(sum, n);
    }

    /// <summary>The logarithm of a positive number; near 1, 53 bits of it are lost.</summary>
    public static BigReal Log(BigReal x)
    {
        // Halley's step on eʸ = x, of third order, from 53 bits. Near 1 the exponent is 0 on both sides.
        var n = x.TopExponent;
        n = (double)Scale(x, -n) > 1.5 ? n + 1 : n;
        var reduced = Scale(x, -n);
        BigReal y = Math.Log((double)reduced);
        var power = Exp(y);
        return y + (Scale(reduced - power, 1) / (reduced + power)) + (n * Ln2);
    }

    public static (BigReal Sin, BigReal Cos) SinCos(BigReal x)
    {
        var shift = x.exponent + AngleBits;
        var bits = shift >= 0 ? x.mantissa << shift : x.mantissa >> -shift;
        var quadrant = BigInteger.Divide(bits + (bits.Sign * HalfPiBits / 2), HalfPiBits);

        // A small angle is its own remainder, with all its bits.
        var r = quadrant.IsZero ? x : new BigReal(bits - (quadrant * HalfPiBits), -AngleBits);
        var square = r * r;
        var (sin, cos, sinTerm, cosTerm) = (r, (BigReal)1, r, (BigReal)1);
        for (var i = 2; cosTerm.Sign != 0 && cosTerm.TopExponent > -Precision; i += 2)
        {
            cosTerm = Divide(cosTerm * square, (1 - i) * i);
            sinTerm = Divide(sinTerm * square, -i * (i + 1));
            (sin, cos) = (sin + sinTerm, cos + cosTerm);
        }

        return (int)(quadrant & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }

    /// <summary>By a small number, for series.</summary>
    private static BigReal Divide(BigReal x, int n) => new((x.mantissa << 40) / n, x.exponent - 40);

    /// <summary>Machin's formula: π = 16 atan(1/5) − 4 atan(1/239).</summary>
    private static BigInteger ScaledPi(int bits)
    {
        var one = BigInteger.One << (bits + 64);
        return ((16 * AtanOfInverse(5)) - (4 * AtanOfInverse(239))) >> 64;

        BigInteger AtanOfInverse(int n)
        {
            var (sum, power) = (BigInteger.Zero, one / n);
            for (var i = 1; !power.IsZero; i += 2)
            {
                sum += i % 4 == 1 ? power / i : -power / i;
                power /= n * n;
            }

            return sum;
        }
    }

    /// <summary>ln 2 = Σ 1 / (n · 2ⁿ).</summary>
    private static BigReal ScaledLn2()
    {
        const int Bits = 2 * Precision;
        var sum = BigInteger.Zero;
        for (var n = 1; n <= Bits; n++)
        {
            sum += (BigInteger.One << (Bits - n)) / n;
        }

        return new(sum, -Bits);
    }
}
