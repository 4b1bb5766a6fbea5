using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace ILGPU.Frontend;

/// <summary>Decodes the body of a method: ECMA-335, partition III.</summary>
internal static class InstructionReader
{
    /// <summary>The first byte of all operations of two bytes.</summary>
    private const byte TwoBytePrefix = 0xFE;

    private static readonly OpCode?[] OneByte = new OpCode?[256];
    private static readonly OpCode?[] TwoByte = new OpCode?[256];

    static InstructionReader()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            if (field.GetValue(null) is OpCode opCode)
            {
                var value = unchecked((ushort)opCode.Value);
                (opCode.Size == 1 ? OneByte : TwoByte)[(byte)value] = opCode;
            }
        }
    }

    /// <summary>The instructions of a method; none where it has no body.</summary>
    /// <exception cref="InternalCompilerException">The body is not valid.</exception>
    public static IReadOnlyList<Instruction> Read(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            return [];
        }

        try
        {
            return Decode(code);
        }
        catch (Exception exception) when (exception is ArgumentException or IndexOutOfRangeException)
        {
            throw new InternalCompilerException(
                $"{MethodName.Of(method)}: expected a valid method body; got one that cannot be decoded.",
                exception);
        }
    }

    private static List<Instruction> Decode(ReadOnlySpan<byte> code)
    {
        var instructions = new List<Instruction>();
        for (var position = 0; position < code.Length;)
        {
            var offset = position;
            var first = code[position++];
            var opCode = (first == TwoBytePrefix ? TwoByte[code[position++]] : OneByte[first])
                ?? throw new ArgumentException($"No operation has the code {first:x2} at offset {offset}.", nameof(code));
            var operand = ReadOperand(code, opCode, position, out var length);
            position += length;
            if (opCode.OperandType == OperandType.InlineSwitch)
            {
                var count = (int)operand;
                var targets = new int[count];
                var end = position + (count * sizeof(int));
                for (var i = 0; i < count; i++)
                {
                    targets[i] = end + BinaryPrimitives.ReadInt32LittleEndian(code[(position + (i * sizeof(int)))..]);
                }

                position = end;
                instructions.Add(new(offset, opCode, count, targets));
            }
            else
            {
                instructions.Add(new(offset, opCode, operand));
            }
        }

        return instructions;
    }

    private static long ReadOperand(ReadOnlySpan<byte> code, OpCode opCode, int position, out int length)
    {
        var rest = code[position..];
        switch (opCode.OperandType)
        {
            case OperandType.InlineNone:
                length = 0;
                return 0;
            case OperandType.ShortInlineBrTarget:
                length = 1;
                return position + length + (sbyte)rest[0];
            case OperandType.InlineBrTarget:
                length = 4;
                return position + length + BinaryPrimitives.ReadInt32LittleEndian(rest);
            case OperandType.ShortInlineI:
                length = 1;
                return opCode == OpCodes.Ldc_I4_S ? (sbyte)rest[0] : rest[0];
            case OperandType.ShortInlineVar:
                length = 1;
                return rest[0];
            case OperandType.InlineVar:
                length = 2;
                return BinaryPrimitives.ReadUInt16LittleEndian(rest);
            case OperandType.InlineI8 or OperandType.InlineR:
                length = 8;
                return BinaryPrimitives.ReadInt64LittleEndian(rest);
            default:
                // 32-bit constants, floats as their bits, metadata tokens, and the count of a switch.
                length = 4;
                return BinaryPrimitives.ReadInt32LittleEndian(rest);
        }
    }
}
