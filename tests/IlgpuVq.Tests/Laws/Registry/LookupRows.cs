using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Reads and writes of rows by id.</summary>
internal static class LookupRows
{
    private static readonly Tolerance Sums = new(1e-6, 2e-6, "a row that is hit often sums up to 260 terms");

    public static IReadOnlyList<OpRow> All { get; } =
    [
        new("embedding", typeof(Embedding), Embeddings)
        {
            TapeName = "embedding",
            Forward = Tolerance.Exact,
            Backward = Sums,
            LinearIn = _ => [[0]],
            BadInputs =
            [
                new(
                    "embedding: expected ids (N), weight (K, D); got ids (1), weight (4).",
                    [[4]], v => Embedding.Apply(v.Ids([0]), v[0])),
                new(
                    "embedding: expected ids (N), weight (K, D); got ids (1), weight (4, 2, 1).",
                    [[4, 2, 1]], v => Embedding.Apply(v.Ids([0]), v[0])),
            ],
        },
        new("embedding-bag", typeof(EmbeddingBag), Bags)
        {
            TapeName = "embedding-bag",
            Forward = Sums,
            Backward = Sums,
            LinearIn = _ => [[0]],
            BadInputs =
            [
                new(
                    "embedding-bag: expected ids (T, N, L), weight (T, K, D); got ids (1, 2), weight (1, 4, 2).",
                    [[1, 4, 2]], v => EmbeddingBag.Apply(v.Ids([0, 1], [1, 2]), v[0])),
                new(
                    "embedding-bag: expected ids (T, N, L), weight (T, K, D); got ids (1, 1, 2), weight (2, 4, 2).",
                    [[2, 4, 2]], v => EmbeddingBag.Apply(v.Ids([0, 1], [1, 1, 2]), v[0])),
                new(
                    "embedding-bag: expected ids (T, N, L), weight (T, K, D); got ids (1, 1, 2), weight (4, 2).",
                    [[4, 2]], v => EmbeddingBag.Apply(v.Ids([0, 1], [1, 1, 2]), v[0])),
            ],
        },
        new("index-select", typeof(IndexSelect), Selections)
        {
            TapeName = "index-select",
            Forward = Tolerance.Exact,
            Backward = Sums,
            LinearIn = _ => [[0]],
            BadInputs =
            [
                new(
                    "index-select: expected an axis in [-2, 2); got axis -3 of x (4, 2).",
                    [[4, 2]], v => IndexSelect.Apply(v[0], axis: -3, v.Ids([0]))),
                new(
                    "index-select: expected ids (N); got x (4, 2), ids (1, 1).",
                    [[4, 2]], v => IndexSelect.Apply(v[0], axis: 0, v.Ids([0], [1, 1]))),
            ],
        },
        new("scatter-add", typeof(ScatterAdd), Scatters)
        {
            TapeName = "scatter-add",
            Forward = Sums,
            Backward = Tolerance.Rounding,
            LinearIn = _ => [[0]],
            BadInputs =
            [
                new(
                    "scatter-add: expected values (N, D), ids (N), rows of at least 0; got values (4), ids (4), rows 4.",
                    [[4]], v => ScatterAdd.Apply(v[0], v.Ids([0, 1, 2, 3]), rows: 4)),
                new(
                    "scatter-add: expected values (N, D), ids (N), rows of at least 0; got values (4, 2), ids (3), rows 4.",
                    [[4, 2]], v => ScatterAdd.Apply(v[0], v.Ids([0, 1, 2]), rows: 4)),
                new(
                    "scatter-add: expected values (N, D), ids (N), rows of at least 0; got values (1, 2), ids (1), rows -1.",
                    [[1, 2]], v => ScatterAdd.Apply(v[0], v.Ids([0]), rows: -1)),
            ],
        },
    ];

    private static Gen<OpCase> Embeddings(Scale scale) =>
        from n in Draw.Length(scale, rank: 2)
        from k in Draw.Length(scale, rank: 2, least: 1)
        from d in Draw.Length(scale, rank: 2)
        from table in Draw.Values([k, d])
        from ids in Draw.Ids(n, k)
        select new OpCase(
            $"ids [{string.Join(", ", ids)}]", [table],
            v => Embedding.Apply(v.Ids(0), v[0]), inputs => LookupReference.Embedding(ids, inputs[0]))
        {
            Ids = [ids],
        };

    /// <summary>With a few ids outside the rows, which add nothing.</summary>
    private static Gen<OpCase> Bags(Scale scale) =>
        from n in Draw.Length(scale, rank: 2)
        from t in Gen.Choose(scale.IsLarge ? 1 : 0, 3)
        from l in Gen.Choose(0, 3)
        from k in Draw.Length(scale, rank: 2)
        from d in Draw.Length(scale, rank: 2)
        from tables in Draw.Values([t, k, d])
        from ids in Gen.Choose(-1, k).ArrayOf(t * n * l)
        select new OpCase(
            $"{l} of each table, ids [{string.Join(", ", ids)}]", [tables],
            v => EmbeddingBag.Apply(v.Ids(0, [t, n, l]), v[0]), inputs => LookupReference.EmbeddingBag(ids, n, l, inputs[0]))
        {
            Ids = [ids],
        };

    private static Gen<OpCase> Selections(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 5))
        from axis in Draw.Axis(shape.Rank)
        let along = axis < 0 ? axis + shape.Rank : axis
        from n in Draw.Length(scale, shape.Rank)
        from x in Draw.Values(shape)
        from ids in Draw.Ids(shape[along] == 0 ? 0 : n, Math.Max(1, shape[along]))
        select new OpCase(
            $"axis {axis}, ids [{string.Join(", ", ids)}]", [x],
            v => IndexSelect.Apply(v[0], axis, v.Ids(0)), inputs => LayoutReference.IndexSelect(inputs[0], along, ids))
        {
            Ids = [ids],
        };

    /// <summary>With a few ids outside the rows, which are dropped.</summary>
    private static Gen<OpCase> Scatters(Scale scale) =>
        from n in Draw.Length(scale, rank: 2)
        from rows in Draw.Length(scale, rank: 2)
        from d in Draw.Length(scale, rank: 2)
        from values in Draw.Values([n, d])
        from ids in Gen.Choose(-1, rows).ArrayOf(n)
        select new OpCase(
            $"ids [{string.Join(", ", ids)}], rows {rows}", [values],
            v => ScatterAdd.Apply(v[0], v.Ids(0), rows), inputs => LookupReference.ScatterAdd(inputs[0], ids, rows))
        {
            Ids = [ids],
        };
}
