using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives.Convolution;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Host form of the convolutions that make images: forward, gradient to the input, and the transposed convolution, which is one.</summary>
/// <remarks>
/// <para>An implicit matrix product per image band: rows are result channels with the weight packed in panels, columns are the band's
/// pixels read from <see cref="SourcePlanes"/>, the reduction runs over taps and source channels. im2col is never made.</para>
/// <para>Bands are independent and split over the team; how they are cut depends on the geometry alone.</para>
/// </remarks>
internal sealed unsafe class DenseConv
{
    /// <summary>Planes of a band should stay in a core's second-level cache beside the weight's panels.</summary>
    private const int BandFloats = 96 * 1024;

    private readonly ConvPhase[] phases;
    private readonly SourcePlanes[] planes;
    private readonly int groups, batch, step, stepW, bandRows, bands;
    private readonly int channelsIn, heightIn, widthIn, channelsOut, heightOut, widthOut;
    private readonly bool weightIsTransposed;
    private readonly ConvGeometry geometry;

    private DenseConv(in ConvGeometry g, bool inputGradient)
    {
        geometry = g;
        (groups, batch, weightIsTransposed) = (g.Groups, g.B, inputGradient);
        phases = inputGradient ? ConvPhase.OfInputGradient(g) : ConvPhase.OfForward(g);
        (channelsIn, heightIn, widthIn) = inputGradient ? (g.COutPerGroup, g.OutH, g.OutW) : (g.CInPerGroup, g.H, g.W);
        (channelsOut, heightOut, widthOut) = inputGradient ? (g.CInPerGroup, g.H, g.W) : (g.COutPerGroup, g.OutH, g.OutW);
        (step, stepW) = inputGradient ? (g.StrideH, g.StrideW) : (1, 1);
        var (readStepH, readStepW) = inputGradient ? (1, 1) : (g.StrideH, g.StrideW);
        planes = [.. phases.Select(phase => new SourcePlanes(phase, readStepH, readStepW, channelsIn, heightIn, widthIn))];
        bandRows = ChooseBandRows();
        bands = phases.Length == 0 ? 0 : (phases.Max(phase => phase.Rows) - 1) / bandRows + 1;
    }

    private int Panels => (channelsOut - 1) / GemmTile.Rows + 1;

    private int PanelFloats(ConvPhase phase) => phase.Taps.Length * channelsIn * GemmTile.Rows;

    /// <summary>y = x * weight + bias, then at least <paramref name="floor"/>.</summary>
    public static void Forward(
        HostDevice device, in ConvGeometry g, Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, float floor, Tensor<float> y) =>
        new DenseConv(g, inputGradient: false).Run(device, x, weight, bias, floor, y);

    /// <summary>dX from dY; with a bias and a floor also the transposed convolution of dY.</summary>
    public static void InputGradient(
        HostDevice device, in ConvGeometry g, Tensor<float> dY, Tensor<float> weight, Tensor<float>? bias, float floor, Tensor<float> dX) =>
        new DenseConv(g, inputGradient: true).Run(device, dY, weight, bias, floor, dX);

    private void Run(HostDevice device, Tensor<float> source, Tensor<float> weight, Tensor<float>? bias, float floor, Tensor<float> result)
    {
        var panelsSize = phases.Sum(PanelFloats) * Panels * groups;
        using var packed = device.Empty<float>([panelsSize]);
        using var packedBias = device.Empty<float>([groups * Panels * GemmTile.Rows]);
        PackBias(bias, packedBias);
        device.Team.For(groups * Panels, 1, new PackWeights(this, weight, packed));
        device.Team.For(batch * groups * bands, 1, new Bands(this, source, packed, packedBias, floor, result));
    }

    private int ChooseBandRows()
    {
        var most = phases.Length == 0 ? 1 : phases.Max(phase => phase.Rows);
        var rows = most;
        while (rows > 1 && planes.Max(plane => plane.Floats(rows)) > BandFloats)
        {
            rows = (rows + 1) / 2;
        }

        return rows;
    }

    private void PackBias(Tensor<float>? bias, Tensor<float> packed)
    {
        packed.Span.Clear();
        for (var group = 0; bias is not null && group < groups; group++)
        {
            bias.Span.Slice(group * channelsOut, channelsOut).CopyTo(packed.Span[(group * Panels * GemmTile.Rows)..]);
        }
    }

    /// <summary>Where panel (group, panel) of a phase starts in the packed weight: [group][panel][phase][tap][channel][row].</summary>
    private int PanelStart(int groupPanel, int phase)
    {
        var start = groupPanel * phases.Sum(PanelFloats);
        for (var p = 0; p < phase; p++)
        {
            start += PanelFloats(phases[p]);
        }

        return start;
    }

    private readonly struct PackWeights(DenseConv conv, Tensor<float> weight, Tensor<float> packed) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var groupPanel = start; groupPanel < end; groupPanel++)
            {
                var to = packed.Pointer + conv.PanelStart(groupPanel, 0);
                foreach (var phase in conv.phases)
                {
                    foreach (var tap in phase.Taps)
                    {
                        PackTap(to, groupPanel, tap);
                        to += conv.channelsIn * GemmTile.Rows;
                    }
                }
            }
        }

        private void PackTap(float* to, int groupPanel, ConvTap tap)
        {
            var g = conv.geometry;
            var (group, panel) = (groupPanel / conv.Panels, groupPanel % conv.Panels);
            var tapSize = g.KernelH * g.KernelW;
            var (outStep, inStep) = conv.weightIsTransposed ? (tapSize, g.CInPerGroup * tapSize) : (g.CInPerGroup * tapSize, tapSize);
            var firstRow = panel * GemmTile.Rows;
            var rows = Math.Min(GemmTile.Rows, conv.channelsOut - firstRow);
            var from = weight.Pointer + (nint)group * g.COutPerGroup * g.CInPerGroup * tapSize
                + (nint)firstRow * outStep + tap.KernelRow * g.KernelW + tap.KernelColumn;
            for (var channel = 0; channel < conv.channelsIn; channel++, from += inStep, to += GemmTile.Rows)
            {
                for (var r = 0; r < rows; r++)
                {
                    to[r] = from[(nint)r * outStep];
                }

                for (var r = rows; r < GemmTile.Rows; r++)
                {
                    to[r] = 0;
                }
            }
        }
    }

    private readonly struct Bands(
        DenseConv conv, Tensor<float> source, Tensor<float> packed, Tensor<float> bias, float floor, Tensor<float> result) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                var (image, band) = (item / conv.bands, item % conv.bands);
                for (var phase = 0; phase < conv.phases.Length; phase++)
                {
                    var firstRow = band * conv.bandRows;
                    var rows = Math.Min(conv.bandRows, conv.phases[phase].Rows - firstRow);
                    if (rows > 0)
                    {
                        RunBand(image, phase, firstRow, rows);
                    }
                }
            }
        }

        private void RunBand(int image, int phaseIndex, int firstRow, int rows)
        {
            var (phase, planes) = (conv.phases[phaseIndex], conv.planes[phaseIndex]);
            var pixels = rows * phase.Columns;
            var direct = conv.step == 1 && conv.stepW == 1;
            var planeFloats = (planes.Floats(rows) + 63) / 64 * 64;
            var scratch = HostScratch.Floats(planeFloats + GemmTile.Columns + (direct ? 0 : GemmTile.Rows * pixels));
            var from = source.Pointer + (nint)image * conv.channelsIn * conv.heightIn * conv.widthIn;
            if (planes.IsImage)
            {
                from += firstRow * phase.Columns;
            }
            else
            {
                planes.Fill(from, scratch, firstRow, rows);
                from = scratch;
            }

            var segments = stackalloc TileSegment[phase.Taps.Length];
            for (var t = 0; t < phase.Taps.Length; t++)
            {
                segments[t] = new TileSegment(t * conv.channelsIn * GemmTile.Rows, planes.TapOffset(phase.Taps[t], rows), conv.channelsIn);
            }

            var operands = new TileOperands
            {
                AStride = GemmTile.Rows,
                BStride = planes.ChannelStep(rows),
                Segments = segments,
                SegmentCount = phase.Taps.Length,
                Floor = floor,
            };
            var resultSize = conv.heightOut * conv.widthOut;
            for (var panel = 0; panel < conv.Panels; panel++)
            {
                var groupPanel = image % conv.groups * conv.Panels + panel;
                var channel = panel * GemmTile.Rows;
                var channels = Math.Min(GemmTile.Rows, conv.channelsOut - channel);
                var to = result.Pointer + ((nint)image * conv.channelsOut + channel) * resultSize;
                operands.A = packed.Pointer + conv.PanelStart(groupPanel, phaseIndex);
                operands.Bias = bias.Pointer + groupPanel * GemmTile.Rows;
                var c = direct ? to + firstRow * phase.Columns : scratch + planeFloats + GemmTile.Columns;
                var cStride = direct ? resultSize : pixels;
                for (var pixel = 0; pixel < pixels; pixel += GemmTile.Columns)
                {
                    operands.B = from + pixel;
                    GemmTile.Run(operands, c + pixel, cStride, channels, Math.Min(GemmTile.Columns, pixels - pixel));
                }

                if (!direct)
                {
                    Interleave(c, pixels, to, resultSize, phase, firstRow, rows, channels);
                }
            }
        }

        /// <summary>Spreads a phase's band to its every step-th rows and columns of the result.</summary>
        private void Interleave(float* from, int fromStep, float* to, int toStep, ConvPhase phase, int firstRow, int rows, int channels)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                for (var row = 0; row < rows; row++)
                {
                    var source = from + channel * fromStep + row * phase.Columns;
                    var target = to + channel * toStep
                        + ((firstRow + row) * conv.step + phase.RowOffset) * conv.widthOut + phase.ColumnOffset;
                    for (var column = 0; column < phase.Columns; column++)
                    {
                        target[column * conv.stepW] = source[column];
                    }
                }
            }
        }
    }
}
