using IlgpuVq.Autograd;
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
        using var total = Primitive.Sum(counts, []);
        using var p = Primitive.Zip("perplexity", counts, total, default(Divide));
        using var shifted = Primitive.Map(p, new Affine(1, Tiny));
        using var logs = Primitive.Map(shifted, default(Log));
        using var terms = Primitive.Zip("perplexity", p, logs, default(Multiply));
        using var sum = Primitive.Sum(terms, []);
        using var entropy = Primitive.Map(sum, new Affine(-1, 0));
        return Primitive.Map(entropy, default(Exp));
    }
}
