namespace ILGPU.Algorithms;

/// <content>The bits of 2/π behind the point, for arguments up to the largest.</content>
internal static partial class DeviceMath
{
    private const ulong TwoOverPi0 = 0xA2F9836E4E441529;
    private const ulong TwoOverPi1 = 0xFC2757D1F534DDC0;
    private const ulong TwoOverPi2 = 0xDB6295993C439041;
    private const ulong TwoOverPi3 = 0xFE5163ABDEBBC561;
    private const ulong TwoOverPi4 = 0xB7246E3A424DD2E0;
    private const ulong TwoOverPi5 = 0x06492EEA09D1921C;
    private const ulong TwoOverPi6 = 0xFE1DEB1CB129A73E;
    private const ulong TwoOverPi7 = 0xE88235F52EBB4484;
    private const ulong TwoOverPi8 = 0xE99C7026B45F7E41;
    private const ulong TwoOverPi9 = 0x3991D639835339F4;
    private const ulong TwoOverPi10 = 0x9C845F8BBDF9283B;
    private const ulong TwoOverPi11 = 0x1FF897FFDE05980F;
    private const ulong TwoOverPi12 = 0xEF2F118B5A0A6D1F;
    private const ulong TwoOverPi13 = 0x6D367ECF27CB09B7;
    private const ulong TwoOverPi14 = 0x4F463F669E5FEA2D;
    private const ulong TwoOverPi15 = 0x7527BAC7EBE5F17B;
    private const ulong TwoOverPi16 = 0x3D0739F78A5292EA;
    private const ulong TwoOverPi17 = 0x6BFB5FB11F8D5D08;

    /// <summary>Four words of 64 bits from a word on, where word 0 is zero and stands before the point.</summary>
    /// <remarks>A choice between constants: an array would lie in the memory of each thread.</remarks>
    private static (ulong First, ulong Second, ulong Third, ulong Fourth) TwoOverPiFrom(int word) => word switch
    {
        0 => (0, TwoOverPi0, TwoOverPi1, TwoOverPi2),
        1 => (TwoOverPi0, TwoOverPi1, TwoOverPi2, TwoOverPi3),
        2 => (TwoOverPi1, TwoOverPi2, TwoOverPi3, TwoOverPi4),
        3 => (TwoOverPi2, TwoOverPi3, TwoOverPi4, TwoOverPi5),
        4 => (TwoOverPi3, TwoOverPi4, TwoOverPi5, TwoOverPi6),
        5 => (TwoOverPi4, TwoOverPi5, TwoOverPi6, TwoOverPi7),
        6 => (TwoOverPi5, TwoOverPi6, TwoOverPi7, TwoOverPi8),
        7 => (TwoOverPi6, TwoOverPi7, TwoOverPi8, TwoOverPi9),
        8 => (TwoOverPi7, TwoOverPi8, TwoOverPi9, TwoOverPi10),
        9 => (TwoOverPi8, TwoOverPi9, TwoOverPi10, TwoOverPi11),
        10 => (TwoOverPi9, TwoOverPi10, TwoOverPi11, TwoOverPi12),
        11 => (TwoOverPi10, TwoOverPi11, TwoOverPi12, TwoOverPi13),
        12 => (TwoOverPi11, TwoOverPi12, TwoOverPi13, TwoOverPi14),
        13 => (TwoOverPi12, TwoOverPi13, TwoOverPi14, TwoOverPi15),
        14 => (TwoOverPi13, TwoOverPi14, TwoOverPi15, TwoOverPi16),
        _ => (TwoOverPi14, TwoOverPi15, TwoOverPi16, TwoOverPi17),
    };
}
