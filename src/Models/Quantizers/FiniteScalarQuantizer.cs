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
/// <para>The index of a row is Σ digit·(product of the levels before it), digit = round(b) + ⌊L/2⌋, so the first dimension counts
/// fastest.</para>
/// <para>There is no codebook to learn, no loss, and no state to save.</para>
/// </remarks>
public sealed class FiniteScalarQuantizer : Quantizer
{
    /// <summary>Codes that it has fewer of: an index then is exact also as a float.</summary>
    internal const int CodeLimit = 1 << 24;

    /// <summary>The bound lies so much beyond the outermost levels, so that they are reached.</summary>
    private const double Margin = 1e-3;

    private readonly Tensor<float> half, offset, shift, unit, middle;
    private readonly Tensor<int> levels;

    /// <param name="scope">Where it lives; it has no keys.</param>
    /// <param name="options">The levels of each dimension.</param>
    public FiniteScalarQuantizer(ModuleScope scope, FiniteScalarQuantizerOptions options)
        : base(scope)
    {
        CodebookSizes = [options.Levels.Aggregate(1, (product, level) => product * level)];
        Width = options.Levels.Length;
        half = Row(HalfWidth);
        offset = Row(Offset);
        shift = Row(level => Math.Atanh(Offset(level) / HalfWidth(level)));
        middle = Row(level => level / 2);
        unit = Row(level => 1.0 / (level / 2));
        levels = AddConstant(Device.From<int>(options.Levels.AsSpan(), [Width]));

        Tensor<float> Row(Func<int, double> value) =>
            AddConstant(Device.From<float>([.. options.Levels.Select(level => (float)value(level))], [1, Width]));
    }

    public override int Width { get; }

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var tape = rows.Tape;
        var bounded = Autograd.Tanh.Apply(Add.Apply(rows, tape.Constant(shift, "shift"))) * tape.Constant(half, "half") -
            tape.Constant(offset, "offset");
        using var rounded = Primitive.Map(bounded.Value, default(Round));
        var quantized = StraightThrough.Apply(bounded, tape.Constant(rounded, "rounded")) * tape.Constant(unit, "unit");
        using var digits = Primitive.Zip("fsq", rounded, middle, default(Add));
        using var ids = Primitive.ComposeDigits(digits, levels);
        return new QuantizerOutput(quantized, Loss: null, ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var digits = Primitive.SplitDigits(flat, levels);
        using var rounded = Primitive.Zip("fsq", digits, middle, default(Subtract));
        return Primitive.Zip("fsq", rounded, unit, default(Multiply));
    }

    private static double HalfWidth(int level) => (level - 1) * (1 + Margin) / 2;

    private static double Offset(int level) => level % 2 == 0 ? 0.5 : 0;
}
