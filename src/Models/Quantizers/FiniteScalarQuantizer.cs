using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Finite scalar quantization: each number of a row is bounded and rounded to one of a few levels
/// (arXiv:2309.15505).</summary>
/// <remarks>
/// <para>With L levels: h = (L − 1)(1 + 1e-3) / 2, o = ½ for even L and 0 for odd, b = tanh(z + artanh(o / h))·h − o, q =
/// round(b) / ⌊L/2⌋. The gradient of the rounding goes straight through.</para>
/// <para>The symmetric form (arXiv:2411.19842, section 3.2) has its levels from −1 to 1 for every L: h = (L − 1) / 2,
/// b = tanh(z)·h + h, q = (round(b) − h) / h.</para>
/// <para>Noise: with probability p training leaves a number unrounded and adds uniform noise as wide as a level, b + U(±½); its
/// index remains that of round(b).</para>
/// <para>The index of a row is Σ digit·(product of the levels before it), digit = round(b) + ⌊L/2⌋, or round(b) in the symmetric
/// form, so the first dimension counts fastest. With C codebooks a row is C groups of numbers with an index each.</para>
/// <para>There is no codebook to learn, no loss, and no state to save.</para>
/// </remarks>
public sealed class FiniteScalarQuantizer : Quantizer
{
    /// <summary>Codes that it has fewer of: an index then is exact also as a float.</summary>
    internal const int CodeLimit = 1 << 24;

    /// <summary>The bound lies so much beyond the outermost levels, so that they are reached.</summary>
    private const double Margin = 1e-3;

    private readonly int dimensions;
    private readonly float noiseDropout;
    private readonly ulong noiseStream, choiceStream;
    private readonly Tensor<float> half, offset, shift, unit, middle;
    private readonly Tensor<float>? centre;
    private readonly Tensor<int> levels;

    /// <param name="scope">Where it lives; it has no keys.</param>
    /// <param name="options">The levels of each dimension.</param>
    public FiniteScalarQuantizer(ModuleScope scope, FiniteScalarQuantizerOptions options)
        : base(scope)
    {
        CodebookSizes = [.. Enumerable.Repeat(MixedRadix.CodesOf(options.Levels), options.Codebooks)];
        (Width, dimensions) = (options.Width, options.Levels.Length);
        noiseDropout = (float)options.NoiseDropout;
        noiseStream = ModuleScope.StreamOf(scope.Key("noise"));
        choiceStream = ModuleScope.StreamOf(scope.Key("noise-dropout"));
        var isSymmetric = options.Symmetric;
        half = Row(level => isSymmetric ? (level - 1) / 2.0 : HalfWidth(level));
        offset = Row(level => isSymmetric ? -(level - 1) / 2.0 : Offset(level));
        shift = Row(level => isSymmetric ? 0 : Math.Atanh(Offset(level) / HalfWidth(level)));
        middle = Row(level => isSymmetric ? 0 : level / 2);
        unit = Row(level => isSymmetric ? 2.0 / (level - 1) : 1.0 / (level / 2));
        centre = isSymmetric ? half : null;
        levels = AddConstant(Device.From<int>(options.Levels.AsSpan(), [dimensions]));

        Tensor<float> Row(Func<int, double> value) =>
            AddConstant(Device.From<float>([.. options.Levels.Select(level => (float)value(level))], [1, dimensions]));
    }

    public override int Width { get; }

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var (tape, n) = (rows.Tape, rows.Shape[0]);

        // (N, C·d) → (N·C, d)
        var groups = Reshape.Apply(rows, [n * CodebookSizes.Length, dimensions]);
        var bounded = Autograd.Tanh.Apply(Add.Apply(groups, tape.Constant(shift, "shift"))) * tape.Constant(half, "half") -
            tape.Constant(offset, "offset");
        using var rounded = Primitive.Map(bounded.Value, default(Round));
        using var taken = noiseDropout > 0 && context.IsTraining ? WithNoise(bounded.Value, rounded, context) : rounded.Share();
        var levelled = StraightThrough.Apply(bounded, tape.Constant(taken, "rounded"));
        var centred = centre is null ? levelled : levelled - tape.Constant(centre, "centre");
        using var digits = Primitive.Zip("fsq", rounded, middle, default(Add));
        using var ids = Primitive.ComposeDigits(digits, levels);
        return new QuantizerOutput(
            Reshape.Apply(centred * tape.Constant(unit, "unit"), rows.Shape), Loss: null,
            ids.Reshape([n, CodebookSizes.Length]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var digits = Primitive.SplitDigits(flat, levels);
        using var centred = Primitive.Zip("fsq", digits, centre ?? middle, default(Subtract));
        using var groups = Primitive.Zip("fsq", centred, unit, default(Multiply));
        return groups.Reshape([ids.Shape[0], Width]);
    }

    /// <summary>The rounded numbers, and b + U(±½) in place of some.</summary>
    private Tensor<float> WithNoise(Tensor<float> bounded, Tensor<float> rounded, in StepContext context)
    {
        var random = context.RandomFor("fsq");
        using var noise = random.Uniform(bounded.Shape, -0.5f, 0.5f, noiseStream);
        using var isNoisy = random.Bernoulli(bounded.Shape, noiseDropout, choiceStream);
        using var noisy = Primitive.Zip("fsq", bounded, noise, default(Add));
        return Primitive.Where(isNoisy, noisy, rounded);
    }

    private static double HalfWidth(int level) => (level - 1) * (1 + Margin) / 2;

    private static double Offset(int level) => level % 2 == 0 ? 0.5 : 0;
}
