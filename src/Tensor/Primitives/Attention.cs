using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Host.Attention;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;
using IlgpuVq.Tensors.Kernels.Tiles;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Scaled dot-product attention of several heads, <c>y[t] = Σₛ softmaxₛ(q[t]·k[s] / √(D/heads)) · v[s]</c> in each
    /// head.</summary>
    /// <remarks>
    /// <para>Shapes: q (B, T, D), k (B, S, D), v (B, S, DV) → y (B, T, DV), logarithms of the sums Σₛ exp(q·k / √…) (B, heads,
    /// T). Head h has the h-th of equal parts of D and of DV. With a diagonal, t sees the keys s ≤ t + diagonal; one that sees
    /// none gives 0, and −∞ as its logarithm.</para>
    /// <para>Keys pass in blocks: of each row its largest score, its sum and its result so far are kept, and shrunk when a larger
    /// score comes. So large scores do not overflow, and weights of no more than a block, or of a panel of keys on devices, are
    /// in memory at a time: at most 64 MiB or 64 numbers for each query, whichever is more.</para>
    /// <para>A query that sees a score of NaN or +∞, or of −∞ alone, gives NaN. Keys that are not seen change nothing, but a NaN
    /// or ∞ in a v that is not seen may make NaN of queries in whose block it lies.</para>
    /// <para>Deterministic: each row has one owner, and blocks pass in order.</para>
    /// <para>Source: arXiv:1706.03762, section 3.2; the running maximum and sum: arXiv:1805.02867.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, heads do not divide D and DV, or T ≠ S with a
    /// diagonal.</exception>
    public static (Tensor<float> Y, Tensor<float> LogSums) Attention(
        Tensor<float> q, Tensor<float> k, Tensor<float> v, int heads = 1, int? diagonal = null)
    {
        var (y, logSums, _) = Attention(q, k, v, heads, diagonal, isForGradient: false);
        return (y, logSums);
    }

    /// <summary>The same, with what the gradient wants besides.</summary>
    /// <returns>Further the scores q·k / √(D/heads), (B, heads, T, S), where <see cref="AttentionGradient"/> reads them rather
    /// than computes them again; else null. The host keeps those of heads at least 128 wide that have at most twice as many keys,
    /// which is at most twice the size of q. What is not seen stays undefined.</returns>
    /// <exception cref="ShapeException">The shapes do not fit, heads do not divide D and DV, or T ≠ S with a
    /// diagonal.</exception>
    public static (Tensor<float> Y, Tensor<float> LogSums, Tensor<float>? Scores) Attention(
        Tensor<float> q, Tensor<float> k, Tensor<float> v, int heads, int? diagonal, bool isForGradient)
    {
        var (device, sizes) = (q.Device, AttentionSizes.Of(q.Shape, k.Shape, v.Shape, heads, diagonal));
        var y = device.Empty<float>([sizes.Batch, sizes.T, heads * sizes.DV]);
        var logSums = device.Empty<float>([sizes.Batch, heads, sizes.T]);
        var scores = isForGradient && device.KeepsForHost && HostAttention.KeepsScores(sizes)
            ? device.Empty<float>([sizes.Batch, heads, sizes.T, sizes.S])
            : null;
        device.Run(new AttentionKernels.ApplyCall(q, k, v, y, logSums, scores, sizes, AttentionKernels.PanelOf(sizes)));
        device.Trace?.Record(y, new AttentionOperation(heads, diagonal), q, k, v);
        return (y, logSums, scores);
    }

    /// <summary>Gradients of q, k and v from dY.</summary>
    /// <remarks>
    /// <para>With the weights P[t, s] = exp(q[t]·k[s] / √(D/heads) − logSums[t]), computed again block by block, of scores where
    /// they are given: dV = Pᵀ·dY, dS = P ∘ (dY·Vᵀ − Σ dY ∘ y) / √(D/heads), dQ = dS·K, dK = dSᵀ·Q.</para>
    /// <para>Deterministic: each row of each gradient has one owner and one order of its sum.</para>
    /// <para>Source: arXiv:2205.14135, appendix B.2.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static (Tensor<float> DQ, Tensor<float> DK, Tensor<float> DV) AttentionGradient(
        Tensor<float> dY, Tensor<float> q, Tensor<float> k, Tensor<float> v, Tensor<float> y, Tensor<float> logSums,
        int heads = 1, int? diagonal = null, Tensor<float>? scores = null)
    {
        var sizes = AttentionSizes.OfGradient(dY.Shape, q.Shape, k.Shape, v.Shape, y.Shape, logSums.Shape, heads, diagonal);
        sizes.CheckScores(scores?.Shape);
        var (dQ, dK, dV) = (
            q.Device.Empty<float>(q.Shape), q.Device.Empty<float>(k.Shape), q.Device.Empty<float>(v.Shape));
        q.Device.Run(new AttentionKernels.GradientCall(
            dY, q, k, v, y, logSums, scores, dQ, dK, dV, sizes, AttentionKernels.PanelOf(sizes, panels: 2)));
        return (dQ, dK, dV);
    }
}

internal static class AttentionKernels
{
    /// <summary>Weights that a device holds at a time, unless that is less than <see cref="LeastPanel"/> for each query:
    /// 64 MiB.</summary>
    private const int MostWeights = 16 * 1024 * 1024;

    /// <summary>Keys of the narrowest panel: a tile.</summary>
    private const int LeastPanel = TileProduct.Side;

    /// <summary>Keys that pass at a time, whole tiles of them, for all heads and queries.</summary>
    /// <param name="sizes">Lengths.</param>
    /// <param name="panels">How many panels of them are held: one of weights, and one of their gradients.</param>
    internal static int PanelOf(in AttentionSizes sizes, int panels = 1)
    {
        var keys = MostWeights / panels / Math.Max((long)sizes.Count * sizes.T, 1) / LeastPanel * LeastPanel;
        return (int)Math.Min(Math.Max(keys, LeastPanel), Math.Max(sizes.S, 1));
    }

    /// <summary>The keys that pass, and what is seen of them.</summary>
    /// <param name="T">Queries of a head.</param>
    /// <param name="Diagonal">A query t sees the keys s ≤ t + diagonal.</param>
    /// <param name="First">The first key.</param>
    /// <param name="Keys">How many.</param>
    /// <param name="Left">Keys that follow.</param>
    /// <param name="Pitch">From one row of weights to the next.</param>
    /// <param name="Scale">Of scores.</param>
    internal readonly record struct Panel(int T, int Diagonal, int First, int Keys, int Left, int Pitch, float Scale)
    {
        public static Panel Of(in AttentionSizes sizes, int first, int pitch)
        {
            var keys = Math.Min(pitch, sizes.S - first);
            return new Panel(sizes.T, sizes.Diagonal, first, keys, sizes.S - first - keys, pitch, sizes.Scale);
        }

        /// <summary>How many of its keys a row of weights sees.</summary>
        public int Seen(int row)
        {
            var seen = row % T + 1 + Diagonal - First;
            return seen < 0 ? 0 : seen > Keys ? Keys : seen;
        }

        /// <summary>Whether it sees a key up to the last of these.</summary>
        public bool SeesAny(int row) => (row % T + 1 + Diagonal > 0) & (First + Keys > 0);
    }

    /// <summary>A row's scores of a panel become weights, relative to its largest score so far, and what it has summed before
    /// shrinks to be relative to it too; with the last panel all is divided by the sum.</summary>
    internal readonly record struct FoldPanel(
        ArrayView<float> Weights, ArrayView<float> Y, ArrayView<float> Tops, ArrayView<float> Sums, HeadLayout Results,
        Panel Panel) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var (start, seen) = (row * Panel.Pitch, Panel.Seen(row));
            var topBefore = Panel.First == 0 ? float.NegativeInfinity : Tops[row];
            var sumBefore = Panel.First == 0 ? 0f : Sums[row];
            var top = topBefore;
            for (var i = TTeam.First; i < seen; i += TTeam.Step)
            {
                var score = Weights[start + i] * Panel.Scale;
                top = score > top ? score : top;
            }

            // A row without a score above −∞ so far: −∞ less −∞ would be NaN, also where larger ones follow.
            top = TTeam.Max(top);
            var shift = top > float.NegativeInfinity ? top : 0f;
            var sum = 0f;
            for (var i = TTeam.First; i < Panel.Keys; i += TTeam.Step)
            {
                var weight = i < seen ? ElementaryFunctions.Exp(Weights[start + i] * Panel.Scale - shift) : 0f;
                Weights[start + i] = weight;
                sum += weight;
            }

            var shrink = ElementaryFunctions.Exp(topBefore - shift);
            sum = TTeam.Sum(sum) + sumBefore * shrink;
            if (Panel.Left == 0)
            {
                var factor = Panel.SeesAny(row) ? 1 / sum : 0f;
                for (var i = TTeam.First; i < Panel.Keys; i += TTeam.Step)
                {
                    Weights[start + i] *= factor;
                }

                shrink *= factor;
                top = shift + ElementaryFunctions.Log(sum);
            }

            if (Panel.First > 0)
            {
                var first = Results.Row(row / Panel.T, row % Panel.T);
                for (var i = TTeam.First; i < Results.Width; i += TTeam.Step)
                {
                    Y[first + i] *= shrink;
                }
            }

            if (TTeam.First == 0)
            {
                Tops[row] = top;
                Sums[row] = sum;
            }
        }
    }

    /// <summary>A row's scores of a panel become weights, and the gradients of weights those of scores.</summary>
    internal readonly record struct GradientOfPanel(
        ArrayView<float> Weights, ArrayView<float> Gradients, ArrayView<float> Y, ArrayView<float> DY, ArrayView<float> LogSums,
        HeadLayout Results, Panel Panel) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var (start, seen) = (row * Panel.Pitch, Panel.Seen(row));
            var first = Results.Row(row / Panel.T, row % Panel.T);
            var mean = 0f;
            for (var i = TTeam.First; i < Results.Width; i += TTeam.Step)
            {
                mean += Y[first + i] * DY[first + i];
            }

            mean = TTeam.Sum(mean);
            var logSum = LogSums[row];
            for (var i = TTeam.First; i < Panel.Keys; i += TTeam.Step)
            {
                var weight = i < seen ? ElementaryFunctions.Exp(Weights[start + i] * Panel.Scale - logSum) : 0f;
                Weights[start + i] = weight;
                Gradients[start + i] = i < seen ? weight * (Gradients[start + i] - mean) * Panel.Scale : 0f;
            }
        }
    }

    internal readonly record struct ApplyCall(
        Tensor<float> Q, Tensor<float> K, Tensor<float> V, Tensor<float> Y, Tensor<float> LogSums, Tensor<float>? Scores,
        AttentionSizes Sizes, int PanelKeys) : IPrimitive
    {
        public void OnHost(HostDevice device) => HostAttention.Run(device, this);

        public void OnKernels(KernelDevice device)
        {
            var (count, t, pitch) = (Sizes.Count, Sizes.T, PanelKeys);
            using var weights = device.Empty<float>([count, t, pitch]);
            using var sums = device.Empty<float>([count, t]);
            var first = 0;
            do
            {
                var panel = Panel.Of(Sizes, first, pitch);
                device.LaunchProduct(
                    new HeadRowsAlongK(Q.View, Sizes.Queries, 0), new HeadRowsAlongK(K.View, Sizes.Keys, first),
                    new MatrixResult(weights.View, t, pitch), new TileSizes(t, panel.Keys, Sizes.D), count);
                device.LaunchRows(
                    count * t, Math.Max(panel.Keys, Sizes.DV),
                    new FoldPanel(weights.View, Y.View, LogSums.View, sums.View, Sizes.Results, panel));
                device.LaunchProduct(
                    new RowsAlongK(weights.View, t * pitch, pitch), new HeadRowsAcrossK(V.View, Sizes.Values, first),
                    new HeadResult(Y.View, Sizes.Results, 0, first), new TileSizes(t, Sizes.DV, panel.Keys), count);
                first += pitch;
            }
            while (first < Sizes.S);
        }
    }

    internal readonly record struct GradientCall(
        Tensor<float> DY, Tensor<float> Q, Tensor<float> K, Tensor<float> V, Tensor<float> Y, Tensor<float> LogSums,
        Tensor<float>? Scores, Tensor<float> DQ, Tensor<float> DK, Tensor<float> DV, AttentionSizes Sizes, int PanelKeys)
        : IPrimitive
    {
        public void OnHost(HostDevice device) => HostAttentionGradient.Run(device, this);

        public void OnKernels(KernelDevice device)
        {
            var (count, t, pitch) = (Sizes.Count, Sizes.T, PanelKeys);
            using var weights = device.Empty<float>([count, t, pitch]);
            using var gradients = device.Empty<float>([count, t, pitch]);
            var first = 0;
            do
            {
                var panel = Panel.Of(Sizes, first, pitch);
                device.LaunchProduct(
                    new HeadRowsAlongK(Q.View, Sizes.Queries, 0), new HeadRowsAlongK(K.View, Sizes.Keys, first),
                    new MatrixResult(weights.View, t, pitch), new TileSizes(t, panel.Keys, Sizes.D), count);
                device.LaunchProduct(
                    new HeadRowsAlongK(DY.View, Sizes.Results, 0), new HeadRowsAlongK(V.View, Sizes.Values, first),
                    new MatrixResult(gradients.View, t, pitch), new TileSizes(t, panel.Keys, Sizes.DV), count);
                device.LaunchRows(
                    count * t, Math.Max(panel.Keys, Sizes.DV),
                    new GradientOfPanel(weights.View, gradients.View, Y.View, DY.View, LogSums.View, Sizes.Results, panel));
                device.LaunchProduct(
                    new RowsAlongK(gradients.View, t * pitch, pitch), new HeadRowsAcrossK(K.View, Sizes.Keys, first),
                    new HeadResult(DQ.View, Sizes.Queries, 0, first), new TileSizes(t, Sizes.D, panel.Keys), count);
                SumOverQueries(device, gradients, Q, Sizes.Queries, new HeadResult(DK.View, Sizes.Keys, first, 0), panel);
                SumOverQueries(device, weights, DY, Sizes.Results, new HeadResult(DV.View, Sizes.Values, first, 0), panel);
                first += pitch;
            }
            while (first < Sizes.S);
        }

        /// <summary>The gradients of a panel's keys or values: of each column of weights the sum over all queries.</summary>
        private void SumOverQueries(
            KernelDevice device, Tensor<float> weights, Tensor<float> rows, HeadLayout layout, HeadResult result, Panel panel) =>
            device.LaunchProduct(
                new RowsAcrossK(weights.View, Sizes.T * panel.Pitch, panel.Pitch), new HeadRowsAcrossK(rows.View, layout, 0),
                result, new TileSizes(panel.Keys, layout.Width, Sizes.T), Sizes.Count);
    }
}

/// <summary>Rows of heads, one after another from <paramref name="First"/> on, whose elements along k lie side by
/// side.</summary>
internal readonly record struct HeadRowsAlongK(ArrayView<float> Values, HeadLayout Layout, int First) : ITileOperand
{
    public static bool RunsAlongK => true;

    public bool RunsInQuads(in TileSizes sizes, int lanes) => Quad.Fits(Layout.Width, sizes.K, sizes.PieceLength);

    public TilePlace Lane(int batch, int index) => new(Layout.Row(batch, First + index));

    public TilePlace Step(int k) => new(k);

    public TilePlace Next(TilePlace step) => new(step.Start + Tile.Depth);

    public int Find(TilePlace lane, TilePlace step) => lane.Start + step.Start;
}

/// <summary>The same rows with k along them: lanes are the numbers of a row, side by side.</summary>
internal readonly record struct HeadRowsAcrossK(ArrayView<float> Values, HeadLayout Layout, int First) : ITileOperand
{
    public static bool RunsAlongK => false;

    public bool RunsInQuads(in TileSizes sizes, int lanes) => Quad.Fits(Layout.Width, lanes);

    public TilePlace Lane(int batch, int index) => new(Layout.Row(batch, First) + index);

    public TilePlace Step(int k) => new(k * Layout.Step);

    public TilePlace Next(TilePlace step) => new(step.Start + Tile.Depth * Layout.Step);

    public int Find(TilePlace lane, TilePlace step) => lane.Start + step.Start;
}

/// <summary>Rows of heads from <paramref name="First"/> on.</summary>
/// <param name="Values">All of them.</param>
/// <param name="Layout">How they lie.</param>
/// <param name="First">The row of the product's first.</param>
/// <param name="Before">Terms whose sum is there already, to be added to; 0 to begin with.</param>
internal readonly record struct HeadResult(ArrayView<float> Values, HeadLayout Layout, int First, int Before) : ITileResult
{
    public int Column(int column) => column;

    public void Store(int z, int row, int column, float sum)
    {
        var place = Layout.Row(z, First + row) + column;
        Values[place] = Before > 0 ? Values[place] + sum : sum;
    }
}
