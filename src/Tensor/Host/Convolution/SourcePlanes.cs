using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Copies of an image, one per column offset and row residue of the taps, in which every tap reads its whole output band
/// as one run of consecutive numbers.</summary>
/// <remarks>
/// <para>For an output band of R rows and C columns a tap reads source row (o + shift)·stride + residue and column c·stride +
/// offset. A plane holds, for one (offset, residue) and each channel, those pixels for all shifts: (R + shifts) rows of C
/// numbers, zeros outside the image. A tap is then an address: its plane plus shift·C. A 3×3 kernel needs 3 planes rather than
/// the 9 of im2col.</para>
/// <para>Rows are written in whole vectors, a little past their ends: the next row takes it, and behind a channel's last row
/// there is space, so that threads may write channels side by side.</para>
/// <para>A 1×1 kernel without stride or padding reads the image itself: <see cref="IsImage"/>.</para>
/// </remarks>
internal sealed unsafe class SourcePlanes
{
    /// <summary>Floats behind a channel's rows: more than a vector runs past the end of one.</summary>
    private const int Space = 16;

    private readonly (int ColumnOffset, int RowResidue)[] planes;
    private readonly int strideH, strideW, height, width, channels, columns, firstShift, shifts;

    /// <param name="taps">All taps that read, of every phase.</param>
    /// <param name="stride">Source pixels between neighbouring outputs.</param>
    /// <param name="source">Channels, height and width of the image.</param>
    /// <param name="grid">Rows and columns of the outputs of a phase.</param>
    /// <param name="mayBeImage">False to copy in any case.</param>
    public SourcePlanes(
        ConvTap[] taps, (int H, int W) stride, (int Channels, int Height, int Width) source, (int Rows, int Columns) grid,
        bool mayBeImage = true)
    {
        (strideH, strideW) = stride;
        (channels, height, width) = source;
        columns = grid.Columns;
        planes = [.. taps.Select(PlaneOf).Distinct()];
        firstShift = taps.Length == 0 ? 0 : taps.Min(ShiftOf);
        shifts = taps.Length == 0 ? 0 : taps.Max(ShiftOf) - firstShift;
        IsImage = mayBeImage && stride == (1, 1) && grid == (height, width) && planes is [(0, 0)] && firstShift == 0 &&
            shifts == 0;
    }

    /// <summary>Whether a band is a run of rows of the image, so that nothing is copied.</summary>
    public bool IsImage { get; }

    /// <summary>Floats from one channel to the next for a band of so many rows.</summary>
    public int ChannelStep(int bandRows) => IsImage ? height * width : (bandRows + shifts) * columns + Space;

    /// <summary>Floats that the planes of such a band take.</summary>
    public int Floats(int bandRows) => IsImage ? 0 : planes.Length * channels * ChannelStep(bandRows);

    /// <summary>Where a tap starts reading for a band of so many rows.</summary>
    public int TapOffset(ConvTap tap, int bandRows) => IsImage
        ? 0
        : Array.IndexOf(planes, PlaneOf(tap)) * channels * ChannelStep(bandRows) + (ShiftOf(tap) - firstShift) * columns;

    /// <summary>The taps in an order in which those of one shift read plane after plane, one run of channels.</summary>
    public ConvTap[] InOrder(ConvTap[] taps) => [.. taps.OrderBy(ShiftOf).ThenBy(tap => Array.IndexOf(planes, PlaneOf(tap)))];

    /// <summary>Writes the planes of the band that starts at output row <paramref name="firstRow"/>.</summary>
    public void Fill(float* image, float* to, int firstRow, int bandRows) =>
        Fill(image, to, firstRow, bandRows, firstChannel: 0, channels);

    /// <summary>The same of the channels from <paramref name="firstChannel"/> to before <paramref name="endChannel"/>.</summary>
    public void Fill(float* image, float* to, int firstRow, int bandRows, int firstChannel, int endChannel)
    {
        var (columns, stride, channelFloats) = (this.columns, strideW, height * width);
        var (rows, step) = (bandRows + shifts, ChannelStep(bandRows));
        image += (nint)firstChannel * channelFloats;
        to += (nint)firstChannel * step;
        foreach (var (columnOffset, rowResidue) in planes)
        {
            // Columns first .. last − 1 lie inside the image, and so do rows top .. bottom − 1.
            var first = Math.Clamp(CeilDivide(-columnOffset, stride), 0, columns);
            var last = Math.Clamp(CeilDivide(width - columnOffset, stride), first, columns);
            var firstSourceRow = (firstRow + firstShift) * strideH + rowResidue;
            var top = Math.Clamp(CeilDivide(-firstSourceRow, strideH), 0, rows);
            var bottom = Math.Clamp(CeilDivide(height - firstSourceRow, strideH), top, rows);
            var source = image + (nint)(firstSourceRow + top * strideH) * width + columnOffset + (nint)first * stride;
            for (var channel = firstChannel; channel < endChannel; channel++, source += channelFloats, to += step)
            {
                Clear(to, top * columns);
                var from = source;
                var plane = to + top * columns;
                for (var row = top; row < bottom; row++, from += strideH * width, plane += columns)
                {
                    Clear(plane, first);
                    Copy(from, plane + first, last - first, stride);
                    Clear(plane + last, columns - last);
                }

                Clear(plane, (rows - bottom) * columns);
            }

            to += (nint)(channels - endChannel + firstChannel) * step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(float* to, int count)
    {
        for (var c = 0; c < count; c += 8)
        {
            Vector256<float>.Zero.Store(to + c);
        }
    }

    /// <summary>Copies every stride-th number, in whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, float* to, int count, int stride)
    {
        if (stride == 1)
        {
            for (var c = 0; c < count; c += 8)
            {
                Vector256.Load(from + c).Store(to + c);
            }
        }
        else if (stride == 2 && Avx512F.IsSupported)
        {
            var even = Vector512<int>.Indices << 1;
            for (var c = 0; c < count; c += 16)
            {
                Avx512F.PermuteVar16x32x2(Vector512.Load(from + 2 * c), even, Vector512.Load(from + 2 * c + 16)).Store(to + c);
            }
        }
        else if (stride == 2 && Avx2.IsSupported)
        {
            for (var c = 0; c < count; c += 8)
            {
                // Even numbers of each half, (0 2 | 8 10 | 4 6 | 12 14), then the middle pairs exchanged.
                var even = Avx.Shuffle(Vector256.Load(from + 2 * c), Vector256.Load(from + 2 * c + 8), 0x88);
                Avx2.Permute4x64(even.AsDouble(), 0xD8).AsSingle().Store(to + c);
            }
        }
        else
        {
            for (var c = 0; c < count; c++)
            {
                to[c] = from[(nint)c * stride];
            }
        }
    }

    private (int ColumnOffset, int RowResidue) PlaneOf(ConvTap tap) => (tap.SourceColumn, tap.SourceRow - ShiftOf(tap) * strideH);

    private int ShiftOf(ConvTap tap) => (int)Math.Floor(tap.SourceRow / (double)strideH);

    private static int CeilDivide(int value, int divisor) => value <= 0 ? value / divisor : (value - 1) / divisor + 1;
}
