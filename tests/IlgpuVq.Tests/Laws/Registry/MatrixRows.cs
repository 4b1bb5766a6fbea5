using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Matrix products.</summary>
internal static class MatrixRows
{
    private static readonly Tolerance Products = new(1e-6, 1e-5, "sums of up to 260 products of numbers up to 2");

    private static readonly Tolerance LongProducts =
        new(1e-6, 2e-4, "sums of up to 6 561 products of both signs where one operand serves many of the other");
    private static readonly Tolerance Weighted = new(5e-6, 2e-5, "products of products, with an exponential of one between");

    private static readonly Gen<Transpose> AnyTranspose =
        Draw.OneOf(Transpose.None, Transpose.A, Transpose.B, Transpose.A | Transpose.B);

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("matmul", typeof(Matmul), scale => Products2d(scale), "matmul") with
        {
            LinearIn = _ => [[0], [1]],
            BadInputs =
            [
                Refused("a (…, M, K) or (K), b (…, K, N) or (K)", [2, 3], [4, 5], Transpose.None),
                Refused("a (…, K, M), b (…, K, N) or (K)", [2, 3], [3, 5], Transpose.A),
                Refused("a (…, M, K) or (K), b (…, N, K)", [2, 3], [3, 5], Transpose.B),
                Refused("a (…, K, M), b (…, N, K)", [2, 3], [4, 3], Transpose.A | Transpose.B),
                Refused("a (…, M, K) or (K), b (…, K, N) or (K)", [2, 3], [2], Transpose.None),
                Refused("a (…, M, K) or (K), b (…, K, N) or (K)", [2, 3], [], Transpose.None),
                Refused("a (…, M, K) or (K), b (…, K, N) or (K)", [2, 2, 3], [4, 3, 2], Transpose.None),
            ],
        },
        Row("batched matmul", typeof(Matmul), BatchedProducts, "matmul") with { LinearIn = _ => [[0], [1]] },
        Row("matmul of any rank", typeof(Matmul), ProductsOfAnyRank, "matmul") with
        {
            LinearIn = _ => [[0], [1]],
            Backward = new(1e-6, 3e-5, "sums of up to a hundred products where one operand serves many of the other"),
            BackwardOfLarger = LongProducts,
        },
        Row("linear", typeof(Linear), Linears, tapeName: null) with
        {
            LinearIn = drawn => drawn.Inputs.Length == 3 ? [[0, 2], [1, 2]] : [[0], [1]],
            Forward = new(1e-6, 4e-5, "sums of up to 200 products of numbers up to 2, of both signs"),
            BackwardOfLarger = LongProducts,
            BadInputs =
            [
                new("linear: expected x (…, DIn), weight (DOut, DIn), bias (DOut); got x (2, 3), weight (3, 4).",
                    [[2, 3], [3, 4]], v => Linear.Apply(v[0], v[1], bias: null)),
                new("linear: expected x (…, DIn), weight (DOut, DIn), bias (DOut); got x (2, 3), weight (4, 3), bias (3).",
                    [[2, 3], [4, 3], [3]], v => Linear.Apply(v[0], v[1], v[2])),
            ],
        },
        Row("attention", typeof(Attention), Attentions, "attention") with
        {
            Forward = Weighted,
            Backward = Weighted,
            InputsWithSpecialNumbers = 2, // a NaN in a hidden v is not hidden
            BadInputs =
            [
                RefusedAttention([2, 3, 4], [2, 5, 3], [2, 5, 4], heads: 1),
                RefusedAttention([2, 3, 4], [2, 5, 4], [2, 6, 4], heads: 1),
                RefusedAttention([2, 3, 4], [1, 5, 4], [2, 5, 4], heads: 1),
                RefusedAttention([2, 3, 4], [2, 5, 4], [1, 5, 4], heads: 1),
                RefusedAttention([2, 3, 4], [2, 5, 4], [2, 5, 6], heads: 4),
                RefusedAttention([2, 3, 4], [2, 5, 4], [2, 5, 6], heads: 3),
                RefusedAttention([2, 3, 4], [2, 5, 4], [2, 5, 6], heads: 0),
                RefusedAttention([3, 4], [5, 4], [5, 4], heads: 1),
                RefusedAttention([2, 3, 4], [2, 5, 4], [2, 5, 4], heads: 1, isCausal: true),
            ],
        },
    ];

    private static OpRow Row(string name, Type op, Func<Scale, Gen<OpCase>> cases, string? tapeName) => new(name, op, cases)
    {
        TapeName = tapeName,
        Forward = Products,
        Backward = Products,
    };

    private static Gen<OpCase> Products2d(Scale scale) =>
        from sizes in Draw.Length(scale, rank: 2).ArrayOf(3)
        from transpose in AnyTranspose
        from product in Product([], sizes[0], sizes[1], sizes[2], transpose)
        select product;

    private static Gen<OpCase> BatchedProducts(Scale scale) =>
        from sizes in Draw.Length(scale, rank: 3).ArrayOf(4)
        from transpose in AnyTranspose
        from product in Product([sizes[0]], sizes[1], sizes[2], sizes[3], transpose)
        select product;

    /// <summary>Leading axes that broadcast, and vectors.</summary>
    private static Gen<OpCase> ProductsOfAnyRank(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (2, 5))
        let batch = Shape.Create([.. shape.SkipLast(2)])
        let m = shape[^2]
        let k = shape[^1]
        from n in Draw.Length(scale, shape.Rank)
        from transpose in AnyTranspose
        from batchA in scale.IsLarge ? Gen.Constant(batch) : Draw.StretchesTo(batch)
        from batchB in Draw.StretchesTo(batch)
        from isVectorA in scale.IsLarge ? Gen.Constant(false) : Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        from isVectorB in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        let matrixA = transpose.HasFlag(Transpose.A) ? Shape.Create([.. batchA, k, m]) : Shape.Create([.. batchA, m, k])
        let matrixB = transpose.HasFlag(Transpose.B) ? Shape.Create([.. batchB, n, k]) : Shape.Create([.. batchB, k, n])
        from a in Draw.Values(isVectorA ? [k] : matrixA)
        from b in Draw.Values(isVectorB ? [k] : matrixB)
        select new OpCase(
            $"transpose {transpose}", [a, b],
            v => Matmul.Apply(v[0], v[1], transpose), x => MatrixReference.MatmulOfAnyRank(x[0], x[1], transpose));

    private static Gen<OpCase> Product(int[] batch, int m, int k, int n, Transpose transpose) =>
        from a in Draw.Values(transpose.HasFlag(Transpose.A) ? [.. batch, k, m] : [.. batch, m, k])
        from b in Draw.Values(transpose.HasFlag(Transpose.B) ? [.. batch, n, k] : [.. batch, k, n])
        select new OpCase(
            $"transpose {transpose}", [a, b],
            v => Matmul.Apply(v[0], v[1], transpose), x => MatrixReference.Matmul(x[0], x[1], transpose));

    private static Gen<OpCase> Linears(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: scale.IsLarge ? (2, 4) : (1, 4))
        from dOut in Draw.Length(scale, shape.Rank)
        from x in Draw.Values(shape)
        from weight in Draw.Values([dOut, shape[^1]])
        from bias in Draw.Values([dOut])
        from hasBias in Draw.Flag
        select new OpCase(
            "", hasBias ? [x, weight, bias] : [x, weight],
            v => Linear.Apply(v[0], v[1], v.Optional(2)), inputs =>
            {
                var product = MatrixReference.MatmulOfAnyRank(inputs[0], inputs[1], Transpose.B);
                return inputs.Length == 3 ? ElementwiseReference.Zip(product, inputs[2], (a, b) => a + b) : product;
            });

    private static Gen<OpCase> Attentions(Scale scale) =>
        from shape in Draw.Shape(scale, rank: 3)
        from keys in Draw.Length(scale, rank: 3)
        from partOfV in Draw.Length(scale, rank: 3)
        from heads in scale.Choices.Between(1, 3)
        from diagonal in Draw.OneOf<int?>(null, null, 0, -1, 2)
        let part = Math.Max(1, shape[2] / heads)
        let s = diagonal is null ? Math.Max(1, keys) : shape[1]
        from q in Draw.Values([shape[0], shape[1], heads * part])
        from k in Draw.Values([shape[0], s, heads * part])
        from v in Draw.Values([shape[0], s, heads * Math.Max(partOfV / heads, 1)])
        select new OpCase(
            $"{heads} heads{(diagonal is null ? "" : $", diagonal {diagonal}")}", [q, k, v],
            x => diagonal is { } last
                ? Attention.Apply(x[0], x[1], x[2], heads, last)
                : Attention.Apply(x[0], x[1], x[2], heads),
            x => MatrixReference.Attention(x[0], x[1], x[2], heads, diagonal));

    private static BadInput RefusedAttention(Shape q, Shape k, Shape v, int heads, bool isCausal = false) => new(
        "attention: expected q (B, T, D), k (B, S, D), v (B, S, DV), heads that divide D and DV, and S = T where causal; "
        + $"got q {q}, k {k}, v {v}, {heads} heads{(isCausal ? ", causal" : "")}.",
        [q, k, v], x => Attention.Apply(x[0], x[1], x[2], heads, isCausal));

    private static BadInput Refused(string rule, Shape a, Shape b, Transpose transpose) => new(
        $"matmul: expected {rule}, with leading axes that broadcast; got a {a}, b {b}.",
        [a, b], v => Matmul.Apply(v[0], v[1], transpose));
}
