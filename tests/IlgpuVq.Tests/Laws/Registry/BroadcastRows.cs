using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Functions of two numbers, with broadcasting.</summary>
internal static class BroadcastRows
{
    private const string Broadcastable = "shapes that broadcast: from the last axis on, equal lengths or one of them 1";

    private static readonly Tolerance Sums = new(2e-6, 5e-6, "a repeated operand sums up to a hundred gradients");
    private static readonly Tolerance LongSums = new(2e-6, 2e-4, "a repeated operand sums up to 6 561 gradients of both signs");

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("add", typeof(Add), Add.Apply, (a, b) => a + b) with { LinearIn = _ => [[0, 1]] },
        Row("subtract", typeof(Subtract), Subtract.Apply, (a, b) => a - b) with { LinearIn = _ => [[0, 1]] },
        Row("multiply", typeof(Multiply), Multiply.Apply, (a, b) => a * b) with { LinearIn = _ => [[0], [1]] },
        Row("divide", typeof(Divide), Divide.Apply, (a, b) => a / b) with
        {
            LinearIn = _ => [[0]],
            Backward = new(5e-6, 2e-5, "divisors from 0.5, squared, in sums of up to a hundred"),
            BackwardOfLarger = new(5e-6, 1e-3, "divisors from 0.5, squared, in sums of up to 6 561 of both signs"),
        },
        Row("lerp", typeof(Lerp), (a, b) => Lerp.Apply(a, b, 0.75f), (a, b) => 0.75 * a + 0.25 * b) with
        {
            LinearIn = _ => [[0, 1]],
        },
        Kinked("maximum", typeof(Maximum), Maximum.Apply, Math.Max),
        Kinked("minimum", typeof(Minimum), Minimum.Apply, Math.Min),
    ];

    /// <summary>A function with a kink where its operands are equal.</summary>
    private static OpRow Kinked(
        string name, Type op, Func<Variable, Variable, Variable> apply, Func<double, double, double> reference)
    {
        var row = Row(name, op, apply, reference);
        return row with
        {
            Forward = Tolerance.Exact,
            HasKinks = true,
            Cases = scale => row.Cases(scale).Select(drawn => drawn with
            {
                Inputs = [drawn.Inputs[0].Map(x => OnGrid(x, 0)), drawn.Inputs[1].Map(x => OnGrid(x, 0.05))],
                DistanceToKink = Nearest,
            }),
        };

        // Tenths, and halfway between them: no two are nearer than 0.05.
        static double OnGrid(double x, double offset) => (float)(Math.Round(10 * x) / 10 + offset);

        static double Nearest(DoubleTensor[] x) =>
            ElementwiseReference.Zip(x[0], x[1], (a, b) => Math.Abs(a - b)).Values.DefaultIfEmpty(double.PositiveInfinity).Min();
    }

    private static OpRow Row(
        string name, Type op, Func<Variable, Variable, Variable> apply, Func<double, double, double> reference) =>
        new(name, op, scale =>
            from shape in Draw.Shape(scale, ranks: (0, 6))
            from shapeA in scale.IsLarge ? Gen.Constant(shape) : Draw.StretchesTo(shape)
            from shapeB in Draw.StretchesTo(shape)
            from isExchanged in Draw.Flag
            from a in Draw.Values(isExchanged ? shapeB : shapeA)
            from b in Draw.AwayFromZero(isExchanged ? shapeA : shapeB, 0.5, 2)
            select new OpCase("", [a, b], v => apply(v[0], v[1]), x => ElementwiseReference.Zip(x[0], x[1], reference)))
        {
            TapeName = name,
            Forward = Tolerance.Rounding,
            Backward = Sums,
            BackwardOfLarger = LongSums,
            BadInputs =
            [
                Refused(name, Broadcastable, [2, 3], [2, 4], apply),
                Refused(name, Broadcastable, [3], [3, 2], apply),
                Refused(name, Broadcastable, [0], [2], apply),
                Refused(name, "at most 6 axes that broadcast differently", [2, 1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2, 1], apply),
            ],
        };

    private static BadInput Refused(string name, string rule, Shape a, Shape b, Func<Variable, Variable, Variable> apply) =>
        new($"{name}: expected {rule}; got a {a}, b {b}.", [a, b], v => apply(v[0], v[1]));
}
