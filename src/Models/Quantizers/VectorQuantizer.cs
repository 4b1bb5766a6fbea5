using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>The quantizer of VQ-VAE: each row becomes the nearest of K codes (arXiv:1711.00937, section 3).</summary>
/// <remarks>
/// <para>Gradient rule: Loss = mse(sg z, q) + β·mse(z, sg q), the commitment weight on the second term alone (equation 3), unless
/// <see cref="BetaTerm"/> says otherwise.</para>
/// <para>EMA rule: Loss = β·mse(z, sg q), and <see cref="EmaCodebook"/> moves the codes (appendix A.1).</para>
/// <para>The gradient of the chosen code goes straight through to the row, or as <see cref="Estimator"/> has it.</para>
/// <para>For cosines (<see cref="CodeDistance"/>) z is the direction of the row, and codes have length 1.</para>
/// <para>Heads: a row is H parts, each with an index, of one codebook or of one each. A projection makes those parts of a row
/// of another width, and a second one makes a row of their codes (arXiv:2110.04627, on codes of few dimensions).
/// The loss is the mean over the heads.</para>
/// <para>Keys: <c>_embedding.weight</c> (K, D), and those of the EMA state; another family may name them otherwise. Codebooks of
/// their own lie below <c>heads.h</c>; projections are <c>project_in</c>, <c>project_norm</c> and <c>project_out</c>.</para>
/// </remarks>
public sealed class VectorQuantizer : Quantizer
{
    private readonly VectorQuantizerOptions options;
    private readonly VectorHead[] heads;
    private readonly LinearLayer? projectIn, projectOut;
    private readonly LayerNormLayer? norm;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">The codebook, and how it learns.</param>
    public VectorQuantizer(ModuleScope scope, VectorQuantizerOptions options)
        : base(scope)
    {
        this.options = options;
        heads = options.SeparateCodebooks
            ? [.. Enumerable.Range(0, options.Heads).Select(h => AddChild(new VectorHead(scope.In($"heads.{h}"), options)))]
            : [AddChild(new VectorHead(scope, options))];
        if (options.IsProjected)
        {
            var inner = options.Heads * options.CodeDim;
            projectIn = AddChild(new LinearLayer(scope.In("project_in"), (In: options.Width, Out: inner)));
            norm = options.ProjectionNorm ? AddChild(new LayerNormLayer(scope.In("project_norm"), inner)) : null;
            projectOut = AddChild(new LinearLayer(scope.In("project_out"), (In: inner, Out: options.Width)));
        }

        CodebookSizes = [.. Enumerable.Repeat(options.CodebookSize, options.Heads)];
    }

    /// <summary>The codes (K, D), of the first head where each has its own.</summary>
    public Tensor<float> Codebook => heads[0].Codebook.Codes;

    /// <summary>The codebooks: one, or one for each head.</summary>
    public IReadOnlyList<Codebook> Codebooks => [.. heads.Select(head => head.Codebook)];

    public override int Width => options.Width;

    public override ImmutableArray<int> CodebookSizes { get; }

    /// <summary>The codes most like each row (N, D), the nearest first: ids (N, count), the caller's to dispose.</summary>
    /// <exception cref="ShapeException">The rows are not (N, D), there are fewer codes, or the quantizer has heads or a
    /// projection.</exception>
    public Tensor<int> Nearest(Tensor<float> rows, int count)
    {
        if (options.Heads > 1 || options.IsProjected || rows.Shape is not [_, var d] || d != Width || count < 1 ||
            count > options.CodebookSize)
        {
            throw new ShapeException(
                "nearest codes", $"rows (N, {Width}), one head, no projection, a count in [1, {options.CodebookSize}]",
                $"rows {rows.Shape}, {options.Heads} heads{(options.IsProjected ? ", a projection" : "")}, count {count}");
        }

        return heads[0].Nearest(rows, count);
    }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context) => QuantizeRows(rows, null, context);

    protected override QuantizerOutput Quantize(Variable rows, Tensor<float> mask, in StepContext context) =>
        QuantizeRows(rows, mask, context);

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var vectors = heads.Length == 1 ? Primitive.GatherRows(Codebook, flat) : FindOfEach(ids);
        using var rows = vectors.Reshape([ids.Shape[0], options.Heads * options.CodeDim]);
        if (projectOut is null)
        {
            return rows.Share();
        }

        using var tape = new Tape(Device, recording: false);
        return projectOut.Forward(tape.Constant(rows)).Value.Share();
    }

    private QuantizerOutput QuantizeRows(Variable rows, Tensor<float>? mask, in StepContext context)
    {
        if (projectIn is null)
        {
            return QuantizeParts(rows, mask, context);
        }

        // What a masked row holds must not reach the weights; what the bias makes of it must not reach the decoder.
        var parts = projectIn.Forward(VectorHead.Masked(rows, mask));
        var output = QuantizeParts(norm?.Forward(parts, context) ?? parts, mask, context);
        return output with { Quantized = VectorHead.Masked(projectOut!.Forward(output.Quantized), mask) };
    }

    /// <summary>Parts (N, H·D) → the same.</summary>
    private QuantizerOutput QuantizeParts(Variable parts, Tensor<float>? mask, in StepContext context)
    {
        var (n, h, d) = (parts.Shape[0], options.Heads, options.CodeDim);
        if (heads.Length > 1)
        {
            return QuantizeEach(parts, mask, context);
        }

        if (h == 1)
        {
            var (quantized, loss, one) = heads[0].Forward(parts, mask, context);
            using (one)
            {
                return new QuantizerOutput(quantized, loss, one.Reshape([n, 1]));
            }
        }

        // (N, H·D) → (N·H, D)
        using var maskOfParts = mask is null ? null : OfParts(mask, h);
        var (codes, meanLoss, ids) = heads[0].Forward(Reshape.Apply(parts, [n * h, d]), maskOfParts, context);
        using (ids)
        {
            return new QuantizerOutput(Reshape.Apply(codes, [n, h * d]), meanLoss, ids.Reshape([n, h]));
        }
    }

    private QuantizerOutput QuantizeEach(Variable parts, Tensor<float>? mask, in StepContext context)
    {
        var d = options.CodeDim;
        var (quantized, ids) = (new Variable[heads.Length], new Tensor<int>[heads.Length]);
        Variable? loss = null;
        for (var h = 0; h < heads.Length; h++)
        {
            var part = Slice.Apply(parts, axis: 1, start: h * d, length: d);
            (quantized[h], var own, var chosen) = heads[h].Forward(part, mask, context);
            loss = loss is null ? own : loss + own;
            using (chosen)
            {
                ids[h] = chosen.Reshape([chosen.Size, 1]);
            }
        }

        var all = Primitive.Concat<int>(1, ids);
        Array.ForEach(ids, column => column.Dispose());
        return new QuantizerOutput(Concat.Apply(1, quantized), loss! / heads.Length, all);
    }

    private Tensor<float> FindOfEach(Tensor<int> ids)
    {
        var vectors = new Tensor<float>[heads.Length];
        for (var h = 0; h < heads.Length; h++)
        {
            using var column = Primitive.Slice(ids, axis: 1, start: h, length: 1);
            using var flat = column.Reshape([column.Size]);
            vectors[h] = Primitive.GatherRows(heads[h].Codebook.Codes, flat);
        }

        var all = Primitive.Concat<float>(1, vectors);
        Array.ForEach(vectors, part => part.Dispose());
        return all;
    }

    /// <summary>A mask (N) for each of the parts of its rows, (N·H).</summary>
    private static Tensor<float> OfParts(Tensor<float> mask, int parts)
    {
        using var column = mask.Reshape([mask.Size, 1]);
        using var repeated = Primitive.Expand(column, [mask.Size, parts]);
        return repeated.Reshape([mask.Size * parts]);
    }
}
