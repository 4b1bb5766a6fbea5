using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Host form of the weight gradient where the weight is small: 1×1 kernels, few channels.</summary>
/// <remarks>
/// <para>A matrix product whose reduction runs over pixels. Its rows, one for each (tap, source channel), are read along their
/// pixels where they lie, in <see cref="SourcePlanes"/> or the image itself; only dY is turned to channels-last, for the vectors
/// of a tile. Where each pixel of x meets its own of dY alone, the two are exchanged if x has fewer channels to turn.</para>
/// <para>The images, or bands of their rows, are cut into parts (<see cref="PartialSums"/>). A part goes through all stages on
/// one thread, so that what it rearranges stays in that core's caches.</para>
/// </remarks>
internal sealed unsafe class SmallWeightGradientConv
{
    /// <summary>Planes and channels-last dY of a chunk of bands should stay in a core's second-level cache.</summary>
    private const int ChunkFloats = 64 * 1024;

    /// <summary>Steps after which a tile may as well be stored and loaded again.</summary>
    private const int LongSteps = 512;

    /// <summary>Steps below which a band is not cut to make more parts of few images.</summary>
    private const int ShortSteps = 64;

    /// <summary>With x and dY exchanged, so are its channels.</summary>
    private readonly ConvGeometry g;

    private readonly bool isExchanged;
    private readonly ConvTap[] taps;
    private readonly SourcePlanes planes;
    private readonly Panel[] panels;
    private readonly int bandRows, chunkBands, parts, rows, columnTiles;

    private SmallWeightGradientConv(in ConvGeometry geometry)
    {
        isExchanged = geometry.CIn < geometry.COut && IsPixelByPixel(geometry);
        g = isExchanged ? geometry with { CIn = geometry.COut, COut = geometry.CIn } : geometry;
        var forward = ConvPhase.OfForward(g)[0].Taps;

        // A tile reads the rows behind the last ones too, which are behind the memory of an image, but not of planes with space
        // for them.
        planes = new SourcePlanes(
            forward, (g.StrideH, g.StrideW), (g.CInPerGroup, g.H, g.W), (g.OutH, g.OutW), g.CInPerGroup % GemmTile.Rows == 0);
        taps = planes.InOrder(forward);
        rows = taps.Length * g.CInPerGroup;
        columnTiles = (g.COutPerGroup - 1) / GemmTile.Columns + 1;
        bandRows = g.OutH;
        while (bandRows > 1 && (BandFloats > ChunkFloats || (g.B * Bands < PartialSums.Parts && bandRows * g.OutW > ShortSteps)))
        {
            bandRows = (bandRows + 1) / 2;
        }

        chunkBands = Math.Max(1, Math.Min(ChunkFloats / BandFloats, LongSteps / (bandRows * g.OutW)));
        parts = Math.Min(PartialSums.Parts, g.B * Bands);
        panels = [.. Panels()];
    }

    private int Bands => (g.OutH + bandRows - 1) / bandRows;

    /// <summary>Floats from one row to the next.</summary>
    private int RowStep => planes.ChannelStep(bandRows);

    private int PlaneFloats => planes.Floats(bandRows);

    /// <summary>dY of a band, for one tile of columns.</summary>
    private int TileFloats => bandRows * g.OutW * GemmTile.Columns;

    private int BandFloats => PlaneFloats + columnTiles * TileFloats;

    private int SumFloats => rows * g.COutPerGroup;

    /// <summary>Null where the weight is not small.</summary>
    public static SmallWeightGradientConv? TryCreate(in ConvGeometry g) =>
        g.CInPerGroup * g.KernelH * g.KernelW * (long)g.COutPerGroup <= PartialSums.MostFloats && g.B > 0
            ? new SmallWeightGradientConv(g) : null;

    public void Run(HostDevice device, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight)
    {
        var (source, result) = isExchanged ? (dY, x) : (x, dY);
        using var sums = device.Borrow<float>(parts * SumFloats);
        for (var group = 0; group < g.Groups; group++)
        {
            device.Team.For(parts, 1, new Part(this, group, source.Pointer, result.Pointer, sums.Pointer));
            device.Team.For(rows, 8, new Gather(this, sums.Pointer, dWeight.Pointer + (nint)group * SumFloats));
        }
    }

    private static bool IsPixelByPixel(in ConvGeometry g) =>
        g is { KernelH: 1, KernelW: 1, StrideH: 1, StrideW: 1, PadTop: 0, PadLeft: 0 } && g.OutH == g.H && g.OutW == g.W;

    /// <summary>Rows for one register tile: evenly spaced, so taps may share a panel where the next one's channels
    /// follow.</summary>
    private IEnumerable<Panel> Panels()
    {
        for (var (tap, last) = (0, 0); tap < taps.Length; tap = last)
        {
            var offset = planes.TapOffset(taps[tap], bandRows);
            for (last = tap + 1; last < taps.Length; last++)
            {
                if (planes.TapOffset(taps[last], bandRows) != offset + (last - tap) * g.CInPerGroup * RowStep)
                {
                    break;
                }
            }

            for (var row = tap * g.CInPerGroup; row < last * g.CInPerGroup; row += GemmTile.Rows)
            {
                yield return new Panel(
                    offset + (row - tap * g.CInPerGroup) * RowStep, row, Math.Min(GemmTile.Rows, last * g.CInPerGroup - row));
            }
        }
    }

    /// <summary>Some neighbouring rows of the sums and where the first one's pixels begin in planes or image.</summary>
    private readonly record struct Panel(int Offset, int Row, int Rows);

    /// <summary>One range item per part.</summary>
    private readonly struct Part(SmallWeightGradientConv conv, int group, float* x, float* dY, float* sums) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var all = conv.g.B * conv.Bands;

            // A tile may read rows behind the last one of planes.
            var planeFloats = conv.chunkBands * conv.PlaneFloats + (conv.planes.IsImage ? 0 : GemmTile.Rows * conv.RowStep);
            var planes = HostScratch.Floats(planeFloats + conv.chunkBands * conv.columnTiles * conv.TileFloats);
            for (var part = start; part < end; part++)
            {
                var (first, last) = (PartialSums.Start(part, conv.parts, all), PartialSums.Start(part + 1, conv.parts, all));
                for (var band = first; band < last; band += conv.chunkBands)
                {
                    var to = sums + (nint)part * conv.SumFloats;
                    RunChunk(band, Math.Min(conv.chunkBands, last - band), planes, planes + planeFloats, to, band > first);
                }
            }
        }

        private void RunChunk(int firstBand, int bands, float* planes, float* turned, float* to, bool accumulate)
        {
            var g = conv.g;
            var segments = stackalloc TileSegment[bands];
            for (var i = 0; i < bands; i++)
            {
                var (image, firstRow) = ((firstBand + i) / conv.Bands, (firstBand + i) % conv.Bands * conv.bandRows);
                var pixels = Math.Min(conv.bandRows, g.OutH - firstRow) * g.OutW;
                var imageOffset = ((nint)image * g.Groups + group) * g.CInPerGroup * g.H * g.W;
                Turn(image, firstRow, pixels, turned + i * conv.TileFloats);
                if (conv.planes.IsImage)
                {
                    segments[i] = new TileSegment(imageOffset + firstRow * g.OutW, i * conv.TileFloats, pixels);
                }
                else
                {
                    conv.planes.Fill(x + imageOffset, planes + i * conv.PlaneFloats, firstRow, conv.bandRows);
                    segments[i] = new TileSegment(i * conv.PlaneFloats, i * conv.TileFloats, pixels);
                }
            }

            Multiply(conv.planes.IsImage ? x : planes, turned, segments, bands, to, accumulate);
        }

        /// <summary>dY of a band with its channels last, tile by tile of columns.</summary>
        private void Turn(int image, int firstRow, int pixels, float* to)
        {
            var g = conv.g;
            var step = g.OutH * g.OutW;
            var from = dY + ((nint)image * g.Groups + group) * g.COutPerGroup * step + firstRow * g.OutW;
            for (var tile = 0; tile < conv.columnTiles; tile++)
            {
                var channel = tile * GemmTile.Columns;
                HostTranspose.Run(
                    from + (nint)channel * step, step, to + (nint)tile * conv.chunkBands * conv.TileFloats, GemmTile.Columns,
                    Math.Min(GemmTile.Columns, g.COutPerGroup - channel), pixels);
            }
        }

        private void Multiply(float* a, float* b, TileSegment* segments, int count, float* to, bool accumulate)
        {
            var g = conv.g;
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            var operands = new TileOperands
            {
                AStride = 1,
                ARowStride = conv.RowStep,
                BStride = GemmTile.Columns,
                Segments = segments,
                SegmentCount = count,
                StartStride = g.COutPerGroup,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            for (var tile = 0; tile < conv.columnTiles; tile++)
            {
                var column = tile * GemmTile.Columns;
                operands.B = b + (nint)tile * conv.chunkBands * conv.TileFloats;
                foreach (var panel in conv.panels)
                {
                    var c = to + panel.Row * g.COutPerGroup + column;
                    operands.A = a + panel.Offset;
                    operands.Start = accumulate ? c : null;
                    GemmTile.Run(operands, c, g.COutPerGroup, panel.Rows, Math.Min(GemmTile.Columns, g.COutPerGroup - column));
                }
            }
        }
    }

    /// <summary>Adds the parts, and goes from sums (tap, ci, co) to dWeight (co, ci, kh, kw). One range item per (tap,
    /// ci).</summary>
    private readonly struct Gather(SmallWeightGradientConv conv, float* sums, float* dWeight) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var g = conv.g;
            var taps = conv.taps.Length;
            var row = HostScratch.Floats(g.COutPerGroup);
            for (var item = start; item < end; item++)
            {
                if (conv.isExchanged)
                {
                    // Rows are co, as they are in dWeight.
                    PartialSums.Add(sums + item * g.COutPerGroup, conv.SumFloats, conv.parts, dWeight + item * g.COutPerGroup,
                        g.COutPerGroup);
                    continue;
                }

                PartialSums.Add(sums + item * g.COutPerGroup, conv.SumFloats, conv.parts, row, g.COutPerGroup);
                var tap = conv.taps[item / g.CInPerGroup];
                var to = dWeight + item % g.CInPerGroup * taps + tap.KernelRow * g.KernelW + tap.KernelColumn;
                for (var co = 0; co < g.COutPerGroup; co++)
                {
                    to[(nint)co * g.CInPerGroup * taps] = row[co];
                }
            }
        }
    }
}
