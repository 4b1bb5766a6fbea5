using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What quantizers into b bits have in common. A bit d that is 1 with probability σ(l[d]), independent of the others,
/// makes a code k of the row l with probability p(k) = softmax(l·Cᵀ)[k], C (2ᵇ, b) the bits of every code.</summary>
internal static class BinaryCodes
{
    /// <summary>p·ln p is 0 at 0; below this its logarithm stands still.</summary>
    private const float Tiny = 1e-30f;

    /// <summary>1 where x is above 0, else −1; NaN stays.</summary>
    public static Tensor<float> Signs(Tensor<float> x)
    {
        using var signs = Primitive.Map(x, default(Sign));
        using var shifted = Primitive.Map(signs, new Affine(1, -0.5f));
        return Primitive.Map(shifted, default(Sign));
    }

    /// <summary>The bits of all codes (2ᵇ, b), the first counting fastest; no bits make one code.</summary>
    public static Tensor<float> Table(Device device, int bits) => device.From<float>(
        [.. from code in Enumerable.Range(0, 1 << bits) from bit in Enumerable.Range(0, bits) select (float)((code >> bit) & 1)],
        [1 << bits, bits]);

    /// <summary>p (N, 2ᵇ) of logits (N, b) and the table (2ᵇ, b).</summary>
    public static Variable Probabilities(Variable logits, Tensor<float> table) =>
        Softmax.Apply(Matmul.Apply(logits, logits.Tape.Constant(table, "bits"), Transpose.B));

    /// <summary>The entropy of each row's codes in nats, (N, b) → (N): the sum of that of its bits, since these are
    /// independent.</summary>
    /// <remarks>With a = −|l|: ln(1 + eᵃ) − a·σ(a), of which nothing cancels.</remarks>
    public static Variable Entropies(Variable logits)
    {
        var a = -Abs.Apply(logits);
        return Sum.Apply(Softplus.Apply(a) - a * Autograd.Sigmoid.Apply(a), [1]);
    }

    /// <summary>−Σ p·ln p in nats, of probabilities of any shape: a scalar.</summary>
    public static Variable Entropy(Variable p) =>
        -Sum.Apply(p * Autograd.Log.Apply(Clamp.Apply(p, Tiny, float.MaxValue)));
}
