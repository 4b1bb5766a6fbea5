using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Host form of the convolutions that make images: forward, gradient to the input, and the transposed convolution, which
/// is one.</summary>
/// <remarks>
/// <para>An implicit matrix product per image band: rows are result channels with the weight packed in panels, columns are the
/// band's pixels read from <see cref="SourcePlanes"/>, the reduction runs over taps and source channels. im2col is never
/// made.</para>
/// <para>Bands are independent and split over the team; how they are cut depends on the geometry alone.</para>
/// </remarks>
internal sealed unsafe class DenseConv
{
    /// <summary>Planes of a band should stay in a core's second-level cache beside the weight's panels.</summary>
    private const int BandFloats = 96 * 1024;

    /// <summary>With fewer bands for each thread, some threads would wait for others.</summary>
    private const int ItemsOfThread = 4;

    /// <summary>Of the planes of all bands, where threads share them.</summary>
    private const int MostSharedFloats = 1 << 24;

    /// <summary>Multiply-adds that are worth a chunk of their own: some microseconds.</summary>
    private const int StepsOfChunk = 256 * 1024;

    private readonly ConvGeometry geometry;
    private readonly PackedConvWeights weights;
    private readonly ConvPhase[] phases;
    private readonly SourcePlanes planes;
    private readonly (int Channels, int Height, int Width) source, result;

    /// <summary>Pixels of the result between neighbouring outputs of a phase.</summary>
    private readonly (int H, int W) step;

    /// <summary>Outputs of a phase, of all phases the largest.</summary>
    private readonly (int Rows, int Columns) grid;

    /// <summary>The sums of each phase: a packed panel against the planes of a band, however many of its rows are
    /// wanted.</summary>
    private readonly TileSegment[][] segments;

    private readonly int bandRows, bands;

    public DenseConv(in ConvGeometry g, bool isInputGradient)
    {
        geometry = g;
        var unordered = isInputGradient ? ConvPhase.OfInputGradient(g) : ConvPhase.OfForward(g);
        var (x, y, stride) = ((g.CInPerGroup, g.H, g.W), (g.COutPerGroup, g.OutH, g.OutW), (g.StrideH, g.StrideW));
        (source, result) = isInputGradient ? (y, x) : (x, y);
        step = isInputGradient ? stride : (1, 1);
        grid = ((result.Height + step.H - 1) / step.H, (result.Width + step.W - 1) / step.W);
        planes = new SourcePlanes(
            [.. unordered.SelectMany(phase => phase.Taps)], isInputGradient ? (1, 1) : stride, source, grid);
        phases = [.. unordered.Select(phase => phase with { Taps = planes.InOrder(phase.Taps) })];
        bandRows = ChooseBandRows();
        bands = (grid.Rows + bandRows - 1) / bandRows;
        weights = new PackedConvWeights(g, isInputGradient, phases.SelectMany(phase => phase.Taps));
        segments = [.. phases.Select(SegmentsOf)];
    }

    /// <summary>result = source * weight + bias + residual, then at least <paramref name="floor"/>.</summary>
    public void Run(
        HostDevice device, Tensor<float> from, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual, float floor,
        Tensor<float> to)
    {
        using var packed = device.Derive(weight, weights.Form, weights.Floats, out var isNew);
        using var packedBias = device.Borrow<float>(geometry.Groups * weights.Panels * GemmTile.Rows);
        PackBias(bias, packedBias.Span);
        if (isNew)
        {
            weights.Pack(device, weight.Pointer, packed.Pointer);
        }

        var arrays = new Arrays(from, packed, packedBias, residual, floor, to);
        var items = geometry.B * geometry.Groups * bands;
        var sharedFloats = items * (long)planes.Floats(bandRows);
        if (device.Team.Threads == 1 || items >= ItemsOfThread * device.Team.Threads || sharedFloats > MostSharedFloats)
        {
            device.Team.For(items, 1, new WholeBands(this, arrays));
            return;
        }

        // Too few for so many threads: they share the panels of a band, which changes no bit.
        using var shared = device.Borrow<float>((int)sharedFloats);
        if (sharedFloats > 0)
        {
            var grain = HostLoop.RowGrain(sharedFloats / (items * source.Channels));
            device.Team.For(items * source.Channels, grain, new FillPlanes(this, arrays, shared.Pointer));
        }

        var steps = (long)weights.PanelFloats * bandRows * grid.Columns;
        var panelGrain = (int)Math.Max(1, StepsOfChunk / Math.Max(1, steps));
        device.Team.For(items * weights.Panels, panelGrain, new Panels(this, arrays, shared.Pointer));
    }

    /// <summary>Whether results are written where they belong, rather than interleaved.</summary>
    private bool IsDirect => step == (1, 1);

    /// <summary>Floats of the phases' results of one panel and band before they are interleaved, with space for a tile past the
    /// last ones.</summary>
    private int PhaseResultFloats => IsDirect ? 0 : phases.Length * GemmTile.Rows * bandRows * grid.Columns + GemmTile.MaxColumns;

    private int ChooseBandRows()
    {
        var rows = Math.Max(1, grid.Rows);
        while (rows > 1 && planes.Floats(rows) > BandFloats)
        {
            rows = (rows + 1) / 2;
        }

        return rows;
    }

    /// <summary>Floats of one phase of a panel.</summary>
    private int PhaseFloats(ConvPhase phase) => phase.Taps.Length * source.Channels * GemmTile.Rows;

    /// <summary>Taps whose channels follow one another in the planes are one run.</summary>
    private TileSegment[] SegmentsOf(ConvPhase phase)
    {
        var runs = stackalloc TileSegment[phase.Taps.Length];
        var count = 0;
        foreach (var (t, tap) in phase.Taps.Index())
        {
            var next = new TileSegment(t * source.Channels * GemmTile.Rows, planes.TapOffset(tap, bandRows), source.Channels);
            count = TileSegment.Append(runs, count, next, GemmTile.Rows, planes.ChannelStep(bandRows));
        }

        return new Span<TileSegment>(runs, count).ToArray();
    }

    private void PackBias(Tensor<float>? bias, Span<float> packed)
    {
        packed.Clear();
        for (var group = 0; bias is not null && group < geometry.Groups; group++)
        {
            bias.Span.Slice(group * result.Channels, result.Channels).CopyTo(packed[(group * weights.Panels * GemmTile.Rows)..]);
        }
    }

    /// <summary>The arrays of one run.</summary>
    private readonly struct Arrays(
        Tensor<float> from, HostBuffer<float> packed, HostBuffer<float> bias, Tensor<float>? residual, float floor,
        Tensor<float> to)
    {
        public float* From { get; } = from.Pointer;

        public float* Packed { get; } = packed.Pointer;

        public float* Bias { get; } = bias.Pointer;

        /// <summary>Null for none.</summary>
        public float* Residual { get; } = residual is null ? null : residual.Pointer;

        public float Floor { get; } = floor;

        public float* To { get; } = to.Pointer;
    }

    /// <summary>One range item per image, group and band, each with all its panels.</summary>
    private readonly struct WholeBands(DenseConv conv, Arrays arrays) : IRangeBody
    {
        public void Range(int start, int end)
        {
            // Planes, then what the phases need before they are interleaved.
            var planeFloats = conv.planes.Floats(conv.bandRows);
            var scratch = HostScratch.Floats(planeFloats + conv.PhaseResultFloats);
            for (var item = start; item < end; item++)
            {
                var band = new Band(conv, arrays, item);
                band.FillPlanes(scratch, 0, conv.source.Channels);
                for (var panel = 0; panel < conv.weights.Panels; panel++)
                {
                    band.Multiply(scratch, panel, scratch + planeFloats);
                }
            }
        }
    }

    /// <summary>One range item per image, group, band and source channel.</summary>
    private readonly struct FillPlanes(DenseConv conv, Arrays arrays, float* planes) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var item = start; item < end;)
            {
                var (band, channel) = Math.DivRem(item, conv.source.Channels);
                var endChannel = Math.Min(conv.source.Channels, channel + end - item);
                new Band(conv, arrays, band).FillPlanes(
                    planes + (nint)band * conv.planes.Floats(conv.bandRows), channel, endChannel);
                item += endChannel - channel;
            }
        }
    }

    /// <summary>One range item per image, group, band and panel.</summary>
    private readonly struct Panels(DenseConv conv, Arrays arrays, float* planes) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var results = HostScratch.Floats(conv.PhaseResultFloats);
            for (var item = start; item < end; item++)
            {
                var (band, panel) = Math.DivRem(item, conv.weights.Panels);
                new Band(conv, arrays, band).Multiply(
                    planes + (nint)band * conv.planes.Floats(conv.bandRows), panel, results);
            }
        }
    }

    /// <summary>Some rows of the result of one image and group.</summary>
    private readonly struct Band(DenseConv conv, Arrays arrays, int item)
    {
        /// <summary>The image and the group in it.</summary>
        private readonly int image = item / conv.bands;

        private readonly int firstRow = item % conv.bands * conv.bandRows;

        private readonly int rows = Math.Min(conv.bandRows, conv.grid.Rows - item % conv.bands * conv.bandRows);

        private float* Image => arrays.From + (nint)image * conv.source.Channels * conv.source.Height * conv.source.Width;

        /// <summary>Writes the planes of some channels; nothing where the image is read itself.</summary>
        public void FillPlanes(float* planes, int firstChannel, int endChannel)
        {
            if (!conv.planes.IsImage)
            {
                conv.planes.Fill(Image, planes, firstRow, conv.bandRows, firstChannel, endChannel);
            }
        }

        /// <summary>The result of one panel of channels.</summary>
        /// <param name="planes">What <see cref="FillPlanes"/> wrote.</param>
        /// <param name="panel">Which.</param>
        /// <param name="phaseResults">Space for <see cref="PhaseResultFloats"/>.</param>
        public void Multiply(float* planes, int panel, float* phaseResults)
        {
            var pixels = rows * conv.grid.Columns;
            var read = conv.planes.IsImage ? Image + firstRow * conv.grid.Columns : planes;
            var resultSize = conv.result.Height * conv.result.Width;
            var groupPanel = image % conv.geometry.Groups * conv.weights.Panels + panel;
            var channel = panel * GemmTile.Rows;
            var channels = Math.Min(GemmTile.Rows, conv.result.Channels - channel);
            var target = arrays.To + ((nint)image * conv.result.Channels + channel) * resultSize;
            var a = arrays.Packed + (nint)groupPanel * conv.weights.PanelFloats;
            for (var phase = 0; phase < conv.phases.Length; phase++)
            {
                fixed (TileSegment* segments = conv.segments[phase])
                {
                    var operands = new TileOperands
                    {
                        A = a,
                        AStride = GemmTile.Rows,
                        BStride = conv.planes.ChannelStep(conv.bandRows),
                        Segments = segments,
                        SegmentCount = conv.segments[phase].Length,
                        Bias = arrays.Bias + groupPanel * GemmTile.Rows,
                        StartStride = resultSize,
                        Floor = arrays.Floor,
                    };
                    var cStride = conv.IsDirect ? resultSize : pixels;
                    var c = conv.IsDirect
                        ? target + firstRow * conv.grid.Columns
                        : phaseResults + (nint)phase * GemmTile.Rows * pixels;
                    for (var pixel = 0; pixel < pixels; pixel += GemmTile.Columns)
                    {
                        operands.B = read + pixel;
                        operands.Start = arrays.Residual == null ? null : arrays.Residual + (c + pixel - arrays.To);
                        GemmTile.Run(operands, c + pixel, cStride, channels, Math.Min(GemmTile.Columns, pixels - pixel));
                    }
                }

                a += conv.PhaseFloats(conv.phases[phase]);
            }

            if (!conv.IsDirect)
            {
                Interleave(phaseResults, target, channels);
            }
        }

        /// <summary>Spreads the phases' bands, each [row of the panel][pixel], to their every step-th rows and columns of the
        /// result.</summary>
        private void Interleave(float* phases, float* target, int channels)
        {
            var (columns, pixels, width) = (conv.grid.Columns, rows * conv.grid.Columns, conv.result.Width);
            var phaseStep = GemmTile.Rows * pixels;
            for (var channel = 0; channel < channels; channel++)
            {
                for (var row = 0; row < rows * conv.step.H; row++)
                {
                    var resultRow = firstRow * conv.step.H + row;
                    if (resultRow < conv.result.Height)
                    {
                        var phase = phases + row % conv.step.H * conv.step.W * phaseStep + channel * pixels
                            + row / conv.step.H * columns;
                        HostInterleave.Run(phase, phaseStep, conv.step.W,
                            target + ((nint)channel * conv.result.Height + resultRow) * width, width);
                    }
                }
            }
        }
    }
}
