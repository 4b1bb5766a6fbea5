using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Binary mapper: b numbers are logits of bits, the bits together one of 2ᵇ codes, and a code is a one-hot vector
/// (arXiv:2510.17558, section 3.3).</summary>
/// <remarks>
/// <para>Rows are (N, b) and quantized ones (N, 2ᵇ): bit d is 1 with probability σ(l[d]) in training, and where l[d] &gt; 0
/// outside of it; the index is Σ bit[d]·2ᵈ.</para>
/// <para>Gradient: that of G = softmax(l·Cᵀ), the probability of each code, C (2ᵇ, b) the bits of all.</para>
/// <para>Loss = w·mean max(0, b·ln 2 − H − κ), H the entropy of a row's bits: what a code tells beyond a fair draw is free up
/// to κ nats.</para>
/// <para>No state. NaN gives index −1 and NaN.</para>
/// </remarks>
public sealed class BinaryMapper : Quantizer
{
    private readonly BinaryMapperOptions options;
    private readonly ulong stream;
    private readonly Tensor<float> bitsOfCodes, signsOfCodes;
    private readonly Tensor<int> radices;

    /// <param name="scope">Where it lives; it has no keys.</param>
    /// <param name="options">The bits, and what they may tell.</param>
    public BinaryMapper(ModuleScope scope, BinaryMapperOptions options)
        : base(scope)
    {
        this.options = options;
        stream = ModuleScope.StreamOf(scope.Key("bits"));
        CodebookSizes = [options.OutputWidth];
        bitsOfCodes = AddConstant(BinaryCodes.Table(Device, options.Bits));
        signsOfCodes = AddConstant(Primitive.Map(bitsOfCodes, new Affine(2, -1)));
        radices = AddConstant(Device.From<int>([.. Enumerable.Repeat(2, options.Bits)], [options.Bits]));
    }

    public override int Width => options.Bits;

    public override int OutputWidth => options.OutputWidth;

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        using var signs = context.IsTraining ? Draw(rows.Value, context) : BinaryCodes.Signs(rows.Value);
        using var bits = Primitive.Map(signs, new Affine(0.5f, 0.5f));
        using var ids = Primitive.ComposeDigits(bits, radices);
        using var codes = OneHot(signs);
        var passed = StraightThrough.Apply(BinaryCodes.Probabilities(rows, bitsOfCodes), rows.Tape.Constant(codes, "codes"));
        return new QuantizerOutput(passed, Loss(rows), ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var bits = Primitive.SplitDigits(flat, radices);
        using var signs = Primitive.Map(bits, new Affine(2, -1));
        return OneHot(signs);
    }

    /// <summary>1 with probability σ(l), else −1.</summary>
    private Tensor<float> Draw(Tensor<float> logits, in StepContext context)
    {
        using var chance = context.RandomFor("binary").Uniform(logits.Shape, 0, 1, stream);
        using var probability = Primitive.Map(logits, default(Sigmoid));
        using var margin = Primitive.Zip("binary", probability, chance, default(Subtract));
        return BinaryCodes.Signs(margin);
    }

    /// <summary>The one code (N, 2ᵇ) whose b signs are all a row's: the sum of products is b,
    /// and b − 2 or less for the others.</summary>
    private Tensor<float> OneHot(Tensor<float> signs)
    {
        using var agreement = Primitive.Matmul(signs, signsOfCodes, Transpose.B);
        using var shifted = Primitive.Map(agreement, new Affine(1, 1 - options.Bits));
        return Primitive.Map(shifted, default(Relu));
    }

    private Variable? Loss(Variable logits) => options.KlWeight == 0 ? null : Mean.Apply(Autograd.Relu.Apply(
        (float)(options.Bits * Math.Log(2) - options.FreeNats) - BinaryCodes.Entropies(logits))) * (float)options.KlWeight;
}
