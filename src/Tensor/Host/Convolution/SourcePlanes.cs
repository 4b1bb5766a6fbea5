using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Copies of an image, one per column offset and row residue of the taps, in which every tap reads its whole output band as one
/// run of consecutive numbers.</summary>
/// <remarks>
/// <para>For an output band of R rows and C columns a tap reads source row (o + shift)·stride + residue and column c·stride + offset. A
/// plane holds, for one (offset, residue) and each channel, those pixels for all shifts: (R + shifts) rows of C numbers, zeros outside the
/// image. A tap is then an address: its plane plus shift·C. A 3×3 kernel needs 3 planes rather than the 9 of im2col.</para>
/// <para>A 1×1 kernel without stride or padding reads the image itself: <see cref="IsImage"/>.</para>
/// </remarks>
internal sealed unsafe class SourcePlanes
{
    private readonly (int ColumnOffset, int RowResidue)[] planes;
    private readonly int strideH, strideW, height, width, channels, columns, firstShift, shifts;

    public SourcePlanes(ConvPhase phase, int strideH, int strideW, int channels, int height, int width)
    {
        (this.strideH, this.strideW, this.channels, this.height, this.width) = (strideH, strideW, channels, height, width);
        columns = phase.Columns;
        var taps = phase.Taps;
        planes = [.. taps.Select(PlaneOf).Distinct()];
        firstShift = taps.Length == 0 ? 0 : taps.Min(ShiftOf);
        shifts = taps.Length == 0 ? 0 : taps.Max(ShiftOf) - firstShift;
        IsImage = strideH == 1 && strideW == 1 && columns == width && phase.Rows == height && shifts == 0
            && planes is [(0, 0)] && firstShift == 0;
    }

    /// <summary>Whether a band is a run of rows of the image, so that nothing is copied.</summary>
    public bool IsImage { get; }

    /// <summary>Floats from one channel to the next for a band of so many rows.</summary>
    public int ChannelStep(int bandRows) => IsImage ? height * width : (bandRows + shifts) * columns;

    /// <summary>Floats that the planes of such a band take.</summary>
    public int Floats(int bandRows) => IsImage ? 0 : planes.Length * channels * ChannelStep(bandRows);

    /// <summary>Where a tap starts reading for a band of so many rows.</summary>
    public int TapOffset(ConvTap tap, int bandRows) => IsImage
        ? 0
        : Array.IndexOf(planes, PlaneOf(tap)) * channels * ChannelStep(bandRows) + (ShiftOf(tap) - firstShift) * columns;

    /// <summary>Writes the planes of the band that starts at output row <paramref name="firstRow"/>.</summary>
    public void Fill(float* image, float* to, int firstRow, int bandRows)
    {
        foreach (var (columnOffset, rowResidue) in planes)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                for (var row = 0; row < bandRows + shifts; row++, to += columns)
                {
                    var sourceRow = (firstRow + firstShift + row) * strideH + rowResidue;
                    if ((uint)sourceRow < (uint)height)
                    {
                        FillRow(image + ((nint)channel * height + sourceRow) * width, to, columnOffset);
                    }
                    else
                    {
                        Unsafe.InitBlockUnaligned(to, 0, (uint)columns * sizeof(float));
                    }
                }
            }
        }
    }

    private void FillRow(float* source, float* to, int columnOffset)
    {
        // Columns first .. last − 1 lie inside the image.
        var first = Math.Clamp(CeilDivide(-columnOffset, strideW), 0, columns);
        var last = Math.Clamp(CeilDivide(width - columnOffset, strideW), first, columns);
        for (var c = 0; c < first; c++)
        {
            to[c] = 0;
        }

        source += columnOffset;
        if (strideW == 1)
        {
            Unsafe.CopyBlockUnaligned(to + first, source + first, (uint)(last - first) * sizeof(float));
        }
        else
        {
            for (var c = first; c < last; c++)
            {
                to[c] = source[c * strideW];
            }
        }

        for (var c = last; c < columns; c++)
        {
            to[c] = 0;
        }
    }

    private (int ColumnOffset, int RowResidue) PlaneOf(ConvTap tap) => (tap.SourceColumn, tap.SourceRow - ShiftOf(tap) * strideH);

    private int ShiftOf(ConvTap tap) => (int)Math.Floor(tap.SourceRow / (double)strideH);

    private static int CeilDivide(int value, int divisor) => value <= 0 ? value / divisor : (value - 1) / divisor + 1;
}
