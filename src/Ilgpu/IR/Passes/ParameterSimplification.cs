namespace ILGPU.IR.Passes;

/// <summary>Removes block parameters that are always the same value, and keeps truths as truths.</summary>
internal static class ParameterSimplification
{
    public static bool Run(KernelForm form)
    {
        var blocks = form.Blocks();
        var edgesInto = KernelForm.EdgesInto(blocks);
        var replacements = new Dictionary<Value, Value>();
        foreach (var block in blocks)
        {
            var edges = edgesInto[block].ConvertAll(entry => entry.Edge);
            for (var i = block.Parameters.Count - 1; i >= 0; i--)
            {
                var parameter = block.Parameters[i];
                if (OnlyValue(parameter, edges, i, replacements) is { } value)
                {
                    value.Name ??= parameter.Name;
                    replacements[parameter] = value;
                    block.Parameters.RemoveAt(i);
                    edges.ForEach(edge => edge.Arguments.RemoveAt(i));
                }
                else if (parameter.Kind == ValueKind.Int32 && edges.TrueForAll(edge => TruthOf(edge.Arguments[i]) is not null) &&
                    edges.Exists(edge => edge.Arguments[i] is Instruction))
                {
                    var truth = new BlockParameter(ValueKind.Bool) { Name = parameter.Name };
                    edges.ForEach(edge => edge.Arguments[i] = TruthOf(edge.Arguments[i])!);
                    block.Parameters[i] = truth;
                    var number = new Instruction(
                        Operation.Convert, ValueKind.Int32, [truth], new Conversion(NumberType.Int32))
                    { IsPlaced = true };
                    block.Instructions.Insert(0, number);
                    replacements[parameter] = number;
                }
            }
        }

        Substitution.Apply(blocks, replacements);
        return replacements.Count > 0;
    }

    private static Value? OnlyValue(BlockParameter parameter, List<Edge> edges, int index, Dictionary<Value, Value> replacements)
    {
        Value? only = null;
        foreach (var edge in edges)
        {
            var argument = Substitution.Resolve(edge.Arguments[index], replacements);
            if (argument == parameter)
            {
                continue;
            }

            if (only is not null && !only.Equals(argument))
            {
                return null;
            }

            only = argument;
        }

        return only;
    }

    private static Value? TruthOf(Value value) => value switch
    {
        Constant { Bits: 0 or 1 } constant => Constant.Bool(!constant.IsZero),
        Instruction { Operation: Operation.Convert, Operands: [{ Kind: ValueKind.Bool } truth] } => truth,
        _ => null,
    };
}
