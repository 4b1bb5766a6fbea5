using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Finite scalar perturbation: a distribution function takes each number of a row to [0, 1], which is cut into bins
/// (arXiv:2602.17133).</summary>
/// <remarks>
/// <para>With L levels and the distribution function F: a = F(x), bin k = ⌊a·L⌋ and at most L − 1 (an edge between two bins
/// belongs to the even one), midpoint m = (k + ½) / L, q = √12·(m − ½): of variance 1 where all bins are equally frequent. The
/// gradient of what replaces a goes straight through to it.</para>
/// <para>Training puts the midpoint at a number with probability r alone, and else a + U(±1/2L), or a where that leaves (0, 1):
/// noise as wide as a bin, of which the decoder learns to bear what rounding will do.</para>
/// <para>Loss: moments of the rows x to be those of F's distribution, so that bins are used equally
/// (<see cref="CdfActivation"/>).</para>
/// <para>The index is that of <see cref="FiniteScalarQuantizer"/>, of digits k. No state. NaN gives index −1 and NaN.</para>
/// </remarks>
public sealed class FiniteScalarPerturbation : Quantizer
{
    /// <summary>One over the deviation of U(0, 1).</summary>
    private const float InverseDeviation = 3.46410162f;

    private readonly FiniteScalarPerturbationOptions options;
    private readonly ulong noiseStream, choiceStream;
    private readonly Tensor<float> counts, last, width;
    private readonly Tensor<int> levels;

    /// <param name="scope">Where it lives; it has no keys.</param>
    /// <param name="options">The levels of each dimension, the distribution, and what weighs in the loss.</param>
    public FiniteScalarPerturbation(ModuleScope scope, FiniteScalarPerturbationOptions options)
        : base(scope)
    {
        this.options = options;
        CodebookSizes = [MixedRadix.CodesOf(options.Levels)];
        noiseStream = ModuleScope.StreamOf(scope.Key("perturbation"));
        choiceStream = ModuleScope.StreamOf(scope.Key("quantize-rate"));
        counts = Row(level => level);
        last = Row(level => level - 1);
        width = Row(level => 1.0 / level);
        levels = AddConstant(Device.From<int>(options.Levels.AsSpan(), [Width]));

        Tensor<float> Row(Func<int, double> value) =>
            AddConstant(Device.From<float>([.. options.Levels.Select(level => (float)value(level))], [1, Width]));
    }

    public override int Width => options.Levels.Length;

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var a = Activate(rows);
        using var digits = Digits(a.Value);
        using var midpoints = Midpoints(digits);
        using var taken = options.QuantizeRate < 1 && context.IsTraining
            ? Perturb(a.Value, midpoints, context)
            : midpoints.Share();
        using var ids = Primitive.ComposeDigits(digits, levels);
        var passed = StraightThrough.Apply(a, rows.Tape.Constant(taken, "midpoints"));
        return new QuantizerOutput(
            Autograd.Affine.Apply(passed, InverseDeviation, -InverseDeviation / 2),
            MomentLoss.Apply(rows, Target(options.Cdf), options.Weights), ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var digits = Primitive.SplitDigits(flat, levels);
        using var midpoints = Midpoints(digits);
        return Primitive.Map(midpoints, new Affine(InverseDeviation, -InverseDeviation / 2));
    }

    /// <summary>The moments of a distribution; Cauchy's has none, and gets those of the standard normal.</summary>
    internal static TargetMoments Target(CdfActivation cdf) => cdf switch
    {
        CdfActivation.Tanh => new(Variance: Math.PI * Math.PI / 12, Kurtosis: 1.2),
        CdfActivation.Sigmoid => new(Variance: Math.PI * Math.PI / 3, Kurtosis: 1.2),
        CdfActivation.Laplace => new(Variance: 2, Kurtosis: 3),
        _ => new(Variance: 1, Kurtosis: 0),
    };

    /// <summary>F of each number.</summary>
    private Variable Activate(Variable x) => options.Cdf switch
    {
        CdfActivation.Tanh => Autograd.Affine.Apply(Autograd.Tanh.Apply(x), 0.5f, 0.5f),
        CdfActivation.Sigmoid => Autograd.Sigmoid.Apply(x),
        CdfActivation.Normal => NormalCdf.Apply(x),
        CdfActivation.Laplace => LaplaceCdf.Apply(x),
        _ => CauchyCdf.Apply(x),
    };

    /// <summary>k, as floats.</summary>
    private Tensor<float> Digits(Tensor<float> a)
    {
        using var scaled = Primitive.Zip("fsp", a, counts, default(Multiply));
        using var lowered = Primitive.Map(scaled, new Affine(1, -0.5f));
        using var rounded = Primitive.Map(lowered, default(Round));
        return Primitive.Zip("fsp", rounded, last, default(Minimum));
    }

    private Tensor<float> Midpoints(Tensor<float> digits)
    {
        using var raised = Primitive.Map(digits, new Affine(1, 0.5f));
        return Primitive.Zip("fsp", raised, width, default(Multiply));
    }

    private Tensor<float> Perturb(Tensor<float> a, Tensor<float> midpoints, in StepContext context)
    {
        var random = context.RandomFor("fsp");
        using var noise = random.Uniform(a.Shape, -0.5f, 0.5f, noiseStream);
        using var step = Primitive.Zip("fsp", noise, width, default(Multiply));
        using var moved = Primitive.Zip("fsp", a, step, default(Add));
        using var isInside = IsInside(moved);
        using var perturbed = Primitive.Where(isInside, moved, a);
        using var isQuantized = random.Bernoulli(a.Shape, (float)options.QuantizeRate, choiceStream);
        return Primitive.Where(isQuantized, midpoints, perturbed);
    }

    /// <summary>1 in (0, 1), where p·(1 − p) is above 0, and 0 elsewhere; NaN, which counts as inside, at NaN.</summary>
    private static Tensor<float> IsInside(Tensor<float> p)
    {
        using var rest = Primitive.Map(p, new Affine(-1, 1));
        using var product = Primitive.Zip("fsp", p, rest, default(Multiply));
        using var sign = Primitive.Map(product, default(Sign));
        return Primitive.Map(sign, default(Relu));
    }
}
