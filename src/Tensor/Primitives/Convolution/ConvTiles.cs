using ILGPU;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Primitives.Convolution;

/// <summary>Convolutions as matrix products of tiles, whose matrices are never stored: a tile is gathered from the images.</summary>
internal static class ConvTiles
{
    /// <summary>Groups of threads that fill a large graphics processor; with fewer tiles, sums are cut into pieces.</summary>
    private const int EnoughGroups = 512;

    /// <summary>Terms of a piece at least.</summary>
    private const int MinPiece = 512;

    /// <summary>y by channels (rows) and pixels of the batch (columns), summed over input channels and the kernel.</summary>
    public static void Forward(
        KernelDevice device, in ConvGeometry g, Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual,
        float floor, Tensor<float> y)
    {
        var k = g.CInPerGroup * g.KernelH * g.KernelW;
        device.LaunchProduct<RowsAlongK, Windows, ImageResult>(
            new RowsAlongK(weight.View, g.COutPerGroup * k, k),
            new Windows(x.View, g),
            new ImageResult(
                y.View, (bias ?? weight).View, (residual ?? weight).View, bias is null ? 0 : 1, residual is null ? 0 : 1, floor, g.COut,
                g.COutPerGroup, g.OutH * g.OutW),
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

    /// <summary>dWeight by output channels (rows) and input channels and kernel (columns), summed over the pixels of the batch.</summary>
    public static void WeightGradient(KernelDevice device, in ConvGeometry g, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight)
    {
        int m = g.COutPerGroup, n = g.CInPerGroup * g.KernelH * g.KernelW, k = g.B * g.OutH * g.OutW;
        var groups = KernelDevice.Tiles(m) * KernelDevice.Tiles(n) * g.Groups;
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
        device.Launch(AddPieces, dWeight.Size, parts.View, dWeight.View, m * n, pieces);
    }

    private static void AddPieces(Index1D i, ArrayView<float> parts, ArrayView<float> sums, int size, int pieces)
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

    /// <summary>Columns for the forward pass: the window of each output pixel, k = (ci·KH + kh)·KW + kw.</summary>
    internal readonly record struct Windows(ArrayView<float> Values, ConvGeometry G) : ITileOperand
    {
        public static bool RunsAlongK => false;

        public static int Run => 1;

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

        public TilePlace Step(int k) => new(
            k / (G.KernelW * G.KernelH) * G.H * G.W, k / G.KernelW % G.KernelH * G.DilationH, k % G.KernelW * G.DilationW);

        public int Find(in TilePlace lane, in TilePlace step) => PlaceOf(G.H, G.W, lane, step);
    }

    /// <summary>Columns for the weight gradient: channel and place in the kernel, k = (b·OutH + oh)·OutW + ow.</summary>
    internal readonly record struct KernelWindows(ArrayView<float> Values, ConvGeometry G) : ITileOperand
    {
        public static bool RunsAlongK => true;

        public static int Run => 1;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => false;

        public TilePlace Lane(int batch, int index) => new(
            (batch * G.CInPerGroup + index / (G.KernelW * G.KernelH)) * G.H * G.W,
            index / G.KernelW % G.KernelH * G.DilationH - G.PadTop,
            index % G.KernelW * G.DilationW - G.PadLeft);

        public TilePlace Step(int k) => new(
            k / (G.OutW * G.OutH) * G.CIn * G.H * G.W, k / G.OutW % G.OutH * G.StrideH, k % G.OutW * G.StrideW);

        public int Find(in TilePlace lane, in TilePlace step) => PlaceOf(G.H, G.W, lane, step);
    }

    /// <summary>Rows for the weight gradient: output channels of dY, along the pixels of the batch.</summary>
    internal readonly record struct Pixels(ArrayView<float> Values, ConvGeometry G) : ITileOperand
    {
        public static bool RunsAlongK => true;

        public static int Run => 1;

        public bool RunsInQuads(in TileSizes sizes, int lanes) =>
            Quads<Pixels>.Fits(Values.Index, G.OutH * G.OutW, sizes.PieceLength);

        public TilePlace Lane(int batch, int index) => new((batch * G.COutPerGroup + index) * G.OutH * G.OutW);

        public TilePlace Step(int k)
        {
            var pixels = G.OutH * G.OutW;
            var b = k / pixels;
            return new TilePlace(b * G.COut * pixels + (k - b * pixels));
        }

        public int Find(in TilePlace lane, in TilePlace step) => lane.Start + step.Start;
    }

    /// <summary>y with what is added to it.</summary>
    internal readonly record struct ImageResult(
        ArrayView<float> Y, ArrayView<float> Bias, ArrayView<float> Residual, int HasBias, int HasResidual, float Floor, int Channels,
        int ChannelsPerGroup, int Pixels) : ITileResult
    {
        public void Store(int batch, int row, int column, float sum)
        {
            var channel = batch * ChannelsPerGroup + row;
            var b = column / Pixels;
            var i = (b * Channels + channel) * Pixels + (column - b * Pixels);
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

        public int KernelRow(int k) => Rows.Tap + k / Columns.Taps % Rows.Taps * Rows.TapStep;

        public int KernelColumn(int k) => Columns.Tap + k % Columns.Taps * Columns.TapStep;

        public int Channel(int k) => k / (Columns.Taps * Rows.Taps);
    }

    /// <summary>Rows for the input gradient: input channels, k = (co·taps of rows + i)·taps of columns + j.</summary>
    internal readonly record struct PhaseWeights(ArrayView<float> Values, Phase P) : ITileOperand
    {
        public static bool RunsAlongK => true;

        public static int Run => 1;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => false;

        public TilePlace Lane(int batch, int index) =>
            new((batch * P.G.COutPerGroup * P.G.CInPerGroup + index) * P.G.KernelH * P.G.KernelW);

        public TilePlace Step(int k) =>
            new((P.Channel(k) * P.G.CInPerGroup * P.G.KernelH + P.KernelRow(k)) * P.G.KernelW + P.KernelColumn(k));

        public int Find(in TilePlace lane, in TilePlace step) => lane.Start + step.Start;
    }

    /// <summary>Columns for the input gradient: the pixels of the phase.</summary>
    internal readonly record struct PhaseWindows(ArrayView<float> Values, Phase P) : ITileOperand
    {
        public static bool RunsAlongK => false;

        public static int Run => 1;

        public bool RunsInQuads(in TileSizes sizes, int lanes) => false;

        public TilePlace Lane(int batch, int index)
        {
            var b = index / P.Pixels;
            var pixel = index - b * P.Pixels;
            return new TilePlace(
                (b * P.G.COut + batch * P.G.COutPerGroup) * P.G.OutH * P.G.OutW,
                (P.Rows.First + P.G.PadTop) / P.G.StrideH + pixel / P.Columns.Count,
                (P.Columns.First + P.G.PadLeft) / P.G.StrideW + pixel % P.Columns.Count);
        }

        // A pixel and the kernel positions that reach it leave the same rest when they are divided by the stride, so that the difference of
        // the quotients is the quotient of the difference.
        public TilePlace Step(int k) => new(
            P.Channel(k) * P.G.OutH * P.G.OutW,
            -(P.KernelRow(k) * P.G.DilationH / P.G.StrideH),
            -(P.KernelColumn(k) * P.G.DilationW / P.G.StrideW));

        public int Find(in TilePlace lane, in TilePlace step) => PlaceOf(P.G.OutH, P.G.OutW, lane, step);
    }

    /// <summary>The pixels of a phase of dX, or of the result of a transposed convolution, which adds a bias.</summary>
    internal readonly record struct PhaseResult(ArrayView<float> DX, ArrayView<float> Bias, int HasBias, float Floor, Phase P)
        : ITileResult
    {
        public void Store(int batch, int row, int column, float sum)
        {
            var channel = batch * P.G.CInPerGroup + row;
            var b = column / P.Pixels;
            var pixel = column - b * P.Pixels;
            var y = P.Rows.First + pixel / P.Columns.Count * P.G.StrideH;
            var x = P.Columns.First + pixel % P.Columns.Count * P.G.StrideW;
            sum += HasBias != 0 ? Bias[channel] : 0f;
            DX[((b * P.G.CIn + channel) * P.G.H + y) * P.G.W + x] = sum < Floor ? Floor : sum;
        }
    }

    /// <summary>A pixel of an image; outside is a zero that is not stored.</summary>
    private static int PlaceOf(int height, int width, in TilePlace lane, in TilePlace step)
    {
        // Numbers below zero are large ones without a sign. Without a branch, the threads of a warp stay together.
        int row = lane.Row + step.Row, column = lane.Column + step.Column;
        var place = lane.Start + step.Start + row * width + column;
        return ((uint)row < (uint)height) & ((uint)column < (uint)width) ? place : -1;
    }
}
