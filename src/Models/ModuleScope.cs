using IlgpuVq.Tensors;

namespace IlgpuVq.Models;

/// <summary>Where a module is built: its device, the seed of its initial numbers, and its place in the state
/// dictionary.</summary>
/// <remarks>The random numbers of a parameter depend on the seed and its full name alone, not on the order of
/// construction.</remarks>
public sealed class ModuleScope
{
    private const string Separator = ".";

    private readonly (string From, string To)? renaming;

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

    private ModuleScope(ModuleScope other, string path, Initialization initialization, (string From, string To)? renaming)
        : this(other.Device, other.Seed, initialization, path) => this.renaming = renaming;

    public Device Device { get; }

    public ulong Seed { get; }

    /// <summary>Whose default distributions the weights start from.</summary>
    public Initialization Initialization { get; }

    /// <summary>The dotted prefix of every key below.</summary>
    public string Path { get; }

    /// <summary>The same place, where weights start from other distributions.</summary>
    public ModuleScope With(Initialization initialization) => new(this, Path, initialization, renaming);

    /// <summary>The same place, where what is called <paramref name="from"/> below has another name: families share modules
    /// and have the key names of their own systems.</summary>
    /// <param name="from">The beginning of a key of this scope or one below.</param>
    /// <param name="to">What stands there instead.</param>
    public ModuleScope Renaming(string from, string to) => new(this, Path, Initialization, (from, to));

    /// <summary>The scope of a child, under a name or a list index.</summary>
    public ModuleScope In(string name) => new(this, Key(name), Initialization, renaming);

    /// <summary>The state dictionary key of a parameter of this scope.</summary>
    public string Key(string name)
    {
        if (renaming is var (from, to) && name.StartsWith(from, StringComparison.Ordinal))
        {
            name = to + name[from.Length..];
        }

        return Path.Length == 0 ? name : Path + Separator + name;
    }

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
