using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>How many codes a histogram amounts to: exp(−Σ p·ln(p + 1e-10)) with p = counts / Σ counts.</summary>
/// <remarks>1 when one code takes all, K when all are equally frequent. Counts (K) → a scalar.</remarks>
public static class Perplexity
{
    private const float Tiny = 1e-10f;

    /// <summary>The perplexity of counts (K), a scalar; the caller's to dispose.</summary>
    /// <remarks>NaN where no code was chosen.</remarks>
    public static Tensor<float> Of(Tensor<float> counts)
    {
        using var total = Reduce.Sum(counts, []);
        using var p = Zip.Apply("perplexity", counts, total, default(DivideOperator));
        using var shifted = Map.Apply(p, new AffineOperator(1, Tiny));
        using var logs = Map.Apply(shifted, default(LogOperator));
        using var terms = Zip.Apply("perplexity", p, logs, default(MultiplyOperator));
        using var sum = Reduce.Sum(terms, []);
        using var entropy = Map.Apply(sum, new AffineOperator(-1, 0));
        return Map.Apply(entropy, default(ExpOperator));
    }
}
