using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Models.Onnx;

/// <summary>Writes the formula of an element-wise function as nodes, each part of it once.</summary>
/// <param name="graph">Where they go.</param>
/// <param name="operands">Its operands.</param>
internal sealed class FormulaWriter(GraphBuilder graph, string[] operands)
{
    private readonly Dictionary<Formula, string> written = new(ReferenceEqualityComparer.Instance);

    /// <summary>Adds nodes.</summary>
    /// <returns>The result.</returns>
    public string Write(Formula formula) => formula switch
    {
        Formula.Operand operand => operands[operand.Index],
        Formula.Number number => graph.Number(number.Value),
        _ => written.TryGetValue(formula, out var known) ? known : written[formula] = WriteStep((Formula.Applied)formula),
    };

    private string WriteStep(Formula.Applied step) => step switch
    {
        { Step: FormulaStep.Multiply, A: Formula.Number { Value: 1 } } => Write(step.B!),
        { Step: FormulaStep.Add or FormulaStep.Subtract, B: Formula.Number { Value: 0 } } => Write(step.A),
        { Step: FormulaStep.NormalDistribution } => WriteNormalDistribution(Write(step.A)),
        { Step: FormulaStep.IfLess } => Select("Less", step),
        { Step: FormulaStep.IfGreater } => Select("Greater", step),
        { Step: FormulaStep.IfEqual } => Select("Equal", step),
        { B: { } b } => graph.Node(OperatorOf(step.Step), [Write(step.A), Write(b)]),
        _ => graph.Node(OperatorOf(step.Step), [Write(step.A)]),
    };

    private string Select(string comparison, Formula.Applied step) => graph.Node(
        "Where", [graph.Node(comparison, [Write(step.A), Write(step.B!)]), Write(step.C!), Write(step.D!)]);

    /// <summary>½·(1 + erf(x / √2)).</summary>
    private string WriteNormalDistribution(string x)
    {
        var error = graph.Node("Erf", [graph.Node("Mul", [x, graph.Number(MathF.Sqrt(0.5f))])]);
        return graph.Node("Mul", [graph.Node("Add", [error, graph.Number(1)]), graph.Number(0.5f)]);
    }

    private static string OperatorOf(FormulaStep step) => step switch
    {
        FormulaStep.Add => "Add",
        FormulaStep.Subtract => "Sub",
        FormulaStep.Multiply => "Mul",
        FormulaStep.Divide => "Div",
        FormulaStep.Negate => "Neg",
        FormulaStep.Sine => "Sin",
        FormulaStep.Cosine => "Cos",
        _ => step.ToString(), // Abs, Max, Min, Sqrt, Round, Exp, Log, Tanh, Sigmoid: ONNX calls them the same
    };
}
