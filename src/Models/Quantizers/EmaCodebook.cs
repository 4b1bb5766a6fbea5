using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>A codebook that follows exponential moving averages of the vectors its codes were chosen for (arXiv:1711.00937, appendix A.1).</summary>
/// <remarks>
/// <para>With counts n and sums s of one batch: N ← γN + (1 − γ)n, M ← γM + (1 − γ)s, both from zero and divided by 1 − γᵗ after t updates,
/// so that early averages are averages of what was seen rather than of the zeros they start from (N̂, M̂). Then with T = Σ N̂ and
/// Ñ = (N̂ + ε) / (T + Kε) · T (Laplace smoothing), e = M̂ / Ñ.</para>
/// <para>Sums that start from random codes rather than from zero dominate for some 1/(1 − γ) updates, and most codes die. The division
/// itself cancels in e but for ε, which would else weigh 1/(1 − γᵗ) times as much.</para>
/// <para>Revival: a code with N̂ below a threshold T becomes a random vector v of the batch, N̂ = T and M̂ = T·v
/// (<see cref="Primitive.ReviveCodes"/>), so that it is near vectors and has some steps to prove itself.</para>
/// <para>Keys: <c>_embedding.weight</c> (K, D), <c>_ema_cluster_size</c> (K), <c>_ema_w</c> (K, D), <c>_ema_updates</c> (). A file without
/// the last, from a program that does not divide, is taken as one whose averages have settled.</para>
/// </remarks>
public sealed class EmaCodebook : Module
{
    /// <summary>The key of the codes.</summary>
    internal const string CodesKey = "_embedding.weight";

    private const float Epsilon = 1e-5f;

    /// <summary>So many updates that 1 − γᵗ is 1: the averages of a file that does not count them.</summary>
    private const float Settled = 1 << 24;

    private readonly float decay, deadThreshold;
    private readonly ulong stream;
    private readonly Tensor<float> counts, sums, updates;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="codes">K.</param>
    /// <param name="codeDim">D.</param>
    /// <param name="decay">γ.</param>
    /// <param name="deadThreshold">T, in vectors of a batch; 0 for no revival.</param>
    public EmaCodebook(ModuleScope scope, int codes, int codeDim, float decay, float deadThreshold = 0)
        : base(scope)
    {
        (this.decay, this.deadThreshold) = (decay, deadThreshold);
        stream = ModuleScope.StreamOf(scope.Key("revival"));
        var key = scope.Key(CodesKey);
        Codes = AddBuffer(CodesKey,
            InitialCodes(scope.Initialization, codeDim)(scope.Device, [codes, codeDim], scope.Seed, ModuleScope.StreamOf(key)));
        counts = AddBuffer("_ema_cluster_size", Fill.Constant(scope.Device, [codes], 0));
        sums = AddBuffer("_ema_w", Fill.Constant(scope.Device, [codes, codeDim], 0));
        updates = AddBuffer("_ema_updates", Fill.Constant(scope.Device, [], 0), Settled);
    }

    /// <summary>The codes (K, D).</summary>
    public Tensor<float> Codes { get; }

    /// <summary>Moves the codes towards the vectors (N, D) that chose them, and replaces those that are dead.</summary>
    /// <exception cref="InvalidOperationException">Codes are to be replaced, and the context has no random numbers.</exception>
    public void Update(Tensor<float> vectors, Tensor<int> ids, in StepContext context)
    {
        using var batchCounts = ScatterAdd.Counts(ids, Codes.Shape[0]);
        using var batchSums = ScatterAdd.Rows(vectors, ids, Codes.Shape[0]);
        Zip.Into(counts, counts, batchCounts, new LerpOperator(decay));
        Zip.Into(sums, sums, batchSums, new LerpOperator(decay));
        using var updatesNow = Map.Apply(updates, new AffineOperator(1, 1));
        Copy.Into(updates, updatesNow);
        using var correction = Correction();
        SetCodes(correction);
        if (deadThreshold > 0)
        {
            using var least = Map.Apply(correction, new AffineOperator(deadThreshold, 0));
            Primitive.ReviveCodes(Codes, counts, sums, vectors, least, context.RandomFor("ema-codebook"), stream);
        }
    }

    private static Initializer InitialCodes(Initialization initialization, int codeDim) =>
        initialization == Initialization.Sonnet ? Initializers.Uniform(MathF.Sqrt(3f / codeDim)) : Initializers.Normal(1);

    /// <summary>1 − γᵗ as a tensor: the count is on the device too, so that every update is the same sequence of calls.</summary>
    private Tensor<float> Correction()
    {
        using var exponent = Map.Apply(updates, new AffineOperator(MathF.Log(decay), 0));
        using var power = Map.Apply(exponent, default(ExpOperator));
        return Map.Apply(power, new AffineOperator(-1, 1));
    }

    private void SetCodes(Tensor<float> correction)
    {
        var k = Codes.Shape[0];
        using var size = Zip.Apply("ema-codebook", counts, correction, default(DivideOperator));
        using var total = Reduce.Sum(size, []);
        using var denominator = Map.Apply(total, new AffineOperator(1, k * Epsilon));
        using var share = Zip.Apply("ema-codebook", total, denominator, default(DivideOperator));
        using var raised = Map.Apply(size, new AffineOperator(1, Epsilon));
        using var smoothed = Zip.Apply("ema-codebook", raised, share, default(MultiplyOperator));

        // e = (M / correction) / Ñ
        using var divisor = Zip.Apply("ema-codebook", smoothed, correction, default(MultiplyOperator));
        using var column = divisor.Reshape([k, 1]);
        Zip.Into(Codes, sums, column, default(DivideOperator));
    }
}
