using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>One codebook and what happens around it: rows choose codes, both are pulled together, the gradient finds its way, the
/// codebook learns.</summary>
internal sealed class VectorHead : Module
{
    private const string Name = "vector-quantizer";

    private readonly VectorQuantizerOptions options;
    private readonly string? commitmentSchedule;
    private readonly DataStart? start;
    private readonly ulong estimatorStream, choiceStream;
    private readonly Tensor<int> radix;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">The codebook, and how it learns.</param>
    public VectorHead(ModuleScope scope, VectorQuantizerOptions options)
        : base(scope)
    {
        this.options = options;
        estimatorStream = ModuleScope.StreamOf(scope.Key("estimator"));
        choiceStream = ModuleScope.StreamOf(scope.Key("choice"));
        radix = AddConstant(scope.Device.From<int>([options.CodebookSize], [1]));
        if (options.CommitmentWarmup is > 0 and var steps)
        {
            commitmentSchedule = AddSchedule("commitment", step => options.Commitment * Math.Min(1, (double)step / steps));
        }

        Codebook = AddChild<Codebook>(options.Rule == CodebookRule.Ema
            ? new EmaCodebook(scope, options)
            : new LearnedCodebook(scope, options));
        start = options.CodebookStart.NeedsData() ? AddChild(new DataStart(scope, options)) : null;
    }

    /// <summary>The codes.</summary>
    public Codebook Codebook { get; }

    private bool NeedsSimilarities =>
        options.CommitmentLoss == CommitmentLoss.CrossEntropy || options.Diversity > 0 || options.SampleTemperature > 0;

    /// <summary>Rows (N, D) → what the decoder gets in their place, the loss, and ids (N), the caller's.</summary>
    public (Variable Quantized, Variable Loss, Tensor<int> Ids) Forward(
        Variable rows, Tensor<float>? mask, in StepContext context)
    {
        var x = AsCompared(Masked(rows, mask));
        if (context.IsTraining)
        {
            start?.Run(Codebook, x.Value, mask, context.RandomFor("codebook-start"));
        }

        var similarities = NeedsSimilarities
            ? CodeSimilarity.Of(x, Codebook.ReadAll(x.Tape), options.Distance)
            : null;
        var ids = Choose(x, similarities, mask, context);
        var q = Masked(Codebook.Read(x.Tape, ids), mask);
        var loss = Loss(x, q, ids, similarities, mask, context);
        var passed = options.Estimator.Pass(x, q, context, estimatorStream);
        if (context.IsTraining && !options.FrozenCodebook)
        {
            Codebook.Learn(new CodeBatch(x.Value, ids, mask), context);
        }

        return (passed, loss, ids);
    }

    /// <summary>The codes most like each row (N, D), the most alike first: (N, count).</summary>
    public Tensor<int> Nearest(Tensor<float> rows, int count)
    {
        using var tape = new Tape(Device, recording: false);
        var x = AsCompared(tape.Constant(rows));
        var rest = CodeSimilarity.Of(x, Codebook.ReadAll(tape), options.Distance).Value.Share();
        using var never = Primitive.Fill(Device, [], float.NegativeInfinity);
        var places = new Tensor<int>[count];
        for (var i = 0; i < count; i++)
        {
            using var best = Primitive.ArgMax(rest);
            using var taken = Primitive.OneHot(best, options.CodebookSize);
            using var before = rest;
            rest = Primitive.Where(taken, never, before);
            places[i] = best.Reshape([best.Size, 1]);
        }

        rest.Dispose();
        var ids = Primitive.Concat<int>(1, places);
        foreach (var place in places)
        {
            place.Dispose();
        }

        return ids;
    }

    private Variable AsCompared(Variable rows) =>
        options.Distance == CodeDistance.Cosine ? L2Normalize.Apply(rows) : rows;

    /// <summary>Zeros in the place of rows that do not count.</summary>
    internal static Variable Masked(Variable rows, Tensor<float>? mask)
    {
        if (mask is null)
        {
            return rows;
        }

        using var column = mask.Reshape([mask.Size, 1]);
        using var zero = Primitive.Fill(rows.Device, [], 0);
        return Where.Apply(column, rows, rows.Tape.Constant(zero, "zero"));
    }

    private Tensor<int> Choose(Variable x, Variable? similarities, Tensor<float>? mask, in StepContext context)
    {
        var ids = context.IsTraining && options.SampleTemperature > 0
            ? GumbelNoise.Draw(
                similarities!.Value, (float)options.SampleTemperature, context.RandomFor("sample-temperature"), choiceStream)
            : Primitive.NearestCode(x.Value, Codebook.Codes);
        if (mask is null)
        {
            return ids;
        }

        // −1 by way of a digit that is none.
        using (ids)
        using (var digits = Primitive.SplitDigits(ids, radix))
        using (var column = mask.Reshape([mask.Size, 1]))
        using (var none = Primitive.Fill(Device, [], float.NaN))
        using (var left = Primitive.Where(column, digits, none))
        {
            return Primitive.ComposeDigits(left, radix);
        }
    }

    private Variable Loss(
        Variable x, Variable q, Tensor<int> ids, Variable? similarities, Tensor<float>? mask, in StepContext context)
    {
        var loss = Commitment(x, q, ids, similarities, mask, context);
        if (options.Diversity > 0)
        {
            loss += CodeLosses.Diversity(similarities!, mask) * (float)options.Diversity;
        }

        return options.Orthogonal > 0
            ? loss + CodeLosses.Orthogonality(Codebook.ReadAll(x.Tape)) * (float)options.Orthogonal
            : loss;
    }

    /// <summary>The commitment term and, of a codebook that an optimizer moves, the codebook term; β on one of them.</summary>
    private Variable Commitment(
        Variable x, Variable q, Tensor<int> ids, Variable? similarities, Tensor<float>? mask, in StepContext context)
    {
        var isTrained = Codebook is LearnedCodebook { IsTrained: true };
        var codebookTerm = isTrained ? Distance(q, StopGradient.Apply(x), mask) : null;
        var commitment = options.CommitmentLoss == CommitmentLoss.CrossEntropy
            ? CodeLosses.CrossEntropyOf(similarities!, ids, mask)
            : Distance(x, isTrained ? StopGradient.Apply(q) : q, mask);
        return codebookTerm is null ? Weigh(commitment, context)
            : options.BetaOn == BetaTerm.Commitment ? codebookTerm + Weigh(commitment, context)
            : Weigh(codebookTerm, context) + commitment;
    }

    private Variable Distance(Variable x, Variable target, Tensor<float>? mask) =>
        options.CommitmentLoss == CommitmentLoss.SquareNorm
            ? CodeLosses.SquareNorm(x, target, mask)
            : CodeLosses.SquaredError(x, target, mask);

    /// <summary>A term times β, that of the step in training.</summary>
    private Variable Weigh(Variable term, in StepContext context)
    {
        if (commitmentSchedule is null || !context.IsTraining)
        {
            return term * (float)options.Commitment;
        }

        using var weight = context.ScalarsFor(Name).Read(commitmentSchedule);
        return term * term.Tape.Constant(weight, "commitment");
    }
}
