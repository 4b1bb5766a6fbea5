using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>Convolutions that make images, by <see cref="IWinogradFilter"/>: forward, input gradient and transposed
/// convolution.</summary>
/// <remarks>
/// <para>A chunk of tiles goes through all stages on one thread, in its second-level cache: strips of the source with channels
/// last, the points of their tiles, one matrix product (tiles × source channels)·(source × result channels) per point, the
/// results' tiles, which are then turned back to planes. Where there are too few chunks for the threads, all tiles are one chunk
/// and the threads share each stage; no sum changes by that, and no bit.</para>
/// <para>A number that is not finite would spread over its tile; where the result has one, nothing of it counts (see
/// <see cref="Run"/>).</para>
/// </remarks>
internal sealed unsafe class WinogradConv
{
    /// <summary>For <see cref="WinogradPlan.TryCreate"/>: half a register tile.</summary>
    public const int LeastTiles = 4;

    /// <summary>Tiles of a chunk, about: so many rows that the weights, read once per chunk, come fast enough from the
    /// third-level cache.</summary>
    private const int ChunkTiles = 32;

    /// <summary>Threads share the stages where whole chunks would leave more than this part of their time idle.</summary>
    private const double MostIdle = 0.15;

    /// <summary>Of the points of all tiles at once.</summary>
    private const int MostSharedFloats = 1 << 24;

    private readonly WinogradPlan plan;
    private readonly WeightForm weightForm;
    private readonly Chunk chunk, whole;
    private readonly int chunks, pointTileStep, stripOutFloats;

    public WinogradConv(WinogradPlan plan)
    {
        this.plan = plan;
        weightForm = new WeightForm(plan.Geometry.WithoutImages(), plan.IsInputGradient);

        // The odd vectors keep neighbours in different sets of a cache.
        pointTileStep = plan.Depth + WinogradFilter.Lanes;
        stripOutFloats = OutRows * OutColumns * plan.ResultWidth;
        chunk = ChunkOf(Math.Max(1, ChunkTiles / plan.TileColumns));
        whole = ChunkOf(plan.Strips);
        chunks = (plan.Strips + chunk.Strips - 1) / chunk.Strips;
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
        using var weights = device.Derive(weight, weightForm, WinogradWeights<TFilter>.Floats(plan), out var isNew);
        using var paddedBias = device.Borrow<float>(plan.ResultWidth);
        paddedBias.Span.Clear();
        bias?.Span.CopyTo(paddedBias.Span);
        if (isNew)
        {
            WinogradWeights<TFilter>.Transform(device, plan, weight.Pointer, weights.Pointer);
        }

        var isNotFinite = 0;
        var stages = new Stages<TFilter>(
            this, from.Pointer, weights.Pointer, paddedBias.Pointer, residual is null ? null : residual.Pointer, floor,
            to.Pointer,
            &isNotFinite);
        if (IsShared(device.Team.Threads))
        {
            using var points = device.Borrow<float>(plan.Phases.Length * whole.PhaseFloats(plan));
            using var products = device.Borrow<float>(plan.Phases.Length * whole.PhaseFloats(plan));
            device.Team.For(plan.Strips, 1, new PointsOfStrips<TFilter>(stages, points.Pointer));
            device.Team.For(
                plan.Phases.Length * plan.Points, 1,
                new ProductsOfPoints<TFilter>(stages, points.Pointer, products.Pointer));
            device.Team.For(plan.Strips, 1, new OutputsOfStrips<TFilter>(stages, products.Pointer));
        }
        else
        {
            device.Team.For(chunks, 1, new Chunks<TFilter>(stages));
        }

        return isNotFinite == 0;
    }

    private bool IsShared(int threads)
    {
        var rounds = (chunks + threads - 1) / threads;
        return chunks < (1 - MostIdle) * rounds * threads
            && (long)plan.Phases.Length * plan.Points * whole.PointStep <= MostSharedFloats;
    }

    private Chunk ChunkOf(int strips)
    {
        var tileRows = (strips * plan.TileColumns + GemmTile.Rows - 1) / GemmTile.Rows * GemmTile.Rows;

        // Of the points and of their products alike.
        var pointStep = (long)tileRows * Math.Max(pointTileStep, plan.ResultWidth) + WinogradFilter.Lanes;
        return new Chunk(strips, tileRows, pointStep);
    }

    /// <summary>For <see cref="HostDevice.Derive"/>.</summary>
    private sealed record WeightForm(ConvGeometry Of, bool IsInputGradient);

    /// <summary>How the points of some strips lie in memory, and their products.</summary>
    /// <param name="Strips">How many.</param>
    /// <param name="TileRows">Their tiles, rounded up to whole register tiles.</param>
    /// <param name="PointStep">Floats from one point to the next.</param>
    private readonly record struct Chunk(int Strips, int TileRows, long PointStep)
    {
        public int PhaseFloats(WinogradPlan plan) => (int)(plan.Points * PointStep);
    }

    /// <summary>One range item per chunk.</summary>
    private readonly struct Chunks<TFilter>(Stages<TFilter> stages) : IRangeBody
        where TFilter : struct, IWinogradFilter
    {
        public void Range(int start, int end)
        {
            var (conv, plan, chunk) = (stages.Conv, stages.Plan, stages.Conv.chunk);
            // The products of each point overwrite the point before it, which no one needs any more.
            var pointFloats = (int)chunk.PointStep + chunk.PhaseFloats(plan);
            var temporary = HostScratch.Floats(
                WinogradFilter.TemporaryFloats + plan.StripFloats + pointFloats + chunk.Strips * conv.stripOutFloats);
            var strip = temporary + WinogradFilter.TemporaryFloats;
            var products = strip + plan.StripFloats;
            var points = products + chunk.PointStep;
            var outputs = products + pointFloats;
            for (var item = start; item < end; item++)
            {
                var firstStrip = item * chunk.Strips;
                var strips = Math.Min(chunk.Strips, plan.Strips - firstStrip);
                for (var phase = 0; phase < plan.Phases.Length; phase++)
                {
                    for (var i = 0; i < strips; i++)
                    {
                        stages.Load(firstStrip + i, strip);
                        stages.ToPoints(chunk, phase, i, strip, points, temporary);
                    }

                    for (var point = 0; point < plan.Points; point++)
                    {
                        stages.Multiply(
                            phase, point, strips, points + point * chunk.PointStep, products + point * chunk.PointStep);
                    }

                    for (var i = 0; i < strips; i++)
                    {
                        stages.ToOutputs(chunk, phase, i, products, outputs + (nint)i * conv.stripOutFloats, temporary);
                    }
                }

                for (var i = 0; i < strips; i++)
                {
                    stages.Store(firstStrip + i, outputs + (nint)i * conv.stripOutFloats);
                }
            }
        }
    }

    /// <summary>The first stage alone, of all phases: one range item per strip.</summary>
    private readonly struct PointsOfStrips<TFilter>(Stages<TFilter> stages, float* points) : IRangeBody
        where TFilter : struct, IWinogradFilter
    {
        public void Range(int start, int end)
        {
            var temporary = HostScratch.Floats(WinogradFilter.TemporaryFloats + stages.Plan.StripFloats);
            var strip = temporary + WinogradFilter.TemporaryFloats;
            for (var i = start; i < end; i++)
            {
                stages.Load(i, strip);
                for (var phase = 0; phase < stages.Plan.Phases.Length; phase++)
                {
                    stages.ToPoints(stages.Conv.whole, phase, i, strip, stages.PhaseOf(points, phase), temporary);
                }
            }
        }
    }

    /// <summary>The second stage alone: one range item per phase and point.</summary>
    private readonly struct ProductsOfPoints<TFilter>(Stages<TFilter> stages, float* points, float* products) : IRangeBody
        where TFilter : struct, IWinogradFilter
    {
        public void Range(int start, int end)
        {
            var (plan, whole) = (stages.Plan, stages.Conv.whole);
            for (var item = start; item < end; item++)
            {
                var (phase, point) = Math.DivRem(item, plan.Points);
                var at = point * whole.PointStep;
                stages.Multiply(
                    phase, point, plan.Strips, stages.PhaseOf(points, phase) + at, stages.PhaseOf(products, phase) + at);
            }
        }
    }

    /// <summary>The last stage alone, of all phases: one range item per strip.</summary>
    private readonly struct OutputsOfStrips<TFilter>(Stages<TFilter> stages, float* products) : IRangeBody
        where TFilter : struct, IWinogradFilter
    {
        public void Range(int start, int end)
        {
            var temporary = HostScratch.Floats(WinogradFilter.TemporaryFloats + stages.Conv.stripOutFloats);
            var outputs = temporary + WinogradFilter.TemporaryFloats;
            for (var i = start; i < end; i++)
            {
                for (var phase = 0; phase < stages.Plan.Phases.Length; phase++)
                {
                    stages.ToOutputs(stages.Conv.whole, phase, i, stages.PhaseOf(products, phase), outputs, temporary);
                }

                stages.Store(i, outputs);
            }
        }
    }

    /// <summary>What the stages do with one strip or one point.</summary>
    private readonly struct Stages<TFilter>(
        WinogradConv conv, float* source, float* weights, float* bias, float* residual, float floor, float* result,
        int* isNotFinite)
        where TFilter : struct, IWinogradFilter
    {
        public WinogradConv Conv => conv;

        public WinogradPlan Plan => conv.plan;

        /// <summary>A phase's part of the points of all phases of all tiles.</summary>
        public float* PhaseOf(float* points, int phase) => points + (nint)phase * conv.whole.PhaseFloats(Plan);

        /// <summary>The source of a strip with its channels last.</summary>
        public void Load(int strip, float* to)
        {
            var size = Plan.Source;
            var (image, tileRow) = Math.DivRem(strip, Plan.TileRows);
            WinogradStrip.Load(
                source + (nint)image * size.Channels * size.Height * size.Width, size,
                (tileRow * WinogradFilter.Outputs * Plan.SourceStep.H + Plan.FirstRow, Plan.FirstColumn),
                (Plan.StripRows, Plan.StripColumns), Plan.SourceWidth, to);
        }

        /// <summary>The points of the <paramref name="i"/>-th strip of a chunk.</summary>
        public void ToPoints(in Chunk chunk, int phase, int i, float* strip, float* points, float* temporary) =>
            WinogradStrip.Transform<TFilter>(
                Plan, Plan.Phases[phase], strip, points + (nint)i * Plan.TileColumns * conv.pointTileStep, conv.pointTileStep,
                (nint)chunk.PointStep, temporary);

        /// <summary>At one point (tiles, source channels) · (source channels, result channels); the tiles are read where they
        /// lie.</summary>
        public void Multiply(int phase, int point, int strips, float* points, float* products)
        {
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            var (tiles, width) = (strips * Plan.TileColumns, Plan.ResultWidth);
            var segment = new TileSegment(0, 0, Plan.Depth);
            var operands = new TileOperands
            {
                AStride = 1,
                ARowStride = conv.pointTileStep,
                BStride = GemmTile.Columns,
                Segments = &segment,
                SegmentCount = 1,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            var pointWeights = weights + (nint)(phase * Plan.Points + point) * WinogradWeights<TFilter>.PointStep(Plan);
            for (var column = 0; column < width; column += GemmTile.Columns)
            {
                operands.B = pointWeights + (nint)column * Plan.Depth;
                for (var tile = 0; tile < tiles; tile += GemmTile.Rows)
                {
                    // Rows behind the last tile are there, whatever is in them.
                    operands.A = points + (nint)tile * conv.pointTileStep;
                    GemmTile.RunOver(operands, products + (nint)tile * width + column, width, tiles - tile);
                }
            }
        }

        /// <summary>The tiles of one phase of the <paramref name="i"/>-th strip of a chunk, each to its every step-th pixels of
        /// the strip [row][column][result channel].</summary>
        public void ToOutputs(in Chunk chunk, int phase, int i, float* products, float* outputs, float* temporary)
        {
            var (width, columns) = (Plan.ResultWidth, conv.OutColumns);
            var (rowOffset, columnOffset) = (Plan.Phases[phase].RowOffset, Plan.Phases[phase].ColumnOffset);
            products += (nint)i * Plan.TileColumns * width;
            for (var tile = 0; tile < Plan.TileColumns; tile++, products += width)
            {
                var column = tile * WinogradFilter.Outputs * Plan.Step.W + columnOffset;
                var to = outputs + (nint)(rowOffset * columns + column) * width;
                for (var lane = 0; lane < width; lane += WinogradFilter.Lanes)
                {
                    WinogradFilter.Result<TFilter>(
                        products + lane, (nint)chunk.PointStep, to + lane, Plan.Step.H * columns * width, Plan.Step.W * width,
                        temporary);
                }
            }
        }

        /// <summary>Adds the bias, and writes the pixels that lie inside the image as planes.</summary>
        public void Store(int strip, float* outputs)
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
