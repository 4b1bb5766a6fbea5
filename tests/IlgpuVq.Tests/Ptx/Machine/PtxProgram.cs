using IlgpuVq.Tests.Ptx.Decoding;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>A module on a device: its kernels, and its variables in the memory of the device.</summary>
internal sealed unsafe class PtxProgram
{
    private readonly DeviceMemory memory;
    private readonly List<Allocation> variables = [];

    /// <exception cref="PtxException">All that the translator of a driver would complain about.</exception>
    public PtxProgram(string source, DeviceMemory memory, int target = 90)
    {
        this.memory = memory;
        var module = PtxParser.Parse(source);
        Version = module.Version;
        if (module.Target > target)
        {
            throw new PtxException([$".target: expected sm_{target} or lower; got sm_{module.Target}"]);
        }

        try
        {
            var addresses = Place(module);
            var errors = new List<string>();
            foreach (var entry in module.Entries)
            {
                try
                {
                    Kernels[entry.Name] = KernelDecoder.Decode(module, entry, addresses);
                }
                catch (PtxException failure)
                {
                    errors.AddRange(failure.Errors);
                }
            }

            if (errors.Count > 0)
            {
                throw new PtxException(errors);
            }
        }
        catch (PtxException)
        {
            Unload();
            throw;
        }
    }

    public PtxVersion Version { get; }

    public Dictionary<string, PtxKernel> Kernels { get; } = [];

    public void Unload()
    {
        foreach (var variable in variables)
        {
            memory.Free(variable.Base);
        }

        variables.Clear();
    }

    private Dictionary<PtxVariable, ulong> Place(PtxModule module)
    {
        var addresses = new Dictionary<PtxVariable, ulong>();
        foreach (var variable in module.Variables.Where(variable => variable.Space is StateSpace.Global or StateSpace.Const))
        {
            var allocation = memory.Allocate(variable.Bytes);
            variables.Add(allocation);
            addresses[variable] = allocation.Base;
            var bytes = new Span<byte>(allocation.Pointer, (int)variable.Bytes);
            bytes.Clear();
            variable.Initial.CopyTo(bytes);
        }

        return addresses;
    }
}
