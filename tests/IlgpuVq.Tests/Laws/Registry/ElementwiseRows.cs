using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Functions of one number.</summary>
internal static class ElementwiseRows
{
    private static readonly Tolerance Gradient = new(2e-6, 5e-7, "a few roundings, and 1 − y² or x·(1 − y) that cancel");

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Smooth("exp", typeof(Exp), Exp.Apply, Math.Exp, low: -20, high: 20),
        Smooth("log", typeof(Log), Log.Apply, Math.Log, low: 0.01, high: 30),
        Smooth("sqrt", typeof(Sqrt), Sqrt.Apply, Math.Sqrt, low: 0.01, high: 30),
        Smooth("reciprocal", typeof(Reciprocal), Reciprocal.Apply, x => 1 / x, low: 0.5, high: 30),
        Smooth("square", typeof(Square), Square.Apply, x => x * x),
        Smooth("tanh", typeof(Tanh), Tanh.Apply, Math.Tanh, low: -12, high: 12),
        Smooth("sigmoid", typeof(Sigmoid), Sigmoid.Apply, ElementwiseReference.Sigmoid, low: -40, high: 40),
        Smooth("silu", typeof(Silu), Silu.Apply, ElementwiseReference.Silu, low: -40, high: 40),
        Smooth("gelu", typeof(Gelu), Gelu.Apply, ElementwiseReference.Gelu, low: -8, high: 8) with
        {
            Forward = new(1e-6, 1e-6, "erf by a rational approximation"),
            Backward = new(3e-6, 3e-6, "erf by a rational approximation"),
        },
        Smooth("normal-cdf", typeof(NormalCdf), NormalCdf.Apply, ElementwiseReference.NormalCdf, low: -8, high: 8),
        Smooth("laplace-cdf", typeof(LaplaceCdf), LaplaceCdf.Apply, ElementwiseReference.LaplaceCdf, low: -40, high: 40),
        Smooth("cauchy-cdf", typeof(CauchyCdf), CauchyCdf.Apply, ElementwiseReference.CauchyCdf, low: -40, high: 40),
        Smooth("softplus", typeof(Softplus), Softplus.Apply, ElementwiseReference.Softplus, low: -40, high: 40),
        Kinked("abs", typeof(Abs), (x, _) => Abs.Apply(x), (x, _) => Math.Abs(x)),
        Kinked("relu", typeof(Relu), (x, _) => Relu.Apply(x), (x, _) => ElementwiseReference.Relu(x)),
        Kinked("leaky-relu", typeof(LeakyRelu), LeakyRelu.Apply, ElementwiseReference.LeakyRelu),
        Kinked("elu", typeof(Elu), Elu.Apply, ElementwiseReference.Elu),
        Stepped("round", typeof(Round), Round.Apply, Math.Round, x => Math.Abs(x - Math.Floor(x) - 0.5)),
        Stepped("sign", typeof(Sign), Sign.Apply, ElementwiseReference.Sign, Math.Abs),
        new("pow", typeof(Pow), Powers)
        {
            TapeName = "pow",
            Forward = new(2e-6, 1e-7, "e to the power of up to 10, rounded"),
            Backward = new(3e-6, 1e-6, "e to the power of up to 10, rounded"),
        },
        new("clamp", typeof(Clamp), Clamps)
        {
            TapeName = "clamp",
            Forward = Tolerance.Exact,
            Backward = Tolerance.Rounding,
            HasKinks = true,
        },
        new("affine", typeof(Affine), scale => Affines(scale, withShift: true))
        {
            TapeName = "affine",
            Forward = new(5e-7, 1e-6, "a product up to 6, rounded before the shift cancels it"),
            Backward = Tolerance.Rounding,
        },
        new("affine without shift", typeof(Affine), scale => Affines(scale, withShift: false))
        {
            TapeName = "affine",
            Forward = new(5e-7, 1e-6, "a product up to 6, rounded before the shift cancels it"),
            Backward = Tolerance.Rounding,
            LinearIn = _ => [[0]],
        },
    ];

    private static OpRow Smooth(
        string name, Type op, Func<Variable, Variable> apply, Func<double, double> reference, double low = -3, double high = 3) =>
        new(name, op, scale =>
            from shape in Draw.Shape(scale, ranks: (0, 4))
            from isFarOut in Draw.OneOf(false, false, true)
            from x in isFarOut || low > 0 ? Draw.Values(shape, low, high) : Draw.Values(shape, -2, 2)
            select new OpCase("", [x], v => apply(v[0]), inputs => inputs[0].Map(reference)))
        {
            TapeName = name,
            Forward = Tolerance.Rounding,
            Backward = Gradient,
        };

    /// <summary>A function with a kink at 0 and, for some, a constant near 0.1.</summary>
    private static OpRow Kinked(
        string name, Type op, Func<Variable, float, Variable> apply, Func<double, double, double> reference) =>
        new(name, op, scale =>
            from shape in Draw.Shape(scale, ranks: (0, 4))
            from x in Draw.AwayFromZero(shape, 0.01, 3)
            from constant in Draw.Constant(0.01, 0.9)
            select new OpCase(
                $"constant {constant}", [x], v => apply(v[0], constant), inputs => inputs[0].Map(a => reference(a, constant)))
            {
                DistanceToKink = Nearest(0),
            })
        {
            TapeName = name,
            Forward = Tolerance.Rounding,
            Backward = Tolerance.Rounding,
            HasKinks = true,
        };

    /// <summary>A function that is constant between steps.</summary>
    private static OpRow Stepped(
        string name, Type op, Func<Variable, Variable> apply, Func<double, double> reference, Func<double, double> distance) =>
        new(name, op, scale =>
            from shape in Draw.Shape(scale, ranks: (0, 4))
            from x in Draw.AwayFromZero(shape, 0.01, 3)
            let clear = x.Map(value => distance(value) < 0.01 ? (float)(value + 0.02) : value)
            select new OpCase("", [clear], v => apply(v[0]), inputs => inputs[0].Map(reference))
            {
                DistanceToKink = inputs => inputs[0].Values.Select(distance).DefaultIfEmpty(double.PositiveInfinity).Min(),
            })
        {
            TapeName = name,
            Forward = Tolerance.Exact,
            Backward = Tolerance.Exact,
            HasKinks = true,
        };

    /// <summary>Powers of positive numbers, and whole powers of all.</summary>
    private static Gen<OpCase> Powers(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (0, 4))
        from exponent in Gen.OneOf(Draw.Constant(-3, 3), Draw.OneOf(-3f, -2f, -1f, 0f, 1f, 2f, 3f))
        from magnitude in Draw.Values(shape, 0.1, 3)
        from sign in Draw.Values(shape, -1, 1)
        let isWhole = exponent % 1 == 0
        let x = DoubleTensor.Build(shape, at => isWhole && sign[at] < 0 ? -magnitude[at] : magnitude[at])
        select new OpCase(
            $"exponent {exponent}", [x], v => Pow.Apply(v[0], exponent),
            inputs => inputs[0].Map(value => ElementwiseReference.Power(value, exponent)));

    private static Gen<OpCase> Clamps(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (0, 4))
        from x in Draw.Values(shape, -3, 3)
        from min in Draw.Constant(-2, 1)
        from width in Draw.Constant(0.5, 3)
        let max = min + width
        select new OpCase(
            $"min {min}, max {max}", [x.Map(value => (float)AwayFrom(AwayFrom(value, min), max))],
            v => Clamp.Apply(v[0], min, max), inputs => inputs[0].Map(value => ElementwiseReference.Clamp(value, min, max)))
        {
            DistanceToKink = Nearest(min, max),
        };

    private static Gen<OpCase> Affines(Scale scale, bool withShift) =>
        from shape in Draw.Shape(scale, ranks: (0, 4))
        from x in Draw.Values(shape)
        from factor in Gen.OneOf(Draw.Constant(-3, 3), Gen.Constant(1f))
        from shift in withShift ? Draw.Constant(-3, 3) : Gen.Constant(0f)
        select new OpCase(
            $"scale {factor}, shift {shift}", [x],
            v => Affine.Apply(v[0], factor, shift), inputs => inputs[0].Map(value => (double)factor * value + shift));

    private static Func<DoubleTensor[], double> Nearest(params double[] kinks) => inputs =>
        inputs[0].Values.Select(value => kinks.Min(kink => Math.Abs(value - kink))).DefaultIfEmpty(double.PositiveInfinity).Min();

    private static double AwayFrom(double x, double kink) => Math.Abs(x - kink) < 0.01 ? kink + 0.01 : x;
}
