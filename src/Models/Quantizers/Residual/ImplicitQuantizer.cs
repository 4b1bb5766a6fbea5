using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>A layer of a <see cref="ResidualQuantizer"/> whose codes depend on what the layers before it chose: an implicit
/// neural codebook (QINCo, arXiv:2401.14732, section 3.2).</summary>
/// <remarks>
/// <para>With v (N, D) the sum so far, c[n, k] = f(e[k], v[n]): h₀ = e + A·[v; e] + a, hᵢ = hᵢ₋₁ + Bᵢ·relu(Cᵢ·hᵢ₋₁ + cᵢ) + bᵢ, f
/// the last h. q[n] is the nearest of c[n, :]. Loss = mse(sg r, q) + β·mse(r, sg q).</para>
/// <para>Gradient: dY goes straight through to the row; e, A, B and C have that of the loss, v none.</para>
/// <para>Cost: f of all N·K pairs to choose, some at a time, and of the N that were chosen.</para>
/// <para>Keys: <c>_embedding.weight</c> (K, D), <c>mlp.proj_in</c>, <c>mlp.layers.0.0</c>, <c>mlp.layers.0.2</c>, ….</para>
/// </remarks>
internal sealed class ImplicitQuantizer : Quantizer
{
    /// <summary>Pairs of vector and code whose codes are held at once.</summary>
    private const int PairsAtOnce = 1 << 16;

    private readonly float commitment;
    private readonly Parameter codebook;
    private readonly LinearLayer entry;
    private readonly (LinearLayer In, LinearLayer Out)[] blocks;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">Sizes and β.</param>
    /// <param name="depth">Blocks after the first map.</param>
    public ImplicitQuantizer(ModuleScope scope, VectorQuantizerOptions options, int depth)
        : base(scope)
    {
        var (k, d) = (options.CodebookSize, options.CodeDim);
        commitment = (float)options.Commitment;
        codebook = AddParameter(Codebook.CodesKey, [k, d], Initializers.Uniform(1f / k));
        var mlp = scope.In("mlp");
        entry = AddChild(new LinearLayer(mlp.In("proj_in"), (2 * d, d)));
        blocks = [.. Enumerable.Range(0, depth).Select(i => mlp.In("layers").In($"{i}")).Select(place => (
            AddChild(new LinearLayer(place.In("0"), (d, d))), AddChild(new LinearLayer(place.In("2"), (d, d)))))];
        CodebookSizes = [k];
    }

    public override int Width => codebook.Value.Shape[1];

    public override ImmutableArray<int> CodebookSizes { get; }

    /// <summary>Quantizes rows (N, D), given the sum so far (N, D).</summary>
    public QuantizerOutput Forward(Variable rows, Tensor<float> sum)
    {
        var tape = rows.Tape;
        using var ids = Nearest(rows.Value, sum);
        var q = Codes(Embedding.Apply(ids, tape.Watch(codebook)), tape.Constant(sum, "sum"));
        var loss = MeanSquaredError.Apply(q, StopGradient.Apply(rows)) +
            MeanSquaredError.Apply(rows, StopGradient.Apply(q)) * commitment;
        return new QuantizerOutput(StraightThrough.Apply(rows, q), loss, ids.Reshape([ids.Size, 1]));
    }

    /// <summary>The vectors (N, D) of ids (N, 1), given the sum so far (N, D).</summary>
    public Tensor<float> Lookup(Tensor<int> ids, Tensor<float> sum)
    {
        using var tape = new Tape(Device, recording: false);
        using var flat = ids.Reshape([ids.Size]);
        using var chosen = Primitive.GatherRows(codebook.Value, flat);
        return Codes(tape.Constant(chosen), tape.Constant(sum)).Value.Share();
    }

    /// <summary>Without a sum, one of zeros.</summary>
    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        using var zeros = Primitive.Fill(Device, rows.Shape, 0);
        return Forward(rows, zeros);
    }

    /// <inheritdoc cref="Quantize"/>
    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var zeros = Primitive.Fill(Device, [ids.Shape[0], Width], 0);
        return Lookup(ids, zeros);
    }

    /// <summary>f of codes (M, D) and sums (M, D).</summary>
    private Variable Codes(Variable codes, Variable sums)
    {
        var h = codes + entry.Forward(Concat.Apply(1, sums, codes));
        foreach (var (into, outOf) in blocks)
        {
            h += outOf.Forward(Relu.Apply(into.Forward(h)));
        }

        return h;
    }

    /// <summary>The nearest code of each row (N).</summary>
    private Tensor<int> Nearest(Tensor<float> rows, Tensor<float> sums)
    {
        var n = rows.Shape[0];
        var step = Math.Max(1, PairsAtOnce / CodebookSizes[0]);
        var parts = new List<Tensor<int>>();
        for (var first = 0; first < n || parts.Count == 0; first += step)
        {
            var count = Math.Min(step, n - first);
            using var own = Primitive.Slice(rows, axis: 0, first, count);
            using var ownSums = Primitive.Slice(sums, axis: 0, first, count);
            parts.Add(NearestOf(own, ownSums));
        }

        var ids = Primitive.Concat<int>(0, [.. parts]);
        parts.ForEach(part => part.Dispose());
        return ids;
    }

    private Tensor<int> NearestOf(Tensor<float> rows, Tensor<float> sums)
    {
        var (n, k, d) = (rows.Shape[0], CodebookSizes[0], Width);
        using var tape = new Tape(Device, recording: false);
        using var codes = Primitive.Expand(codebook.Value, [n, k, d]);
        using var allCodes = codes.Reshape([n * k, d]);
        using var eachSum = sums.Reshape([n, 1, d]);
        using var pairedSums = Primitive.Expand(eachSum, [n, k, d]);
        using var allSums = pairedSums.Reshape([n * k, d]);
        var all = Reshape.Apply(Codes(tape.Constant(allCodes), tape.Constant(allSums)), [n, k, d]);
        using var eachRow = rows.Reshape([n, 1, d]);
        var distances = Sum.Apply(Square.Apply(all - tape.Constant(eachRow)), [2]);
        return Primitive.ArgMin(distances.Value, axis: 1);
    }
}
