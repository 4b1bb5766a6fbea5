namespace ILGPU.IR.Passes;

/// <summary>Replaces variables by the values that they have: static single assignment.</summary>
/// <remarks>
/// Source: M. Braun et al., "Simple and Efficient Construction of Static Single Assignment Form" (2013), on a finished graph: a
/// block that is entered on several ways gets a parameter for a variable that is read in or after it. Parameters that turn out to
/// have one value only are removed by <see cref="Simplification"/>. A variable that is read before it is written is zero, as in
/// C#.
/// </remarks>
internal sealed class VariablePromotion
{
    private readonly Dictionary<Block, List<(Block From, Edge Edge)>> edgesInto;
    private readonly Dictionary<(Block, Variable), Value> atEnd = [];
    private readonly Dictionary<(Block, Variable), Value> atStart = [];
    private readonly Dictionary<Value, Value> replacements = [];

    private VariablePromotion(Dictionary<Block, List<(Block From, Edge Edge)>> edgesInto)
    {
        this.edgesInto = edgesInto;
    }

    public static void Run(KernelForm form)
    {
        var blocks = form.Blocks();
        var pass = new VariablePromotion(KernelForm.EdgesInto(blocks));
        foreach (var block in blocks)
        {
            pass.RecordLastStores(block);
        }

        foreach (var block in blocks)
        {
            pass.ReplaceLoads(block);
        }

        Substitution.Apply(blocks, pass.replacements);
    }

    private void RecordLastStores(Block block)
    {
        foreach (var instruction in block.Instructions)
        {
            if (instruction.Operation == Operation.StoreVariable)
            {
                atEnd[(block, (Variable)instruction.Detail!)] = instruction[0];
            }
        }
    }

    private void ReplaceLoads(Block block)
    {
        var current = new Dictionary<Variable, Value>();
        block.Instructions.RemoveAll(instruction =>
        {
            if (instruction.Detail is not Variable variable)
            {
                return false;
            }

            if (instruction.Operation == Operation.StoreVariable)
            {
                current[variable] = instruction[0];
                GiveName(instruction[0], variable.Name);
            }
            else
            {
                replacements[instruction] = current.TryGetValue(variable, out var value) ? value : AtStart(block, variable);
            }

            return true;
        });
    }

    private Value AtEnd(Block block, Variable variable) =>
        atEnd.TryGetValue((block, variable), out var value) ? value : AtStart(block, variable);

    private Value AtStart(Block block, Variable variable)
    {
        // Blocks that are entered on one way only pass on what they get; the chain may be long, so it is walked, not recursed.
        var chain = new List<Block>();
        Value? value;
        while (!atStart.TryGetValue((block, variable), out value))
        {
            chain.Add(block);
            if (edgesInto[block] is not [var (from, _)])
            {
                value = AddParameter(block, variable);
                break;
            }

            if (atEnd.TryGetValue((from, variable), out value))
            {
                break;
            }

            block = from;
        }

        foreach (var passed in chain)
        {
            atStart[(passed, variable)] = value;
        }

        return value;
    }

    private Value AddParameter(Block block, Variable variable)
    {
        if (edgesInto[block].Count == 0)
        {
            return Constant.Of(variable.Kind, 0);
        }

        var parameter = new BlockParameter(variable.Kind) { Name = variable.Name };
        atStart[(block, variable)] = parameter;
        block.Parameters.Add(parameter);
        foreach (var (from, edge) in edgesInto[block])
        {
            edge.Arguments.Add(AtEnd(from, variable));
        }

        return parameter;
    }

    private static void GiveName(Value value, string? name)
    {
        if (value is Instruction or BlockParameter)
        {
            value.Name ??= name;
        }
    }
}
