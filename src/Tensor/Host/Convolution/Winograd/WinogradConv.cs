using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Host.Gemm;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>Convolutions that make images, by <see cref="IWinogradFilter"/>: forward, input gradient and transposed
/// convolution.</summary>
/// <remarks>
/// <para>A chunk of tiles goes through all stages on one thread, in its second-level cache: strips of the source with channels
/// last, the points of their tiles, one matrix product (tiles × source channels)·(source × result channels) per point, the
/// results' tiles, which are then turned back to planes. Chunks depend on the geometry alone.</para>
/// <para>A number that is not finite would spread over its tile; where the result has one, nothing of it counts (see
/// <see cref="Run"/>).</para>
/// </remarks>
internal sealed unsafe class WinogradConv
{
    /// <summary>Tiles of a chunk, about: so many rows that the weights, read once per chunk, come fast enough from the
    /// third-level cache.</summary>
    private const int ChunkTiles = 32;

    private readonly WinogradPlan plan;
    private readonly int chunkStrips, chunks, tileRows, pointTileStep, pointStep, stripOutFloats;

    public WinogradConv(WinogradPlan plan)
    {
        this.plan = plan;
        chunkStrips = Math.Max(1, ChunkTiles / plan.TileColumns);
        chunks = (plan.Strips + chunkStrips - 1) / chunkStrips;
        tileRows = (chunkStrips * plan.TileColumns + GemmTile.Rows - 1) / GemmTile.Rows * GemmTile.Rows;

        // Results overwrite the points, point by point. The odd vectors keep neighbours in different sets of a cache.
        pointTileStep = plan.Depth + WinogradFilter.Lanes;
        pointStep = tileRows * Math.Max(pointTileStep, plan.ResultWidth) + WinogradFilter.Lanes;
        stripOutFloats = OutRows * OutColumns * plan.ResultWidth;
    }

    private int OutRows => WinogradFilter.Outputs * plan.Step.H;

    private int OutColumns => plan.TileColumns * WinogradFilter.Outputs * plan.Step.W;

    /// <summary>result = floor ∨ (source * weight + bias + residual).</summary>
    /// <returns>False when a number of the result is not finite: the result is then undefined.</returns>
    public bool Run(
        HostDevice device, Tensor<float> from, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual, float floor,
        Tensor<float> to) => plan.Taps == 3
        ? Run<WinogradFilter3>(device, from, weight, bias, residual, floor, to)
        : Run<WinogradFilter2>(device, from, weight, bias, residual, floor, to);

    private bool Run<TFilter>(
        HostDevice device, Tensor<float> from, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual, float floor,
        Tensor<float> to)
        where TFilter : struct, IWinogradFilter
    {
        using var weights = device.Borrow<float>(WinogradWeights<TFilter>.Floats(plan));
        using var paddedBias = device.Borrow<float>(plan.ResultWidth);
        paddedBias.Span.Clear();
        bias?.Span.CopyTo(paddedBias.Span);
        if (plan.SourceWidth > plan.Source.Channels)
        {
            weights.Span.Clear();
        }

        var isNotFinite = 0;
        device.Team.For(plan.Source.Channels, 8, new WinogradWeights<TFilter>(plan, weight.Pointer, weights.Pointer));
        device.Team.For(chunks, 1, new Chunks<TFilter>(
            this, from.Pointer, weights.Pointer, paddedBias.Pointer, residual is null ? null : residual.Pointer, floor,
            to.Pointer,
            &isNotFinite));
        return isNotFinite == 0;
    }

    private readonly struct Chunks<TFilter>(
        WinogradConv conv, float* source, float* weights, float* bias, float* residual, float floor, float* result,
        int* isNotFinite)
        : IRangeBody
        where TFilter : struct, IWinogradFilter
    {
        private WinogradPlan Plan => conv.plan;

        public void Range(int start, int end)
        {
            var pointFloats = Plan.Points * conv.pointStep;
            var temporary = HostScratch.Floats(
                WinogradFilter.TemporaryFloats + Plan.StripFloats + pointFloats + conv.tileRows * Plan.Depth
                + conv.chunkStrips * conv.stripOutFloats);
            var strip = temporary + WinogradFilter.TemporaryFloats;
            var points = strip + Plan.StripFloats;
            var packed = points + pointFloats;
            var outputs = packed + conv.tileRows * Plan.Depth;
            for (var chunk = start; chunk < end; chunk++)
            {
                var firstStrip = chunk * conv.chunkStrips;
                var strips = Math.Min(conv.chunkStrips, Plan.Strips - firstStrip);
                for (var phase = 0; phase < Plan.Phases.Length; phase++)
                {
                    ToPoints(Plan.Phases[phase], firstStrip, strips, strip, points, temporary);
                    Multiply(
                        weights + (nint)phase * Plan.Points * WinogradWeights<TFilter>.PointStep(Plan), strips, points, packed);
                    ToOutputs(Plan.Phases[phase], strips, points, outputs, temporary);
                }

                for (var i = 0; i < strips; i++)
                {
                    Store(firstStrip + i, outputs + (nint)i * conv.stripOutFloats);
                }
            }
        }

        private void ToPoints(WinogradPhase phase, int firstStrip, int strips, float* strip, float* points, float* temporary)
        {
            var size = Plan.Source;
            for (var i = 0; i < strips; i++, points += (nint)Plan.TileColumns * conv.pointTileStep)
            {
                var (image, tileRow) = Math.DivRem(firstStrip + i, Plan.TileRows);
                WinogradStrip.Load(
                    source + (nint)image * size.Channels * size.Height * size.Width, size,
                    (tileRow * WinogradFilter.Outputs * Plan.SourceStep.H + Plan.FirstRow, Plan.FirstColumn),
                    (Plan.StripRows, Plan.StripColumns), Plan.SourceWidth, strip);
                WinogradStrip.Transform<TFilter>(Plan, phase, strip, points, conv.pointTileStep, conv.pointStep, temporary);
            }
        }

        /// <summary>At each point (tiles, source channels) · (source channels, result channels), in place.</summary>
        private void Multiply(float* phaseWeights, int strips, float* points, float* packed)
        {
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            var (tiles, depth, rows) = (strips * Plan.TileColumns, Plan.Depth, GemmTile.Rows);
            var segment = new TileSegment(0, 0, depth);
            var operands = new TileOperands
            {
                AStride = rows,
                BStride = GemmTile.Columns,
                Segments = &segment,
                SegmentCount = 1,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            for (var point = 0; point < Plan.Points; point++)
            {
                for (var tile = 0; tile < tiles; tile += rows)
                {
                    var present = Math.Min(rows, tiles - tile);
                    if (present < rows)
                    {
                        new Span<float>(packed + tile * depth, rows * depth).Clear();
                    }

                    HostTranspose.Run(
                        points + tile * conv.pointTileStep, conv.pointTileStep, packed + tile * depth, rows, present, depth);
                }

                for (var column = 0; column < Plan.ResultWidth; column += GemmTile.Columns)
                {
                    operands.B = phaseWeights + (nint)column * depth;
                    for (var tile = 0; tile < tiles; tile += rows)
                    {
                        operands.A = packed + tile * depth;
                        GemmTile.Run(
                            operands, points + tile * Plan.ResultWidth + column, Plan.ResultWidth, rows, GemmTile.Columns);
                    }
                }

                points += conv.pointStep;
                phaseWeights += WinogradWeights<TFilter>.PointStep(Plan);
            }
        }

        /// <summary>Tiles of one phase, each to its every step-th pixels of the strips [row][column][result channel].</summary>
        private void ToOutputs(WinogradPhase phase, int strips, float* points, float* outputs, float* temporary)
        {
            var (width, columns) = (Plan.ResultWidth, conv.OutColumns);
            for (var tile = 0; tile < strips * Plan.TileColumns; tile++, points += width)
            {
                var (strip, tileColumn) = Math.DivRem(tile, Plan.TileColumns);
                var column = tileColumn * WinogradFilter.Outputs * Plan.Step.W + phase.ColumnOffset;
                var to = outputs + (nint)strip * conv.stripOutFloats + (nint)(phase.RowOffset * columns + column) * width;
                for (var lane = 0; lane < width; lane += WinogradFilter.Lanes)
                {
                    WinogradFilter.Result<TFilter>(
                        points + lane, conv.pointStep, to + lane, Plan.Step.H * columns * width, Plan.Step.W * width, temporary);
                }
            }
        }

        /// <summary>Adds the bias, and writes the pixels that lie inside the image as planes.</summary>
        private void Store(int strip, float* outputs)
        {
            var size = Plan.Result;
            var (image, tileRow) = Math.DivRem(strip, Plan.TileRows);
            var firstRow = tileRow * conv.OutRows;
            var rows = Math.Min(conv.OutRows, size.Height - firstRow);
            Finish(outputs, rows * conv.OutColumns);
            var plane = (nint)size.Height * size.Width;
            var to = result + image * size.Channels * plane + firstRow * size.Width;
            if (conv.OutColumns == size.Width)
            {
                HostTranspose.Run(outputs, Plan.ResultWidth, to, plane, rows * size.Width, size.Channels);
            }
            else
            {
                for (var row = 0; row < rows; row++)
                {
                    HostTranspose.Run(
                        outputs + (nint)row * conv.OutColumns * Plan.ResultWidth, Plan.ResultWidth, to + row * size.Width, plane,
                        size.Width,
                        size.Channels);
                }
            }

            if (residual != null)
            {
                for (var channel = 0; channel < size.Channels; channel++, to += plane)
                {
                    AddResidual(to, residual + (to - result), rows * size.Width);
                }
            }
        }

        private void Finish(float* outputs, int pixels)
        {
            var least = Vector512.Create(residual == null ? floor : float.NegativeInfinity);
            var differences = Vector512<float>.Zero;
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                for (var lane = 0; lane < Plan.ResultWidth; lane += WinogradFilter.Lanes, outputs += WinogradFilter.Lanes)
                {
                    var value = Vector512.Load(outputs);
                    differences += value - value;
                    Vector512.MaxNative(least, value + Vector512.Load(bias + lane)).Store(outputs);
                }
            }

            // ∞ − ∞ is NaN, and so is what it is added to.
            if (!Vector512.EqualsAll(differences, Vector512<float>.Zero))
            {
                Volatile.Write(ref *isNotFinite, 1);
            }
        }

        private void AddResidual(float* to, float* from, int count)
        {
            var least = Vector512.Create(floor);
            for (var i = 0; i < count; i += HostLoop.Width)
            {
                var sum = Vector512.MaxNative(least, Vector512.Load(to + i) + Vector512.Load(from + i));
                HostLoop.StorePart(sum, to + i, Math.Min(HostLoop.Width, count - i));
            }
        }
    }
}
