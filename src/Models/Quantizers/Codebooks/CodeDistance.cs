using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>By what the nearest code is found.</summary>
public enum CodeDistance
{
    /// <summary>‖x − e‖.</summary>
    [JsonStringEnumMemberName("euclidean")]
    Euclidean,

    /// <summary>The angle: rows and codes are made as long as 1 first, and what the decoder gets is too.</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,
}

/// <summary>How alike each row and each code are, as a table.</summary>
internal static class CodeSimilarity
{
    /// <summary>Distances have no gradient below its root.</summary>
    private const float LeastSquare = 1e-8f;

    /// <summary>x (N, D) and codes (K, D) → (N, K): −‖x − e‖, or x·e, the cosine of vectors of length 1.</summary>
    public static Variable Of(Variable x, Variable codes, CodeDistance distance)
    {
        var products = Matmul.Apply(x, codes, Transpose.B);
        if (distance == CodeDistance.Cosine)
        {
            return products;
        }

        var ofRows = Sum.Apply(Square.Apply(x), [1], keepDims: true);
        var squares = ofRows + Sum.Apply(Square.Apply(codes), [1]) - products * 2;
        return -Autograd.Sqrt.Apply(Clamp.Apply(squares, LeastSquare, float.MaxValue));
    }
}
