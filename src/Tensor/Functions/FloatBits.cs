namespace IlgpuVq.Tensors.Functions;

/// <summary>How the 32 bits of a float are laid out (IEEE 754), and numbers that its lanes share.</summary>
internal static class FloatBits
{
    public const int ExponentBias = 127;
    public const int FractionBits = 23;
    public const int FractionMask = (1 << FractionBits) - 1;
    public const int SignMask = int.MinValue;

    /// <summary>All but the last 12 bits.</summary>
    public const int HighMask = ~0xFFF;

    /// <summary>√½.</summary>
    public const float RootOfHalf = 0.707106769f;

    public const int RootOfHalfBits = 0x3F3504F3;

    public const float SmallestNormal = 1.17549435e-38f;

    /// <summary>2²³: makes normal numbers of those below.</summary>
    public const float FractionScale = 1 << FractionBits;

    /// <summary>1.5·2²³: sums of this size have no place for fractions.</summary>
    public const float WholeNumbers = 12582912;
}
