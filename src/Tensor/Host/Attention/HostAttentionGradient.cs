using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Attention;

/// <summary>Host form of attention's gradients.</summary>
/// <remarks>Weights, of scores that were kept or are computed again, and their gradients are computed for a panel of keys at a
/// time, of as many heads as fill a cache: blocks of queries do that, and what the panel adds to their own gradients; then blocks
/// of columns of the keys' gradients are summed over all queries. A head that is one block of queries and one panel is done by
/// one thread at once. Queries that do not see a panel are left out.</remarks>
internal static unsafe class HostAttentionGradient
{
    /// <summary>Keys that pass at a time.</summary>
    private const int PanelKeys = 256;

    /// <summary>A line of the cache more from row to row: neighbours in a column fall into different sets of it.</summary>
    private const int PitchSlack = 16;

    /// <summary>Keys that are summed over the same queries: those that see the first of them.</summary>
    private const int KeyBlock = 64;

    /// <summary>Columns of gradients that one thread sums.</summary>
    private const int ColumnBlock = 128;

    /// <summary>Queries that are summed over at a time.</summary>
    private const int SliceRows = 256;

    /// <summary>Weights that are held at a time, unless one head has more of them in a panel: 4 MiB, and their gradients as
    /// much.</summary>
    private const int MostWeights = 1024 * 1024;

    public static void Run(HostDevice device, AttentionKernels.GradientCall call)
    {
        var sizes = call.Sizes;
        var rows = HostAttention.BlockRows(sizes);
        var keys = Math.Clamp(RoundUp(sizes.S), GemmTile.Columns, PanelKeys);
        var pitch = keys + PitchSlack;
        if (sizes.T <= rows && sizes.S <= keys)
        {
            device.Team.For(sizes.Count, HostAttention.Grain(sizes, rows), new WholeHeads(call, keys));
            return;
        }

        var heads = (int)Math.Clamp(MostWeights / Math.Max((long)sizes.T * pitch, 1), 1, Math.Max(sizes.Count, 1));
        using var weights = device.Borrow<float>(checked((heads * sizes.T + GemmTile.MaxRows) * pitch));
        using var gradients = device.Borrow<float>(weights.Size);
        for (var head = 0; head < sizes.Count; head += heads)
        {
            var count = Math.Min(heads, sizes.Count - head);
            for (var key = 0; key == 0 || key < sizes.S; key += keys)
            {
                var panel = new Panel(call, key, keys);
                device.Team.For(
                    count * ((sizes.T + rows - 1) / rows), HostAttention.Grain(sizes with { S = panel.Keys }, rows),
                    new QueryBlocks(panel, head, rows, weights.Pointer, gradients.Pointer));
                device.Team.For(
                    count * panel.ColumnBlocks,
                    HostAttention.Grain(sizes with { S = panel.Keys, D = ColumnBlock, DV = 0 }, sizes.T),
                    new ColumnBlocks(panel, head, weights.Pointer, gradients.Pointer));
            }
        }
    }

    private static int RoundUp(int columns) => (columns + GemmTile.Columns - 1) / GemmTile.Columns * GemmTile.Columns;

    /// <summary>What is done with a panel of keys.</summary>
    private readonly struct Panel(AttentionKernels.GradientCall call, int key, int most)
    {
        private readonly int pitch = most + PitchSlack;
        private readonly float* kept = call.Scores is { } scores ? scores.Pointer : null;

        public AttentionSizes Sizes => call.Sizes;

        public int Keys => Math.Min(most, Sizes.S - key);

        /// <summary>Blocks of dV's columns, then of dK's.</summary>
        public int ColumnBlocks => BlocksOf(Sizes.DV) + BlocksOf(Sizes.D);

        /// <summary>Floats from one row of weights to the next.</summary>
        public int Pitch => pitch;

        /// <summary>Floats that <see cref="SumOverKeys"/> works in.</summary>
        public int RowMemory => (pitch + GemmTile.MaxRows) * (Sizes.D + Sizes.DV) + RoundUp(Sizes.D) * Keys;

        /// <summary>Floats that <see cref="SumOverQueries(int, int, float*, float*, float*)"/> works in.</summary>
        public static int ColumnMemory => SliceRows * ColumnBlock;

        /// <summary>Weights and gradients of scores of a block of queries, and what they add to dQ.</summary>
        /// <param name="head">Which of all heads.</param>
        /// <param name="first">The first query.</param>
        /// <param name="count">How many.</param>
        /// <param name="weights">Takes P, the rows of the head.</param>
        /// <param name="gradients">Takes dS.</param>
        /// <param name="memory">To work in.</param>
        public void SumOverKeys(int head, int first, int count, float* weights, float* gradients, float* memory)
        {
            float* turnedKeys = memory, turnedValues = memory + pitch * Sizes.D;
            var queries = turnedValues + pitch * Sizes.DV;
            var upstream = queries + GemmTile.MaxRows * Sizes.D;
            var packedKeys = upstream + GemmTile.MaxRows * Sizes.DV;
            if (kept == null)
            {
                Turn(call.K.Pointer, Sizes.Keys, head, turnedKeys);
            }

            Turn(call.V.Pointer, Sizes.Values, head, turnedValues);
            PackColumns(call.K.Pointer + Sizes.Keys.Row(head, key), Keys, Sizes.D, Sizes.Keys.Step, packedKeys);
            for (var row = first; row < first + count; row += GemmTile.Rows)
            {
                var rows = Math.Min(GemmTile.Rows, first + count - row);
                var seen = Math.Clamp(Sizes.Seen(row + rows - 1) - key, 0, Keys);
                if (seen == 0 && key > 0)
                {
                    continue;
                }

                float* p = weights + (nint)row * pitch, dS = gradients + (nint)row * pitch;
                if (kept == null)
                {
                    Pack(call.Q.Pointer, Sizes.Queries, head, row, rows, queries);
                    PanelProduct.Run(
                        RowFactor.Packed(queries), ColumnFactor.Packed(turnedKeys, Sizes.D), Sizes.D, p, pitch, rows,
                        RoundUp(seen), adds: false);
                }

                Pack(call.DY.Pointer, Sizes.Results, head, row, rows, upstream);
                PanelProduct.Run(
                    RowFactor.Packed(upstream), ColumnFactor.Packed(turnedValues, Sizes.DV), Sizes.DV, dS, pitch, rows,
                    RoundUp(seen), adds: false);
                for (var r = 0; r < rows; r++)
                {
                    Weigh(head, row + r, p + r * pitch, dS + r * pitch);
                }

                PanelProduct.Run(
                    new RowFactor(dS, pitch, 1), ColumnFactor.Packed(packedKeys, Keys), seen,
                    call.DQ.Pointer + Sizes.Queries.Row(head, row), Sizes.Queries.Step, rows, Sizes.D, adds: key > 0);
            }
        }

        /// <summary>A block of columns of dV or of dK.</summary>
        /// <param name="head">Which of all heads.</param>
        /// <param name="block">Which of <see cref="ColumnBlocks"/>.</param>
        /// <param name="weights">P of the head.</param>
        /// <param name="gradients">dS of the head.</param>
        /// <param name="memory">To work in.</param>
        public void SumOverQueries(int head, int block, float* weights, float* gradients, float* memory)
        {
            var ofValues = BlocksOf(Sizes.DV);
            if (block < ofValues)
            {
                SumOverQueries(
                    head, block * ColumnBlock, weights, call.DY.Pointer, Sizes.Results, call.DV.Pointer, Sizes.Values, memory);
            }
            else
            {
                SumOverQueries(
                    head, (block - ofValues) * ColumnBlock, gradients, call.Q.Pointer, Sizes.Queries, call.DK.Pointer, Sizes.Keys,
                    memory);
            }
        }

        private void SumOverQueries(
            int head, int column, float* weights, float* rows, HeadLayout layout, float* to, HeadLayout toLayout, float* memory)
        {
            var columns = Math.Min(ColumnBlock, layout.Width - column);
            to += toLayout.Row(head, key) + column;
            for (var row = 0; row < Keys; row++)
            {
                if (FirstQuery(row / KeyBlock * KeyBlock) == Sizes.T)
                {
                    new Span<float>(to + row * toLayout.Step, columns).Clear();
                }
            }

            for (var slice = FirstQuery(0); slice < Sizes.T; slice += SliceRows)
            {
                var steps = Math.Min(SliceRows, Sizes.T - slice);
                PackColumns(rows + layout.Row(head, slice) + column, steps, columns, layout.Step, memory);
                for (var block = 0; block < Keys; block += KeyBlock)
                {
                    var first = FirstQuery(block);
                    var skip = Math.Max(first - slice, 0);
                    if (skip < steps)
                    {
                        PanelProduct.Run(
                            new RowFactor(weights + (nint)(slice + skip) * pitch + block, 1, pitch),
                            ColumnFactor.Packed(memory + skip * GemmTile.Columns, steps), steps - skip,
                            to + block * toLayout.Step, toLayout.Step, Math.Min(KeyBlock, Keys - block), columns,
                            adds: slice > first);
                    }
                }
            }
        }

        /// <summary>The first query that sees a key of the panel; T for none.</summary>
        private int FirstQuery(int row) => Math.Clamp(key + row - Sizes.Diagonal, 0, Sizes.T);

        private static int BlocksOf(int columns) => (columns + ColumnBlock - 1) / ColumnBlock;

        private static void PackColumns(float* from, int rows, int columns, int step, float* to)
        {
            var matrix = new MatrixView(from, rows, columns, transposed: false, step);
            for (var column = 0; column < columns; column += GemmTile.Columns)
            {
                matrix.PackColumns(to + column * rows, column, GemmTile.Columns);
            }
        }

        /// <summary>Keys or values of the panel as tiles of columns.</summary>
        private void Turn(float* from, HeadLayout layout, int head, float* to)
        {
            var matrix = new MatrixView(from + layout.Row(head, key), layout.Width, Keys, transposed: true, layout.Step);
            for (var column = 0; column < Keys; column += GemmTile.Columns)
            {
                matrix.PackColumns(to + column * layout.Width, column, GemmTile.Columns);
            }
        }

        private static void Pack(float* from, HeadLayout layout, int head, int row, int rows, float* to) =>
            new MatrixView(from + layout.Row(head, row), rows, layout.Width, transposed: false, layout.Step)
                .PackRows(to, 0, GemmTile.Rows);

        /// <summary>A row of scores becomes weights, and one of gradients of weights those of scores.</summary>
        private void Weigh(int head, int row, float* p, float* dS)
        {
            var seen = Math.Clamp(Sizes.Seen(row) - key, 0, Keys);
            var place = Sizes.Results.Row(head, row);
            var mean = Vector512.Create(HostRows.Dot(call.Y.Pointer + place, call.DY.Pointer + place, Sizes.DV));
            var logSum = Vector512.Create(call.LogSums.Pointer[head * Sizes.T + row]);
            var scale = Vector512.Create(Sizes.Scale);
            var scores = kept == null ? p : kept + ((nint)head * Sizes.T + row) * Sizes.S + key;
            var ofScores = kept == null ? scale : Vector512<float>.One; // those that are kept are scaled
            for (var i = 0; i < seen; i += HostLoop.Width)
            {
                var count = Math.Min(HostLoop.Width, seen - i);
                var weight = ElementaryFunctions.Exp(Vector512.Load(scores + i) * ofScores - logSum);
                HostLoop.StorePart(weight, p + i, count);
                HostLoop.StorePart(weight * (Vector512.Load(dS + i) - mean) * scale, dS + i, count);
            }

            new Span<float>(p + seen, Keys - seen).Clear();
            new Span<float>(dS + seen, Keys - seen).Clear();
        }
    }

    /// <summary>One item per block of queries of a head.</summary>
    private readonly struct QueryBlocks(Panel panel, int firstHead, int rows, float* weights, float* gradients) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var memory = HostScratch.Floats(panel.RowMemory);
            var t = panel.Sizes.T;
            var blocks = (t + rows - 1) / rows;
            for (var item = start; item < end; item++)
            {
                var (head, first) = (item / blocks, item % blocks * rows);
                var place = (nint)head * t * panel.Pitch;
                panel.SumOverKeys(
                    firstHead + head, first, Math.Min(rows, t - first), weights + place, gradients + place, memory);
            }
        }
    }

    /// <summary>One item per block of columns of a head.</summary>
    private readonly struct ColumnBlocks(Panel panel, int firstHead, float* weights, float* gradients) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var memory = HostScratch.Floats(Panel.ColumnMemory);
            for (var item = start; item < end; item++)
            {
                var (head, block) = Math.DivRem(item, panel.ColumnBlocks);
                var place = (nint)head * panel.Sizes.T * panel.Pitch;
                panel.SumOverQueries(firstHead + head, block, weights + place, gradients + place, memory);
            }
        }
    }

    /// <summary>One item per head.</summary>
    private readonly struct WholeHeads(AttentionKernels.GradientCall call, int keys) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var panel = new Panel(call, 0, keys);
            var t = panel.Sizes.T;
            var size = (t + GemmTile.MaxRows) * panel.Pitch;
            var weights = HostScratch.Floats(2 * size + Math.Max(panel.RowMemory, Panel.ColumnMemory));
            float* gradients = weights + size, memory = gradients + size;
            for (var head = start; head < end; head++)
            {
                panel.SumOverKeys(head, 0, t, weights, gradients, memory);
                for (var block = 0; block < panel.ColumnBlocks; block++)
                {
                    panel.SumOverQueries(head, block, weights, gradients, memory);
                }
            }
        }
    }
}
