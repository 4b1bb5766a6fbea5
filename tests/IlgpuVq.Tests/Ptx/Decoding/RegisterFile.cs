using System.Diagnostics;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>
/// Where the registers of a kernel lie in the file of a warp, and the constants and special registers beside them.
/// </summary>
/// <remarks>
/// A register has one place per lane, of its size; a predicate is one bit per lane. So an operand of an instruction is an offset.
/// </remarks>
internal sealed class RegisterFile
{
    private const int Alignment = 64;

    private readonly Dictionary<PtxRegister, (int Offset, int Number)> registers = [];
    private readonly Dictionary<(int Bytes, ulong Bits), int> constants = [];
    private readonly Dictionary<(SpecialRegister Register, int Bytes), int> specials = [];
    private readonly List<string> names = [];
    private readonly List<int> sizes = [];

    public int Bytes { get; private set; }

    public IReadOnlyList<string> Names => names;

    /// <summary>Bytes of each register; 0 for predicates.</summary>
    public IReadOnlyList<int> Sizes => sizes;

    public IEnumerable<(int Offset, int Bytes, ulong Bits)> Constants =>
        constants.Select(pair => (pair.Value, pair.Key.Bytes, pair.Key.Bits));

    public IEnumerable<(int Offset, int Bytes, SpecialRegister Register)> Specials =>
        specials.Select(pair => (pair.Value, pair.Key.Bytes, pair.Key.Register));

    public (int Offset, int Number) Of(PtxRegister register)
    {
        if (!registers.TryGetValue(register, out var place))
        {
            place = (Reserve(register.Type.Bytes), names.Count);
            names.Add(register.Name);
            sizes.Add(register.Type.Bytes);
            registers[register] = place;
        }

        return place;
    }

    public int Constant(int bytes, ulong bits)
    {
        bits = bytes is 0 or 8 ? bits : bits & ((1UL << (bytes * 8)) - 1);
        if (!constants.TryGetValue((bytes, bits), out var offset))
        {
            constants[(bytes, bits)] = offset = Reserve(bytes);
        }

        return offset;
    }

    public int Special(SpecialRegister register, int bytes)
    {
        if (!specials.TryGetValue((register, bytes), out var offset))
        {
            specials[(register, bytes)] = offset = Reserve(bytes);
        }

        return offset;
    }

    /// <summary>Room for what nobody reads.</summary>
    public int Scratch(int bytes) => Reserve(bytes);

    private int Reserve(int bytesPerLane)
    {
        Debug.Assert(bytesPerLane is 0 or 2 or 4 or 8);
        var offset = Bytes;
        Bytes += ((Math.Max(bytesPerLane, 1) * Warp.Size) + Alignment - 1) / Alignment * Alignment;
        return offset;
    }
}
