using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>The addresses of the variables and parameters of a kernel.</summary>
internal sealed class KernelLayout
{
    /// <summary>What a module may declare; a launch may bring more.</summary>
    private const int MaxStaticSharedBytes = 48 * 1024;

    private const int MaxParameterBytes = 4096;

    private readonly Dictionary<PtxVariable, ulong> addresses;

    public KernelLayout(PtxModule module, PtxEntry entry, IReadOnlyDictionary<PtxVariable, ulong> globals)
    {
        addresses = globals.ToDictionary();
        ParameterBytes = Place(entry.Parameters, 0);
        Parameters = [.. entry.Parameters.Select(parameter => ((int)addresses[parameter], (int)parameter.Bytes))];
        if (ParameterBytes > MaxParameterBytes)
        {
            throw new PtxException(
                entry.Line, $"{entry.Name}: expected at most {MaxParameterBytes} bytes of parameters; got {ParameterBytes}");
        }

        var declared = entry.Variables.Concat(module.Variables).ToList();
        var shared = declared.Where(variable => variable.Space == StateSpace.Shared).ToList();
        SharedBytes = Place(shared.Where(variable => variable.Bytes >= 0), Group.SharedBase);
        if (SharedBytes > MaxStaticSharedBytes)
        {
            throw new PtxException(
                entry.Line, $"{entry.Name}: expected at most {MaxStaticSharedBytes} bytes of shared memory; got {SharedBytes}");
        }

        LocalBytes = (Place(declared.Where(variable => variable.Space == StateSpace.Local), 0) + 15) / 16 * 16;

        // What the launch brings lies behind what is declared.
        foreach (var variable in shared.Where(variable => variable.Bytes < 0))
        {
            SharedBytes = Align(SharedBytes, Math.Max(variable.Alignment, 16));
            addresses[variable] = Group.SharedBase + (ulong)SharedBytes;
        }
    }

    public int ParameterBytes { get; }

    public IReadOnlyList<(int Offset, int Bytes)> Parameters { get; }

    public int SharedBytes { get; }

    public int LocalBytes { get; }

    public ulong AddressOf(PtxVariable variable) => addresses[variable];

    private static int Align(long offset, int alignment) => (int)((offset + alignment - 1) / alignment * alignment);

    private int Place(IEnumerable<PtxVariable> variables, ulong first)
    {
        var bytes = 0;
        foreach (var variable in variables)
        {
            bytes = Align(bytes, variable.Alignment);
            addresses[variable] = first + (ulong)bytes;
            bytes += (int)variable.Bytes;
        }

        return bytes;
    }
}
