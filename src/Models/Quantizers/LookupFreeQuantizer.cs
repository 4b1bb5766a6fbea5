using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Lookup-free quantization: each number of a row becomes its sign times a scale s (arXiv:2310.05737, section
/// 3.1).</summary>
/// <remarks>
/// <para>q[d] = s where x[d] &gt; 0, else −s; the gradient goes straight through. The index has the first number's bit as its
/// highest.</para>
/// <para>Loss = w·(mean H(p) − γ·H(mean p)) + β·mse(x, sg q), p = softmax(2τ·x·Cᵀ) over all codes C (2ᵇ, b), H in nats, means
/// over the rows: each row is to be sure of its code, and the batch is to use all.</para>
/// <para>The bits of p are independent with p[d] = σ(4τs·x[d]). So H(p) is a sum over bits, and mean p is one product of the
/// probabilities of the first half of the bits and of the second, Uᵀ·V / N with U (N, 2^⌈b/2⌉), V (N, 2^⌊b/2⌋): both are exact,
/// and no matrix is rows by codes.</para>
/// <para>No state. NaN gives index −1 and NaN.</para>
/// </remarks>
public sealed class LookupFreeQuantizer : Quantizer
{
    private readonly BinaryQuantizerOptions options;
    private readonly float scale;
    private readonly Tensor<float> firstBits, lastBits;
    private readonly Tensor<int> radices, highestFirst;

    /// <param name="scope">Where it lives; it has no keys.</param>
    /// <param name="options">The bits, and what weighs in the loss.</param>
    public LookupFreeQuantizer(ModuleScope scope, LookupFreeQuantizerOptions options)
        : this(scope, options, options.CodeScale)
    {
    }

    /// <param name="scope">Where it lives.</param>
    /// <param name="options">The bits, and what weighs in the loss.</param>
    /// <param name="scale">s.</param>
    internal LookupFreeQuantizer(ModuleScope scope, BinaryQuantizerOptions options, double scale)
        : base(scope)
    {
        var bits = options.Bits;
        (this.options, this.scale, CodebookSizes) = (options, (float)scale, [1 << bits]);
        firstBits = AddConstant(BinaryCodes.Table(Device, (bits + 1) / 2));
        lastBits = AddConstant(BinaryCodes.Table(Device, bits / 2));
        radices = AddConstant(Device.From<int>([.. Enumerable.Repeat(2, bits)], [bits]));
        highestFirst = AddConstant(Device.From<int>([.. Enumerable.Range(0, bits).Reverse()], [bits]));
    }

    public override int Width => options.Bits;

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        using var signs = BinaryCodes.Signs(rows.Value);
        using var codes = Primitive.Map(signs, new Affine(scale, 0));
        var q = rows.Tape.Constant(codes, "codes");
        using var bits = Primitive.Map(signs, new Affine(0.5f, 0.5f));
        using var digits = Primitive.IndexSelect(bits, axis: 1, highestFirst);
        using var ids = Primitive.ComposeDigits(digits, radices);
        return new QuantizerOutput(StraightThrough.Apply(rows, q), Loss(rows, q), ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var digits = Primitive.SplitDigits(flat, radices);
        using var bits = Primitive.IndexSelect(digits, axis: 1, highestFirst);
        using var signs = Primitive.Map(bits, new Affine(2, -1));
        return Primitive.Map(signs, new Affine(scale, 0));
    }

    private Variable? Loss(Variable rows, Variable q)
    {
        var entropy = options.EntropyWeight > 0 ? EntropyLoss(rows) * (float)options.EntropyWeight : null;
        var commitment = options.Commitment > 0 ? MeanSquaredError.Apply(rows, q) * (float)options.Commitment : null;
        return entropy is not null && commitment is not null ? entropy + commitment : entropy ?? commitment;
    }

    private Variable EntropyLoss(Variable rows)
    {
        var logits = rows * (float)(4 * options.InverseTemperature * scale);
        var entropy = Mean.Apply(BinaryCodes.Entropies(logits));
        return options.DiversityGamma > 0
            ? entropy - BinaryCodes.Entropy(MeanProbabilities(logits)) * (float)options.DiversityGamma
            : entropy;
    }

    /// <summary>p's mean over the rows, (2^⌈b/2⌉, 2^⌊b/2⌋).</summary>
    private Variable MeanProbabilities(Variable logits)
    {
        var (n, first, last) = (logits.Shape[0], firstBits.Shape[1], lastBits.Shape[1]);
        var u = BinaryCodes.Probabilities(Slice.Apply(logits, axis: 1, start: 0, first), firstBits);
        return last == 0 ? Mean.Apply(u, [0]) : Matmul.Apply(
            u, BinaryCodes.Probabilities(Slice.Apply(logits, axis: 1, start: first, last), lastBits), Transpose.A) * (1f / n);
    }
}
