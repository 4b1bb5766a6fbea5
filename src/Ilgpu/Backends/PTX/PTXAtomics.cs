using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Writes atomic operations: the device's own, or a loop around a compare-exchange.</summary>
internal sealed class PTXAtomics(PTXEmitter emitter, PTXAddresses addresses)
{
    public void Write(AtomicDetail detail, Instruction instruction)
    {
        var space = PTXText.SpaceOf(emitter.SpaceOf(instruction[0]));
        var kind = ValueKinds.KindOf(detail.Type);
        var isFloat = ValueKinds.IsFloat(detail.Type);
        var bits = ValueKinds.SizeOf(detail.Type) == 8 ? "b64" : "b32";
        var place = addresses.Place(instruction[0]);
        switch (detail.Operation)
        {
            case AtomicOperation.Exchange:
                OnBits($"atom.{space}.exch.{bits}", instruction, place, instruction[1]);
                break;
            case AtomicOperation.CompareExchange:
                OnBits($"atom.{space}.cas.{bits}", instruction, place, instruction[2], instruction[1]);
                break;
            case AtomicOperation.And or AtomicOperation.Or or AtomicOperation.Xor:
                Native($"atom.{space}.{NameOf(detail.Operation)}.{bits}", instruction, place);
                break;
            case AtomicOperation.Add when !isFloat:
                // Integers wrap around, so the sign does not count; 64-bit sums are only there without.
                Native($"atom.{space}.add.{PTXText.Unsigned(kind)}", instruction, place);
                break;
            case AtomicOperation.Min or AtomicOperation.Max when !isFloat:
                Native($"atom.{space}.{NameOf(detail.Operation)}.{PTXText.TypeOf(detail.Type)}", instruction, place);
                break;
            default:
                Repeat(detail, instruction, space, bits, place);
                break;
        }
    }

    private static string NameOf(AtomicOperation operation) => operation.ToString().ToLowerInvariant();

    private void Native(string name, Instruction instruction, string place) =>
        emitter.Emit(name, emitter.NameOf(instruction), place, emitter.Register(instruction[1]));

    /// <summary>An operation that moves bits only: floats go through registers for bits.</summary>
    private void OnBits(string name, Instruction instruction, string place, params Value[] values)
    {
        var result = emitter.NameOf(instruction);
        if (!ValueKinds.IsFloat(instruction.Kind))
        {
            emitter.Emit(name, [result, place, .. values.Select(emitter.Register)]);
            return;
        }

        var old = BitsRegister(instruction.Kind);
        emitter.Emit(name, [old, place, .. values.Select(value => AsBits(emitter.Register(value), instruction.Kind))]);
        emitter.Emit(MoveOf(instruction.Kind), result, old);
    }

    /// <summary>Again and again, until no other thread came between.</summary>
    private void Repeat(AtomicDetail detail, Instruction instruction, string space, string bits, string place)
    {
        var kind = instruction.Kind;
        var (result, value) = (emitter.NameOf(instruction), emitter.Register(instruction[1]));
        var (seen, sum, again) = (BitsRegister(kind), emitter.Registers.Of(kind), emitter.FreshLabel("again"));
        var (isOther, type) = (emitter.Registers.Predicate(), PTXText.Signed(kind));
        emitter.Emit($"ld.volatile.{space}.{bits}", seen, place);
        emitter.Label(again);
        emitter.Emit(MoveOf(kind), result, seen);
        Combine(detail.Operation, type, sum, result, value, kind);
        var wanted = AsBits(sum, kind);
        var now = BitsRegister(kind);
        emitter.Emit($"atom.{space}.cas.{bits}", now, place, seen, wanted);
        emitter.Emit($"setp.ne.{bits}", isOther, now, seen);
        emitter.Emit(MoveOf(kind), seen, now);
        emitter.EmitIf(isOther, "bra", again);
    }

    private void Combine(AtomicOperation operation, string type, string sum, string old, string value, ValueKind kind)
    {
        if (operation == AtomicOperation.Add)
        {
            emitter.Emit($"add.rn.{type}", sum, old, value);
            return;
        }

        var (nan, areNumbers) = (emitter.Registers.Of(kind), emitter.Registers.Predicate());
        emitter.Emit($"add.rn.{type}", nan, old, value);
        emitter.Emit($"setp.num.{type}", areNumbers, old, value);
        emitter.Emit($"{NameOf(operation)}.{type}", sum, old, value);
        emitter.Emit($"selp.{type}", sum, sum, nan, areNumbers);
    }

    private string AsBits(string register, ValueKind kind)
    {
        if (!ValueKinds.IsFloat(kind))
        {
            return register;
        }

        var bits = BitsRegister(kind);
        emitter.Emit(MoveOf(kind), bits, register);
        return bits;
    }

    private static string MoveOf(ValueKind kind) => kind is ValueKind.Float64 or ValueKind.Int64 ? "mov.b64" : "mov.b32";

    private string BitsRegister(ValueKind kind) =>
        kind is ValueKind.Float64 or ValueKind.Int64 ? emitter.Registers.Bits64() : emitter.Registers.Bits32();
}
