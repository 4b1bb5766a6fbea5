using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Host.Gemm;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>The gradient to the weight by the adjoint of <see cref="IWinogradFilter"/>: at each point, the sum over tiles of
/// (source channels) × (result channels).</summary>
/// <remarks>Chunks of tiles are transformed, source and dY alike, then each point's matrix product adds them up in order. Nothing
/// needs packing for it: one step of the sum is a tile, whose channels are neighbours.</remarks>
internal sealed unsafe class WinogradWeightGradient
{
    /// <summary>For <see cref="WinogradPlan.TryCreate"/>: a tile is one step of the products' sums, which must be long.</summary>
    public const int LeastTiles = 16;

    /// <summary>Tiles whose points are in memory at once, about: long sums, yet within the third-level cache.</summary>
    private const int ChunkTiles = 64;

    private readonly WinogradPlan plan;
    private readonly int chunkStrips, sourceTileStep, sourcePointStep, resultTileFloats, resultPointStep, sumPointStep;

    /// <param name="plan">Of the forward pass.</param>
    public WinogradWeightGradient(WinogradPlan plan)
    {
        this.plan = plan;
        chunkStrips = Math.Min(Math.Max(1, ChunkTiles / plan.TileColumns), Math.Max(1, plan.Strips));
        var tiles = chunkStrips * plan.TileColumns;

        // The odd vectors keep neighbours in different sets of a cache.
        sourceTileStep = plan.Depth + WinogradFilter.Lanes;
        sourcePointStep = tiles * sourceTileStep + WinogradFilter.Lanes;
        resultTileFloats = tiles * GemmTile.Columns;
        resultPointStep = tiles * plan.ResultWidth + WinogradFilter.Lanes;
        sumPointStep = plan.Depth * plan.ResultWidth + WinogradFilter.Lanes;
    }

    /// <summary>Pixels of dY in a strip, those outside the image included.</summary>
    private int ResultColumns => plan.TileColumns * WinogradFilter.Outputs;

    /// <returns>False when a number of the result is not finite: the result is then undefined.</returns>
    public bool Run(HostDevice device, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight) => plan.Taps == 3
        ? Run<WinogradFilter3>(device, x, dY, dWeight)
        : Run<WinogradFilter2>(device, x, dY, dWeight);

    private bool Run<TFilter>(HostDevice device, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight)
        where TFilter : struct, IWinogradFilter
    {
        using var source = device.Borrow<float>(plan.Points * sourcePointStep);
        using var result = device.Borrow<float>(plan.Points * resultPointStep);
        using var sums = device.Borrow<float>(plan.Points * sumPointStep);
        if (plan.Strips == 0)
        {
            sums.Span.Clear();
        }

        for (var strip = 0; strip < plan.Strips; strip += chunkStrips)
        {
            var strips = Math.Min(chunkStrips, plan.Strips - strip);
            device.Team.For(
                strips, 1, new Transform<TFilter>(this, strip, x.Pointer, dY.Pointer, source.Pointer, result.Pointer));
            var panels = (plan.Depth + GemmTile.Rows - 1) / GemmTile.Rows;
            device.Team.For(plan.Points, 1, new Multiply(
                this, strips * plan.TileColumns, panels, source.Pointer, result.Pointer, sums.Pointer, accumulate: strip > 0));
        }

        var isNotFinite = 0;
        device.Team.For(plan.Source.Channels, 8, new ToWeights<TFilter>(this, sums.Pointer, dWeight.Pointer, &isNotFinite));
        return isNotFinite == 0;
    }

    /// <summary>One range item per strip of the chunk.</summary>
    private readonly struct Transform<TFilter>(
        WinogradWeightGradient owner, int firstStrip, float* x, float* dY, float* source, float* result) : IRangeBody
        where TFilter : struct, IWinogradFilter
    {
        private WinogradPlan Plan => owner.plan;

        public void Range(int start, int end)
        {
            var resultFloats = WinogradFilter.Outputs * owner.ResultColumns * Plan.ResultWidth;
            var temporary = HostScratch.Floats(WinogradFilter.TemporaryFloats + Math.Max(Plan.StripFloats, resultFloats));
            var strip = temporary + WinogradFilter.TemporaryFloats;
            for (var i = start; i < end; i++)
            {
                var (image, tileRow) = Math.DivRem(firstStrip + i, Plan.TileRows);
                var tile = i * Plan.TileColumns;
                var row = tileRow * WinogradFilter.Outputs;
                WinogradStrip.Load(
                    x + (nint)image * Plan.Source.Channels * Plan.Source.Height * Plan.Source.Width, Plan.Source,
                    (row * Plan.SourceStep.H + Plan.FirstRow, Plan.FirstColumn), (Plan.StripRows, Plan.StripColumns),
                    Plan.SourceWidth, strip);
                WinogradStrip.Transform<TFilter>(
                    Plan, Plan.Phases[0], strip, source + (nint)tile * owner.sourceTileStep, owner.sourceTileStep,
                    owner.sourcePointStep,
                    temporary);
                WinogradStrip.Load(
                    dY + (nint)image * Plan.Result.Channels * Plan.Result.Height * Plan.Result.Width, Plan.Result, (row, 0),
                    (WinogradFilter.Outputs, owner.ResultColumns), Plan.ResultWidth, strip);
                TransformResult(strip, tile, temporary);
            }
        }

        /// <summary>dY's points as [point][column tile][tile][column].</summary>
        private void TransformResult(float* strip, int firstTile, float* temporary)
        {
            var (width, columns) = (Plan.ResultWidth, GemmTile.Columns);
            for (var tile = 0; tile < Plan.TileColumns; tile++, strip += WinogradFilter.Outputs * width)
            {
                for (var lane = 0; lane < width; lane += WinogradFilter.Lanes)
                {
                    var to = result + (nint)(lane / columns) * owner.resultTileFloats + (firstTile + tile) * columns
                        + lane % columns;
                    WinogradFilter.ResultGradient<TFilter>(
                        strip + lane, owner.ResultColumns * width, width, to, owner.resultPointStep, temporary);
                }
            }
        }
    }

    /// <summary>One range item per point.</summary>
    private readonly struct Multiply(
        WinogradWeightGradient owner, int tiles, int panels, float* source, float* result, float* sums, bool accumulate)
            : IRangeBody
    {
        public void Range(int start, int end)
        {
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            var (depth, width) = (owner.plan.Depth, owner.plan.ResultWidth);
            var segment = new TileSegment(0, 0, tiles);
            var operands = new TileOperands
            {
                AStride = owner.sourceTileStep,
                BStride = GemmTile.Columns,
                Segments = &segment,
                SegmentCount = 1,
                StartStride = width,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            for (var point = start; point < end; point++)
            {
                for (var column = 0; column < width; column += GemmTile.Columns)
                {
                    operands.B = result + (nint)point * owner.resultPointStep
                        + (nint)(column / GemmTile.Columns) * owner.resultTileFloats;
                    for (var panel = 0; panel < panels; panel++)
                    {
                        var row = panel * GemmTile.Rows;
                        var to = sums + (nint)point * owner.sumPointStep + (nint)row * width + column;
                        operands.A = source + (nint)point * owner.sourcePointStep + row;
                        operands.Start = accumulate ? to : null;
                        GemmTile.Run(operands, to, width, Math.Min(GemmTile.Rows, depth - row), GemmTile.Columns);
                    }
                }
            }
        }
    }

    /// <summary>From the points' sums to dWeight (co, ci, kh, kw); one range item per source channel.</summary>
    private readonly struct ToWeights<TFilter>(WinogradWeightGradient owner, float* sums, float* dWeight, int* isNotFinite)
        : IRangeBody
        where TFilter : struct, IWinogradFilter
    {
        public void Range(int start, int end)
        {
            var (plan, g, width) = (owner.plan, owner.plan.Geometry, owner.plan.ResultWidth);
            var taps = g.KernelH * g.KernelW;
            var temporary = HostScratch.Floats(WinogradFilter.TemporaryFloats + (end - start) * taps * width);
            var turned = temporary + WinogradFilter.TemporaryFloats;
            for (var channel = start; channel < end; channel++)
            {
                for (var view = 0; view < plan.Phases[0].Views.Length; view++)
                {
                    var row = sums + ((nint)view * plan.SourceWidth + channel) * width;
                    Transform(plan.Phases[0].Views[view].Taps, row, turned + (channel - start) * taps * width, temporary);
                }
            }

            CheckFinite(turned, (end - start) * taps * width);
            HostTranspose.Run(turned, width, dWeight + start * taps, (nint)g.CIn * taps, (end - start) * taps, g.COut);
        }

        private void Transform(ConvTap[] taps, float* row, float* turned, float* temporary)
        {
            var (width, kernelW) = (owner.plan.ResultWidth, owner.plan.Geometry.KernelW);
            var (first, below, right) = (taps[0], taps[owner.plan.Taps], taps[1]);
            var to = turned + (first.KernelRow * kernelW + first.KernelColumn) * width;
            for (var lane = 0; lane < width; lane += WinogradFilter.Lanes)
            {
                WinogradFilter.WeightGradient<TFilter>(
                    row + lane, owner.sumPointStep, to + lane, (below.KernelRow - first.KernelRow) * kernelW * width,
                    (right.KernelColumn - first.KernelColumn) * width, temporary);
            }
        }

        private void CheckFinite(float* values, int count)
        {
            var differences = Vector512<float>.Zero;
            for (var i = 0; i < count; i += WinogradFilter.Lanes)
            {
                var value = Vector512.Load(values + i);
                differences += value - value;
            }

            if (!Vector512.EqualsAll(differences, Vector512<float>.Zero))
            {
                Volatile.Write(ref *isNotFinite, 1);
            }
        }
    }
}
