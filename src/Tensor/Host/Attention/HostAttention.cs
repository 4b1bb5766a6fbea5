using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Attention;

/// <summary>Host form of attention.</summary>
/// <remarks>A block of queries is one thread's. It turns a block of keys so that a tile reads them, which serves all its queries;
/// then each panel of a few rows goes all the way from scores to weights to results while it is in the first-level cache.
/// Queries see an ever larger part of the keys where it is causal: blocks that none of a panel's rows sees are left
/// out.</remarks>
internal static unsafe class HostAttention
{
    /// <summary>Keys that pass at a time: their rows of 512 floats fill a quarter of a second-level cache of 1 MiB.</summary>
    private const int KeyBlock = 128;

    /// <summary>Queries of a block, where there are enough of them: turning the keys costs little beside the products.</summary>
    private const int MostRows = 256;

    private const int LeastRows = 32;

    /// <summary>Blocks that keep several threads busy to the end.</summary>
    private const int EnoughBlocks = 16;

    /// <summary>Numbers of a query from which on its scores are kept for the gradient: as many multiply-adds take longer than
    /// reading a score.</summary>
    private const int LeastKeptWidth = 128;

    public static void Run(HostDevice device, in AttentionKernels.ApplyCall call)
    {
        var sizes = call.Sizes;
        var isNarrow = IsNarrow(sizes);
        var rows = isNarrow ? 1 : BlockRows(sizes);
        var blocks = (sizes.T + rows - 1) / rows;
        device.Team.For(sizes.Count * blocks, Grain(sizes, rows), new Blocks(call, rows, blocks, isNarrow));
    }

    /// <summary>Whether scores are kept for the gradient: no more than twice as many as the queries have numbers.</summary>
    public static bool KeepsScores(in AttentionSizes sizes) =>
        !IsNarrow(sizes) && sizes.D >= LeastKeptWidth && sizes.S <= 2 * sizes.D;

    /// <summary>Queries of a block: fewer of them where there would be few blocks.</summary>
    public static int BlockRows(in AttentionSizes sizes)
    {
        var rows = MostRows;
        while (rows > LeastRows && (long)sizes.Count * ((sizes.T + rows - 1) / rows) < EnoughBlocks)
        {
            rows /= 2;
        }

        return rows;
    }

    /// <summary>Blocks that one thread takes at a time, where they are small.</summary>
    public static int Grain(in AttentionSizes sizes, int rows) =>
        HostLoop.RowGrain((long)Math.Min(rows, sizes.T) * sizes.S * (sizes.D + sizes.DV) / HostLoop.Width);

    private static bool IsNarrow(in AttentionSizes sizes) => sizes.T < GemmTile.Rows;

    /// <summary>A query's scores become weights relative to its largest score so far.</summary>
    /// <param name="weights">Scores of a block of keys.</param>
    /// <param name="seen">How many of them it sees.</param>
    /// <param name="count">How many there are; what it does not see becomes 0.</param>
    /// <param name="top">Its largest score.</param>
    /// <param name="sum">The sum of its weights.</param>
    /// <returns>What has been summed before is to be multiplied by.</returns>
    private static float Fold(float* weights, int seen, int count, ref float top, ref float sum)
    {
        var (before, highest) = (top, HostSoftmax.Max(weights, seen));
        top = highest > top ? highest : top;

        // A row without a score above −∞ so far: −∞ less −∞ would be NaN, also where larger ones follow.
        var shift = top > float.NegativeInfinity ? top : 0;
        var shrink = ElementaryFunctions.Exp(before - shift);
        sum = sum * shrink + HostSoftmax.SumOfExp(weights, seen, shift, exps: weights);
        new Span<float>(weights + seen, count - seen).Clear();
        return shrink;
    }

    private static void Multiply(float* x, int count, float factor)
    {
        var factors = Vector512.Create(factor);
        for (var i = 0; i < count; i += HostLoop.Width)
        {
            HostLoop.StorePart(Vector512.Load(x + i) * factors, x + i, Math.Min(HostLoop.Width, count - i));
        }
    }

    /// <summary>Divides what a query has summed by the sum of its weights.</summary>
    /// <returns>The logarithm of that sum of exponentials.</returns>
    private static float Finish(float* y, int width, int seen, float top, float sum)
    {
        Multiply(y, width, seen > 0 ? 1 / sum : 0);
        return (top > float.NegativeInfinity ? top : 0) + ElementaryFunctions.Log(sum);
    }

    /// <summary>One item per block of queries of a head.</summary>
    private readonly struct Blocks(AttentionKernels.ApplyCall call, int rows, int blocks, bool isNarrow) : IRangeBody
    {
        private readonly AttentionSizes sizes = call.Sizes;
        private readonly float* q = call.Q.Pointer, k = call.K.Pointer, v = call.V.Pointer;
        private readonly float* y = call.Y.Pointer, logSums = call.LogSums.Pointer;
        private readonly float* kept = call.Scores is { } scores ? scores.Pointer : null;

        public void Range(int start, int end)
        {
            var memory = HostScratch.Floats(
                isNarrow
                    ? KeyBlock
                    : (rows + GemmTile.MaxRows) * (sizes.D + 2) + KeyBlock * (sizes.D + GemmTile.MaxRows));
            for (var item = start; item < end; item++)
            {
                var (head, first) = (item / blocks, item % blocks * rows);
                if (isNarrow)
                {
                    Row(head, first, memory);
                }
                else
                {
                    Block(head, first, Math.Min(rows, sizes.T - first), memory);
                }
            }
        }

        private void Block(int head, int first, int count, float* memory)
        {
            float* tops = memory, sums = memory + rows, scores = memory + 2 * rows;
            var turned = scores + GemmTile.MaxRows * KeyBlock;
            var queries = turned + KeyBlock * sizes.D;
            PackQueries(head, first, count, queries);
            new Span<float>(tops, count).Fill(float.NegativeInfinity);
            new Span<float>(sums, count).Clear();
            var seenByLast = sizes.Seen(first + count - 1);
            for (var key = 0; key == 0 || key < seenByLast; key += KeyBlock)
            {
                var keys = Math.Min(KeyBlock, seenByLast - key);
                PackKeys(head, key, keys, turned);
                for (var row = 0; row < count; row += GemmTile.Rows)
                {
                    var present = Math.Min(GemmTile.Rows, count - row);
                    var seen = Math.Min(keys, sizes.Seen(first + row + present - 1) - key);
                    if (key == 0 || seen > 0)
                    {
                        Panel(
                            head, first + row, present, key, seen, queries + row * sizes.D, turned, scores, tops + row,
                            sums + row);
                    }
                }
            }

            for (var row = 0; row < count; row++)
            {
                var t = first + row;
                logSums[head * sizes.T + t] =
                    Finish(y + sizes.Results.Row(head, t), sizes.DV, sizes.Seen(t), tops[row], sums[row]);
            }
        }

        /// <summary>A few rows and a block of keys, of which the last row sees the first <paramref name="keys"/>.</summary>
        private void Panel(
            int head, int first, int count, int key, int keys, float* queries, float* turned, float* scores, float* tops,
            float* sums)
        {
            // Whole tiles are stored: what lies beyond the keys is not read.
            var columns = (keys + GemmTile.Columns - 1) / GemmTile.Columns * GemmTile.Columns;
            PanelProduct.Run(
                RowFactor.Packed(queries), ColumnFactor.Packed(turned, sizes.D), sizes.D, scores, KeyBlock, GemmTile.Rows,
                columns, adds: false);
            var to = y + sizes.Results.Row(head, first);
            for (var row = 0; row < count; row++)
            {
                var seen = Math.Clamp(sizes.Seen(first + row) - key, 0, keys);
                if (kept != null)
                {
                    var place = ((nint)head * sizes.T + first + row) * sizes.S + key;
                    Unsafe.CopyBlockUnaligned(kept + place, scores + row * KeyBlock, (uint)seen * sizeof(float));
                }

                var shrink = Fold(scores + row * KeyBlock, seen, keys, ref tops[row], ref sums[row]);
                if (key > 0 && shrink != 1)
                {
                    Multiply(to + row * sizes.Results.Step, sizes.DV, shrink);
                }
            }

            PanelProduct.Run(
                new RowFactor(scores, KeyBlock, 1), ColumnFactor.Rows(v + sizes.Values.Row(head, key), sizes.Values.Step), keys,
                to, sizes.Results.Step, count, sizes.DV, adds: key > 0);
        }

        /// <summary>Queries of a block in panels, scaled.</summary>
        private void PackQueries(int head, int first, int count, float* to)
        {
            var matrix = new MatrixView(
                q + sizes.Queries.Row(head, first), count, sizes.D, transposed: false, sizes.Queries.Step);
            for (var row = 0; row < count; row += GemmTile.Rows)
            {
                matrix.PackRows(to + row * sizes.D, row, GemmTile.Rows);
                Multiply(to + row * sizes.D, GemmTile.Rows * sizes.D, sizes.Scale);
            }
        }

        /// <summary>Keys as tiles of columns.</summary>
        private void PackKeys(int head, int key, int keys, float* to)
        {
            var matrix = new MatrixView(k + sizes.Keys.Row(head, key), sizes.D, keys, transposed: true, sizes.Keys.Step);
            for (var column = 0; column < keys; column += GemmTile.Columns)
            {
                matrix.PackColumns(to + column * sizes.D, column, GemmTile.Columns);
            }
        }

        /// <summary>One query alone, as where a sequence grows by one at a time: keys and values are read once, where they
        /// lie.</summary>
        private void Row(int head, int t, float* scores)
        {
            float* query = q + sizes.Queries.Row(head, t), to = y + sizes.Results.Row(head, t);
            var (top, sum, seen) = (float.NegativeInfinity, 0f, sizes.Seen(t));
            new Span<float>(to, sizes.DV).Clear();
            for (var key = 0; key < seen; key += KeyBlock)
            {
                var keys = Math.Min(KeyBlock, seen - key);
                var firstKey = k + sizes.Keys.Row(head, key);
                for (var s = 0; s < keys; s++)
                {
                    scores[s] = sizes.Scale * HostRows.Dot(query, firstKey + s * sizes.Keys.Step, sizes.D);
                }

                Multiply(to, sizes.DV, Fold(scores, keys, keys, ref top, ref sum));
                var firstValue = v + sizes.Values.Row(head, key);
                for (var s = 0; s < keys; s++)
                {
                    Add(scores[s], firstValue + s * sizes.Values.Step, to);
                }
            }

            logSums[head * sizes.T + t] = Finish(to, sizes.DV, seen, top, sum);
        }

        private void Add(float weight, float* value, float* to)
        {
            var weights = Vector512.Create(weight);
            for (var i = 0; i < sizes.DV; i += HostLoop.Width)
            {
                var sum = Vector512.MultiplyAddEstimate(weights, Vector512.Load(value + i), Vector512.Load(to + i));
                HostLoop.StorePart(sum, to + i, Math.Min(HostLoop.Width, sizes.DV - i));
            }
        }
    }
}

/// <summary>Sums along two rows.</summary>
internal static unsafe class HostRows
{
    /// <summary>Σ a·b.</summary>
    public static float Dot(float* a, float* b, int count)
    {
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i <= count - HostLoop.Width; i += HostLoop.Width)
        {
            sum = Vector512.MultiplyAddEstimate(Vector512.Load(a + i), Vector512.Load(b + i), sum);
        }

        return HostLoop.Fold(
            sum + HostLoop.LoadPart(a + i, count - i, 0) * HostLoop.LoadPart(b + i, count - i, 0), default(Plus));
    }
}
