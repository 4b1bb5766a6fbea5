using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>What pulls rows to their codes.</summary>
public enum CommitmentLoss
{
    /// <summary>The mean squared error to the chosen code.</summary>
    [JsonStringEnumMemberName("mse")]
    Mse,

    /// <summary>The cross-entropy of the chosen code under the softmax of all similarities.</summary>
    [JsonStringEnumMemberName("cross-entropy")]
    CrossEntropy,

    /// <summary>The mean over the rows of ‖(x − e)²‖, the root of the sum of fourth powers, as in nadavbh12's VQ-VAE; of the
    /// codebook term too.</summary>
    [JsonStringEnumMemberName("square-norm")]
    SquareNorm,
}

/// <summary>Which term β weighs.</summary>
public enum BetaTerm
{
    /// <summary>The commitment term mse(z, sg q), as in the paper.</summary>
    [JsonStringEnumMemberName("commitment")]
    Commitment,

    /// <summary>The codebook term mse(sg z, q), as diffusers' <c>legacy</c> form has it.</summary>
    [JsonStringEnumMemberName("codebook")]
    Codebook,
}

/// <summary>Losses of rows and codes, means over the rows that count.</summary>
internal static class CodeLosses
{
    /// <summary>The temperature of <see cref="Diversity"/> is one hundredth.</summary>
    private const float Sharpness = 100;

    private const float LeastProbability = 1e-5f;

    /// <summary>Roots have no gradient below it: far less than a difference of 10⁻⁷ gives, which is rounding.</summary>
    private const float LeastFourth = 1e-30f;

    /// <summary>mse(x, target) of rows (N, D), those that do not count being equal.</summary>
    public static Variable SquaredError(Variable x, Variable target, Tensor<float>? mask)
    {
        var loss = MeanSquaredError.Apply(x, target);
        if (mask is null)
        {
            return loss;
        }

        using var share = InverseCount(mask, x.Shape[0]);
        return loss * x.Tape.Constant(share, "rows / counted");
    }

    /// <summary>The mean over rows (N, D) of ‖(x − target)²‖₂ = √Σ(x − target)⁴. Its gradient is 0 where they are
    /// equal.</summary>
    public static Variable SquareNorm(Variable x, Variable target, Tensor<float>? mask)
    {
        var fourths = Sum.Apply(Square.Apply(Square.Apply(x - target)), [1], keepDims: true);
        var norms = Autograd.Sqrt.Apply(Clamp.Apply(fourths, LeastFourth, float.MaxValue));
        return mask is null ? Mean.Apply(norms) : Sum.Apply(MaskedMean(norms, mask));
    }

    /// <summary>Cross-entropy of ids (N) under similarities (N, K).</summary>
    public static Variable CrossEntropyOf(Variable similarities, Tensor<int> ids, Tensor<float>? mask)
    {
        if (mask is null)
        {
            return CrossEntropy.Apply(similarities, ids);
        }

        using var share = InverseCount(mask, 1);
        var sum = CrossEntropy.Apply(similarities, ids, new CrossEntropyParams(IgnoredTarget: -1), Reduction.Sum);
        return sum * sum.Tape.Constant(share, "1 / counted");
    }

    /// <summary>−H(p), p the mean over the rows of softmax(100 · similarity): least where all codes are near as many rows.
    /// As in lucidrains' vector-quantize-pytorch, logarithms are of 10⁻⁵ at least.</summary>
    public static Variable Diversity(Variable similarities, Tensor<float>? mask)
    {
        var each = Softmax.Apply(similarities * Sharpness);
        var p = mask is null ? Mean.Apply(each, [0]) : MaskedMean(each, mask);
        return Sum.Apply(p * Log.Apply(Clamp.Apply(p, LeastProbability, float.MaxValue)));
    }

    /// <summary>Σ cos² / K² − 1/K over all pairs of codes (K, D): 0 where they are orthogonal (arXiv:2112.00384, equation
    /// 2).</summary>
    public static Variable Orthogonality(Variable codes)
    {
        var k = codes.Shape[0];
        var directions = L2Normalize.Apply(codes);
        var squares = Square.Apply(Matmul.Apply(directions, directions, Transpose.B));
        return Affine.Apply(Sum.Apply(squares), 1f / ((float)k * k), -1f / k);
    }

    private static Variable MaskedMean(Variable each, Tensor<float> mask)
    {
        using var column = mask.Reshape([mask.Size, 1]);
        using var share = InverseCount(mask, 1);
        return Sum.Apply(each * each.Tape.Constant(column, "mask"), [0]) * each.Tape.Constant(share, "1 / counted");
    }

    /// <summary>scale / Σ mask, with a sum of at least 1.</summary>
    private static Tensor<float> InverseCount(Tensor<float> mask, float scale)
    {
        using var sum = Primitive.Sum(mask, []);
        using var atLeastOne = Primitive.Map(sum, new Clamp(1, float.MaxValue));
        using var inverse = Primitive.Map(atLeastOne, default(Reciprocal));
        return Primitive.Map(inverse, new Affine(scale, 0));
    }
}
