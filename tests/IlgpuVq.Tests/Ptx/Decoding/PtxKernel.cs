using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>A kernel that has been checked and can run.</summary>
internal sealed unsafe class PtxKernel
{
    private readonly (int Offset, int Bytes, ulong Bits)[] constants;
    private readonly (int Offset, int Bytes, SpecialRegister Register)[] specials;
    private readonly IReadOnlyList<string> names;
    private readonly IReadOnlyList<int> sizes;

    public PtxKernel(PtxEntry entry, KernelLayout layout, RegisterFile file, Step[] steps, bool usesGlobalAtomics)
    {
        (Name, Limits, Steps, UsesGlobalAtomics) = (entry.Name, entry.Limits, steps, usesGlobalAtomics);
        Parameters = layout.Parameters;
        ParameterBytes = layout.ParameterBytes;
        SharedBytes = layout.SharedBytes;
        LocalBytes = layout.LocalBytes;
        FileBytes = file.Bytes;
        constants = [.. file.Constants];
        specials = [.. file.Specials];
        names = file.Names;
        sizes = file.Sizes;
    }

    public string Name { get; }

    public PtxLimits Limits { get; }

    public Step[] Steps { get; }

    /// <summary>Groups can see each other's steps, so that their order shows.</summary>
    public bool UsesGlobalAtomics { get; }

    /// <summary>Where each parameter lies among the arguments.</summary>
    public IReadOnlyList<(int Offset, int Bytes)> Parameters { get; }

    public int ParameterBytes { get; }

    /// <summary>What the kernel declares, without that which the launch brings.</summary>
    public int SharedBytes { get; }

    /// <summary>For each thread.</summary>
    public int LocalBytes { get; }

    public int FileBytes { get; }

    public int RegisterCount => names.Count;

    public string NameOfRegister(int number) => names[number];

    /// <summary>Bytes; 0 for a predicate.</summary>
    public int SizeOfRegister(int number) => sizes[number];

    public void WriteConstants(byte* file)
    {
        foreach (var (offset, bytes, bits) in constants)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                Write(file + offset, bytes, lane, bits);
            }
        }
    }

    public void WriteSpecials(Warp warp)
    {
        foreach (var (offset, bytes, register) in specials)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                Write(warp.Register<byte>(offset), bytes, lane, SpecialRegisters.Value(register, warp, lane));
            }
        }
    }

    private static void Write(byte* place, int bytes, int lane, ulong bits)
    {
        switch (bytes)
        {
            case 0:
                *(uint*)place = bits == 0 ? 0 : uint.MaxValue;
                break;
            case 2:
                ((ushort*)place)[lane] = (ushort)bits;
                break;
            case 4:
                ((uint*)place)[lane] = (uint)bits;
                break;
            default:
                ((ulong*)place)[lane] = bits;
                break;
        }
    }
}
