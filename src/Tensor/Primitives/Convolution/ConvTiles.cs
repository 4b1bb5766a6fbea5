using ILGPU;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Convolutions as matrix products of tiles, whose matrices are never stored: a tile is
/// gathered from the images.</summary>
internal static class ConvTiles
{
    /// <summary>Groups of threads that fill a large graphics processor; with fewer tiles, sums are cut into pieces.</summary>
    private const int EnoughGroups = 512;

    /// <summary>Terms of a piece at least.</summary>
    private const int MinPiece = 512;

    /// <summary>y by channels (rows) and pixels of the batch (columns), summed over input channels and the kernel.</summary>
    public static void Forward(
        KernelDevice device, in ConvGeometry g, Tensor<float> x, Tensor<float> weight, Tensor<float>? bias,
        Tensor<float>? residual, float floor, Tensor<float> y)
    {
        var k = g.CInPerGroup * g.KernelH * g.KernelW;
        device.LaunchProduct<RowsAlongK, Windows, ImageResult>(
            new RowsAlongK(weight.View, g.COutPerGroup * k, k),
            new Windows(x.View, g),
            new ImageResult(
                y.View, (bias ?? weight).View, (residual ?? weight).View, bias is null ? 0 : 1, residual is null ? 0 : 1, floor,
                g.COut, g.COutPerGroup, g.OutH * g.OutW),
            new TileSizes(g.COutPerGroup, g.B * g.OutH * g.OutW, k),
            g.Groups);
    }

    /// <summary>
    /// dX by channels (rows) and pixels (columns) of one phase: the pixels that the same rows and columns of the kernel meet, so
    /// that no product is with a zero between the pixels of dY.
    /// </summary>
    public static void InputGradient(
        KernelDevice device, in ConvGeometry g, Tensor<float> dY, Tensor<float> weight, Tensor<float>? bias, float floor,
        Tensor<float> dX)
    {
        for (var phaseH = 0; phaseH < g.StrideH; phaseH++)
        {
            var rows = PhaseAxis.Of(phaseH, g.H, g.StrideH, g.DilationH, g.PadTop, g.KernelH);
            for (var phaseW = 0; phaseW < g.StrideW; phaseW++)
            {
                var columns = PhaseAxis.Of(phaseW, g.W, g.StrideW, g.DilationW, g.PadLeft, g.KernelW);
                var phase = new Phase(g, rows, columns);
                device.LaunchProduct<PhaseWeights, PhaseWindows, PhaseResult>(
                    new PhaseWeights(weight.View, phase),
                    new PhaseWindows(dY.View, phase),
                    new PhaseResult(dX.View, (bias ?? weight).View, bias is null ? 0 : 1, floor, phase),
                    new TileSizes(g.CInPerGroup, g.B * phase.Pixels, g.COutPerGroup * phase.Taps),
                    g.Groups);
            }
        }
    }

    /// <summary>dWeight by output channels (rows) and input channels and kernel (columns), summed over
    /// the pixels of the batch.</summary>
    public static void WeightGradient(
        KernelDevice device, in ConvGeometry g, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight)
    {
        int m = g.COutPerGroup, n = g.CInPerGroup * g.KernelH * g.KernelW, k = g.B * g.OutH * g.OutW;
        var groups = TileProduct.Count(m) * TileProduct.Count(n) * g.Groups;
        var pieces = Math.Max(1, Math.Min(EnoughGroups / Math.Max(1, groups), k / MinPiece));

        // Whole quads, which copies of four elements ask for.
        var sizes = new TileSizes(m, n, k, pieces, ((k + pieces - 1) / pieces + 3) / 4 * 4);
        var a = new Pixels(dY.View, g);
        var b = new KernelWindows(x.View, g);
        if (pieces == 1)
        {
            device.LaunchProduct<Pixels, KernelWindows, MatrixResult>(
                a, b, new MatrixResult(dWeight.View, m, n), sizes, g.Groups);
            return;
        }

        using var parts = device.Empty<float>([g.Groups * pieces, m, n]);
        device.LaunchProduct<Pixels, KernelWindows, MatrixResult>(
            a, b, new MatrixResult(parts.View, m, n), sizes, g.Groups);
        device.Launch(dWeight.Size, new AddPieces(parts.View, dWeight.View, m * n, pieces));
    }

    internal readonly struct AddPieces(ArrayView<float> parts, ArrayView<float> sums, int size, int pieces) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per weight, which adds the pieces of its sum in their order.
            var first = i / size * pieces * size + i % size;
            var sum = 0f;
            for (var piece = 0; piece < pieces; piece++)
            {
                sum += parts[first + piece * size];
            }

            sums[i] = sum;
        }
    }

    /// <summary>Columns for the forward pass: the window of each output pixel, k = (ci·KH + kh)·KW + kw.</summary>
    internal readonly record struct Windows(ArrayView<float> Values, ConvGeometry G, TileWalk Walk) : ITileOperand
    {
        public Windows(ArrayView<float> values, in ConvGeometry g)
            : this(values, g, new TileWalk(g.KernelW, g.KernelH, g.DilationW, g.DilationH, g.H * g.W))
        {
        }

        public static bool RunsAlongK => false;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => false;

        public TilePlace Lane(int batch, int index)
        {
            var (pixels, b) = (G.OutH * G.OutW, index / (G.OutH * G.OutW));
            var pixel = index - b * pixels;
            return new TilePlace(
                (b * G.CIn + batch * G.CInPerGroup) * G.H * G.W,
                pixel / G.OutW * G.StrideH - G.PadTop,
                pixel % G.OutW * G.StrideW - G.PadLeft);
        }

        public TilePlace Step(int k) => Walk.At(k);

        public TilePlace Next(TilePlace step) => Walk.Next(step);

        public int Find(TilePlace lane, TilePlace step) =>
            PlaceOf(G.H, G.W, lane.Start + step.Start, lane.Row + step.Row, lane.Column + step.Column);
    }

    /// <summary>Columns for the weight gradient: channel and place in the kernel, k = (b·OutH + oh)·OutW + ow.</summary>
    internal readonly record struct KernelWindows(ArrayView<float> Values, ConvGeometry G, TileWalk Walk) : ITileOperand
    {
        public KernelWindows(ArrayView<float> values, in ConvGeometry g)
            : this(values, g, new TileWalk(g.OutW, g.OutH, g.StrideW, g.StrideH, g.CIn * g.H * g.W))
        {
        }

        public static bool RunsAlongK => true;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => false;

        public TilePlace Lane(int batch, int index) => new(
            (batch * G.CInPerGroup + index / (G.KernelW * G.KernelH)) * G.H * G.W,
            index / G.KernelW % G.KernelH * G.DilationH - G.PadTop,
            index % G.KernelW * G.DilationW - G.PadLeft);

        public TilePlace Step(int k) => Walk.At(k);

        public TilePlace Next(TilePlace step) => Walk.Next(step);

        public int Find(TilePlace lane, TilePlace step) =>
            PlaceOf(G.H, G.W, lane.Start + step.Start, lane.Row + step.Row, lane.Column + step.Column);
    }

    /// <summary>Rows for the weight gradient: output channels of dY, along the pixels of the batch.</summary>
    internal readonly record struct Pixels(ArrayView<float> Values, int Count, int ChannelsPerGroup, TileWalk Walk) : ITileOperand
    {
        public Pixels(ArrayView<float> values, in ConvGeometry g)
            : this(
                values, g.OutH * g.OutW, g.COutPerGroup,
                new TileWalk(g.OutH * g.OutW, rows: 1, columnStep: 1, rowStep: 1, g.COut * g.OutH * g.OutW))
        {
        }

        public static bool RunsAlongK => true;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => Quad.Fits(Count, sizes.PieceLength);

        public TilePlace Lane(int batch, int index) => new((batch * ChannelsPerGroup + index) * Count);

        public TilePlace Step(int k) => Walk.At(k);

        public TilePlace Next(TilePlace step) => Walk.Next(step);

        public int Find(TilePlace lane, TilePlace step) => lane.Start + step.Start + step.Column;
    }

    /// <summary>y with what is added to it.</summary>
    internal readonly record struct ImageResult(
        ArrayView<float> Y, ArrayView<float> Bias, ArrayView<float> Residual, int HasBias, int HasResidual, float Floor,
        int Channels, int ChannelsPerGroup, int Pixels) : ITileResult
    {
        public int Column(int column)
        {
            var b = column / Pixels;
            return b * Channels * Pixels + (column - b * Pixels);
        }

        public void Store(int z, int row, int column, float sum)
        {
            var channel = z * ChannelsPerGroup + row;
            var i = column + channel * Pixels;
            sum += (HasBias != 0 ? Bias[channel] : 0f) + (HasResidual != 0 ? Residual[i] : 0f);
            Y[i] = sum < Floor ? Floor : sum;
        }
    }

    /// <summary>Every stride-th pixel of an axis of x, and the kernel positions that reach it.</summary>
    /// <param name="First">The first pixel.</param>
    /// <param name="Count">How many pixels.</param>
    /// <param name="Tap">The first kernel position.</param>
    /// <param name="TapStep">From one kernel position to the next.</param>
    /// <param name="Taps">How many.</param>
    internal readonly record struct PhaseAxis(int First, int Count, int Tap, int TapStep, int Taps)
    {
        public static PhaseAxis Of(int phase, int length, int stride, int dilation, int padding, int kernel)
        {
            // A pixel p is reached by kernel position t where p + padding − t·dilation is a multiple of the stride.
            var step = stride / (int)System.Numerics.BigInteger.GreatestCommonDivisor(stride, dilation);
            var tap = 0;
            while (tap < step && (phase + padding - tap * dilation) % stride != 0)
            {
                tap++;
            }

            var taps = tap == step || tap >= kernel ? 0 : (kernel - tap - 1) / step + 1;
            return new PhaseAxis(phase, (length - phase + stride - 1) / stride, tap, step, taps);
        }
    }

    /// <summary>One phase of the pixels of x.</summary>
    internal readonly record struct Phase(ConvGeometry G, PhaseAxis Rows, PhaseAxis Columns)
    {
        public int Pixels => Rows.Count * Columns.Count;

        public int Taps => Rows.Taps * Columns.Taps;
    }

    /// <summary>Rows for the input gradient: input channels, k = (co·taps of rows + i)·taps of columns + j.</summary>
    internal readonly record struct PhaseWeights(ArrayView<float> Values, int First, int LaneStep, int BatchStep, TileWalk Walk)
        : ITileOperand
    {
        public PhaseWeights(ArrayView<float> values, in Phase p)
            : this(
                values, p.Rows.Tap * p.G.KernelW + p.Columns.Tap, p.G.KernelH * p.G.KernelW,
                p.G.COutPerGroup * p.G.CInPerGroup * p.G.KernelH * p.G.KernelW, new TileWalk(
                    Math.Max(1, p.Columns.Taps), Math.Max(1, p.Rows.Taps), p.Columns.TapStep, p.Rows.TapStep * p.G.KernelW,
                    p.G.CInPerGroup * p.G.KernelH * p.G.KernelW))
        {
        }

        public static bool RunsAlongK => true;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => false;

        public TilePlace Lane(int batch, int index) => new(First + batch * BatchStep + index * LaneStep);

        public TilePlace Step(int k) => Walk.At(k);

        public TilePlace Next(TilePlace step) => Walk.Next(step);

        public int Find(TilePlace lane, TilePlace step) => lane.Start + step.Start + step.Row + step.Column;
    }

    /// <summary>Columns for the input gradient: the pixels of the phase.</summary>
    internal readonly record struct PhaseWindows(
        ArrayView<float> Values, int Height, int Width, int ImageStep, int BatchStep, int Pixels, int Columns, int FirstRow,
        int FirstColumn, TileWalk Walk) : ITileOperand
    {
        // A pixel and the kernel positions that reach it leave the same rest when they are divided by the stride, so that
        // the difference of the quotients is the quotient of the difference, and a step of a tap is a whole number of
        // rows or columns of dY.
        public PhaseWindows(ArrayView<float> values, in Phase p)
            : this(
                values, p.G.OutH, p.G.OutW, p.G.COut * p.G.OutH * p.G.OutW, p.G.COutPerGroup * p.G.OutH * p.G.OutW, p.Pixels,
                p.Columns.Count, (p.Rows.First + p.G.PadTop) / p.G.StrideH - p.Rows.Tap * p.G.DilationH / p.G.StrideH,
                (p.Columns.First + p.G.PadLeft) / p.G.StrideW - p.Columns.Tap * p.G.DilationW / p.G.StrideW, new TileWalk(
                    Math.Max(1, p.Columns.Taps), Math.Max(1, p.Rows.Taps), p.Columns.TapStep * p.G.DilationW / p.G.StrideW,
                    p.Rows.TapStep * p.G.DilationH / p.G.StrideH, p.G.OutH * p.G.OutW))
        {
        }

        public static bool RunsAlongK => false;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => false;

        public TilePlace Lane(int batch, int index)
        {
            var b = index / Pixels;
            var pixel = index - b * Pixels;
            return new TilePlace(b * ImageStep + batch * BatchStep, FirstRow + pixel / Columns, FirstColumn + pixel % Columns);
        }

        public TilePlace Step(int k) => Walk.At(k);

        public TilePlace Next(TilePlace step) => Walk.Next(step);

        public int Find(TilePlace lane, TilePlace step) =>
            PlaceOf(Height, Width, lane.Start + step.Start, lane.Row - step.Row, lane.Column - step.Column);
    }

    /// <summary>The pixels of a phase of dX, or of the result of a transposed convolution, which adds a bias.</summary>
    internal readonly record struct PhaseResult(
        ArrayView<float> DX, ArrayView<float> Bias, int HasBias, float Floor, int First, int ImageStep, int ChannelStep,
        int ChannelsPerGroup, int Pixels, int Columns, int RowStep, int ColumnStep) : ITileResult
    {
        public PhaseResult(ArrayView<float> dX, ArrayView<float> bias, int hasBias, float floor, in Phase p)
            : this(
                dX, bias, hasBias, floor, p.Rows.First * p.G.W + p.Columns.First, p.G.CIn * p.G.H * p.G.W, p.G.H * p.G.W,
                p.G.CInPerGroup, p.Pixels, p.Columns.Count, p.G.StrideH * p.G.W, p.G.StrideW)
        {
        }

        public int Column(int column)
        {
            var b = column / Pixels;
            var pixel = column - b * Pixels;
            return First + b * ImageStep + pixel / Columns * RowStep + pixel % Columns * ColumnStep;
        }

        public void Store(int z, int row, int column, float sum)
        {
            var channel = z * ChannelsPerGroup + row;
            sum += HasBias != 0 ? Bias[channel] : 0f;
            DX[column + channel * ChannelStep] = sum < Floor ? Floor : sum;
        }
    }

    /// <summary>A pixel of an image; outside is a zero that is not stored.</summary>
    private static int PlaceOf(int height, int width, int start, int row, int column)
    {
        // Numbers below zero are large ones without a sign. Without a branch, the threads of a warp stay together. The negative
        // number for a zero is no constant: ILGPU writes those without their sign, which compilers of OpenCL C warn of.
        var place = start + row * width + column;
        return ((uint)row < (uint)height) & ((uint)column < (uint)width) ? place : ~width;
    }
}
