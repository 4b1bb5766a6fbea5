using System.Reflection;
using System.Reflection.Emit;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <summary>One call of a method while it is put in the place of the call.</summary>
internal sealed class Frame
{
    private readonly Dictionary<int, int> stores = [];

    public Frame(MethodBase method, Frame? caller, StackValue[] arguments, string path)
    {
        Method = method;
        Caller = caller;
        Arguments = arguments;
        Path = path;
        Symbols = DebugSymbols.Of(method);
        Code = InstructionReader.Read(method);
        var body = method.GetMethodBody()!;
        LocalTypes = [.. body.LocalVariables.OrderBy(local => local.LocalIndex).Select(local => local.LocalType)];
        Locals = new StackValue?[LocalTypes.Length];
        TypeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        MethodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var instruction in Code)
        {
            if (SlotWritten(instruction) is { } slot)
            {
                stores[slot] = stores.GetValueOrDefault(slot) + 1;
            }

            Leaders.UnionWith(TargetsOf(instruction));
        }
    }

    public MethodBase Method { get; }

    public Frame? Caller { get; }

    public string Path { get; }

    public DebugSymbols Symbols { get; }

    public IReadOnlyList<Instruction> Code { get; }

    public Type[] LocalTypes { get; }

    public Type[]? TypeArguments { get; }

    public Type[]? MethodArguments { get; }

    /// <summary>The values of arguments that are never assigned to.</summary>
    public StackValue[] Arguments { get; }

    /// <summary>The values of locals that are assigned once.</summary>
    public StackValue?[] Locals { get; }

    /// <summary>Locals and arguments that are more than one value, by their slot.</summary>
    public Dictionary<int, Storage> Storages { get; } = [];

    /// <summary>Offsets that are jumped to.</summary>
    public HashSet<int> Leaders { get; } = [];

    public Dictionary<int, FrameBlock> Blocks { get; } = [];

    public SortedSet<int> Pending { get; } = [];

    public List<(Block Block, StackValue? Value)> Returns { get; } = [];

    /// <summary>The instruction that is being translated.</summary>
    public int Offset { get; set; }

    /// <summary>How often the code of the method assigns to a local or argument.</summary>
    public int StoresTo(int slot) => stores.GetValueOrDefault(slot);

    public Type ArgumentType(int index)
    {
        if (!Method.IsStatic)
        {
            if (index == 0)
            {
                var type = Method.DeclaringType!;
                return type.IsValueType ? type.MakeByRefType() : type;
            }

            index--;
        }

        return Method.GetParameters()[index].ParameterType;
    }

    public string? ArgumentName(int index) =>
        Method.IsStatic ? Method.GetParameters()[index].Name : index == 0 ? null : Method.GetParameters()[index - 1].Name;

    private static int? SlotWritten(Instruction instruction)
    {
        var code = instruction.OpCode;
        return code == OpCodes.Stloc_0 ? 0
            : code == OpCodes.Stloc_1 ? 1
            : code == OpCodes.Stloc_2 ? 2
            : code == OpCodes.Stloc_3 ? 3
            : code == OpCodes.Stloc || code == OpCodes.Stloc_S ? (int)instruction.Operand
            : code == OpCodes.Starg || code == OpCodes.Starg_S ? -1 - (int)instruction.Operand
            : null;
    }

    private static int[] TargetsOf(Instruction instruction) => instruction switch
    {
        { Targets: { } targets } => targets,
        { OpCode.OperandType: OperandType.InlineBrTarget or OperandType.ShortInlineBrTarget } => [(int)instruction.Operand],
        _ => [],
    };
}

/// <summary>A place that is jumped to: the block there, and what is on the stack.</summary>
internal sealed class FrameBlock
{
    public Block Block { get; } = new();

    public Storage[]? Stack { get; set; }

    public bool IsTranslated { get; set; }
}
