using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Writes pointers as a register and a distance that accesses take without an instruction of its own.</summary>
internal sealed class PTXAddresses
{
    private readonly PTXEmitter emitter;

    /// <summary>Steps that lead nowhere but to accesses: a register plus a distance.</summary>
    private readonly Dictionary<Value, (string Start, long Distance)> places = [];

    private readonly Dictionary<(Block Block, Value Pointer, Value Index, long Scale), string> starts = [];
    private readonly Dictionary<Instruction, Block> blockOf = [];

    /// <summary>Widened indices that only steps use, which widen them themselves.</summary>
    private readonly HashSet<Value> widened = [];

    public PTXAddresses(PTXEmitter emitter, IReadOnlyList<Block> blocks)
    {
        this.emitter = emitter;
        var others = new HashSet<Value>();
        foreach (var block in blocks)
        {
            foreach (var instruction in block.Instructions)
            {
                blockOf[instruction] = block;
                if (IsWidening(instruction))
                {
                    widened.Add(instruction);
                }

                others.UnionWith(instruction.Operation == Operation.Address ? instruction.Operands[..1] : instruction.Operands);
            }

            others.UnionWith(block.Terminator.Edges.SelectMany(edge => edge.Arguments));
        }

        widened.ExceptWith(others);
    }

    /// <summary>It has no instruction of its own.</summary>
    public bool IsFolded(Value value) => places.ContainsKey(value) || widened.Contains(value);

    /// <summary>What an access names to reach what a pointer points to.</summary>
    public string Place(Value pointer)
    {
        var (start, distance) = PlaceOf(pointer);
        return PTXText.Address(start, distance);
    }

    /// <summary>The address in one register.</summary>
    public string Register(Value pointer)
    {
        if (pointer is Constant)
        {
            var zero = emitter.FreshLike(pointer);
            emitter.Emit("mov.b64", zero, "0");
            return zero;
        }

        var (start, distance) = PlaceOf(pointer);
        if (distance == 0)
        {
            return start;
        }

        var sum = emitter.FreshLike(pointer);
        emitter.Emit(emitter.IsNarrow(pointer) ? "add.s32" : "add.s64", sum, start, PTXText.Integer(distance));
        return sum;
    }

    /// <summary>A pointer to the same place.</summary>
    public void Cast(Instruction instruction) => places[instruction] = PlaceOf(instruction[0]);

    /// <summary>A step from a pointer.</summary>
    public void Step(Instruction instruction)
    {
        var step = (Step)instruction.Detail!;
        var (start, distance) = PlaceOf(instruction[0]);
        if (instruction[1] is Constant constant)
        {
            places[instruction] = Within(start, distance + (constant.Bits * step.Scale) + step.Offset, instruction);
            return;
        }

        var isNarrow = emitter.IsNarrow(instruction);
        var index = IsWidening(instruction[1]) ? ((Instruction)instruction[1])[0] : instruction[1];
        var key = (blockOf[instruction], instruction[0], index, step.Scale);
        if (!starts.TryGetValue(key, out var scaled))
        {
            starts[key] = scaled = Add(start, index, step.Scale, isNarrow);
        }

        places[instruction] = Within(scaled, distance + step.Offset, instruction);
    }

    private static bool IsWidening(Value value) => value is Instruction
    {
        Operation: Operation.Convert, Detail: Conversion { To: NumberType.Int64 }, Operands: [{ Kind: ValueKind.Int32 }],
    };

    /// <summary>A register, and the distance from it in bytes.</summary>
    public (string Start, long Distance) PlaceOf(Value pointer) =>
        places.TryGetValue(pointer, out var place) ? place : (emitter.NameOf(pointer), 0);

    /// <summary>Distances in instructions have 32 bits; longer ones are added before.</summary>
    private (string Start, long Distance) Within(string start, long distance, Value pointer)
    {
        if (distance is >= int.MinValue and <= int.MaxValue)
        {
            return (start, distance);
        }

        var sum = emitter.FreshLike(pointer);
        var number = emitter.Register(Constant.Long(distance));
        emitter.Emit("add.s64", sum, start, number);
        return (sum, 0);
    }

    /// <summary>start + index · scale.</summary>
    private string Add(string start, Value index, long scale, bool isNarrow)
    {
        var register = emitter.Register(index);
        var sum = isNarrow ? emitter.Registers.Bits32() : emitter.Registers.Bits64();
        if (isNarrow && index.Kind == ValueKind.Int64)
        {
            var low = emitter.Registers.Bits32();
            emitter.Emit("cvt.u32.u64", low, register);
            register = low;
        }

        if (!isNarrow && index.Kind == ValueKind.Int32 && scale is <= 0 or > int.MaxValue)
        {
            var wide = emitter.Registers.Bits64();
            emitter.Emit("cvt.s64.s32", wide, register);
            emitter.Emit("mad.lo.s64", sum, wide, PTXText.Integer(scale), start);
            return sum;
        }

        if (scale == 1 && isNarrow == (index.Kind == ValueKind.Int32))
        {
            emitter.Emit(isNarrow ? "add.s32" : "add.s64", sum, start, register);
            return sum;
        }

        emitter.Emit(
            isNarrow ? "mad.lo.s32" : index.Kind == ValueKind.Int32 ? "mad.wide.s32" : "mad.lo.s64",
            sum,
            register,
            PTXText.Integer(scale),
            start);
        return sum;
    }
}
