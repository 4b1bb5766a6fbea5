using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Host form of dWeight[co, ci, kh, kw] = Σ over images and output pixels of dY[co] · x[ci at that tap].</summary>
/// <remarks>
/// <para>A matrix product whose reduction runs over pixels. Chunks of images are first turned to channels-last, x with its
/// padding, so that one step of the reduction finds neighbouring channels beside each other: rows are (kernel column, ci),
/// columns are co, of which each tile has its own copy of dY, so that it reads one run of memory.</para>
/// <para>Partial sums go to a buffer in the order of the images; chunks and tiles depend on the geometry alone, not on the
/// threads.</para>
/// </remarks>
internal sealed unsafe class WeightGradientConv
{
    /// <summary>Channels-last copies of one chunk: both operands should stay in a core's second-level cache.</summary>
    private const int ChunkFloats = 128 * 1024;

    private readonly ConvGeometry g;
    private readonly int paddedH, paddedW, chunkImages, blocks, blockRows, panels, columnTiles;

    public WeightGradientConv(in ConvGeometry geometry)
    {
        g = geometry;
        paddedH = (g.OutH - 1) * g.StrideH + (g.KernelH - 1) * g.DilationH + 1;
        paddedW = (g.OutW - 1) * g.StrideW + (g.KernelW - 1) * g.DilationW + 1;
        // Without dilation the taps of a kernel row are neighbours, and one block takes them all.
        (blocks, blockRows) = g.DilationW == 1
            ? (g.KernelH, g.KernelW * g.CInPerGroup)
            : (g.KernelH * g.KernelW, g.CInPerGroup);
        panels = (blockRows - 1) / GemmTile.Rows + 1;
        columnTiles = (g.COutPerGroup - 1) / GemmTile.Columns + 1;
        chunkImages = Math.Max(1, Math.Min(ChunkFloats / (XFloats + DYFloats), g.B));
    }

    private int XFloats => paddedH * paddedW * g.CInPerGroup;

    private int DYFloats => columnTiles * TileFloats;

    /// <summary>Parts of an image that are turned one by one: rows of x, then tiles of dY.</summary>
    private int TurnedParts => paddedH + columnTiles;

    /// <summary>dY of one image for one tile of columns.</summary>
    private int TileFloats => g.OutH * g.OutW * GemmTile.Columns;

    public void Run(HostDevice device, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight)
    {
        using var xLast = device.Borrow<float>(chunkImages * XFloats);
        using var dYLast = device.Borrow<float>(chunkImages * DYFloats);
        using var sums = device.Borrow<float>(blocks * blockRows * g.COutPerGroup);
        using var segments = device.Borrow<TileSegment>(chunkImages * g.OutH);
        for (var group = 0; group < g.Groups; group++)
        {
            if (g.B == 0)
            {
                sums.Span.Clear();
            }

            for (var image = 0; image < g.B; image += chunkImages)
            {
                var images = Math.Min(chunkImages, g.B - image);
                var grain = HostLoop.RowGrain((XFloats + DYFloats) / TurnedParts);
                device.Team.For(
                    images * TurnedParts, grain, new ToChannelsLast(this, group, image, x, dY, xLast, dYLast));
                var count = Segments(images, segments.Pointer);
                device.Team.For(
                    blocks * panels * columnTiles, 4, new Tiles(this, xLast, dYLast, segments.Pointer, count, image > 0, sums));
            }

            device.Team.For(g.COutPerGroup, Gather.Block, new Gather(this, group, sums, dWeight));
        }
    }

    /// <summary>The runs of the reduction: a row of output pixels each, joined where they follow one another in both
    /// operands.</summary>
    private int Segments(int images, TileSegment* segments)
    {
        var count = 0;
        var (xStep, dYStep) = (g.StrideW * g.CInPerGroup, GemmTile.Columns);
        for (var image = 0; image < images; image++)
        {
            for (var row = 0; row < g.OutH; row++)
            {
                var next = new TileSegment(
                    image * XFloats + row * g.StrideH * paddedW * g.CInPerGroup, image * TileFloats + row * g.OutW * dYStep,
                    g.OutW);
                count = TileSegment.Append(segments, count, next, xStep, dYStep);
            }
        }

        return count;
    }

    /// <summary>One range item per image and row of x or tile of dY.</summary>
    private readonly struct ToChannelsLast(
        WeightGradientConv conv, int group, int firstImage, Tensor<float> x, Tensor<float> dY, HostBuffer<float> xLast,
        HostBuffer<float> dYLast)
        : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                var (image, part) = Math.DivRem(item, conv.TurnedParts);
                var at = (nint)(firstImage + image) * conv.g.Groups + group;
                if (part < conv.paddedH)
                {
                    PadAndTurn(at, part, xLast.Pointer + image * conv.XFloats + part * conv.paddedW * conv.g.CInPerGroup);
                }
                else
                {
                    Turn(at, image, part - conv.paddedH);
                }
            }
        }

        /// <summary>A row of x with its padding.</summary>
        private void PadAndTurn(nint at, int row, float* to)
        {
            var g = conv.g;
            var channels = g.CInPerGroup;
            var firstColumn = Math.Min(g.PadLeft, conv.paddedW);
            var columns = Math.Clamp(conv.paddedW - firstColumn, 0, g.W);
            var sourceRow = row - g.PadTop;
            if ((uint)sourceRow >= (uint)g.H)
            {
                new Span<float>(to, conv.paddedW * channels).Clear();
                return;
            }

            new Span<float>(to, firstColumn * channels).Clear();
            HostTranspose.Run(
                x.Pointer + (at * channels * g.H + sourceRow) * g.W, g.H * g.W, to + firstColumn * channels, channels, channels,
                columns);
            new Span<float>(to + (firstColumn + columns) * channels, (conv.paddedW - firstColumn - columns) * channels).Clear();
        }

        /// <summary>dY for one tile of columns.</summary>
        private void Turn(nint at, int image, int tile)
        {
            var (channel, pixels) = (tile * GemmTile.Columns, conv.g.OutH * conv.g.OutW);
            HostTranspose.Run(
                dY.Pointer + (at * conv.g.COutPerGroup + channel) * pixels, pixels,
                dYLast.Pointer + ((nint)tile * conv.chunkImages + image) * conv.TileFloats, GemmTile.Columns,
                Math.Min(GemmTile.Columns, conv.g.COutPerGroup - channel), pixels);
        }
    }

    private readonly struct Tiles(
        WeightGradientConv conv, HostBuffer<float> xLast, HostBuffer<float> dYLast, TileSegment* segments, int segmentCount,
        bool accumulate, HostBuffer<float> sums) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var g = conv.g;
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            var operands = new TileOperands
            {
                AStride = g.StrideW * g.CInPerGroup,
                BStride = GemmTile.Columns,
                Segments = segments,
                SegmentCount = segmentCount,
                StartStride = g.COutPerGroup,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            for (var item = start; item < end; item++)
            {
                var row = item / conv.columnTiles % conv.panels * GemmTile.Rows;
                var tile = item % conv.columnTiles;
                var column = tile * GemmTile.Columns;
                var block = item / conv.columnTiles / conv.panels;
                operands.A = xLast.Pointer + BlockOffset(block) + row;
                operands.B = dYLast.Pointer + (nint)tile * conv.chunkImages * conv.TileFloats;
                var to = sums.Pointer + ((nint)block * conv.blockRows + row) * g.COutPerGroup + column;
                operands.Start = accumulate ? to : null;
                GemmTile.Run(
                    operands, to, g.COutPerGroup,
                    Math.Min(GemmTile.Rows, conv.blockRows - row), Math.Min(GemmTile.Columns, g.COutPerGroup - column));
            }
        }

        private int BlockOffset(int block)
        {
            var g = conv.g;
            var (kernelRow, kernelColumn) = g.DilationW == 1 ? (block, 0) : (block / g.KernelW, block % g.KernelW);
            return (kernelRow * g.DilationH * conv.paddedW + kernelColumn * g.DilationW) * g.CInPerGroup;
        }
    }

    /// <summary>From sums (kh, kw, ci, co) to dWeight (co, ci, kh, kw). One range item per co.</summary>
    private readonly struct Gather(WeightGradientConv conv, int group, HostBuffer<float> sums, Tensor<float> dWeight) : IRangeBody
    {
        public const int Block = 8;

        public void Range(int start, int end)
        {
            var g = conv.g;
            var taps = g.KernelH * g.KernelW;
            var length = g.CInPerGroup * taps;
            var from = sums.Pointer + start;
            var to = dWeight.Pointer + ((nint)group * g.COutPerGroup + start) * length;
            if (!Avx.IsSupported || end - start != Block || length < Block)
            {
                GatherPlainly(from, to, end - start, length);
                return;
            }

            var block = stackalloc float[Block * Block];
            for (var k = 0; k < length; k += Block)
            {
                // The last block overlaps the one before.
                var first = Math.Min(k, length - Block);
                var (ci, tap) = Math.DivRem(first, taps);
                for (var i = 0; i < Block; i++)
                {
                    Vector256.Load(from + ((nint)tap * g.CInPerGroup + ci) * g.COutPerGroup).Store(block + i * Block);
                    if (++tap == taps)
                    {
                        (ci, tap) = (ci + 1, 0);
                    }
                }

                HostTranspose.Block8(block, Block, to + first, length);
            }
        }

        private void GatherPlainly(float* from, float* to, int rows, int length)
        {
            var g = conv.g;
            var taps = g.KernelH * g.KernelW;
            for (var row = 0; row < rows; row++, to += length)
            {
                for (var k = 0; k < length; k++)
                {
                    var (ci, tap) = Math.DivRem(k, taps);
                    to[k] = from[((nint)tap * g.CInPerGroup + ci) * g.COutPerGroup + row];
                }
            }
        }
    }
}
