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

    private readonly ConvGeometry geometry;
    private readonly bool isInputGradient;
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

    private readonly int bandRows, bands, panels, panelFloats;

    public DenseConv(in ConvGeometry g, bool isInputGradient)
    {
        (geometry, this.isInputGradient) = (g, isInputGradient);
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
        panels = (result.Channels - 1) / GemmTile.Rows + 1;
        panelFloats = phases.Sum(PhaseFloats);
        segments = [.. phases.Select(SegmentsOf)];
    }

    /// <summary>result = source * weight + bias + residual, then at least <paramref name="floor"/>.</summary>
    public void Run(
        HostDevice device, Tensor<float> from, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual, float floor,
        Tensor<float> to)
    {
        using var packed = device.Borrow<float>(geometry.Groups * panels * panelFloats);
        using var packedBias = device.Borrow<float>(geometry.Groups * panels * GemmTile.Rows);
        PackBias(bias, packedBias.Span);
        device.Team.For(geometry.Groups * panels, 1, new PackWeights(this, weight, packed));
        device.Team.For(geometry.B * geometry.Groups * bands, 1, new Bands(this, from, packed, packedBias, residual, floor, to));
    }

    private int ChooseBandRows()
    {
        var rows = Math.Max(1, grid.Rows);
        while (rows > 1 && planes.Floats(rows) > BandFloats)
        {
            rows = (rows + 1) / 2;
        }

        return rows;
    }

    /// <summary>Floats of one panel of a phase; a panel is packed as [phase][tap][channel][row].</summary>
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
            bias.Span.Slice(group * result.Channels, result.Channels).CopyTo(packed[(group * panels * GemmTile.Rows)..]);
        }
    }

    private readonly struct PackWeights(DenseConv conv, Tensor<float> weight, HostBuffer<float> packed) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var groupPanel = start; groupPanel < end; groupPanel++)
            {
                var to = packed.Pointer + (nint)groupPanel * conv.panelFloats;
                foreach (var phase in conv.phases)
                {
                    foreach (var tap in phase.Taps)
                    {
                        PackTap(to, groupPanel / conv.panels, groupPanel % conv.panels, tap);
                        to += conv.source.Channels * GemmTile.Rows;
                    }
                }
            }
        }

        private void PackTap(float* to, int group, int panel, ConvTap tap)
        {
            var g = conv.geometry;
            var taps = g.KernelH * g.KernelW;
            var (resultStep, sourceStep) = conv.isInputGradient ? (taps, g.CInPerGroup * taps) : (g.CInPerGroup * taps, taps);
            var firstRow = panel * GemmTile.Rows;
            var rows = Math.Min(GemmTile.Rows, conv.result.Channels - firstRow);
            var from = weight.Pointer + (nint)group * g.COutPerGroup * g.CInPerGroup * taps
                + (nint)firstRow * resultStep + tap.KernelRow * g.KernelW + tap.KernelColumn;
            for (var channel = 0; channel < conv.source.Channels; channel++, from += sourceStep, to += GemmTile.Rows)
            {
                for (var r = 0; r < rows; r++)
                {
                    to[r] = from[(nint)r * resultStep];
                }

                for (var r = rows; r < GemmTile.Rows; r++)
                {
                    to[r] = 0;
                }
            }
        }
    }

    /// <summary>One range item per image, group and band.</summary>
    private readonly struct Bands(
        DenseConv conv, Tensor<float> from, HostBuffer<float> packed, HostBuffer<float> bias, Tensor<float>? residual,
        float floor,
        Tensor<float> to) : IRangeBody
    {
        public void Range(int start, int end)
        {
            // Planes, each row of which may be overwritten a little past its end, then the phases' results before they are
            // interleaved.
            var results = IsDirect ? 0 : conv.phases.Length * GemmTile.Rows * conv.bandRows * conv.grid.Columns;
            var scratch = HostScratch.Floats(PlaneFloats + results);
            for (var item = start; item < end; item++)
            {
                var firstRow = item % conv.bands * conv.bandRows;
                RunBand(item / conv.bands, firstRow, Math.Min(conv.bandRows, conv.grid.Rows - firstRow), scratch);
            }
        }

        private bool IsDirect => conv.step == (1, 1);

        private int PlaneFloats => conv.planes.Floats(conv.bandRows) + GemmTile.MaxColumns;

        private void RunBand(int image, int firstRow, int rows, float* scratch)
        {
            var (planes, pixels) = (conv.planes, rows * conv.grid.Columns);
            var (isDirect, planeFloats) = (IsDirect, PlaneFloats);
            var image0 = from.Pointer + (nint)image * conv.source.Channels * conv.source.Height * conv.source.Width;
            var read = planes.IsImage ? image0 + firstRow * conv.grid.Columns : scratch;
            if (!planes.IsImage)
            {
                planes.Fill(image0, scratch, firstRow, conv.bandRows);
            }

            var resultSize = conv.result.Height * conv.result.Width;
            for (var panel = 0; panel < conv.panels; panel++)
            {
                var groupPanel = image % conv.geometry.Groups * conv.panels + panel;
                var channel = panel * GemmTile.Rows;
                var channels = Math.Min(GemmTile.Rows, conv.result.Channels - channel);
                var target = to.Pointer + ((nint)image * conv.result.Channels + channel) * resultSize;
                var a = packed.Pointer + (nint)groupPanel * conv.panelFloats;
                for (var phase = 0; phase < conv.phases.Length; phase++)
                {
                    fixed (TileSegment* segments = conv.segments[phase])
                    {
                        var operands = new TileOperands
                        {
                            A = a,
                            AStride = GemmTile.Rows,
                            BStride = planes.ChannelStep(conv.bandRows),
                            Segments = segments,
                            SegmentCount = conv.segments[phase].Length,
                            Bias = bias.Pointer + groupPanel * GemmTile.Rows,
                            StartStride = resultSize,
                            Floor = floor,
                        };
                        var (c, cStride) = isDirect
                            ? ((nint)(target + firstRow * conv.grid.Columns), resultSize)
                            : ((nint)(scratch + planeFloats + (nint)phase * GemmTile.Rows * pixels), pixels);
                        for (var pixel = 0; pixel < pixels; pixel += GemmTile.Columns)
                        {
                            operands.B = read + pixel;
                            operands.Start = residual is null ? null : residual.Pointer + ((float*)c + pixel - to.Pointer);
                            GemmTile.Run(
                                operands, (float*)c + pixel, cStride, channels, Math.Min(GemmTile.Columns, pixels - pixel));
                        }
                    }

                    a += conv.PhaseFloats(conv.phases[phase]);
                }

                if (!isDirect)
                {
                    Interleave(scratch + planeFloats, target, firstRow, rows, channels);
                }
            }
        }

        /// <summary>Spreads the phases' bands, each [row of the panel][pixel], to their every step-th rows and columns of the
        /// result.</summary>
        private void Interleave(float* phases, float* target, int firstRow, int rows, int channels)
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
