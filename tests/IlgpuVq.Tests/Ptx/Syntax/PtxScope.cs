namespace IlgpuVq.Tests.Ptx.Syntax;

/// <summary>The names between two braces. Inner names hide outer ones.</summary>
internal sealed class PtxScope(PtxScope? parent)
{
    private readonly Dictionary<string, PtxRegister> registers = [];
    private readonly Dictionary<string, (PtxType Type, int Count)> families = [];
    private readonly Dictionary<string, int> labels = [];
    private readonly Dictionary<string, PtxVariable> variables = [];

    /// <summary>Declares one register, as <c>%p</c>.</summary>
    public void DeclareRegister(string name, PtxType type, int line)
    {
        if (registers.ContainsKey(name))
        {
            throw new PtxException(line, $"{name}: expected a name that is declared once in its scope");
        }

        registers[name] = new PtxRegister(name, type);
    }

    /// <summary>Declares <c>prefix0</c> to <c>prefix(count-1)</c>.</summary>
    public void DeclareFamily(string prefix, PtxType type, int count, int line)
    {
        if (!families.TryAdd(prefix, (type, count)))
        {
            throw new PtxException(line, $"{prefix}<{count}>: expected a name that is declared once in its scope");
        }
    }

    public void DeclareVariable(PtxVariable variable)
    {
        if (!variables.TryAdd(variable.Name, variable))
        {
            throw new PtxException(variable.Line, $"{variable.Name}: expected a name that is declared once in its scope");
        }
    }

    public void DeclareLabel(string name, int target, int line)
    {
        if (!labels.TryAdd(name, target))
        {
            throw new PtxException(line, $"{name}: expected a label that is declared once in its scope");
        }
    }

    public PtxRegister? FindRegister(string name)
    {
        if (registers.TryGetValue(name, out var register))
        {
            return register;
        }

        var digits = name.Length;
        while (digits > 0 && char.IsAsciiDigit(name[digits - 1]))
        {
            digits--;
        }

        // %r1<4> declares %r10 to %r13: any digits may belong to the prefix.
        for (var cut = digits; cut < name.Length; cut++)
        {
            if (families.TryGetValue(name[..cut], out var family)
                && (name[cut] != '0' || cut == name.Length - 1)
                && int.TryParse(name.AsSpan(cut), out var number) && number < family.Count)
            {
                return registers[name] = new PtxRegister(name, family.Type);
            }
        }

        return parent?.FindRegister(name);
    }

    public PtxVariable? FindVariable(string name) =>
        variables.TryGetValue(name, out var variable) ? variable : parent?.FindVariable(name);

    /// <summary>The number of the instruction after the label.</summary>
    public int? FindLabel(string name) => labels.TryGetValue(name, out var target) ? target : parent?.FindLabel(name);
}

/// <summary>A register. Two of the same name in different scopes are different.</summary>
internal sealed class PtxRegister(string name, PtxType type)
{
    public string Name { get; } = name;

    public PtxType Type { get; } = type;
}
