using IlgpuVq.Autograd;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>A codebook that follows exponential moving averages of the vectors its codes were chosen for (arXiv:1711.00937,
/// appendix A.1).</summary>
/// <remarks>
/// <para>With counts n and sums s of one batch: N ← γN + (1 − γ)n, M ← γM + (1 − γ)s, both from zero and divided by 1 − γᵗ after
/// t updates, so that early averages are averages of what was seen rather than of the zeros they start from (N̂, M̂). Then with
/// T = Σ N̂ and Ñ = (N̂ + ε) / (T + Kε) · T (Laplace smoothing), e = M̂ / Ñ.</para>
/// <para>Sums that start from random codes rather than from zero dominate for some 1/(1 − γ) updates, and most codes die.
/// The division itself cancels in e but for ε, which would else weigh 1/(1 − γᵗ) times as much. Other programs do not divide;
/// <see cref="EmaStart"/> has their ways.</para>
/// <para>For cosines the vectors are as long as 1, and so is e, the direction of M̂; a code whose M̂ is 0 stays.</para>
/// <para>Revival: a code with N̂ below a threshold T becomes a random vector v of the batch, N̂ = T and M̂ = T·v
/// (<see cref="Primitive.ReviveCodes"/>), so that it is near vectors and has some steps to prove itself. Or
/// <see cref="UsageRevival"/> moves it, and N̂ and M̂ towards 1 and v.</para>
/// <para>The parts of a step's batch (<see cref="StepContext.IsPart"/>) are gathered, and count as the whole would.</para>
/// <para>Keys: <c>_embedding.weight</c> (K, D), <c>_ema_cluster_size</c> (K), <c>_ema_w</c> (K, D),
/// <c>_ema_updates</c> () where averages are divided. A file without the last, from a program that does not divide, is taken
/// as one whose averages have settled; see <see cref="NotebookState"/>.</para>
/// </remarks>
public sealed class EmaCodebook : Codebook
{
    /// <summary>The keys of N and M.</summary>
    internal const string CountsKey = "_ema_cluster_size", SumsKey = "_ema_w";

    /// <summary>ε.</summary>
    internal const float Epsilon = 1e-5f;

    /// <summary>So many updates that 1 − γᵗ is 1: the averages of a file that does not count them.</summary>
    internal const float Settled = 1 << 24;

    private readonly VectorQuantizerOptions options;
    private readonly float decay, deadThreshold;
    private readonly ulong stream;
    private readonly Tensor<float> codes, counts, sums;
    private readonly Tensor<float>? updates;
    private readonly UsageRevival? revival;
    private (Tensor<float> Counts, Tensor<float> Sums)? gathered;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">Sizes, γ, the start, and what becomes of dead codes.</param>
    public EmaCodebook(ModuleScope scope, VectorQuantizerOptions options)
        : base(scope)
    {
        this.options = options;
        decay = (float)options.Decay;
        deadThreshold = options.Revival == CodeRevival.Threshold ? (float)options.DeadCodeThreshold : 0;
        stream = ModuleScope.StreamOf(scope.Key("revival"));
        var (k, d) = (options.CodebookSize, options.CodeDim);
        codes = AddBuffer(CodesKey, InitialCodes.Of(options, scope.Initialization)(
            scope.Device, [k, d], scope.Seed, ModuleScope.StreamOf(scope.Key(CodesKey))));
        var isDebiased = options.EmaStart == EmaStart.Debiased;
        counts = AddBuffer(
            CountsKey, Primitive.Fill(scope.Device, [k], options.EmaStart == EmaStart.One ? 1 : 0));
        sums = AddBuffer(SumsKey, Primitive.Fill(scope.Device, [k, d], 0));
        if (isDebiased)
        {
            updates = AddBuffer("_ema_updates", Primitive.Fill(scope.Device, [], 0), Settled);
        }
        else
        {
            Primitive.CopyInto(sums, codes);
        }

        revival = options.Revival == CodeRevival.Usage ? AddChild(new UsageRevival(scope, options)) : null;
    }

    /// <inheritdoc/>
    public override Tensor<float> Codes => codes;

    /// <summary>N (K), M (K, D) and t (), null where averages are not divided.</summary>
    internal (Tensor<float> Counts, Tensor<float> Sums, Tensor<float>? Updates) Averages => (counts, sums, updates);

    /// <summary>Whether N is Ñ already.</summary>
    internal bool KeepsSmoothedCounts => options.EmaStart == EmaStart.Running;

    /// <summary>1 − γᵗ, or 1 before the first update, when there is nothing to divide.</summary>
    internal double CorrectionNow => updates?.Item() is > 0 and var t ? 1 - Math.Pow(decay, t) : 1;

    internal override Variable Read(Tape tape, Tensor<int> ids)
    {
        using var rows = Primitive.GatherRows(codes, ids);
        return tape.Constant(rows, "codes");
    }

    internal override Variable ReadAll(Tape tape) => tape.Constant(codes, "codebook");

    internal override void Begin(Tensor<float> active, Tensor<float> codes, Tensor<float> counts)
    {
        // Divided averages: as after one update with these counts.
        var weight = updates is null ? 1 : 1 - decay;
        using var weighted = Primitive.Map(counts, new Affine(weight, 0));
        using var column = weighted.Reshape([counts.Size, 1]);
        using var weightedSums = Primitive.Zip("ema-codebook", codes, column, default(Multiply));
        SetWhere(active, this.codes, codes);
        SetWhere(active, this.counts, weighted);
        SetWhere(active, sums, weightedSums);
        if (updates is not null)
        {
            SetWhere(active, updates, active);
        }
    }

    /// <summary>Moves the codes towards the vectors (N, D) that chose them, and replaces those that are dead.</summary>
    /// <exception cref="InvalidOperationException">Codes are to be replaced, and the context has no random numbers.</exception>
    internal override void Learn(in CodeBatch batch, in StepContext context)
    {
        var (batchCounts, batchSums) = Gather(batch);
        if (context.IsPart)
        {
            gathered = (batchCounts, batchSums);
            return;
        }

        using (batchCounts)
        using (batchSums)
        {
            using var before = Frozen is null ? null : new Earlier(codes, counts, sums);
            Average(batchCounts, batchSums);
            using var correction = Correction();
            SetCodes(correction);
            Revive(batch, batchCounts, correction, context);
            before?.Restore(Frozen!, this);
        }
    }

    protected override void Dispose(bool disposing)
    {
        gathered?.Counts.Dispose();
        gathered?.Sums.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>n and s of the batch, with those of the parts before.</summary>
    private (Tensor<float> Counts, Tensor<float> Sums) Gather(in CodeBatch batch)
    {
        var batchCounts = Primitive.CountIds(batch.Ids, codes.Shape[0]);
        var batchSums = Primitive.ScatterAddRows(batch.Vectors, batch.Ids, codes.Shape[0]);
        if (gathered is { } earlier)
        {
            Primitive.ZipInto(batchCounts, batchCounts, earlier.Counts, default(Add));
            Primitive.ZipInto(batchSums, batchSums, earlier.Sums, default(Add));
            earlier.Counts.Dispose();
            earlier.Sums.Dispose();
            gathered = null;
        }

        return (batchCounts, batchSums);
    }

    private void Average(Tensor<float> batchCounts, Tensor<float> batchSums)
    {
        Primitive.ZipInto(counts, counts, batchCounts, new Lerp(decay));
        Primitive.ZipInto(sums, sums, batchSums, new Lerp(decay));
        if (updates is not null)
        {
            using var updatesNow = Primitive.Map(updates, new Affine(1, 1));
            Primitive.CopyInto(updates, updatesNow);
        }
    }

    /// <summary>1 − γᵗ as a tensor: the count is on the device too, so that every update is the same sequence of calls.</summary>
    private Tensor<float> Correction()
    {
        if (updates is null)
        {
            return Primitive.Fill(Device, [], 1);
        }

        using var exponent = Primitive.Map(updates, new Affine(MathF.Log(decay), 0));
        using var power = Primitive.Map(exponent, default(Exp));
        return Primitive.Map(power, new Affine(-1, 1));
    }

    private void SetCodes(Tensor<float> correction)
    {
        var k = codes.Shape[0];
        using var size = Primitive.Zip("ema-codebook", counts, correction, default(Divide));
        using var total = Primitive.Sum(size, []);
        using var denominator = Primitive.Map(total, new Affine(1, k * Epsilon));
        using var share = Primitive.Zip("ema-codebook", total, denominator, default(Divide));
        using var raised = Primitive.Map(size, new Affine(1, Epsilon));
        using var smoothed = Primitive.Zip("ema-codebook", raised, share, default(Multiply));

        // e = (M / correction) / Ñ
        using var divisor = Primitive.Zip("ema-codebook", smoothed, correction, default(Multiply));
        using var column = divisor.Reshape([k, 1]);
        if (options.Distance == CodeDistance.Cosine)
        {
            using var means = Primitive.Zip("ema-codebook", sums, column, default(Divide));
            SetDirections(means);
        }
        else
        {
            Primitive.ZipInto(codes, sums, column, default(Divide));
        }

        if (KeepsSmoothedCounts)
        {
            Primitive.CopyInto(counts, smoothed);
        }
    }

    private void SetDirections(Tensor<float> means)
    {
        using var directions = L2Normalize.Of(means);
        using var squares = Primitive.Map(directions, default(Square));
        using var isChosen = Primitive.Sum(squares, [1], keepDims: true);
        SetWhere(isChosen, codes, directions);
    }

    private void Revive(in CodeBatch batch, Tensor<float> batchCounts, Tensor<float> correction, in StepContext context)
    {
        if (deadThreshold > 0)
        {
            var random = context.RandomFor("ema-codebook");
            using var candidates = batch.Mask is null
                ? batch.Vectors.Share()
                : DataSamples.Draw(batch.Vectors, batch.Mask, codes.Shape[0], random, ~stream);
            using var least = Primitive.Map(correction, new Affine(deadThreshold, 0));
            Primitive.ReviveCodes(codes, counts, sums, candidates, least, random, stream);
        }

        if (revival is not null)
        {
            using var pull = revival.Pull(batchCounts, Frozen);
            using var anchors = revival.Anchors(batch, context);
            using var sumsThen = Primitive.Zip("ema-codebook", anchors, correction, default(Multiply));
            using var countsOf = counts.Reshape([counts.Size, 1]);
            UsageRevival.Move(codes, anchors, pull);
            UsageRevival.Move(sums, sumsThen, pull);
            UsageRevival.Move(countsOf, correction, pull);
            if (options.Distance == CodeDistance.Cosine)
            {
                using var means = codes.Share();
                SetDirections(means);
            }
        }
    }

    /// <summary>Codes and averages before an update, for codes that are frozen.</summary>
    private sealed class Earlier(Tensor<float> codes, Tensor<float> counts, Tensor<float> sums) : IDisposable
    {
        private readonly Tensor<float> codes = Copy(codes), counts = Copy(counts), sums = Copy(sums);

        public void Restore(Tensor<float> frozen, EmaCodebook codebook)
        {
            using var rows = frozen.Reshape([counts.Size]);
            SetWhere(frozen, codebook.codes, codes);
            SetWhere(rows, codebook.counts, counts);
            SetWhere(frozen, codebook.sums, sums);
        }

        public void Dispose()
        {
            codes.Dispose();
            counts.Dispose();
            sums.Dispose();
        }

        private static Tensor<float> Copy(Tensor<float> tensor)
        {
            var copy = tensor.Device.Empty<float>(tensor.Shape);
            Primitive.CopyInto(copy, tensor);
            return copy;
        }
    }
}
