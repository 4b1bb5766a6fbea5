using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Tracing;

/// <summary>A formula in the place of a number: a function that is called with operands gives what it computes of them.</summary>
internal readonly struct FormulaLane(Formula formula) : ILane<FormulaLane>
{
    public Formula Formula { get; } = formula;

    public static implicit operator FormulaLane(float value) => new(new Formula.Number(value));

    public static FormulaLane operator +(FormulaLane a, FormulaLane b) => Apply(FormulaStep.Add, a, b);

    public static FormulaLane operator +(FormulaLane a, float b) => Apply(FormulaStep.Add, a, b);

    public static FormulaLane operator -(FormulaLane a, FormulaLane b) => Apply(FormulaStep.Subtract, a, b);

    public static FormulaLane operator -(FormulaLane a, float b) => Apply(FormulaStep.Subtract, a, b);

    public static FormulaLane operator -(float a, FormulaLane b) => Apply(FormulaStep.Subtract, a, b);

    public static FormulaLane operator -(FormulaLane x) => Apply(FormulaStep.Negate, x);

    public static FormulaLane operator *(FormulaLane a, FormulaLane b) => Apply(FormulaStep.Multiply, a, b);

    public static FormulaLane operator *(float a, FormulaLane b) => Apply(FormulaStep.Multiply, a, b);

    public static FormulaLane operator /(FormulaLane a, FormulaLane b) => Apply(FormulaStep.Divide, a, b);

    public static FormulaLane Abs(FormulaLane x) => Apply(FormulaStep.Abs, x);

    public static FormulaLane Max(FormulaLane a, FormulaLane b) => Apply(FormulaStep.Max, a, b);

    public static FormulaLane Min(FormulaLane a, FormulaLane b) => Apply(FormulaStep.Min, a, b);

    public static FormulaLane Sqrt(FormulaLane x) => Apply(FormulaStep.Sqrt, x);

    public static FormulaLane Round(FormulaLane x) => Apply(FormulaStep.Round, x);

    public static FormulaLane Exp(FormulaLane x) => Apply(FormulaStep.Exp, x);

    public static FormulaLane Expm1(FormulaLane x) => Exp(x) - 1;

    public static FormulaLane Log(FormulaLane x) => Apply(FormulaStep.Log, x);

    public static FormulaLane Log1p(FormulaLane x) => Log(x + 1);

    public static FormulaLane Tanh(FormulaLane x) => Apply(FormulaStep.Tanh, x);

    public static FormulaLane Sigmoid(FormulaLane x) => Apply(FormulaStep.Sigmoid, x);

    public static (FormulaLane Distribution, FormulaLane Density) Normal(FormulaLane x) =>
        (Apply(FormulaStep.NormalDistribution, x), (1 / MathF.Sqrt(MathF.Tau)) * Exp(-0.5f * (x * x)));

    public static (FormulaLane Sine, FormulaLane Cosine) SinCosOfTurn(FormulaLane x) =>
        (Apply(FormulaStep.Sine, MathF.Tau * x), Apply(FormulaStep.Cosine, MathF.Tau * x));

    public static FormulaLane IfLess(FormulaLane a, FormulaLane b, FormulaLane then, FormulaLane otherwise) =>
        new(new Formula.Applied(FormulaStep.IfLess, a.Formula, b.Formula, then.Formula, otherwise.Formula));

    public static FormulaLane IfGreater(FormulaLane a, FormulaLane b, FormulaLane then, FormulaLane otherwise) =>
        new(new Formula.Applied(FormulaStep.IfGreater, a.Formula, b.Formula, then.Formula, otherwise.Formula));

    public static FormulaLane IfEqual(FormulaLane a, FormulaLane b, FormulaLane then, FormulaLane otherwise) =>
        new(new Formula.Applied(FormulaStep.IfEqual, a.Formula, b.Formula, then.Formula, otherwise.Formula));

    private static FormulaLane Apply(FormulaStep step, FormulaLane a) => new(new Formula.Applied(step, a.Formula));

    private static FormulaLane Apply(FormulaStep step, FormulaLane a, FormulaLane b) =>
        new(new Formula.Applied(step, a.Formula, b.Formula));
}

/// <summary>Functions as formulas.</summary>
internal static class Formulated
{
    public static Formula Of<TFunction>(TFunction f)
        where TFunction : IUnaryFunction => f.Value(Operand(0)).Formula;

    public static Formula OfTwo<TFunction>(TFunction f)
        where TFunction : IBinaryFunction => f.Value(Operand(0), Operand(1)).Formula;

    public static Formula OfThree<TFunction>(TFunction f)
        where TFunction : ITernaryFunction => f.Value(Operand(0), Operand(1), Operand(2)).Formula;

    private static FormulaLane Operand(int index) => new(new Formula.Operand(index));
}
