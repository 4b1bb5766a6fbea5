namespace IlgpuVq.Tensors.Primitives;

/// <summary>Lengths of attention: q (B, T, heads·D), k (B, S, heads·D), v (B, S, heads·DV).</summary>
/// <param name="Batch">B.</param>
/// <param name="Heads">Equal parts of the last axis, each of which looks for itself.</param>
/// <param name="T">Queries.</param>
/// <param name="S">Keys.</param>
/// <param name="D">Numbers of a query and of a key in one head.</param>
/// <param name="DV">Numbers of a value in one head.</param>
/// <param name="Diagonal">A query t sees the keys s ≤ t + diagonal; S where it sees all.</param>
internal readonly record struct AttentionSizes(int Batch, int Heads, int T, int S, int D, int DV, int Diagonal)
{
    private const string Op = "attention";

    /// <summary>Heads of all sequences.</summary>
    public int Count => Batch * Heads;

    /// <summary>Which products of queries and keys are multiplied by: 1/√D.</summary>
    public float Scale => D == 0 ? 1 : 1 / MathF.Sqrt(D);

    public HeadLayout Queries => new(Heads, T, D);

    public HeadLayout Keys => new(Heads, S, D);

    public HeadLayout Values => new(Heads, S, DV);

    public HeadLayout Results => new(Heads, T, DV);

    /// <summary>How many keys a query sees, from the first.</summary>
    public int Seen(int t) => Math.Clamp(t + 1 + Diagonal, 0, S);

    /// <exception cref="ShapeException">The shapes do not fit, heads do not divide D and DV, or T ≠ S with a
    /// diagonal.</exception>
    public static AttentionSizes Of(Shape q, Shape k, Shape v, int heads, int? diagonal)
    {
        if (q is not [var b, var t, var d] || k is not [var bOfK, var s, var dOfK] || v is not [var bOfV, var sOfV, var dV] ||
            (bOfK, bOfV, dOfK, sOfV) != (b, b, d, s) || heads < 1 || d % heads != 0 || dV % heads != 0 ||
            (diagonal is not null && t != s))
        {
            throw new ShapeException(
                Op, "q (B, T, D), k (B, S, D), v (B, S, DV), heads that divide D and DV, and S = T where causal",
                $"q {q}, k {k}, v {v}, {heads} heads{(diagonal is null ? "" : ", causal")}");
        }

        return new AttentionSizes(b, heads, t, s, d / heads, dV / heads, Math.Clamp(diagonal ?? s, -t, s));
    }

    /// <summary>The same of operands whose results have been computed.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static AttentionSizes OfGradient(
        Shape dY, Shape q, Shape k, Shape v, Shape y, Shape logSums, int heads, int? diagonal)
    {
        var sizes = Of(q, k, v, heads, diagonal);
        return y == [sizes.Batch, sizes.T, heads * sizes.DV] && dY == y && logSums == [sizes.Batch, heads, sizes.T]
            ? sizes
            : throw new ShapeException(
                Op, "y and dY (B, T, DV), logarithms of sums (B, heads, T)",
                ("y", y), ("dY", dY), ("logSums", logSums), ("q", q), ("v", v));
    }

    /// <exception cref="ShapeException">There are scores of other lengths.</exception>
    public void CheckScores(Shape? scores)
    {
        Shape own = [Batch, Heads, T, S];
        if (scores is { } its && its != own)
        {
            throw new ShapeException(Op, "scores (B, heads, T, S)", $"{its} in place of {own}");
        }
    }
}

/// <summary>Rows of heads as they lie in (B, length, heads·width).</summary>
internal readonly record struct HeadLayout(int Heads, int Length, int Width)
{
    /// <summary>From one row to the next.</summary>
    public int Step => Heads * Width;

    /// <summary>The first number of a row of a head, counted over all sequences.</summary>
    public int Row(int head, int row) => (head / Heads * Length + row) * Step + head % Heads * Width;
}
