using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Codes of several levels whose sum is near a vector: from level to level the M best beginnings are followed, where the
/// nearest code of each level in turn is what M = 1 finds.</summary>
/// <remarks>
/// <para>A beginning is the better the smaller ‖x − Σ e‖², the error that decoding it would have. Programs that add up the errors
/// of all levels instead prefer good beginnings to good ends.</para>
/// <para>Of equal errors one is followed. Cost: N·M·K distances for each level, all held at once.</para>
/// </remarks>
internal static class BeamSearch
{
    private const string Op = "beam-search";

    /// <summary>The ids (N, L) of the best codes that were found; the caller's to dispose.</summary>
    /// <param name="x">The vectors (N, D).</param>
    /// <param name="codebooks">The codes (K, D) of each level.</param>
    /// <param name="beam">M.</param>
    public static Tensor<int> Choose(Tensor<float> x, IReadOnlyList<Tensor<float>> codebooks, int beam)
    {
        var n = x.Shape[0];
        using var rowNumbers = x.Device.From<float>([.. Enumerable.Range(0, n).Select(row => (float)row)], [n, 1]);
        var beams = new Beams(1, x.Share(), x.Device.Empty<float>([n, 0]));
        for (var l = 0; l < codebooks.Count; l++)
        {
            using var before = beams;
            beams = Follow(before, codebooks[l], rowNumbers, l == codebooks.Count - 1 ? 1 : beam);
        }

        using var found = beams;
        var columns = codebooks.Select((codebook, l) => IdsOf(found.Codes, l, codebook.Shape[0])).ToArray();
        var ids = Primitive.Concat(1, columns);
        Array.ForEach(columns, column => column.Dispose());
        return ids;
    }

    /// <summary>The best beginnings that are one code longer.</summary>
    private static Beams Follow(Beams before, Tensor<float> codebook, Tensor<float> rowNumbers, int beam)
    {
        var (n, k) = (rowNumbers.Shape[0], codebook.Shape[0]);
        var count = Math.Min(beam, before.Count * k);
        using var radices = codebook.Device.From<int>([k, before.Count], [2]);
        using var rows = codebook.Device.From<int>([before.Count, Math.Max(n, 1)], [2]);
        var scores = Scores(before.Residuals, codebook, [n, before.Count * k]);
        var parts = new (Tensor<float> Residuals, Tensor<float> Codes)[count];
        for (var j = 0; j < count; j++)
        {
            using var place = Primitive.ArgMax(scores, axis: 1);
            using var digits = Primitive.SplitDigits(place, radices); // (N, 2): code, beginning
            using var code = Primitive.Slice(digits, axis: 1, start: 0, length: 1);
            using var beginning = Primitive.Slice(digits, axis: 1, start: 1, length: 1);
            using var rowDigits = Primitive.Concat(1, beginning, rowNumbers);
            using var parents = Primitive.ComposeDigits(rowDigits, rows);
            using var ids = FlatIds(code, k);
            parts[j] = Extend(before, parents, code, Primitive.GatherRows(codebook, ids));
            scores = WithoutBest(scores);
        }

        scores.Dispose();
        var residuals = Stack([.. parts.Select(part => part.Residuals)]);
        return new Beams(count, residuals, Stack([.. parts.Select(part => part.Codes)]));
    }

    /// <summary>−‖r − e‖² of all residuals and codes, those of a vector side by side.</summary>
    private static Tensor<float> Scores(Tensor<float> residuals, Tensor<float> codebook, Shape shape)
    {
        using var products = Primitive.Matmul(residuals, codebook, Transpose.B);
        using var doubled = Primitive.Map(products, new Affine(2, 0));
        using var codeLengths = SquaredLengths(codebook);
        using var row = codeLengths.Reshape([1, codebook.Shape[0]]);
        using var nearness = Primitive.Zip(Op, doubled, row, default(Subtract));
        using var lengths = SquaredLengths(residuals);
        using var scores = Primitive.Zip(Op, nearness, lengths, default(Subtract));
        return scores.Reshape(shape);
    }

    /// <summary>(N, D) → (N, 1)</summary>
    private static Tensor<float> SquaredLengths(Tensor<float> x)
    {
        using var squares = Primitive.Map(x, default(Square));
        return Primitive.Sum(squares, [1], keepDims: true);
    }

    /// <summary>The residuals and codes of beginnings to which a code is added; the vectors are taken over.</summary>
    private static (Tensor<float> Residuals, Tensor<float> Codes) Extend(
        Beams before, Tensor<int> parents, Tensor<float> code, Tensor<float> vectors)
    {
        using var chosen = vectors;
        using var residuals = Primitive.GatherRows(before.Residuals, parents);
        using var codes = Primitive.GatherRows(before.Codes, parents);
        return (Primitive.Zip(Op, residuals, chosen, default(Subtract)), Primitive.Concat(1, codes, code));
    }

    /// <summary>The scores (N, C), −∞ where they are the largest of their row; takes the old ones over.</summary>
    private static Tensor<float> WithoutBest(Tensor<float> scores)
    {
        using var old = scores;
        using var best = Primitive.Max(scores, [1], keepDims: true);
        using var below = Primitive.Zip(Op, best, scores, default(Subtract));
        using var worst = Primitive.Fill(scores.Device, [], float.NegativeInfinity);
        return Primitive.Where(below, scores, worst);
    }

    /// <summary>Parts (N, C) of each beginning → (N·M, C); takes them over.</summary>
    private static Tensor<float> Stack(Tensor<float>[] parts)
    {
        var (n, c) = (parts[0].Shape[0], parts[0].Shape[1]);
        using var side = Primitive.Concat(1, parts); // (N, M·C)
        Array.ForEach(parts, part => part.Dispose());
        return side.Reshape([n * parts.Length, c]);
    }

    /// <summary>Column l of codes as ids (N, 1).</summary>
    private static Tensor<int> IdsOf(Tensor<float> codes, int l, int k)
    {
        using var column = Primitive.Slice(codes, axis: 1, l, length: 1);
        using var ids = FlatIds(column, k);
        return ids.Reshape([codes.Shape[0], 1]);
    }

    private static Tensor<int> FlatIds(Tensor<float> column, int k)
    {
        using var radix = column.Device.From<int>([k], [1]);
        return Primitive.ComposeDigits(column, radix);
    }

    /// <summary>Beginnings of the codes of N vectors, M for each.</summary>
    /// <param name="Count">M.</param>
    /// <param name="Residuals">What they leave (N·M, D).</param>
    /// <param name="Codes">The codes so far (N·M, l), as floats: fewer than 2²⁴.</param>
    private sealed record Beams(int Count, Tensor<float> Residuals, Tensor<float> Codes) : IDisposable
    {
        public void Dispose()
        {
            Residuals.Dispose();
            Codes.Dispose();
        }
    }
}
