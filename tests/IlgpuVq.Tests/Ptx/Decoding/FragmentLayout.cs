using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Which lane holds which elements of the matrices of mma.sync.m16n8k(k).</summary>
/// <remarks>
/// Lane 4·g + t holds, of A (16 × k), rows g and g + 8; of B (k × 8), column g; of C (16 × 8), rows g and g + 8 of columns 2·t
/// and 2·t + 1. Formats of 16 bits lie in pairs along k in one register, the lower index in the lower half.
/// </remarks>
internal sealed record FragmentLayout(int K, string Format)
{
    public int PerRegister => Format == "tf32" ? 1 : 2;

    public int ElementsOfA => 16 * K / Warp.Size;

    public int ElementsOfB => 8 * K / Warp.Size;

    public int RegistersOfA => ElementsOfA / PerRegister;

    public int RegistersOfB => ElementsOfB / PerRegister;

    public static (int Row, int Column) PlaceInC(int lane, int element) =>
        ((lane / 4) + (8 * (element / 2)), (2 * (lane % 4)) + (element % 2));

    public (int Row, int Column) PlaceInA(int lane, int element)
    {
        var (register, half) = (element / PerRegister, element % PerRegister);
        return ((lane / 4) + (8 * (register % 2)), AlongK(lane, register / 2, half));
    }

    public (int Row, int Column) PlaceInB(int lane, int element) =>
        (AlongK(lane, element / PerRegister, element % PerRegister), lane / 4);

    /// <summary>
    /// The value of an element. Of a 32-bit float, tf32 has the upper 19 bits: the hardware does not look at the others.
    /// </summary>
    public double Read(uint register, int element)
    {
        var half = (ushort)(register >> (16 * (element % PerRegister)));
        return Format switch
        {
            "tf32" => BitConverter.UInt32BitsToSingle(register & 0xFFFF_E000),
            "bf16" => BitConverter.UInt32BitsToSingle((uint)half << 16),
            _ => (double)BitConverter.UInt16BitsToHalf(half),
        };
    }

    private int AlongK(int lane, int block, int half) => (((4 * block) + (lane % 4)) * PerRegister) + half;
}
