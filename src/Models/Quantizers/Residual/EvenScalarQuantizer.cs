using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Each number of a row rounded to one of a few that lie evenly over [−1, 1]: what a residual of finite scalar
/// quantizers is made of.</summary>
/// <remarks>
/// <para>With L levels: k = round((min(max(x, −1), 1) + 1)·(L − 1) / 2), the even one of two, y = k·2 / (L − 1) − 1. Unlike
/// <see cref="FiniteScalarQuantizer"/> it bends nothing: y is the nearest to x, and zero is a number only for odd L.</para>
/// <para>Gradient: dX = dY within [−1, 1], 0 outside. NaN has index −1.</para>
/// <para>The index of a row is Σ k·(product of the levels before it), the first number counting fastest.</para>
/// <para>Source: symmetric quantization of arXiv:2411.19842, section 3.2, without its tanh. No codebook, no loss, no
/// state.</para>
/// </remarks>
internal sealed class EvenScalarQuantizer : Quantizer
{
    private readonly Tensor<float> half, step;
    private readonly Tensor<int> levels;

    /// <param name="scope">Where it lives; it has no keys.</param>
    /// <param name="levels">Levels of each number.</param>
    public EvenScalarQuantizer(ModuleScope scope, ImmutableArray<int> levels)
        : base(scope)
    {
        Width = levels.Length;
        CodebookSizes = [levels.Aggregate(1, (product, count) => product * count)];
        this.levels = AddConstant(Device.From<int>(levels.AsSpan(), [Width]));
        half = Row(count => (count - 1) / 2f);
        step = Row(count => 2f / (count - 1));

        Tensor<float> Row(Func<int, float> value) => AddConstant(Device.From<float>([.. levels.Select(value)], [1, Width]));
    }

    public override int Width { get; }

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var tape = rows.Tape;
        var place = (Clamp.Apply(rows, -1, 1) + 1) * tape.Constant(half, "half");
        using var rounded = Primitive.Map(place.Value, default(Round));
        var quantized = StraightThrough.Apply(place, tape.Constant(rounded, "rounded")) * tape.Constant(step, "step") - 1;
        using var ids = Primitive.ComposeDigits(rounded, levels);
        return new QuantizerOutput(quantized, Loss: null, ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var digits = Primitive.SplitDigits(flat, levels);
        using var scaled = Primitive.Zip("residual-fsq", digits, step, default(Multiply));
        return Primitive.Map(scaled, new Affine(1, -1));
    }
}
