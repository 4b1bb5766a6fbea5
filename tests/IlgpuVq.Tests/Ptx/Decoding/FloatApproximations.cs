using System.Numerics;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>The approximations of the device. They are as wrong as the PTX ISA lets them be, up or down as the bits of the
/// operand say; results that a float can hold are exact.</summary>
internal static class FloatApproximations
{
    private static readonly double SineError = Math.Pow(2, -20.5);
    private static readonly double LargeSineError = Math.Pow(2, -14.7);
    private static readonly double ReciprocalRootError = Math.Pow(2, -22.9);
    private static readonly double ExponentialError = Math.ScaleB(1, -22);
    private static readonly double TanhError = Math.ScaleB(1, -11);

    private static T Round<T>(double operand, double exact, double absolute, double relative)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!double.IsFinite(exact) || exact == (float)exact)
        {
            return T.CreateTruncating(exact);
        }

        var isUp = (BitOperations.PopCount(BitConverter.DoubleToUInt64Bits(operand)) & 1) != 0;
        var error = absolute + (relative * Math.Abs(exact));
        return T.CreateTruncating(exact + (isUp ? error : -error));
    }

    private static T Wave<T>(double operand, double exact)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Round<T>(operand, exact, Math.Abs(operand) <= 2 * Math.PI ? SineError : LargeSineError, 0);

    public readonly struct ReciprocalSqrt : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var operand = double.CreateTruncating(a);
            return T.IsZero(a)
                ? T.CopySign(T.PositiveInfinity, a)
                : Round<T>(operand, 1 / Math.Sqrt(operand), 0, ReciprocalRootError);
        }
    }

    public readonly struct Sin : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var operand = double.CreateTruncating(a);
            return Wave<T>(operand, Math.Sin(operand));
        }
    }

    public readonly struct Cos : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var operand = double.CreateTruncating(a);
            return Wave<T>(operand, Math.Cos(operand));
        }
    }

    /// <summary>The bound is absolute near the zero at 1, relative elsewhere.</summary>
    public readonly struct Log2 : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var operand = double.CreateTruncating(a);
            return operand is > 0.5 and < 2
                ? Round<T>(operand, Math.Log2(operand), ExponentialError, 0)
                : Round<T>(operand, Math.Log2(operand), 0, ExponentialError);
        }
    }

    public readonly struct Exp2 : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var operand = double.CreateTruncating(a);
            return Round<T>(operand, Math.Pow(2, operand), 0, ExponentialError);
        }
    }

    public readonly struct Tanh : IFloatUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var operand = double.CreateTruncating(a);
            return Round<T>(operand, Math.Tanh(operand), 0, TanhError);
        }
    }
}
