namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>The modifiers of an instruction of 32-bit floats.</summary>
internal interface IFloatMode
{
    /// <summary>Subnormal operands and results become zeros of their sign.</summary>
    static abstract bool Flushes { get; }

    /// <summary>Results are kept within 0 and 1; NaN becomes 0.</summary>
    static abstract bool Saturates { get; }
}

internal readonly struct PlainMode : IFloatMode
{
    public static bool Flushes => false;

    public static bool Saturates => false;
}

internal readonly struct FlushMode : IFloatMode
{
    public static bool Flushes => true;

    public static bool Saturates => false;
}

internal readonly struct SaturateMode : IFloatMode
{
    public static bool Flushes => false;

    public static bool Saturates => true;
}

internal readonly struct FlushSaturateMode : IFloatMode
{
    public static bool Flushes => true;

    public static bool Saturates => true;
}

internal static class FloatModes
{
    /// <summary>The one NaN that arithmetic of 32-bit floats makes.</summary>
    public static readonly float CanonicalNaN = BitConverter.UInt32BitsToSingle(0x7FFF_FFFF);

    public static float Flush(float x) => float.IsSubnormal(x) ? MathF.CopySign(0, x) : x;

    public static float Saturate(float x) => x > 0 ? Math.Min(x, 1) : 0;

    public static float Operand<TMode>(float x)
        where TMode : struct, IFloatMode => TMode.Flushes ? Flush(x) : x;

    public static float Result<TMode>(float y)
        where TMode : struct, IFloatMode
    {
        y = TMode.Flushes ? Flush(y) : y;
        y = TMode.Saturates ? Saturate(y) : y;
        return float.IsNaN(y) ? CanonicalNaN : y;
    }
}
