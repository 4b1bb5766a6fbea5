using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Attention;

/// <summary>Host form of attention's gradients.</summary>
/// <remarks>Weights and their gradients are computed again for a panel of keys at a time, of as many heads as fill a cache: blocks
/// of queries do that, and what the panel adds to their own gradients; then blocks of keys sum their columns over all queries. A
/// head that is one such block is done by one thread at once. Queries that do not see a panel are left out.</remarks>
internal static unsafe class HostAttentionGradient
{
    /// <summary>Keys that pass at a time.</summary>
    private const int PanelKeys = 256;

    /// <summary>Keys whose gradients one thread sums.</summary>
    private const int KeyBlock = 64;

    /// <summary>Weights that are held at a time, unless one head has more of them in a panel: 4 MiB, and their gradients as
    /// much.</summary>
    private const int MostWeights = 1024 * 1024;

    public static void Run(HostDevice device, AttentionKernels.GradientCall call)
    {
        var sizes = call.Sizes;
        var rows = HostAttention.BlockRows(sizes);
        var pitch = Math.Clamp(RoundUp(sizes.S), GemmTile.Columns, PanelKeys);
        if (sizes.T <= rows && sizes.S <= pitch)
        {
            device.Team.For(sizes.Count, HostAttention.Grain(sizes, rows), new WholeHeads(call, pitch));
            return;
        }

        var heads = (int)Math.Clamp(MostWeights / Math.Max((long)sizes.T * pitch, 1), 1, Math.Max(sizes.Count, 1));
        using var weights = device.Borrow<float>(checked((heads * sizes.T + GemmTile.MaxRows) * pitch));
        using var gradients = device.Borrow<float>(weights.Size);
        for (var head = 0; head < sizes.Count; head += heads)
        {
            var count = Math.Min(heads, sizes.Count - head);
            for (var key = 0; key == 0 || key < sizes.S; key += pitch)
            {
                var panel = new Panel(call, key, pitch);
                device.Team.For(
                    count * ((sizes.T + rows - 1) / rows), HostAttention.Grain(sizes with { S = panel.Keys }, rows),
                    new QueryBlocks(panel, head, rows, weights.Pointer, gradients.Pointer));
                device.Team.For(
                    count * 2 * panel.KeyBlocks, HostAttention.Grain(sizes with { S = KeyBlock }, sizes.T),
                    new KeyBlocks(panel, head, weights.Pointer, gradients.Pointer));
            }
        }
    }

    private static int RoundUp(int columns) => (columns + GemmTile.Columns - 1) / GemmTile.Columns * GemmTile.Columns;

    /// <summary>What is done with a panel of keys.</summary>
    private readonly struct Panel(AttentionKernels.GradientCall call, int key, int pitch)
    {
        public AttentionSizes Sizes => call.Sizes;

        public int Keys => Math.Min(pitch, Sizes.S - key);

        public int KeyBlocks => (Keys + KeyBlock - 1) / KeyBlock;

        /// <summary>Floats from one row of weights to the next.</summary>
        public int Pitch => pitch;

        /// <summary>Floats that <see cref="SumOverKeys"/> works in.</summary>
        public int MemorySize => (pitch + GemmTile.MaxRows) * (Sizes.D + Sizes.DV);

        /// <summary>Weights and gradients of scores of a block of queries, and what they add to dQ.</summary>
        /// <param name="head">Which of all heads.</param>
        /// <param name="first">The first query.</param>
        /// <param name="count">How many.</param>
        /// <param name="weights">Takes P, the rows of the head.</param>
        /// <param name="gradients">Takes dS.</param>
        /// <param name="memory">To work in.</param>
        public void SumOverKeys(int head, int first, int count, float* weights, float* gradients, float* memory)
        {
            var (turnedKeys, turnedValues) = (memory, memory + pitch * Sizes.D);
            var queries = turnedValues + pitch * Sizes.DV;
            var upstream = queries + GemmTile.MaxRows * Sizes.D;
            Turn(call.K.Pointer, Sizes.Keys, head, turnedKeys);
            Turn(call.V.Pointer, Sizes.Values, head, turnedValues);
            for (var row = first; row < first + count; row += GemmTile.Rows)
            {
                var rows = Math.Min(GemmTile.Rows, first + count - row);
                var seen = Math.Clamp(Sizes.Seen(row + rows - 1) - key, 0, Keys);
                if (seen == 0 && key > 0)
                {
                    continue;
                }

                float* p = weights + (nint)row * pitch, dS = gradients + (nint)row * pitch;
                Pack(call.Q.Pointer, Sizes.Queries, head, row, rows, queries);
                Pack(call.DY.Pointer, Sizes.Results, head, row, rows, upstream);
                PanelProduct.Run(
                    RowFactor.Packed(queries), ColumnFactor.Packed(turnedKeys, Sizes.D), Sizes.D, p, pitch, rows, RoundUp(seen),
                    adds: false);
                PanelProduct.Run(
                    RowFactor.Packed(upstream), ColumnFactor.Packed(turnedValues, Sizes.DV), Sizes.DV, dS, pitch, rows,
                    RoundUp(seen), adds: false);
                for (var r = 0; r < rows; r++)
                {
                    Weigh(head, row + r, p + r * pitch, dS + r * pitch);
                }

                PanelProduct.Run(
                    new RowFactor(dS, pitch, 1), ColumnFactor.Rows(call.K.Pointer + Sizes.Keys.Row(head, key), Sizes.Keys.Step),
                    seen, call.DQ.Pointer + Sizes.Queries.Row(head, row), Sizes.Queries.Step, rows, Sizes.D, adds: key > 0);
            }
        }

        /// <summary>dV of a block of keys, or dK.</summary>
        /// <param name="head">Which of all heads.</param>
        /// <param name="block">Which block of the panel.</param>
        /// <param name="weights">P of the head for dV, dS for dK.</param>
        /// <param name="rows">dY, or Q.</param>
        /// <param name="layout">How these lie.</param>
        /// <param name="to">dV, or dK.</param>
        /// <param name="toLayout">How it lies.</param>
        public void SumOverQueries(
            int head, int block, float* weights, float* rows, HeadLayout layout, float* to, HeadLayout toLayout)
        {
            var first = block * KeyBlock;

            // The first query that sees the first of these keys.
            var query = Math.Clamp(key + first - Sizes.Diagonal, 0, Sizes.T);
            PanelProduct.Run(
                new RowFactor(weights + (nint)query * pitch + first, 1, pitch),
                ColumnFactor.Rows(rows + layout.Row(head, query), layout.Step), Sizes.T - query,
                to + toLayout.Row(head, key + first), toLayout.Step, Math.Min(KeyBlock, Keys - first), layout.Width, adds: false);
        }

        public void SumValues(int head, int block, float* weights) => SumOverQueries(
            head, block, weights, call.DY.Pointer, Sizes.Results, call.DV.Pointer, Sizes.Values);

        public void SumKeys(int head, int block, float* gradients) => SumOverQueries(
            head, block, gradients, call.Q.Pointer, Sizes.Queries, call.DK.Pointer, Sizes.Keys);

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
            for (var i = 0; i < seen; i += HostLoop.Width)
            {
                var count = Math.Min(HostLoop.Width, seen - i);
                var weight = ElementaryFunctions.Exp(Vector512.Load(p + i) * scale - logSum);
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
            var (memory, t) = (HostScratch.Floats(panel.MemorySize), panel.Sizes.T);
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

    /// <summary>Two items per block of keys of a head: its values and its keys.</summary>
    private readonly struct KeyBlocks(Panel panel, int firstHead, float* weights, float* gradients) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                var (head, block) = (item / 2 / panel.KeyBlocks, item / 2 % panel.KeyBlocks);
                var place = (nint)head * panel.Sizes.T * panel.Pitch;
                if (item % 2 == 0)
                {
                    panel.SumValues(firstHead + head, block, weights + place);
                }
                else
                {
                    panel.SumKeys(firstHead + head, block, gradients + place);
                }
            }
        }
    }

    /// <summary>One item per head.</summary>
    private readonly struct WholeHeads(AttentionKernels.GradientCall call, int pitch) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var panel = new Panel(call, 0, pitch);
            var t = panel.Sizes.T;
            var size = (t + GemmTile.MaxRows) * pitch;
            var weights = HostScratch.Floats(2 * size + panel.MemorySize);
            var gradients = weights + size;
            for (var head = start; head < end; head++)
            {
                panel.SumOverKeys(head, 0, t, weights, gradients, gradients + size);
                for (var block = 0; block < panel.KeyBlocks; block++)
                {
                    panel.SumValues(head, block, weights);
                    panel.SumKeys(head, block, gradients);
                }
            }
        }
    }
}
