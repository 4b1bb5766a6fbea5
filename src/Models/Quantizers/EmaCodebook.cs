using IlgpuVq.Autograd;
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
/// The division itself cancels in e but for ε, which would else weigh 1/(1 − γᵗ) times as much.</para>
/// <para>Revival: a code with N̂ below a threshold T becomes a random vector v of the batch, N̂ = T and M̂ = T·v
/// (<see cref="Primitive.ReviveCodes"/>), so that it is near vectors and has some steps to prove itself.</para>
/// <para>Keys: <c>_embedding.weight</c> (K, D), <c>_ema_cluster_size</c> (K), <c>_ema_w</c> (K, D),
/// <c>_ema_updates</c> (). A file without the last, from a program that does not divide, is taken as one whose
/// averages have settled; see <see cref="NotebookState"/>.</para>
/// </remarks>
public sealed class EmaCodebook : Module
{
    /// <summary>The key of the codebook.</summary>
    internal const string CodebookKey = "_embedding.weight";

    /// <summary>ε.</summary>
    internal const float Epsilon = 1e-5f;

    /// <summary>So many updates that 1 − γᵗ is 1: the averages of a file that does not count them.</summary>
    internal const float Settled = 1 << 24;

    private readonly float decay, deadThreshold;
    private readonly ulong stream;
    private readonly Tensor<float> counts, sums, updates;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="codebookSize">Codes, K.</param>
    /// <param name="codeDim">D.</param>
    /// <param name="decay">γ.</param>
    /// <param name="deadThreshold">T, in vectors of a batch; 0 for no revival.</param>
    public EmaCodebook(ModuleScope scope, int codebookSize, int codeDim, float decay, float deadThreshold = 0)
        : base(scope)
    {
        (this.decay, this.deadThreshold) = (decay, deadThreshold);
        stream = ModuleScope.StreamOf(scope.Key("revival"));
        var key = scope.Key(CodebookKey);
        Codebook = AddBuffer(CodebookKey,
            InitialCodebook(scope.Initialization, codeDim)(
                scope.Device, [codebookSize, codeDim], scope.Seed, ModuleScope.StreamOf(key)));
        counts = AddBuffer("_ema_cluster_size", Primitive.Fill(scope.Device, [codebookSize], 0));
        sums = AddBuffer("_ema_w", Primitive.Fill(scope.Device, [codebookSize, codeDim], 0));
        updates = AddBuffer("_ema_updates", Primitive.Fill(scope.Device, [], 0), Settled);
    }

    /// <summary>The codes (K, D).</summary>
    public Tensor<float> Codebook { get; }

    /// <summary>N (K), M (K, D) and t ().</summary>
    internal (Tensor<float> Counts, Tensor<float> Sums, Tensor<float> Updates) Averages => (counts, sums, updates);

    /// <summary>1 − γᵗ, or 1 before the first update, when there is nothing to divide.</summary>
    internal double CorrectionNow => updates.Item() is > 0 and var t ? 1 - Math.Pow(decay, t) : 1;

    /// <summary>Moves the codes towards the vectors (N, D) that chose them, and replaces those that are dead.</summary>
    /// <exception cref="InvalidOperationException">Codes are to be replaced, and the context has no random numbers.</exception>
    public void Update(Tensor<float> vectors, Tensor<int> ids, in StepContext context)
    {
        using var batchCounts = Primitive.CountIds(ids, Codebook.Shape[0]);
        using var batchSums = Primitive.ScatterAddRows(vectors, ids, Codebook.Shape[0]);
        Primitive.ZipInto(counts, counts, batchCounts, new Lerp(decay));
        Primitive.ZipInto(sums, sums, batchSums, new Lerp(decay));
        using var updatesNow = Primitive.Map(updates, new Affine(1, 1));
        Primitive.CopyInto(updates, updatesNow);
        using var correction = Correction();
        SetCodebook(correction);
        if (deadThreshold > 0)
        {
            using var least = Primitive.Map(correction, new Affine(deadThreshold, 0));
            Primitive.ReviveCodes(Codebook, counts, sums, vectors, least, context.RandomFor("ema-codebook"), stream);
        }
    }

    private static Initializer InitialCodebook(Initialization initialization, int codeDim) =>
        initialization == Initialization.Sonnet ? Initializers.Uniform(MathF.Sqrt(3f / codeDim)) : Initializers.Normal(1);

    /// <summary>1 − γᵗ as a tensor: the count is on the device too, so that every update is the same sequence of calls.</summary>
    private Tensor<float> Correction()
    {
        using var exponent = Primitive.Map(updates, new Affine(MathF.Log(decay), 0));
        using var power = Primitive.Map(exponent, default(Exp));
        return Primitive.Map(power, new Affine(-1, 1));
    }

    private void SetCodebook(Tensor<float> correction)
    {
        var k = Codebook.Shape[0];
        using var size = Primitive.Zip("ema-codebook", counts, correction, default(Divide));
        using var total = Primitive.Sum(size, []);
        using var denominator = Primitive.Map(total, new Affine(1, k * Epsilon));
        using var share = Primitive.Zip("ema-codebook", total, denominator, default(Divide));
        using var raised = Primitive.Map(size, new Affine(1, Epsilon));
        using var smoothed = Primitive.Zip("ema-codebook", raised, share, default(Multiply));

        // e = (M / correction) / Ñ
        using var divisor = Primitive.Zip("ema-codebook", smoothed, correction, default(Multiply));
        using var column = divisor.Reshape([k, 1]);
        Primitive.ZipInto(Codebook, sums, column, default(Divide));
    }
}
