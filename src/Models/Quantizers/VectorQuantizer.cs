using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>The quantizer of VQ-VAE: each row becomes the nearest of K codes (arXiv:1711.00937, section 3).</summary>
/// <remarks>
/// <para>Gradient rule: Loss = mse(sg z, q) + β·mse(z, sg q), the commitment weight on the second term alone (equation 3).</para>
/// <para>EMA rule: Loss = β·mse(z, sg q), and <see cref="EmaCodebook"/> moves the codes (appendix A.1).</para>
/// <para>The gradient of the chosen code goes straight through to the row.</para>
/// <para>Keys: <c>_embedding.weight</c> (K, D), and those of the EMA state; another family may name them otherwise.</para>
/// </remarks>
public sealed class VectorQuantizer : Quantizer
{
    private readonly float commitment;
    private readonly string? commitmentSchedule;
    private readonly Parameter? trainedCodebook;
    private readonly EmaCodebook? ema;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">The codebook, and how it learns.</param>
    public VectorQuantizer(ModuleScope scope, VectorQuantizerOptions options)
        : base(scope)
    {
        commitment = (float)options.Commitment;
        if (options.CommitmentWarmup is > 0 and var steps)
        {
            commitmentSchedule = AddSchedule("commitment", step => options.Commitment * Math.Min(1, (double)step / steps));
        }

        if (options.Rule == CodebookRule.Ema)
        {
            ema = AddChild(new EmaCodebook(
                scope, options.CodebookSize, options.CodeDim, (float)options.Decay, (float)options.DeadCodeThreshold));
        }
        else
        {
            trainedCodebook = AddParameter(
                EmaCodebook.CodebookKey, [options.CodebookSize, options.CodeDim],
                Initializers.Uniform(1f / options.CodebookSize));
        }

        CodebookSizes = [options.CodebookSize];
    }

    /// <summary>The codes (K, D).</summary>
    public Tensor<float> Codebook => trainedCodebook?.Value ?? ema!.Codebook;

    public override int Width => Codebook.Shape[1];

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        using var ids = Primitive.NearestCode(rows.Value, Codebook);
        var (q, loss) = Choose(rows, ids, context);
        var passed = StraightThrough.Apply(rows, q);
        if (context.IsTraining)
        {
            ema?.Update(rows.Value, ids, context);
        }

        return new QuantizerOutput(passed, loss, ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        return Primitive.GatherRows(Codebook, flat);
    }

    private (Variable Quantized, Variable Loss) Choose(Variable rows, Tensor<int> ids, in StepContext context)
    {
        if (trainedCodebook is null)
        {
            using var chosenRows = Primitive.GatherRows(Codebook, ids);
            var codes = rows.Tape.Constant(chosenRows, "codes");
            return (codes, Weigh(MeanSquaredError.Apply(rows, codes), context));
        }

        var chosen = Embedding.Apply(ids, rows.Tape.Watch(trainedCodebook));
        var codebookLoss = MeanSquaredError.Apply(chosen, StopGradient.Apply(rows));
        var commitmentLoss = MeanSquaredError.Apply(rows, StopGradient.Apply(chosen));
        return (chosen, codebookLoss + Weigh(commitmentLoss, context));
    }

    /// <summary>The commitment term times β, that of the step in training.</summary>
    private Variable Weigh(Variable commitmentLoss, in StepContext context)
    {
        if (commitmentSchedule is null || !context.IsTraining)
        {
            return commitmentLoss * commitment;
        }

        using var weight = context.ScalarsFor("vector-quantizer").Read(commitmentSchedule);
        return commitmentLoss * commitmentLoss.Tape.Constant(weight, "commitment");
    }
}
