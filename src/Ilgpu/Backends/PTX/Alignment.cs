using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>What numbers and addresses are known to be multiples of: powers of two.</summary>
internal static class Alignment
{
    /// <summary>More is never asked for; it is what zero is a multiple of.</summary>
    private const long Max = 256;

    /// <summary>Sums within products that are looked into.</summary>
    private const int MaxDepth = 16;

    /// <summary>The alignment of pointer + index · scale, in bytes.</summary>
    public static long Of(Value pointer, Value index, long scale) =>
        Math.Min(OfPointer(pointer, 0), Math.Min(OfNumber(index, 0) * PowerIn(scale), Max));

    private static long OfPointer(Value pointer, int depth) => pointer switch
    {
        // Drivers give out memory in multiples of 256 bytes; our arrays begin at multiples of 16.
        Parameter => Max,
        Instruction { Operation: Operation.Allocate } => 16,
        Instruction when depth == MaxDepth => 1,
        Instruction { Operation: Operation.AlignPointer } aligned => Math.Max((int)aligned.Detail!, OfPointer(aligned[0], depth + 1)),
        Instruction { Operation: Operation.CastPointer } cast => OfPointer(cast[0], depth + 1),
        Instruction { Operation: Operation.Select } choice =>
            Math.Min(OfPointer(choice[1], depth + 1), OfPointer(choice[2], depth + 1)),
        Instruction { Operation: Operation.Address, Detail: Step step } address => Math.Min(
            OfPointer(address[0], depth + 1),
            Math.Min(Math.Min(OfNumber(address[1], depth + 1) * PowerIn(step.Scale), Max), PowerIn(step.Offset))),
        _ => 1,
    };

    private static long OfNumber(Value value, int depth) => value switch
    {
        Constant constant => PowerIn(constant.Bits),
        Instruction when depth == MaxDepth => 1,
        Instruction { Operation: Operation.Convert, Detail: Conversion { To: NumberType.Int64 or NumberType.Int32 } } conversion
            when ValueKinds.IsInteger(conversion[0].Kind) => OfNumber(conversion[0], depth + 1),
        Instruction { Operation: Operation.Multiply } product =>
            Math.Min(OfNumber(product[0], depth + 1) * OfNumber(product[1], depth + 1), Max),
        Instruction { Operation: Operation.Add or Operation.Subtract or Operation.Or or Operation.Xor } sum =>
            Math.Min(OfNumber(sum[0], depth + 1), OfNumber(sum[1], depth + 1)),
        Instruction { Operation: Operation.And } mask =>
            Math.Max(OfNumber(mask[0], depth + 1), OfNumber(mask[1], depth + 1)),
        Instruction { Operation: Operation.ShiftLeft, Operands: [var shifted, Constant { Bits: >= 0 and < 8 } count] } =>
            Math.Min(OfNumber(shifted, depth + 1) << (int)count.Bits, Max),
        _ => 1,
    };

    private static long PowerIn(long number) => number == 0 ? Max : Math.Min(number & -number, Max);
}
