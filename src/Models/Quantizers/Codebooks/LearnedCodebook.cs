using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>A codebook that an optimizer moves, or that rests: key <c>_embedding.weight</c> (K, D).</summary>
/// <remarks>For cosines the codes are the directions of the weights, and gradients pass the normalization.</remarks>
public sealed class LearnedCodebook : Codebook
{
    private readonly Parameter? trained;
    private readonly CodeGradient codeGradient;
    private readonly Tensor<float> weight;
    private readonly Tensor<float>? directions;
    private readonly UsageRevival? revival;

    /// <param name="scope">Where its key lies.</param>
    /// <param name="options">Sizes, distance and initial codes.</param>
    public LearnedCodebook(ModuleScope scope, VectorQuantizerOptions options)
        : base(scope)
    {
        codeGradient = options.CodeGradient;
        Shape shape = [options.CodebookSize, options.CodeDim];
        var initial = InitialCodes.Of(options, scope.Initialization);
        if (options.FrozenCodebook)
        {
            weight = AddBuffer(
                CodesKey, initial(scope.Device, shape, scope.Seed, ModuleScope.StreamOf(scope.Key(CodesKey))));
        }
        else
        {
            trained = AddParameter(CodesKey, shape, initial);
            weight = trained.Value;
        }

        directions = options.Distance == CodeDistance.Cosine ? AddConstant(scope.Device.Empty<float>(shape)) : null;
        revival = options.Revival == CodeRevival.Usage ? AddChild(new UsageRevival(scope, options)) : null;
    }

    /// <inheritdoc/>
    public override Tensor<float> Codes
    {
        get
        {
            if (directions is null)
            {
                return weight;
            }

            using var now = L2Normalize.Of(weight);
            Primitive.CopyInto(directions, now);
            return directions;
        }
    }

    /// <summary>Whether an optimizer moves it.</summary>
    internal bool IsTrained => trained is not null;

    internal override Variable Read(Tape tape, Tensor<int> ids)
    {
        if (trained is null)
        {
            using var rows = Primitive.GatherRows(Codes, ids);
            return tape.Constant(rows, "codes");
        }

        var codes = ReadAll(tape);
        var isWeighed = codeGradient == CodeGradient.Mean && codes.RequiresGradient;
        return Embedding.Apply(ids, isWeighed ? CodeGradients.Mean(codes, ids) : codes);
    }

    internal override Variable ReadAll(Tape tape)
    {
        if (trained is null)
        {
            return tape.Constant(Codes, "codebook");
        }

        var codes = tape.Watch(trained);
        if (Frozen is not null)
        {
            codes = Where.Apply(Frozen, StopGradient.Apply(codes), codes);
        }

        return directions is null ? codes : L2Normalize.Apply(codes);
    }

    internal override void Learn(in CodeBatch batch, in StepContext context)
    {
        if (revival is not null && !context.IsPart)
        {
            using var counts = Primitive.CountIds(batch.Ids, weight.Shape[0]);
            using var pull = revival.Pull(counts, Frozen);
            using var anchors = revival.Anchors(batch, context);
            UsageRevival.Move(weight, anchors, pull);
        }
    }

    internal override void Begin(Tensor<float> active, Tensor<float> codes, Tensor<float> counts) =>
        SetWhere(active, weight, codes);
}
