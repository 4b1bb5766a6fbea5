using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors;

/// <summary>Numbers for all places of a grid that a causal network looks up: what it was told of the places before, or what it
/// may know of all of them, such as features of a coarser grid.</summary>
/// <remarks>Either (B, C, h, w) on the tape of a pass at all places, or kept as rows (B, h·w, C) for one that goes place by
/// place. One of a single place, (B, C, 1, 1), is the same everywhere. One-hot codes are indices throughout, which a
/// <see cref="CausalConv2dLayer"/> reads and nothing else.</remarks>
public readonly struct GridMap
{
    private readonly Variable? whole;
    private readonly Tensor<float>? rows;

    private GridMap(Variable? whole = null, Tensor<float>? rows = null, OneHotCodes? codes = null) =>
        (this.whole, this.rows, Codes) = (whole, rows, codes);

    /// <summary>(B, C, h, w).</summary>
    public static GridMap Of(Variable whole) => new(whole);

    /// <summary>Rows (B, h·w, C), or (B, 1, C) for the same everywhere; they stay the caller's.</summary>
    public static GridMap OfRows(Tensor<float> rows) => new(rows: rows);

    /// <summary>One-hot vectors of indices, of all places or as a <see cref="PlaceCache"/> keeps them.</summary>
    internal static GridMap Of(OneHotCodes codes) => new(codes: codes);

    /// <summary>What it is the one-hot vectors of; null where it is anything else.</summary>
    internal OneHotCodes? Codes { get; }

    /// <summary>All places, (B, C, h, w).</summary>
    /// <exception cref="InvalidOperationException">It is kept as rows.</exception>
    internal Variable Whole => whole ?? throw new InvalidOperationException(
        $"grid map: expected one of all places; got {Kind}. Give the context the cache.");

    /// <summary>Rows (B, h·w, C).</summary>
    /// <exception cref="InvalidOperationException">It is of all places at once.</exception>
    internal Tensor<float> Rows => rows ?? throw new InvalidOperationException(
        $"grid map: expected one that is kept place by place; got {Kind}. Give the context no cache.");

    private string Kind => (Codes, rows) switch
    {
        (not null, _) => "one-hot codes",
        (_, null) => "one of all places",
        _ => "one that is kept place by place",
    };

    /// <summary>What it is where the network is: (B, C, h, w), a row (B, C, 1, w), or a place (B, C, 1, 1).</summary>
    /// <param name="tape">The pass's.</param>
    /// <param name="at">Where the network is.</param>
    public Variable Here(Tape tape, in CausalContext at)
    {
        if (at.Cache is not { } cache)
        {
            return Whole;
        }

        if (Rows.Shape[1] == 1 && cache.Height * cache.Width > 1)
        {
            using var same = Rows.Reshape([Rows.Shape[0], Rows.Shape[2], 1, 1]);
            return tape.Constant(same, "condition");
        }

        var own = cache.Prepare(typeof(GridMap), () => cache.Device.From<int>([0, 0], [1, 2]));
        using var taken = Primitive.TakeTaps(Rows, cache.Place, own, cache.Width, at.IsRow ? cache.Width : 1);
        using var here = PlaceCache.ImageOf(taken);
        return tape.Constant(here, "condition");
    }

    /// <summary>Rows (B, h·w, C) of a map of all places; the caller's to dispose.</summary>
    public Tensor<float> ToRows()
    {
        var (b, c, h, w) = (Whole.Shape[0], Whole.Shape[1], Whole.Shape[2], Whole.Shape[3]);
        using var flat = Whole.Value.Reshape([b, c, h * w]);
        return Primitive.Permute(flat, [0, 2, 1]);
    }
}

/// <summary>Indices as one-hot vectors, the levels' one after the other.</summary>
/// <param name="Ids">(B, L, h, w).</param>
/// <param name="Starts">(L + 1): where the vector of each level begins, and the length of all.</param>
internal readonly record struct OneHotCodes(Tensor<int> Ids, Tensor<int> Starts);
