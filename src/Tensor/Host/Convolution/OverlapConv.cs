using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Host form of the input gradient, and so of the transposed convolution, for few result channels: an image,
/// say.</summary>
/// <remarks>
/// <para>One matrix product gives what every pixel of dY adds to every tap, Y[(ci, kh, kw), pixel] = Σ weight[co, (ci, kh, kw)] ·
/// dY[co, pixel]; then each pixel of the result adds the taps that fall onto it. The few channels times the taps fill register
/// tiles that the channels alone would leave half empty, and both operands are read where they lie.</para>
/// <para>Bands of rows are independent and split over the team; how they are cut depends on the geometry alone.</para>
/// </remarks>
internal sealed unsafe class OverlapConv
{
    /// <summary>Products of a band should stay in a core's second-level cache.</summary>
    private const int BandFloats = 96 * 1024;

    /// <summary>With shorter sums the additions cost more than the fuller tiles save.</summary>
    private const int LeastSteps = 16;

    private readonly ConvGeometry g;
    private readonly ConvPhase[] phases;
    private readonly (int Rows, int Columns) grid;
    private readonly int rows, taps, firstShift, lastShift, bandRows, bands;

    private OverlapConv(in ConvGeometry geometry)
    {
        g = geometry;
        phases = ConvPhase.OfInputGradient(g);
        taps = g.KernelH * g.KernelW;
        rows = g.CInPerGroup * taps;
        grid = ((g.H + g.StrideH - 1) / g.StrideH, (g.W + g.StrideW - 1) / g.StrideW);
        var shifts = phases.SelectMany(phase => phase.Taps).Select(tap => tap.SourceRow).DefaultIfEmpty().ToArray();
        (firstShift, lastShift) = (shifts.Min(), shifts.Max());
        var sourceRows = Math.Max(1, BandFloats / (rows * g.OutW));
        bandRows = Math.Max(1, Math.Min(sourceRows - (lastShift - firstShift), grid.Rows));
        bands = (grid.Rows + bandRows - 1) / bandRows;
    }

    /// <summary>Null where the channels fill register tiles by themselves.</summary>
    public static OverlapConv? TryCreate(in ConvGeometry g) =>
        g.CInPerGroup < GemmTile.Rows && g.KernelH * g.KernelW > 1 && g.COutPerGroup >= LeastSteps ? new OverlapConv(g) : null;

    /// <summary>dX = floor ∨ (the input gradient of dY + bias).</summary>
    public void Run(
        HostDevice device, Tensor<float> dY, Tensor<float> weight, Tensor<float>? bias, float floor, Tensor<float> dX) =>
        device.Team.For(
            g.B * g.Groups * bands, 1,
            new Bands(this, dY.Pointer, weight.Pointer, bias is null ? null : bias.Pointer, floor, dX.Pointer));

    /// <summary>One range item per image, group and band.</summary>
    private readonly struct Bands(OverlapConv conv, float* dY, float* weight, float* bias, float floor, float* dX) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var g = conv.g;

            // Rows of whole tiles, a vector of space before the first one, then a row of each phase.
            var mostPixels = Math.Clamp(conv.bandRows + conv.lastShift - conv.firstShift, 0, g.OutH) * g.OutW;
            var products = HostLoop.Width + HostScratch.Floats(
                2 * HostLoop.Width + conv.rows * WholeTiles(mostPixels) + g.StrideW * PhaseStep);
            for (var item = start; item < end; item++)
            {
                var (image, group) = (item / conv.bands, item / conv.bands % g.Groups);
                var firstRow = item % conv.bands * conv.bandRows;
                var lastRow = Math.Min(firstRow + conv.bandRows, conv.grid.Rows);
                var firstSource = Math.Clamp(firstRow + conv.firstShift, 0, g.OutH);
                var lastSource = Math.Clamp(lastRow + conv.lastShift, firstSource, g.OutH);
                var pixels = (lastSource - firstSource) * g.OutW;
                var step = WholeTiles(pixels);
                var productFloats = conv.rows * step;
                Multiply(image, group, firstSource, pixels, products, step);
                for (var channel = 0; channel < g.CInPerGroup; channel++)
                {
                    var start0 = bias == null ? 0 : bias[group * g.CInPerGroup + channel];
                    var target = dX + ((nint)image * g.CInPerGroup + channel) * g.H * g.W;
                    var channelProducts = products + (nint)channel * conv.taps * step - firstSource * g.OutW;
                    for (var row = firstRow * g.StrideH; row < Math.Min(lastRow * g.StrideH, g.H); row++)
                    {
                        AddTaps(channelProducts, step, row, start0, products + productFloats, target + (nint)row * g.W);
                    }
                }
            }
        }

        /// <summary>Floats from one phase's row to the next.</summary>
        private int PhaseStep => (conv.grid.Columns + HostLoop.Width - 1) / HostLoop.Width * HostLoop.Width;

        private static int WholeTiles(int pixels) => (pixels + GemmTile.Columns - 1) / GemmTile.Columns * GemmTile.Columns;

        private void Multiply(int image, int group, int firstSource, int pixels, float* products, int step)
        {
            var g = conv.g;
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            var segment = new TileSegment(0, 0, g.COutPerGroup);
            var sourcePixels = g.OutH * g.OutW;
            var operands = new TileOperands
            {
                AStride = conv.rows,
                BStride = sourcePixels,
                Segments = &segment,
                SegmentCount = 1,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            var a = weight + (nint)group * g.COutPerGroup * conv.rows;
            var b = dY + (nint)image * g.COutPerGroup * sourcePixels + firstSource * g.OutW;
            for (var pixel = 0; pixel < pixels; pixel += GemmTile.Columns)
            {
                operands.B = b + pixel;
                for (var row = 0; row < conv.rows; row += GemmTile.Rows)
                {
                    operands.A = a + row;
                    GemmTile.Run(
                        operands, products + row * step + pixel, step, Math.Min(GemmTile.Rows, conv.rows - row),
                        GemmTile.Columns);
                }
            }
        }

        /// <summary>A row of the result: for each phase the sum of its taps, then the phases' numbers in turn.</summary>
        private void AddTaps(float* products, int step, int row, float start, float* phaseRows, float* target)
        {
            var g = conv.g;
            var (gridRow, rowPhase) = Math.DivRem(row, g.StrideH);
            for (var phase = 0; phase < g.StrideW; phase++)
            {
                var taps = conv.phases[rowPhase * g.StrideW + phase].Taps;
                for (var column = 0; column < conv.grid.Columns; column += HostLoop.Width)
                {
                    var sum = Vector512.Create(start);
                    foreach (var tap in taps)
                    {
                        var sourceRow = gridRow + tap.SourceRow;
                        if ((uint)sourceRow < (uint)g.OutH)
                        {
                            var index = (nint)(tap.KernelRow * g.KernelW + tap.KernelColumn) * step + sourceRow * g.OutW;
                            sum += LoadInside(products + index, column + tap.SourceColumn, g.OutW);
                        }
                    }

                    Vector512.MaxNative(Vector512.Create(floor), sum).Store(phaseRows + phase * PhaseStep + column);
                }
            }

            HostInterleave.Run(phaseRows, PhaseStep, g.StrideW, target, g.W);
        }

        /// <summary>The numbers from one column of a row on, zeros outside it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> LoadInside(float* row, int column, int columns)
        {
            // The lanes within the row are those whose column, as an unsigned number, is below its length; all others' memory is
            // not read.
            if (column >= columns || column <= -HostLoop.Width)
            {
                return Vector512<float>.Zero;
            }

            var isInside = Vector512.LessThan(
                (Vector512<int>.Indices + Vector512.Create(column)).AsUInt32(), Vector512.Create((uint)columns));
            return isInside.AsSingle() & Vector512.Load(row + column);
        }
    }
}
