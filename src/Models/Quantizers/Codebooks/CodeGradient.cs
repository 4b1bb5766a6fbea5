using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>What the gradients of the rows that chose one code come to.</summary>
public enum CodeGradient
{
    /// <summary>Their sum, as calculus has it: codes that many rows chose move by more.</summary>
    [JsonStringEnumMemberName("sum")]
    Sum,

    /// <summary>Their mean, as in nadavbh12's VQ-VAE.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}

/// <summary>Gradients that are another multiple of what calculus has.</summary>
internal static class CodeGradients
{
    /// <summary>The codes (K, D) as they are, with the gradient of each divided by how many of the ids (N) name it: what a sum
    /// over those rows becomes a mean by.</summary>
    public static Variable Mean(Variable codes, Tensor<int> ids)
    {
        var k = codes.Shape[0];
        using var counts = Primitive.CountIds(ids, k);
        using var atLeastOne = Primitive.Map(counts, new Clamp(1, float.MaxValue));
        using var inverse = Primitive.Map(atLeastOne, default(Reciprocal));
        using var shares = inverse.Reshape([k, 1]);

        // sg(e) + (e − sg(e))·s is e, bit for bit, and has s times its gradient.
        var still = StopGradient.Apply(codes);
        return still + (codes - still) * codes.Tape.Constant(shares, "1 / chosen");
    }
}
