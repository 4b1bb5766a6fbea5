using IlgpuVq.Tensors;

namespace IlgpuVq.Models;

/// <summary>Where a module is built: its device, the seed of its initial numbers, and its place in the state
/// dictionary.</summary>
/// <remarks>The random numbers of a parameter depend on the seed and its full name alone, not on the order of
/// construction.</remarks>
public sealed class ModuleScope
{
    private const string Separator = ".";

    /// <param name="device">Where tensors are made.</param>
    /// <param name="seed">What all initial numbers follow from.</param>
    /// <param name="initialization">Whose distributions they have.</param>
    /// <param name="path">The names before all keys; empty for none.</param>
    public ModuleScope(Device device, ulong seed, Initialization initialization = Initialization.Torch, string path = "")
    {
        Device = device;
        Seed = seed;
        Initialization = initialization;
        Path = path;
    }

    public Device Device { get; }

    public ulong Seed { get; }

    /// <summary>Whose default distributions the weights start from.</summary>
    public Initialization Initialization { get; }

    /// <summary>The dotted prefix of every key below.</summary>
    public string Path { get; }

    /// <summary>The same place, where weights start from other distributions.</summary>
    public ModuleScope With(Initialization initialization) => new(Device, Seed, initialization, Path);

    /// <summary>The scope of a child, under a name or a list index.</summary>
    public ModuleScope In(string name) => new(Device, Seed, Initialization, Key(name));

    /// <summary>The state dictionary key of a parameter of this scope.</summary>
    public string Key(string name) => Path.Length == 0 ? name : Path + Separator + name;

    /// <summary>The Philox stream of a key: its 64-bit FNV-1a hash.</summary>
    public static ulong StreamOf(string key)
    {
        const ulong offsetBasis = 0xCBF29CE484222325;
        const ulong prime = 0x100000001B3;
        var hash = offsetBasis;
        foreach (var character in key)
        {
            hash = (hash ^ character) * prime;
        }

        return hash;
    }
}
