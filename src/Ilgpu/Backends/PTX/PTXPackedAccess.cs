using System.Globalization;
using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>
/// Numbers in structures without padding. They may lie where no access of their size may begin, and so are read and written in pieces.
/// </summary>
internal sealed class PTXPackedAccess(PTXEmitter emitter, PTXAddresses addresses)
{
    /// <summary>
    /// How many bytes of a number can be reached at once: all of them, unless a step on the way to it is no multiple of its size.
    /// Where a buffer, a view or an array begins is left to those who made them.
    /// </summary>
    public static int BytesAtOnce(Value pointer, int size)
    {
        long bytes = size;
        while (pointer is Instruction { Operation: Operation.Address or Operation.CastPointer or Operation.AlignPointer } instruction)
        {
            if (instruction.Detail is Step step && instruction.Operation == Operation.Address)
            {
                var moved = instruction[1] is Constant constant ? constant.Bits * step.Scale : step.Scale == 1 ? 0 : step.Scale;
                bytes = Math.Min(bytes, Math.Min(PowerIn(moved, size), PowerIn(step.Offset, size)));
            }

            pointer = instruction[0];
        }

        return (int)bytes;
    }

    public void Load(Instruction load, NumberType type, string space, int bytes)
    {
        var isWide = ValueKinds.SizeOf(type) == sizeof(long);
        var (start, distance) = addresses.PlaceOf(load[0]);
        string? sum = null;
        for (var offset = ValueKinds.SizeOf(type) - bytes; offset >= 0; offset -= bytes)
        {
            // The upper end comes first, and brings the sign of what is smaller than its register.
            var piece = Fresh(isWide);
            var sign = sum is null && type == NumberType.Int16 ? 's' : 'u';
            emitter.Emit($"ld.{space}.{sign}{Bits(bytes)}", piece, PTXText.Address(start, distance + offset));
            if (sum is not null)
            {
                var shifted = Fresh(isWide);
                emitter.Emit(isWide ? "shl.b64" : "shl.b32", shifted, sum, Bits(bytes));
                emitter.Emit(isWide ? "or.b64" : "or.b32", piece, piece, shifted);
            }

            sum = piece;
        }

        emitter.Emit(isWide ? "mov.b64" : "mov.b32", emitter.NameOf(load), sum);
    }

    public void Store(Instruction store, NumberType type, string space, int bytes)
    {
        var isWide = ValueKinds.SizeOf(type) == sizeof(long);
        var (start, distance) = addresses.PlaceOf(store[0]);
        var rest = Fresh(isWide);
        emitter.Emit(isWide ? "mov.b64" : "mov.b32", rest, emitter.Register(store[1]));
        for (var offset = 0; offset < ValueKinds.SizeOf(type); offset += bytes)
        {
            if (offset > 0)
            {
                emitter.Emit(isWide ? "shr.u64" : "shr.u32", rest, rest, Bits(bytes));
            }

            emitter.Emit($"st.{space}.u{Bits(bytes)}", PTXText.Address(start, distance + offset), rest);
        }
    }

    private static string Bits(int bytes) => (8 * bytes).ToString(CultureInfo.InvariantCulture);

    /// <summary>The largest power of two in a distance; <paramref name="most"/> for none.</summary>
    private static long PowerIn(long distance, int most) => distance == 0 ? most : Math.Min(distance & -distance, most);

    private string Fresh(bool isWide) => isWide ? emitter.Registers.Bits64() : emitter.Registers.Bits32();
}
