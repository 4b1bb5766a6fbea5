using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Host.Gemm;

/// <summary>A run of the reduction: <paramref name="Count"/> steps from the given offsets, in floats, into the
/// operands.</summary>
internal readonly record struct TileSegment(nint A, nint B, int Count)
{
    /// <summary>Puts a run behind the first <paramref name="count"/>, or makes it part of the last of them where it goes on with
    /// it in both operands.</summary>
    /// <returns>How many runs there are now.</returns>
    public static unsafe int Append(TileSegment* segments, int count, TileSegment next, nint aStride, nint bStride)
    {
        if (count > 0 && segments[count - 1] is var last
            && last.A + last.Count * aStride == next.A && last.B + last.Count * bStride == next.B)
        {
            segments[count - 1] = last with { Count = last.Count + next.Count };
            return count;
        }

        segments[count] = next;
        return count + 1;
    }
}

/// <summary>What one register tile computes: <c>C[r, c] = floor ∨ (bias[r] + start[r, c] + Σ a[k·AStride + r·ARowStride] ·
/// b[k·BStride + c])</c> over all segments.</summary>
/// <remarks>The sum runs over segments and within them in order, one fused multiply-add at a time: its bits depend on nothing
/// else.</remarks>
internal unsafe ref struct TileOperands()
{
    /// <summary>The operand whose numbers are broadcast: <see cref="GemmTile.Rows"/> per step.</summary>
    public float* A;

    /// <summary>The operand that is read in vectors: <see cref="GemmTile.Columns"/> neighbours per step.</summary>
    public float* B;

    public nint AStride;

    /// <summary>From one row's number to the next one's: 1 where A is packed.</summary>
    public nint ARowStride = 1;

    public nint BStride;
    public TileSegment* Segments;
    public int SegmentCount;

    /// <summary>What each element starts from beside the bias: C itself to go on with a sum, another tensor to add it; null for
    /// none.</summary>
    public float* Start;

    public nint StartStride;

    /// <summary>What each row starts from, <see cref="GemmTile.Rows"/> numbers.</summary>
    public float* Bias;

    /// <summary>The smallest value stored: 0 is a ReLU, −∞ changes nothing. NaN is stored as NaN.</summary>
    public float Floor;
}

/// <summary>The one inner loop of every matrix product and convolution on the host: a tile of C kept in registers.</summary>
/// <remarks>Operands may be packed or read where they lie: only <see cref="Rows"/> evenly spaced numbers of A and
/// <see cref="Columns"/> neighbours of B are needed per step. Both are read in full even where fewer are wanted, so they need
/// that much readable memory.</remarks>
internal static unsafe partial class GemmTile
{
    /// <summary>Rows of a tile (R): 8 accumulator rows of two vectors where there are 32 registers, 6 where there are
    /// 16.</summary>
    public static int Rows => Vector512.IsHardwareAccelerated || !Vector256.IsHardwareAccelerated ? 8 : 6;

    /// <summary>Columns of a tile: two vectors.</summary>
    public static int Columns => 2 * (Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4);

    /// <summary>So few rows, of an image with three channels say, go through half a tile.</summary>
    private const int LowRows = 4;

    /// <summary>The most that <see cref="Rows"/> and <see cref="Columns"/> can be, for buffers on the stack.</summary>
    public const int MaxRows = 8;

    /// <inheritdoc cref="MaxRows"/>
    public const int MaxColumns = 32;

    /// <summary>Computes a tile and stores its first <paramref name="rows"/> × <paramref name="columns"/> numbers.</summary>
    public static void Run(in TileOperands t, float* c, nint cStride, int rows, int columns)
    {
        if (rows == Rows && columns == Columns)
        {
            RunFull(t, c, cStride);
            return;
        }

        // A tile over the edge of C is computed beside it.
        var edge = stackalloc float[MaxRows * MaxColumns];
        var beside = t;
        if (t.Start != null)
        {
            Copy(t.Start, t.StartStride, edge, Columns, rows, columns);
            beside.Start = edge;
            beside.StartStride = Columns;
        }

        if (rows <= LowRows && Vector512.IsHardwareAccelerated)
        {
            Tile512Low(beside, edge, Columns);
        }
        else
        {
            RunFull(beside, edge, Columns);
        }

        Copy(edge, Columns, c, cStride, rows, columns);
    }

    /// <summary>Computes a tile where there is room for all of it, though only its first <paramref name="rows"/> are
    /// wanted.</summary>
    public static void RunOver(in TileOperands t, float* c, nint cStride, int rows)
    {
        if (rows <= LowRows && Vector512.IsHardwareAccelerated)
        {
            Tile512Low(t, c, cStride);
        }
        else
        {
            RunFull(t, c, cStride);
        }
    }

    private static void RunFull(in TileOperands t, float* c, nint cStride)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Tile512(t, c, cStride);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Tile256(t, c, cStride);
        }
        else
        {
            Tile128(t, c, cStride);
        }
    }

    private static void Copy(float* from, nint fromStride, float* to, nint toStride, int rows, int columns)
    {
        for (var r = 0; r < rows; r++)
        {
            Unsafe.CopyBlockUnaligned(to + r * toStride, from + r * fromStride, (uint)columns * sizeof(float));
        }
    }
}
