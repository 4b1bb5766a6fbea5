using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors;

/// <summary>Indices of a grid as what a network reads: a vector for each place, the sum of a learned one for each level, or the
/// levels' one-hot vectors one after the other.</summary>
/// <remarks>Keys <c>weight</c> (K, C) of level 0, <c>levels.1.weight</c> and so on of others; none where vectors are
/// one-hot.</remarks>
public sealed class CodeInput : Module
{
    private readonly CodeLayout layout;
    private readonly EmbeddingLayer[] levels = [];
    private readonly Tensor<int>? starts;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="layout">Of the indices.</param>
    /// <param name="width">Numbers of a learned vector; null for one-hot ones.</param>
    public CodeInput(ModuleScope scope, CodeLayout layout, int? width)
        : base(scope)
    {
        this.layout = layout;
        Width = width ?? layout.CodebookSizes.Sum();
        if (width is { } its)
        {
            levels = [.. layout.CodebookSizes.Select((k, level) => AddChild(
                new EmbeddingLayer(level == 0 ? scope : scope.In("levels").In($"{level}"), k, its)))];
        }
        else
        {
            starts = AddConstant(scope.Device.From<int>(
                [.. Enumerable.Range(0, layout.Levels + 1).Select(level => layout.CodebookSizes.Take(level).Sum())],
                [layout.Levels + 1]));
        }
    }

    /// <summary>Channels of what it makes, C.</summary>
    public int Width { get; }

    /// <summary>Vectors (B, C, h, w) of indices (B, L, h, w).</summary>
    /// <remarks>Of an index that stands for no code a one-hot vector is zeros, and a learned one NaN.</remarks>
    public Variable Forward(Tape tape, Tensor<int> ids)
    {
        var (b, h, w) = (ids.Shape[0], ids.Shape[2], ids.Shape[3]);
        var parts = layout.CodebookSizes.Select((k, level) => VectorsOf(tape, ids, level, k)).ToArray(); // (B·h·w, C)
        var rows = levels.Length == 0 && parts.Length > 1 ? Concat.Apply(1, parts) : parts.Aggregate((sum, part) => sum + part);
        return h * w == 1
            ? Reshape.Apply(rows, [b, Width, 1, 1])
            : Permute.Apply(Reshape.Apply(rows, [b, h, w, Width]), 0, 3, 1, 2);
    }

    /// <summary>The vectors of all places of a grid.</summary>
    internal GridMap Map(Tape tape, Tensor<int> ids) =>
        starts is null ? GridMap.Of(Forward(tape, ids)) : GridMap.Of(new OneHotCodes(ids, starts));

    /// <summary>Those of the places that a network has gone by.</summary>
    internal GridMap Kept(PlaceCache cache) => starts is null
        ? GridMap.OfRows(cache.Keep(this, Width))
        : GridMap.Of(new OneHotCodes(cache.KeepIds(this, layout.Levels), starts));

    /// <summary>Keeps the vectors of the place before the cache's.</summary>
    /// <param name="tape">Where they are computed.</param>
    /// <param name="ids">Its indices, (B, L, 1, 1).</param>
    /// <param name="cache">Where they are kept.</param>
    internal void KeepBefore(Tape tape, Tensor<int> ids, PlaceCache cache)
    {
        if (Kept(cache).Codes is { } codes)
        {
            var sequences = ids.Size; // one of each grid and level
            using var kept = codes.Ids.Reshape([sequences, cache.Height * cache.Width, 1]);
            using var own = ids.Reshape([sequences, 1, 1]);
            Primitive.PutRowsInto(kept, own, cache.Place, offset: -1);
        }
        else
        {
            using var rows = PlaceCache.RowsOf(Forward(tape, ids).Value);
            Primitive.PutRowsInto(Kept(cache).Rows, rows, cache.Place, offset: -1);
        }
    }

    private Variable VectorsOf(Tape tape, Tensor<int> ids, int level, int k)
    {
        using var flat = LevelOf(ids, level);
        if (levels.Length > 0)
        {
            return levels[level].Forward(tape, flat);
        }

        using var oneHot = Primitive.OneHot(flat, k);
        return tape.Constant(oneHot, "one-hot");
    }

    /// <summary>The indices (B·h·w) of one level of ids (B, L, h, w).</summary>
    internal static Tensor<int> LevelOf(Tensor<int> ids, int level)
    {
        if (ids.Shape[1] == 1)
        {
            return ids.Reshape([ids.Size]);
        }

        using var slice = Primitive.Slice(ids, axis: 1, start: level, length: 1);
        return slice.Reshape([slice.Size]);
    }
}
