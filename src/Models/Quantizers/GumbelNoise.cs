using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Gumbel-distributed noise, by which a maximum becomes a draw: the largest of logits + noise is each class with the
/// probability that the softmax gives it (Gumbel 1954; arXiv:1611.01144, section 2).</summary>
internal static class GumbelNoise
{
    /// <summary>−ln(−ln u), u uniform in [0, 1); −∞ at u = 0. The caller's to dispose.</summary>
    public static Tensor<float> Of(Shape shape, RandomState random, ulong stream)
    {
        using var u = random.Uniform(shape, low: 0, high: 1, stream);
        using var inner = Primitive.Map(u, default(Log));
        using var positive = Primitive.Map(inner, new Affine(-1, 0));
        using var outer = Primitive.Map(positive, default(Log));
        return Primitive.Map(outer, new Affine(-1, 0));
    }

    /// <summary>A class of each row of logits (N, K), by the softmax of logits / temperature; (N).</summary>
    public static Tensor<int> Draw(Tensor<float> logits, float temperature, RandomState random, ulong stream)
    {
        using var noise = Of(logits.Shape, random, stream);
        using var scaled = Primitive.Map(logits, new Affine(1 / temperature, 0));
        using var sum = Primitive.Zip("gumbel", scaled, noise, default(Add));
        return Primitive.ArgMax(sum);
    }
}
