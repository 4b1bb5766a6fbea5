namespace IlgpuVq.Tests.Ptx.Syntax;

/// <summary>The statements of an entry, in one list; the braces live on as scopes of names.</summary>
internal sealed class PtxBodyParser(PtxTokenReader reader, PtxScope outermost)
{
    private readonly List<PtxInstruction> instructions = [];
    private readonly List<PtxVariable> variables = [];
    private PtxScope scope = outermost;

    public IReadOnlyList<PtxInstruction> Instructions => instructions;

    public IReadOnlyList<PtxVariable> Variables => variables;

    public void Read()
    {
        reader.Mark("{");
        ReadBlock();
    }

    private void ReadBlock()
    {
        while (!reader.TryMark("}"))
        {
            if (reader.AtEnd)
            {
                throw reader.Unexpected("}");
            }

            if (reader.TryMark("{"))
            {
                var outer = scope;
                scope = new PtxScope(outer);
                ReadBlock();
                scope = outer;
            }
            else
            {
                ReadStatement();
            }
        }
    }

    private void ReadStatement()
    {
        if (reader.TryMark(";"))
        {
            return;
        }

        if (reader.PeekLabel())
        {
            var (label, line) = reader.Name();
            reader.Mark(":");
            scope.DeclareLabel(label, instructions.Count, line);
        }
        else if (reader.TryDirective("reg"))
        {
            ReadRegisters();
        }
        else if (reader.TryDirective("loc"))
        {
            reader.SkipLine();
        }
        else if (reader.TryDirective("pragma"))
        {
            reader.SkipLine();
        }
        else if (reader.PeekDirective())
        {
            var declared = PtxVariableParser.TryRead(reader, isExternal: false) ?? throw reader.Unexpected("a statement");
            foreach (var variable in declared)
            {
                scope.DeclareVariable(variable);
                variables.Add(variable);
            }
        }
        else
        {
            ReadInstruction();
        }
    }

    private void ReadRegisters()
    {
        var line = reader.Line;
        var name = reader.TryDirective() ?? throw reader.Unexpected("a type");
        if (PtxType.Find(name) is not { Class: not TypeClass.Alternate } type || type.Bytes == 1)
        {
            throw new PtxException(line, $".reg: expected a type that registers have; got .{name}");
        }

        do
        {
            (var register, line) = reader.Name();
            if (reader.TryMark("<"))
            {
                var (count, _) = reader.Integer();
                reader.Mark(">");
                scope.DeclareFamily(register, type, (int)count, line);
            }
            else
            {
                scope.DeclareRegister(register, type, line);
            }
        }
        while (reader.TryMark(","));

        reader.Mark(";");
    }

    private void ReadInstruction()
    {
        Guard? guard = null;
        if (reader.TryMark("@"))
        {
            var isNegated = reader.TryMark("!");
            guard = new Guard(reader.Name().Text, isNegated);
        }

        var (opcode, line) = reader.Name();
        var modifiers = new List<string>();
        while (reader.TryDirective() is { } modifier)
        {
            modifiers.Add(modifier);
        }

        var operands = new List<Operand>();
        while (!reader.TryMark(";"))
        {
            if (operands.Count > 0)
            {
                reader.Mark(",");
            }

            operands.Add(ReadOperand());
        }

        instructions.Add(new PtxInstruction(opcode, modifiers, operands, guard, scope, line));
    }

    private Operand ReadOperand()
    {
        if (reader.TryMark("{"))
        {
            var elements = new List<Operand>();
            do
            {
                elements.Add(ReadOperand());
            }
            while (reader.TryMark(","));

            reader.Mark("}");
            return new VectorOperand(elements);
        }

        if (reader.TryMark("["))
        {
            return ReadAddress();
        }

        if (reader.TryLiteral() is { } literal)
        {
            return literal;
        }

        var isNegated = reader.TryMark("!");
        var name = ReadName(isNegated);
        return reader.TryMark("|") ? new PairOperand(name, ReadName(isNegated: false)) : name;
    }

    /// <summary>A name, with the axis of a special register or the offset of a variable behind it.</summary>
    private NameOperand ReadName(bool isNegated)
    {
        var (name, _) = reader.Name();
        if (reader.TryDirective() is { } part)
        {
            name += "." + part;
        }

        return new NameOperand(name, isNegated, reader.TryMark("+") ? (long)reader.Integer().Value : 0);
    }

    private AddressOperand ReadAddress()
    {
        var name = reader.PeekName() ? reader.Name().Text : null;
        var offset = 0L;
        if (name is null)
        {
            offset = (long)reader.Integer().Value;
        }
        else if (reader.TryMark("+"))
        {
            offset = (long)reader.Integer().Value;
        }

        reader.Mark("]");
        return new AddressOperand(name, offset);
    }
}
