using System.Globalization;
using System.Text;
using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Writes what single operations do.</summary>
/// <remarks>
/// Sums, products and quotients of floats name their rounding, so that the driver does not fuse them: they have the bits that C#
/// gives. Only fast math leaves that to the driver. Numbers stand as first operands of few instructions; elsewhere they get a register.
/// </remarks>
internal sealed class PTXOperations(PTXEmitter emitter, PTXAddresses addresses, PTXTarget target, PTXSharedMemory memory)
{
    private readonly PTXMath math = new(emitter, target);
    private readonly PTXAtomics atomics = new(emitter, addresses);
    private readonly PTXAssembly assembly = new(emitter);
    private readonly PTXPackedAccess packed = new(emitter, addresses);
    private readonly Dictionary<Instruction, string[]> vectors = [];
    private readonly StringBuilder arrays = new();
    private string? broadcast;

    /// <summary>Declarations of memory that operations need.</summary>
    public string Arrays => arrays.ToString();

    public void Write(Instruction instruction)
    {
        var kind = instruction.Kind;
        switch (instruction.Operation)
        {
            case Operation.Address:
                addresses.Step(instruction);
                break;
            case Operation.CastPointer or Operation.AlignPointer:
                addresses.Cast(instruction);
                break;
            case Operation.Load:
                Load(instruction, (NumberType)instruction.Detail!);
                break;
            case Operation.Store:
                Store(instruction, (NumberType)instruction.Detail!);
                break;
            case Operation.LoadVector:
                LoadVector(instruction, (VectorShape)instruction.Detail!);
                break;
            case Operation.VectorElement:
                emitter.Bind(instruction, vectors[(Instruction)instruction[0]][(int)instruction.Detail!]);
                break;
            case Operation.StoreVector:
                var shape = (VectorShape)instruction.Detail!;
                var values = string.Join(", ", instruction.Operands.Skip(1).Select(emitter.Register));
                emitter.Emit(
                    $"st.{SpaceOf(instruction[0])}.v{shape.Count}.{PTXText.TypeOf(shape.Element)}",
                    addresses.Place(instruction[0]),
                    $"{{{values}}}");
                break;
            case Operation.Atomic:
                atomics.Write((AtomicDetail)instruction.Detail!, instruction);
                break;
            case Operation.Barrier:
                emitter.Emit("bar.sync", "0");
                break;
            case Operation.Fence:
                emitter.Emit((FenceScope)instruction.Detail! == FenceScope.Group ? "membar.cta" : "membar.gl");
                break;
            case Operation.Shuffle:
                Shuffle(instruction);
                break;
            case Operation.Broadcast:
                Broadcast(instruction);
                break;
            case Operation.Thread:
                Thread(instruction, (ThreadRegister)instruction.Detail!);
                break;
            case Operation.Compare:
                Compare(emitter.NameOf(instruction), (Comparison)instruction.Detail!, instruction[0], instruction[1]);
                break;
            case Operation.Select:
                Select(instruction);
                break;
            case Operation.Convert:
                if (!addresses.IsFolded(instruction))
                {
                    PTXConversions.Write(emitter, (Conversion)instruction.Detail!, instruction);
                }

                break;
            case Operation.Reinterpret:
                emitter.Emit(
                    ValueKinds.SizeOf(instruction) == 8 ? "mov.b64" : "mov.b32", emitter.NameOf(instruction), emitter.Operand(instruction[0]));
                break;
            case Operation.Math:
                math.Write((MathFunction)instruction.Detail!, instruction);
                break;
            case Operation.Assembly:
                assembly.Write((AssemblyDetail)instruction.Detail!, instruction);
                break;
            case Operation.AssemblyResult:
                assembly.Bind(instruction);
                break;
            case Operation.AddressNumber:
                var isNarrow = emitter.IsNarrow(instruction[0]);
                emitter.Emit(isNarrow ? "cvt.u64.u32" : "mov.b64", emitter.NameOf(instruction), addresses.Register(instruction[0]));
                break;
            case Operation.Negate or Operation.Not:
                var unary = instruction.Operation == Operation.Negate ? $"neg.{PTXText.Signed(kind)}"
                    : $"not.{PTXText.Bits(kind)}";
                emitter.Emit(unary, emitter.NameOf(instruction), emitter.Register(instruction[0]));
                break;
            case Operation.ShiftLeft or Operation.ShiftRight or Operation.ShiftRightUnsigned when instruction[1] is not Constant:
                emitter.Emit(
                    BinaryOf(instruction.Operation, kind),
                    emitter.NameOf(instruction),
                    emitter.Register(instruction[0]),
                    ShiftAmount(instruction[1]));
                break;
            default:
                emitter.Emit(
                    BinaryOf(instruction.Operation, kind),
                    emitter.NameOf(instruction),
                    emitter.Register(instruction[0]),
                    kind == ValueKind.Bool ? emitter.Register(instruction[1]) : emitter.Operand(instruction[1]));
                break;
        }
    }

    /// <summary>Amounts have 32 bits, whatever is shifted.</summary>
    private string ShiftAmount(Value amount)
    {
        if (amount.Kind == ValueKind.Int32)
        {
            return emitter.Register(amount);
        }

        var narrow = emitter.Registers.Bits32();
        emitter.Emit("cvt.u32.u64", narrow, emitter.Register(amount));
        return narrow;
    }

    private string SpaceOf(Value pointer) => PTXText.SpaceOf(emitter.SpaceOf(pointer));

    private void Load(Instruction instruction, NumberType type)
    {
        var bytes = PTXPackedAccess.BytesAtOnce(instruction[0], ValueKinds.SizeOf(type));
        if (bytes < ValueKinds.SizeOf(type))
        {
            packed.Load(instruction, type, SpaceOf(instruction[0]), bytes);
            return;
        }

        emitter.Emit($"ld.{SpaceOf(instruction[0])}.{PTXText.TypeOf(type)}", emitter.NameOf(instruction), addresses.Place(instruction[0]));
    }

    private void Store(Instruction instruction, NumberType type)
    {
        var bytes = PTXPackedAccess.BytesAtOnce(instruction[0], ValueKinds.SizeOf(type));
        if (bytes < ValueKinds.SizeOf(type))
        {
            packed.Store(instruction, type, SpaceOf(instruction[0]), bytes);
            return;
        }

        emitter.Emit($"st.{SpaceOf(instruction[0])}.{PTXText.TypeOf(type)}", addresses.Place(instruction[0]), emitter.Register(instruction[1]));
    }

    private void LoadVector(Instruction instruction, VectorShape shape)
    {
        var kind = ValueKinds.KindOf(shape.Element);
        var elements = vectors[instruction] = [.. Enumerable.Range(0, shape.Count).Select(_ => emitter.Registers.Of(kind))];
        emitter.Emit(
            $"ld.{SpaceOf(instruction[0])}.v{shape.Count}.{PTXText.TypeOf(shape.Element)}",
            $"{{{string.Join(", ", elements)}}}",
            addresses.Place(instruction[0]));
    }

    private string BinaryOf(Operation operation, ValueKind kind)
    {
        var rounding = target.FastMath && kind == ValueKind.Float32 ? "" : ".rn";
        var (signed, unsigned, bits) = (PTXText.Signed(kind), PTXText.Unsigned(kind), PTXText.Bits(kind));
        var isFloat = ValueKinds.IsFloat(kind);
        return operation switch
        {
            Operation.Add => isFloat ? $"add{rounding}.{signed}" : $"add.{signed}",
            Operation.Subtract => isFloat ? $"sub{rounding}.{signed}" : $"sub.{signed}",
            Operation.Multiply => isFloat ? $"mul{rounding}.{signed}" : $"mul.lo.{signed}",
            Operation.Divide => !isFloat ? $"div.{signed}" : $"div.{(rounding.Length == 0 ? "full" : "rn")}.{signed}",
            Operation.Remainder => $"rem.{signed}",
            Operation.DivideUnsigned => $"div.{unsigned}",
            Operation.RemainderUnsigned => $"rem.{unsigned}",
            Operation.And => $"and.{bits}",
            Operation.Or => $"or.{bits}",
            Operation.Xor => $"xor.{bits}",
            Operation.ShiftLeft => $"shl.{bits}",
            Operation.ShiftRight => $"shr.{signed}",
            Operation.ShiftRightUnsigned => $"shr.{unsigned}",
            _ => throw new InternalCompilerException($"PTX: expected an operation of two numbers; got {operation}."),
        };
    }

    private void Compare(string result, Comparison comparison, Value left, Value right)
    {
        if (left.Kind == ValueKind.Bool)
        {
            emitter.Emit("xor.pred", result, emitter.Register(left), emitter.Register(right));
            if (comparison == Comparison.Equal)
            {
                emitter.Emit("not.pred", result, result);
            }

            return;
        }

        var isFloat = ValueKinds.IsFloat(left.Kind);
        var type = left.Kind == ValueKind.Pointer ? (emitter.IsNarrow(left) ? "u32" : "u64")
            : !isFloat && comparison >= Comparison.Below ? PTXText.Unsigned(left.Kind)
            : PTXText.Signed(left.Kind);
        var (first, second) = left.Kind == ValueKind.Pointer
            ? (addresses.Register(left), addresses.Register(right))
            : (emitter.Register(left), emitter.Operand(right));
        emitter.Emit($"setp.{PTXText.Comparison(comparison, isFloat)}.{type}", result, first, second);
    }

    private void Select(Instruction instruction)
    {
        var (result, condition) = (emitter.NameOf(instruction), emitter.Register(instruction[0]));
        switch (instruction.Kind)
        {
            case ValueKind.Bool:
                SelectTruth(result, condition, instruction[1], instruction[2]);
                break;
            case ValueKind.Pointer:
                emitter.Emit(
                    $"selp.{emitter.BitsOf(instruction)}",
                    result,
                    addresses.Register(instruction[1]),
                    addresses.Register(instruction[2]),
                    condition);
                break;
            default:
                emitter.Emit(
                    $"selp.{PTXText.Bits(instruction.Kind)}",
                    result,
                    emitter.Operand(instruction[1]),
                    emitter.Operand(instruction[2]),
                    condition);
                break;
        }
    }

    /// <summary>(condition and first) or (not condition and second).</summary>
    private void SelectTruth(string result, string condition, Value first, Value second)
    {
        switch (first, second)
        {
            case (_, Constant { IsZero: true }):
                emitter.Emit("and.pred", result, condition, emitter.Register(first));
                break;
            case (Constant { IsZero: false }, _):
                emitter.Emit("or.pred", result, condition, emitter.Register(second));
                break;
            case (_, Constant):
                emitter.Emit("not.pred", result, condition);
                emitter.Emit("or.pred", result, result, emitter.Register(first));
                break;
            default:
                emitter.Emit("not.pred", result, condition);
                emitter.Emit("and.pred", result, result, emitter.Register(second));
                if (first is not Constant)
                {
                    var chosen = emitter.Registers.Predicate();
                    emitter.Emit("and.pred", chosen, condition, emitter.Register(first));
                    emitter.Emit("or.pred", result, result, chosen);
                }

                break;
        }
    }

    private void Thread(Instruction instruction, ThreadRegister register)
    {
        var result = emitter.NameOf(instruction);
        var narrow = instruction.Kind == ValueKind.Int64 ? emitter.Registers.Bits32() : result;
        switch (register)
        {
            case ThreadRegister.GroupLinearIndex:
                LinearIndex(narrow);
                break;
            case ThreadRegister.DynamicSharedBytes:
                emitter.Emit("mov.u32", narrow, "%dynamic_smem_size");
                if (memory.AddedBytes > 0)
                {
                    emitter.Emit("sub.s32", narrow, narrow, PTXText.Integer(memory.AddedBytes));
                }

                break;
            case <= ThreadRegister.GlobalIndexZ:
                GlobalIndex(result, (int)register, instruction.Kind == ValueKind.Int64);
                return;
            default:
                var name = (ThreadRegister)((int)register / 3 * 3) switch
                {
                    ThreadRegister.GroupIndexX => "tid",
                    ThreadRegister.GroupDimensionX => "ntid",
                    ThreadRegister.GridIndexX => "ctaid",
                    _ => "nctaid",
                };
                emitter.Emit("mov.u32", narrow, Special(name, (int)register % 3));
                break;
        }

        if (narrow != result)
        {
            emitter.Emit("cvt.u64.u32", result, narrow);
        }
    }

    private void GlobalIndex(string result, int axis, bool isWide)
    {
        var (group, size, thread) = (ReadSpecial("ctaid", axis), ReadSpecial("ntid", axis), ReadSpecial("tid", axis));
        if (isWide)
        {
            emitter.Emit("cvt.u64.u32", result, thread);
            emitter.Emit("mad.wide.u32", result, group, size, result);
        }
        else
        {
            emitter.Emit("mad.lo.s32", result, group, size, thread);
        }
    }

    /// <summary>The number of the thread in its group, X fastest.</summary>
    private void LinearIndex(string result)
    {
        emitter.Emit("mad.lo.s32", result, ReadSpecial("tid", 2), ReadSpecial("ntid", 1), ReadSpecial("tid", 1));
        emitter.Emit("mad.lo.s32", result, result, ReadSpecial("ntid", 0), ReadSpecial("tid", 0));
    }

    private string ReadSpecial(string name, int axis)
    {
        var register = emitter.Registers.Bits32();
        emitter.Emit("mov.u32", register, Special(name, axis));
        return register;
    }

    private static string Special(string name, int axis) => $"%{name}.{"xyz"[axis]}";

    /// <summary>Lanes of a last, smaller warp that do not exist need not come.</summary>
    private void Shuffle(Instruction instruction)
    {
        var (value, result) = (emitter.Register(instruction[0]), emitter.NameOf(instruction));
        var lane = emitter.Operand(instruction[1]);
        void Word(string target, string source) => emitter.Emit("shfl.sync.idx.b32", target, source, lane, "31", "0xffffffff");
        switch (ValueKinds.SizeOf(instruction))
        {
            case 8:
                var (low, high) = (emitter.Registers.Bits32(), emitter.Registers.Bits32());
                emitter.Emit("mov.b64", $"{{{low}, {high}}}", value);
                Word(low, low);
                Word(high, high);
                emitter.Emit("mov.b64", result, $"{{{low}, {high}}}");
                break;
            default:
                Word(result, value);
                break;
        }
    }

    /// <summary>Through memory of the group: warps see no registers of each other.</summary>
    private void Broadcast(Instruction instruction)
    {
        if (broadcast is null)
        {
            broadcast = "broadcast";
            arrays.Append(CultureInfo.InvariantCulture, $"    .shared .align 8 .b8 {broadcast}[8];\n");
        }

        var (index, isSource) = (emitter.Registers.Bits32(), emitter.Registers.Predicate());
        var type = PTXText.Bits(instruction.Kind);
        LinearIndex(index);
        emitter.Emit("setp.eq.s32", isSource, index, emitter.Operand(instruction[1]));
        emitter.EmitIf(isSource, $"st.shared.{type}", $"[{broadcast}]", emitter.Register(instruction[0]));
        emitter.Emit("bar.sync", "0");
        emitter.Emit($"ld.shared.{type}", emitter.NameOf(instruction), $"[{broadcast}]");
        emitter.Emit("bar.sync", "0");
    }
}
