using System.Text;

namespace IlgpuVq.Tests.Ilgpu.Differential.Programs;

/// <summary>A statement; its text is C#.</summary>
internal abstract record Statement
{
    /// <summary>Writes the statement, indented.</summary>
    public abstract void Write(StringBuilder text, string indent);

    protected static void WriteAll(StringBuilder text, string indent, IEnumerable<Statement> statements)
    {
        text.Append(indent).AppendLine("{");
        foreach (var statement in statements)
        {
            statement.Write(text, indent + "    ");
        }

        text.Append(indent).AppendLine("}");
    }
}

internal sealed record Assignment(Variable Target, Expression Value) : Statement
{
    public override void Write(StringBuilder text, string indent) =>
        text.Append(indent).Append(Target).Append(" = ").Append(Value).AppendLine(";");
}

/// <summary>Stores to the local array, at an index that is masked.</summary>
internal sealed record ElementAssignment(Expression Index, Expression Value) : Statement
{
    public override void Write(StringBuilder text, string indent) =>
        text.Append(indent).Append(new Element(Index)).Append(" = ").Append(Value).AppendLine(";");
}

internal sealed record Branch(Condition Condition, IReadOnlyList<Statement> WhenTrue,
    IReadOnlyList<Statement> WhenFalse) : Statement
{
    public override void Write(StringBuilder text, string indent)
    {
        text.Append(indent).Append("if (").Append(Condition).AppendLine(")");
        WriteAll(text, indent, WhenTrue);
        if (WhenFalse.Count > 0)
        {
            text.Append(indent).AppendLine("else");
            WriteAll(text, indent, WhenFalse);
        }
    }
}

internal enum LoopForm
{
    /// <summary>for (k = 0; k &lt; bound; k++)</summary>
    Up,

    /// <summary>for (k = bound; k &gt; 0; k--)</summary>
    Down,

    /// <summary>do … while (++k &lt; bound)</summary>
    AtLeastOnce,
}

/// <summary>A loop of at most <see cref="Mask"/> rounds.</summary>
/// <param name="Depth">The number of loops around it, which is that of its counter.</param>
/// <param name="Form">How it counts.</param>
/// <param name="Bound">A literal, or an expression that is masked.</param>
/// <param name="Body">What it repeats.</param>
internal sealed record Loop(int Depth, LoopForm Form, Expression Bound, IReadOnlyList<Statement> Body) : Statement
{
    public const int Mask = 7;

    public override void Write(StringBuilder text, string indent)
    {
        var k = new Counter(Depth);
        var head = Form switch
        {
            LoopForm.Up => $"for ({k} = 0; {k} < ({Bound} & {Mask}); {k}++)",
            LoopForm.Down => $"for ({k} = {Bound} & {Mask}; {k} > 0; {k}--)",
            _ => $"{k} = 0; do",
        };
        text.Append(indent).AppendLine(head);
        WriteAll(text, indent, Body);
        if (Form == LoopForm.AtLeastOnce)
        {
            text.Append(indent).AppendLine($"while (++{k} < ({Bound} & {Mask}));");
        }
    }
}

internal enum JumpKind
{
    Break,
    Continue,

    /// <summary>To the end of the program.</summary>
    Exit,
}

/// <summary>A jump, taken where the condition holds. Outside of a loop only <see cref="JumpKind.Exit"/> does anything.</summary>
internal sealed record Jump(JumpKind Kind, Condition Condition) : Statement
{
    public override void Write(StringBuilder text, string indent)
    {
        var target = Kind == JumpKind.Exit ? "goto end" : Kind.ToString().ToLowerInvariant();
        text.Append(indent).Append("if (").Append(Condition).Append(") ").Append(target).AppendLine(";");
    }
}

/// <summary>A method without result that computes its local variables.</summary>
internal sealed record Program(IReadOnlyList<Statement> Body)
{
    /// <summary>The variables of each type; all of them are results.</summary>
    public const int VariablesPerType = 2;

    /// <summary>No loop lies within more loops.</summary>
    public const int MaxLoopDepth = 2;

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var statement in Body)
        {
            statement.Write(text, "");
        }

        return text.ToString();
    }
}
