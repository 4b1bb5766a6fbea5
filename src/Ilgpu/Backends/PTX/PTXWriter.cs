using System.Globalization;
using System.Text;
using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Writes the body of a kernel: its blocks one after the other, and the ways between them.</summary>
internal sealed class PTXWriter
{
    private readonly KernelForm form;
    private readonly PTXEmitter emitter;
    private readonly PTXAddresses addresses;
    private readonly PTXOperations operations;
    private readonly PTXSharedMemory memory;
    private readonly IReadOnlyList<Block> blocks;
    private readonly Dictionary<Block, string> labels = [];
    private readonly Dictionary<Parameter, string> parameterNames = [];
    private readonly StringBuilder arrays = new();

    /// <summary>Values that nobody uses need no instruction.</summary>
    private readonly HashSet<Value> used = [];

    public PTXWriter(KernelForm form, PTXTarget target, PTXSharedMemory memory)
    {
        this.form = form;
        this.memory = memory;
        blocks = form.Blocks();
        emitter = new PTXEmitter(form);
        addresses = new PTXAddresses(emitter, blocks);
        operations = new PTXOperations(emitter, addresses, target, memory);
        foreach (var block in blocks)
        {
            labels[block] = string.Create(CultureInfo.InvariantCulture, $"$block_{labels.Count}");
            used.UnionWith(block.Instructions.SelectMany(instruction => instruction.Operands));
            used.UnionWith(block.Terminator.Edges.SelectMany(edge => edge.Arguments));
            if (block.Terminator.Condition is { } condition)
            {
                used.Add(condition);
            }
        }

        var taken = new HashSet<string>();
        foreach (var parameter in form.Parameters)
        {
            var name = PTXText.Identifier(parameter.Name ?? "parameter");
            for (var i = 2; !taken.Add(name); i++)
            {
                name = string.Create(CultureInfo.InvariantCulture, $"{PTXText.Identifier(parameter.Name ?? "parameter")}_{i}");
            }

            parameterNames[parameter] = name;
        }
    }

    public string NameOf(Parameter parameter) => "param_" + parameterNames[parameter];

    /// <summary>The instructions of the kernel.</summary>
    public string Write()
    {
        foreach (var parameter in form.Parameters.Where(used.Contains))
        {
            LoadParameter(parameter);
        }

        for (var i = 0; i < blocks.Count; i++)
        {
            if (i > 0)
            {
                emitter.Label(labels[blocks[i]]);
            }

            foreach (var instruction in blocks[i].Instructions)
            {
                Write(instruction);
            }

            WriteEnd(blocks[i].Terminator, i + 1 < blocks.Count ? blocks[i + 1] : null);
        }

        return emitter.ToString();
    }

    /// <summary>Registers and arrays; complete once the body is written.</summary>
    public string Declarations() => emitter.Registers.Declarations() + arrays + operations.Arrays;

    private void LoadParameter(Parameter parameter)
    {
        var register = emitter.NameOf(parameter);
        var place = $"[{NameOf(parameter)}]";
        if (parameter.Kind == ValueKind.Pointer)
        {
            emitter.Emit("ld.param.u64", register, place);
            emitter.Emit("cvta.to.global.u64", register, register);
        }
        else
        {
            emitter.Emit($"ld.param.{PTXText.TypeOf(parameter.Type)}", register, place);
        }
    }

    private void Write(Instruction instruction)
    {
        if (instruction.Operation == Operation.Allocate)
        {
            Allocate(instruction, (Allocation)instruction.Detail!);
        }
        else if (instruction.HasEffect || used.Contains(instruction))
        {
            operations.Write(instruction);
            if (instruction is { Name: { } name, Kind: not ValueKind.None } &&
                instruction.Operation is not (Operation.AssemblyResult or Operation.VectorElement) && !addresses.IsFolded(instruction))
            {
                emitter.Comment(name);
            }
        }
    }

    private void Allocate(Instruction instruction, Allocation allocation)
    {
        var register = emitter.NameOf(instruction);
        if (allocation.Space == AddressSpace.Shared && memory.OffsetOf(instruction) is { } offset)
        {
            emitter.Emit("mov.u32", register, PTXGenerator.DynamicShared);
            if (offset > 0)
            {
                emitter.Emit("add.s32", register, register, PTXText.Integer(offset));
            }

            return;
        }

        var space = PTXText.SpaceOf(allocation.Space);
        var name = $"{PTXText.Identifier(instruction.Name ?? space)}_{register.TrimStart('%')}";
        arrays.Append(CultureInfo.InvariantCulture, $"    .{space} .align 16 .b8 {name}[{allocation.Bytes}];\n");
        emitter.Emit(allocation.Space == AddressSpace.Shared ? "mov.u32" : "mov.u64", register, name);
    }

    private void WriteEnd(Terminator terminator, Block? next)
    {
        switch (terminator)
        {
            case { Condition: { } condition, Edges: [var whenTrue, var whenFalse] }:
                WriteBranch(emitter.Register(condition), whenTrue, whenFalse, next);
                break;
            case { Edges: [var edge] }:
                WriteCopies(edge);
                Jump(edge.Target, next);
                break;
            default:
                emitter.Emit("ret");
                break;
        }
    }

    private void WriteBranch(string condition, Edge whenTrue, Edge whenFalse, Block? next)
    {
        var (trueCopies, falseCopies) = (Copies(whenTrue).Count > 0, Copies(whenFalse).Count > 0);
        if (!trueCopies && (falseCopies || whenTrue.Target != next))
        {
            emitter.EmitIf(condition, "bra", labels[whenTrue.Target]);
            WriteCopies(whenFalse);
            Jump(whenFalse.Target, next);
        }
        else if (!falseCopies)
        {
            emitter.EmitIf("!" + condition, "bra", labels[whenFalse.Target]);
            WriteCopies(whenTrue);
            Jump(whenTrue.Target, next);
        }
        else
        {
            var otherwise = emitter.FreshLabel("otherwise");
            emitter.EmitIf("!" + condition, "bra", otherwise);
            WriteCopies(whenTrue);
            emitter.Emit("bra", labels[whenTrue.Target]);
            emitter.Label(otherwise);
            WriteCopies(whenFalse);
            Jump(whenFalse.Target, next);
        }
    }

    private void Jump(Block target, Block? next)
    {
        if (target != next)
        {
            emitter.Emit("bra", labels[target]);
        }
    }

    private List<(BlockParameter Target, Value Source)> Copies(Edge edge) =>
        [.. edge.Target.Parameters.Zip(edge.Arguments).Where(copy => used.Contains(copy.First) && copy.First != copy.Second)];

    /// <summary>Gives the parameters of a block their values, all at once: none is overwritten that another still reads.</summary>
    private void WriteCopies(Edge edge)
    {
        var pending = Copies(edge).ConvertAll(copy =>
            (Target: emitter.NameOf(copy.Target), Source: SourceOf(copy.Source), Type: emitter.BitsOf(copy.Target), copy.Target));
        while (pending.Count > 0)
        {
            var free = pending.FindIndex(copy => !pending.Exists(other => other != copy && other.Source == copy.Item1));
            if (free >= 0)
            {
                emitter.Emit($"mov.{pending[free].Type}", pending[free].Item1, pending[free].Source);
                pending.RemoveAt(free);
                continue;
            }

            // A ring: one of them goes through a register of its own.
            var first = pending[0];
            var spare = emitter.FreshLike(first.Item4);
            emitter.Emit($"mov.{first.Type}", spare, first.Source);
            pending[0] = first with { Source = spare };
        }
    }

    private string SourceOf(Value value) => value.Kind == ValueKind.Pointer && value is not Constant
        ? addresses.Register(value)
        : emitter.Operand(value);
}
