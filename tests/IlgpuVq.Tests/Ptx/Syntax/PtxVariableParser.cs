namespace IlgpuVq.Tests.Ptx.Syntax;

/// <summary>Declarations of memory: <c>.shared .align 16 .b8 tile[4096];</c>.</summary>
internal static class PtxVariableParser
{
    private static readonly string[] Spaces = ["global", "const", "shared", "local"];

    /// <summary>Null if no declaration begins here.</summary>
    public static IReadOnlyList<PtxVariable>? TryRead(PtxTokenReader reader, bool isExternal)
    {
        if (reader.TryAnyDirective(Spaces) is not { } name)
        {
            return null;
        }

        var space = Enum.Parse<StateSpace>(name, ignoreCase: true);
        var alignment = ReadAlignment(reader);
        var type = ReadType(reader);
        var variables = new List<PtxVariable>();
        do
        {
            variables.Add(ReadOne(reader, space, alignment, type, isExternal));
        }
        while (reader.TryMark(","));

        reader.Mark(";");
        return variables;
    }

    /// <summary>As <c>.param .u64 .ptr .global .align 16 name</c> or <c>.param .align 8 .b8 name[24]</c>.</summary>
    public static PtxVariable ReadParameter(PtxTokenReader reader)
    {
        reader.Directive("param");
        var alignment = ReadAlignment(reader);
        var type = ReadType(reader);
        if (reader.TryDirective("ptr"))
        {
            reader.TryAnyDirective(Spaces);
            ReadAlignment(reader);
        }

        return ReadOne(reader, StateSpace.Param, alignment, type, isExternal: false);
    }

    private static PtxVariable ReadOne(PtxTokenReader reader, StateSpace space, int alignment, PtxType type, bool isExternal)
    {
        var (name, line) = reader.Name();
        var bytes = ReadLength(reader, type, isExternal, line);
        if (bytes < 0 && space != StateSpace.Shared)
        {
            throw new PtxException(line, $"{name}: expected a length; only shared memory can come with the launch");
        }

        var initial = ReadInitial(reader, type, bytes);
        if (initial.Length > 0 && space is not (StateSpace.Global or StateSpace.Const))
        {
            throw new PtxException(line, $"{name}: expected no initial value in .{space.ToString().ToLowerInvariant()} memory");
        }

        return new PtxVariable(space, type, name, Math.Max(alignment, type.Bytes), bytes, initial, line);
    }

    private static int ReadAlignment(PtxTokenReader reader)
    {
        if (!reader.TryDirective("align"))
        {
            return 0;
        }

        var (value, line) = reader.Integer();
        return value > 0 && Int128.IsPow2(value)
            ? (int)value
            : throw new PtxException(line, $".align: expected a power of two; got {value}");
    }

    private static PtxType ReadType(PtxTokenReader reader)
    {
        var line = reader.Line;
        var name = reader.TryDirective() ?? throw reader.Unexpected("a type");
        return PtxType.Find(name) is { Class: not (TypeClass.Predicate or TypeClass.Alternate) } type
            ? type
            : throw new PtxException(line, $"expected a type of memory; got .{name}");
    }

    private static long ReadLength(PtxTokenReader reader, PtxType type, bool isExternal, int line)
    {
        var bytes = (long)type.Bytes;
        while (reader.TryMark("["))
        {
            if (isExternal && reader.TryMark("]"))
            {
                return -1;
            }

            var (length, _) = reader.Integer();
            reader.Mark("]");
            bytes *= length > 0 ? (long)length : throw new PtxException(line, $"expected a positive length; got {length}");
        }

        return bytes;
    }

    private static byte[] ReadInitial(PtxTokenReader reader, PtxType type, long bytes)
    {
        if (!reader.TryMark("="))
        {
            return [];
        }

        var initial = new byte[bytes];
        var offset = 0;
        var isList = reader.TryMark("{");
        do
        {
            ReadElement(reader, type).AsSpan(0, type.Bytes).CopyTo(initial.AsSpan(offset));
            offset += type.Bytes;
        }
        while (isList && reader.TryMark(","));

        if (isList)
        {
            reader.Mark("}");
        }

        return initial;
    }

    private static byte[] ReadElement(PtxTokenReader reader, PtxType type) => reader.TryLiteral() switch
    {
        IntegerOperand integer when !type.IsFloat => BitConverter.GetBytes((long)(ulong)(UInt128)integer.Value),
        FloatOperand number when type.Name == "f32" => BitConverter.GetBytes((float)number.Value),
        FloatOperand number when type.Name == "f64" => BitConverter.GetBytes(number.Value),
        _ => throw reader.Unexpected($"a literal of {type}"),
    };
}
