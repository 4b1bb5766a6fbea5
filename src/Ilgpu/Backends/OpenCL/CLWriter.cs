using System.Text;
using ILGPU.Backends.Structure;
using ILGPU.IR;

namespace ILGPU.Backends.OpenCL;

/// <summary>Writes the body of a kernel as statements of OpenCL C.</summary>
internal sealed class CLWriter
{
    private readonly KernelForm form;
    private readonly ControlStructure structure;
    private readonly ExpressionPlan plan;
    private readonly PointerTypes pointers;
    private readonly CLExpressions expressions;
    private readonly CLIdentifiers identifiers;
    private readonly HashSet<Value> declared = [];
    private readonly HashSet<Block> labelled = [];
    private readonly Dictionary<Block, string> labels = [];
    private readonly ILookup<Block?, Block> children;

    /// <summary>The headers of the loops whose braces are open.</summary>
    private readonly HashSet<Block> openHeaders = [];

    private readonly StringBuilder hoisted = new();
    private StringBuilder text = new();
    private int depth = 1;

    public CLWriter(KernelForm form, CLTarget target, CLHelpers helpers, CLIdentifiers identifiers)
    {
        this.form = form;
        this.identifiers = identifiers;
        structure = new ControlStructure(form);
        children = structure.Blocks.ToLookup(structure.Dominators.ParentOf);
        plan = new ExpressionPlan(structure.Blocks, structure.Loops);
        pointers = new PointerTypes(form);
        expressions = new CLExpressions(plan, pointers, helpers, target, identifiers.NameOf);
    }

    public bool UsesExchange => expressions.UsesExchange;

    /// <summary>The statements of the kernel, without its braces.</summary>
    public string Write()
    {
        DeclareHoisted();
        WriteSequence(form.Entry, null, null);
        return hoisted.ToString() + text;
    }

    /// <summary>Values that are used after the loop that makes them are declared at the top.</summary>
    private void DeclareHoisted()
    {
        foreach (var block in structure.Blocks)
        {
            var loop = structure.Loops.InnermostOf(block);
            var values = block.Parameters.Concat<Value>(block.Instructions.Where(instruction =>
                instruction.Kind != ValueKind.None && instruction.Operation != Operation.Allocate && !plan.IsInlined(instruction)));
            foreach (var value in values)
            {
                var home = value is BlockParameter ? DeclarationLoop(block) : loop;
                if (plan.UsesOf(value).Any(use => home is not null && !home.Body.Contains(use)) ||
                    (value is BlockParameter && structure.Dominators.ParentOf(block) is { } parent &&
                        structure.Loops.InnermostOf(parent) is { } around && !around.Body.Contains(block)))
                {
                    hoisted.Append("    ").Append(TypeOf(value)).Append(' ').Append(identifiers.NameOf(value)).Append(";\n");
                    declared.Add(value);
                }
            }
        }
    }

    /// <summary>The loop within whose braces the parameters of a block are declared: outside of the loop that it heads.</summary>
    private Loop? DeclarationLoop(Block block)
    {
        var loop = structure.Loops.InnermostOf(block);
        return loop?.Header == block ? loop.Parent : loop;
    }

    private string TypeOf(Value value) =>
        value.Kind == ValueKind.Pointer ? CLText.TypeOf(pointers[value]) : CLText.TypeOf(value.Kind);

    /// <summary>A block and all that stands after it.</summary>
    /// <param name="block">The block.</param>
    /// <param name="next">What runs if the end is reached without a jump; null at the end of the kernel.</param>
    /// <param name="loop">The loop around, whose braces are open.</param>
    private void WriteSequence(Block block, Block? next, OpenLoop? loop)
    {
        if (!structure.IsLoopHeader(block))
        {
            WriteParts(block, structure.Following(block), next, loop);
            return;
        }

        var after = structure.AfterLoop(block);
        var follow = after.Count > 0 ? after[0] : next;
        WriteLoop(block, new OpenLoop(block, follow));
        for (var i = 0; i < after.Count; i++)
        {
            WriteLabelled(after[i], i + 1 < after.Count ? after[i + 1] : next, loop);
        }
    }

    private void WriteParts(Block block, IReadOnlyList<Block> following, Block? next, OpenLoop? loop)
    {
        WriteBlock(block, following.Count > 0 ? following[0] : next, loop);
        for (var i = 0; i < following.Count; i++)
        {
            WriteLabelled(following[i], i + 1 < following.Count ? following[i + 1] : next, loop);
        }
    }

    private void WriteLabelled(Block block, Block? next, OpenLoop? loop)
    {
        var start = text.Length;
        WriteSequence(block, next, loop);
        if (labelled.Contains(block))
        {
            text.Insert(start, $"{LabelOf(block)}:;\n");
        }
    }

    private void WriteLoop(Block header, OpenLoop loop)
    {
        openHeaders.Add(header);
        if (ConditionOf(header, loop) is var (condition, body))
        {
            Line($"while ({condition})");
            Braces(() => WriteLoopBody(header, () => WriteEdge(body, header, loop)));
        }
        else
        {
            Line("for (;;)");
            Braces(() => WriteLoopBody(header, () => WriteParts(header, structure.Following(header), header, loop)));
        }

        openHeaders.Remove(header);
    }

    /// <summary>A loop inside of this one may go on with the next round of this one: it jumps to the end of the body.</summary>
    private void WriteLoopBody(Block header, Action write)
    {
        write();
        if (labelled.Remove(header))
        {
            Line($"{LabelOf(header)}:;");
            labels.Remove(header);
        }
    }

    /// <summary>The condition of a loop whose header only tests, and the edge into its body.</summary>
    private (CLExpression Condition, Edge Body)? ConditionOf(Block header, OpenLoop loop)
    {
        if (header.Terminator is not { Condition: { } condition, Edges: [var whenTrue, var whenFalse] } ||
            !header.Instructions.TrueForAll(plan.IsInlined) || structure.Following(header).Count > 0 || loop.Follow is null)
        {
            return null;
        }

        var leavesWhenTrue = whenTrue.Target == loop.Follow && whenTrue.Arguments.Count == 0;
        var leavesWhenFalse = whenFalse.Target == loop.Follow && whenFalse.Arguments.Count == 0;
        return (leavesWhenTrue, leavesWhenFalse) switch
        {
            (true, false) => (expressions.Negation(condition), whenFalse),
            (false, true) => (expressions.Write(condition), whenTrue),
            _ => null,
        };
    }

    private void WriteBlock(Block block, Block? next, OpenLoop? loop)
    {
        foreach (var instruction in block.Instructions)
        {
            WriteStatement(instruction);
        }

        // Where ways meet after this block, the values that they bring need a place that all of them see.
        foreach (var child in children[block].Where(structure.IsPlaced))
        {
            if (block.Terminator is not { Condition: null, Edges: [var only] } || only.Target != child)
            {
                foreach (var parameter in child.Parameters.Where(declared.Add))
                {
                    Line($"{TypeOf(parameter)} {identifiers.NameOf(parameter)};");
                }
            }
        }

        switch (block.Terminator)
        {
            case { Condition: { } condition, Edges: [var whenTrue, var whenFalse] }:
                WriteBranch(condition, whenTrue, whenFalse, next, loop);
                break;
            case { Edges: [var edge] }:
                WriteEdge(edge, next, loop);
                break;
            default:
                if (next is not null)
                {
                    Line("return;");
                }

                break;
        }
    }

    private void WriteBranch(Value condition, Edge whenTrue, Edge whenFalse, Block? next, OpenLoop? loop)
    {
        depth++;
        var thenText = Capture(() => WriteEdge(whenTrue, next, loop));
        var elseText = Capture(() => WriteEdge(whenFalse, next, loop));
        depth--;
        if (thenText.Length == 0 && elseText.Length == 0)
        {
            return;
        }

        // A way that leaves needs no else, and comes first.
        if (thenText.Length == 0 || (!Leaves(thenText) && Leaves(elseText)))
        {
            (thenText, elseText) = (elseText, thenText);
            (whenTrue, whenFalse) = (whenFalse, whenTrue);
            Line($"if ({expressions.Negation(condition)})");
        }
        else
        {
            Line($"if ({expressions.Write(condition)})");
        }

        Line("{");
        text.Append(thenText);
        Line("}");
        if (elseText.Length == 0)
        {
            return;
        }

        if (Leaves(thenText))
        {
            WriteDedented(elseText);
            return;
        }

        Line("else");
        Line("{");
        text.Append(elseText);
        Line("}");
    }

    private void WriteDedented(string lines)
    {
        foreach (var line in lines.TrimEnd('\n').Split('\n'))
        {
            text.Append(line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line).Append('\n');
        }
    }

    private static bool Leaves(string lines)
    {
        var last = lines.TrimEnd('\n');
        last = last[(last.LastIndexOf('\n') + 1)..].Trim();
        return last is "break;" or "continue;" or "return;" || last.StartsWith("goto ", StringComparison.Ordinal);
    }

    private void WriteEdge(Edge edge, Block? next, OpenLoop? loop)
    {
        WriteCopies(edge);
        var target = edge.Target;
        if (target == next)
        {
            return;
        }

        if (loop is not null && target == loop.Header)
        {
            Line("continue;");
        }
        else if (loop is not null && target == loop.Follow)
        {
            Line("break;");
        }
        else if (structure.IsPlaced(target) || openHeaders.Contains(target))
        {
            labelled.Add(target);
            Line($"goto {LabelOf(target)};");
        }
        else
        {
            WriteSequence(target, next, loop);
        }
    }

    /// <summary>Gives the parameters of a block their values, all at once.</summary>
    private void WriteCopies(Edge edge)
    {
        var pending = edge.Target.Parameters.Zip(edge.Arguments)
            .Where(copy => plan.IsUsed(copy.First) && copy.First != copy.Second)
            .ToList();
        while (pending.Count > 0)
        {
            var free = pending.FindIndex(copy => !pending.Exists(other => other != copy && Reads(other.Second, copy.First)));
            if (free < 0)
            {
                // Each waits for another: the first value is kept aside.
                var (parameter, value) = pending[0];
                var name = identifiers.Fresh($"{parameter.Name}_next");
                Line($"{TypeOf(parameter)} {name} = {expressions.Write(value)};");
                pending.RemoveAt(0);
                WriteRest(pending);
                Line($"{identifiers.NameOf(parameter)} = {name};");
                return;
            }

            WriteCopy(pending[free]);
            pending.RemoveAt(free);
        }
    }

    private void WriteRest(List<(BlockParameter First, Value Second)> copies)
    {
        var names = copies.ConvertAll(copy => identifiers.Fresh($"{copy.First.Name}_next"));
        for (var i = 0; i < copies.Count; i++)
        {
            Line($"{TypeOf(copies[i].First)} {names[i]} = {expressions.Write(copies[i].Second)};");
        }

        for (var i = 0; i < copies.Count; i++)
        {
            Line($"{identifiers.NameOf(copies[i].First)} = {names[i]};");
        }
    }

    private void WriteCopy((BlockParameter Parameter, Value Value) copy)
    {
        var declaration = declared.Add(copy.Parameter) ? $"{TypeOf(copy.Parameter)} " : "";
        Line($"{declaration}{identifiers.NameOf(copy.Parameter)} = {expressions.Write(copy.Value)};");
    }

    private bool Reads(Value value, BlockParameter parameter) => value == parameter ||
        (value is Instruction instruction && plan.IsInlined(instruction) &&
            Array.Exists(instruction.Operands, operand => Reads(operand, parameter)));

    private void WriteStatement(Instruction instruction)
    {
        if (plan.IsInlined(instruction))
        {
            return;
        }

        switch (instruction.Operation)
        {
            case Operation.Allocate:
                WriteAllocation(instruction, (Allocation)instruction.Detail!);
                break;
            case Operation.Store:
                Line($"{expressions.Access(instruction[0], (NumberType)instruction.Detail!)} = {expressions.Write(instruction[1])};");
                break;
            case Operation.Barrier:
                Line("barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);");
                break;
            case Operation.Fence:
                Line("mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);");
                break;
            default:
                var value = expressions.Operate(instruction);
                if (!plan.IsUsed(instruction))
                {
                    Line($"{value};");
                    break;
                }

                var declaration = declared.Add(instruction) ? $"{TypeOf(instruction)} " : "";
                Line($"{declaration}{identifiers.NameOf(instruction)} = {value};");
                break;
        }
    }

    private void WriteAllocation(Instruction instruction, Allocation allocation)
    {
        if (allocation.Bytes < 0)
        {
            identifiers.Bind(instruction, CLGenerator.DynamicShared);
            return;
        }

        var size = ValueKinds.SizeOf(allocation.Element);
        var isBytes = allocation.Element == NumberType.UInt8;
        Line($"{(allocation.Space == AddressSpace.Shared ? "local " : "")}{CLText.TypeOf(allocation.Element)} " +
            $"{identifiers.NameOf(instruction)}[{(allocation.Bytes + size - 1) / size}]{(isBytes ? " __attribute__((aligned(8)))" : "")};");
    }

    private string LabelOf(Block block)
    {
        if (!labels.TryGetValue(block, out var label))
        {
            labels[block] = label = identifiers.Fresh("next");
        }

        return label;
    }

    private string Capture(Action write)
    {
        var outer = text;
        text = new StringBuilder();
        write();
        (var captured, text) = (text.ToString(), outer);
        return captured;
    }

    private void Braces(Action write)
    {
        Line("{");
        depth++;
        write();
        depth--;
        Line("}");
    }

    private void Line(string line) => text.Append(' ', 4 * depth).Append(line).Append('\n');

    /// <summary>A loop whose braces are open.</summary>
    private sealed record OpenLoop(Block Header, Block? Follow);
}
