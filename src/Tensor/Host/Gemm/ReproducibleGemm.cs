using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Host.Gemm;

/// <summary>Host form of the matrix product C = A·B whose bits are the same on every processor.</summary>
/// <remarks>
/// <para>A product is rounded before it is added; nothing is fused. Where the numbers of a column of B are neighbours, lane l of
/// sixteen adds those of k = l, l + 16, … in order, and the lanes are folded half onto half (<see cref="HostLoop.Fold"/>). Else
/// each sum goes over k in order.</para>
/// <para>A row of C depends on its row of A alone: it has the same bits whatever rows are beside it. Nothing is packed where the
/// rows of A lie as they are read, so that a single row costs one reading of B.</para>
/// </remarks>
internal static unsafe class ReproducibleGemm
{
    /// <summary>Columns of C at once: numbers of A are read once for them.</summary>
    private const int Columns = 4;

    /// <param name="device">Whose team works.</param>
    /// <param name="a">A (M, K).</param>
    /// <param name="b">B (K, N).</param>
    /// <param name="c">C (M, N), row-major.</param>
    public static void Run(HostDevice device, MatrixView a, MatrixView b, float* c) => Run(device, a, b, c, b.Columns);

    /// <summary>The same, with <paramref name="cStep"/> floats from one row of C to the next.</summary>
    public static void Run(HostDevice device, MatrixView a, MatrixView b, float* c, nint cStep)
    {
        using var rows = device.Borrow<float>(a.IsTransposed ? a.Rows * a.Columns : 0);
        var start = a.Start;
        if (a.IsTransposed)
        {
            start = rows.Pointer;
            for (var i = 0; i < rows.Size; i++)
            {
                start[i] = a.Start[i % a.Columns * a.Step + i / a.Columns];
            }
        }

        var body = new Block(start, b.Start, c, cStep, a.Rows, a.Columns, b.Columns);
        if (b.IsTransposed)
        {
            device.Team.For(
                CeilDivide(b.Columns, Columns), HostLoop.RowGrain((long)a.Rows * a.Columns * Columns), new ColumnDots(body));
        }
        else
        {
            var width = Columns * HostLoop.Width;
            device.Team.For(
                CeilDivide(b.Columns, width), HostLoop.RowGrain((long)a.Rows * a.Columns * width), new Combinations(body));
        }
    }

    /// <summary>Of each of so many rows, neighbours, the sum of its products with x.</summary>
    /// <param name="x">As long as a row.</param>
    /// <param name="rows">The first row.</param>
    /// <param name="length">Of a row, K.</param>
    /// <param name="to">Takes the sums.</param>
    /// <param name="count">How many rows.</param>
    public static void Dots(float* x, float* rows, int length, float* to, int count)
    {
        var row = 0;
        for (; row <= count - Columns; row += Columns)
        {
            FourDots(x, rows + (nint)row * length, length, to + row);
        }

        for (; row < count; row++)
        {
            to[row] = Dot(x, rows + (nint)row * length, length);
        }
    }

    /// <summary>The sum of rows, each times its factor: <c>to[i] = Σₖ x[k] · rows[k, i]</c>, over k in order.</summary>
    /// <param name="x">The factors.</param>
    /// <param name="count">How many rows, K.</param>
    /// <param name="rows">The first row.</param>
    /// <param name="step">From one row to the next.</param>
    /// <param name="to">Takes the sum.</param>
    /// <param name="width">Of a row.</param>
    public static void Combine(float* x, int count, float* rows, nint step, float* to, int width)
    {
        for (var column = 0; column < width; column += Columns * HostLoop.Width)
        {
            var columns = Math.Min(Columns * HostLoop.Width, width - column);
            if (columns > 2 * HostLoop.Width)
            {
                CombineFour(x, count, rows + column, step, to + column, columns);
            }
            else
            {
                CombineTwo(x, count, rows + column, step, to + column, columns);
            }
        }
    }

    private static int CeilDivide(int a, int b) => (a + b - 1) / b;

    private static float Dot(float* x, float* row, int length)
    {
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i <= length - HostLoop.Width; i += HostLoop.Width)
        {
            sum += Vector512.Load(x + i) * Vector512.Load(row + i);
        }

        if (i < length)
        {
            sum += HostLoop.LoadPart(x + i, length - i, 0) * HostLoop.LoadPart(row + i, length - i, 0);
        }

        return HostLoop.Fold(sum, default(Plus));
    }

    /// <summary>Four of <see cref="Dot"/>, which read x once.</summary>
    private static void FourDots(float* x, float* rows, int length, float* to)
    {
        float* p = rows, q = p + length, r = q + length, s = r + length;
        Vector512<float> sumP = default, sumQ = default, sumR = default, sumS = default;
        var i = 0;
        for (; i <= length - HostLoop.Width; i += HostLoop.Width)
        {
            var own = Vector512.Load(x + i);
            sumP += own * Vector512.Load(p + i);
            sumQ += own * Vector512.Load(q + i);
            sumR += own * Vector512.Load(r + i);
            sumS += own * Vector512.Load(s + i);
        }

        if (i < length)
        {
            var own = HostLoop.LoadPart(x + i, length - i, 0);
            sumP += own * HostLoop.LoadPart(p + i, length - i, 0);
            sumQ += own * HostLoop.LoadPart(q + i, length - i, 0);
            sumR += own * HostLoop.LoadPart(r + i, length - i, 0);
            sumS += own * HostLoop.LoadPart(s + i, length - i, 0);
        }

        to[0] = HostLoop.Fold(sumP, default(Plus));
        to[1] = HostLoop.Fold(sumQ, default(Plus));
        to[2] = HostLoop.Fold(sumR, default(Plus));
        to[3] = HostLoop.Fold(sumS, default(Plus));
    }

    private static void CombineFour(float* x, int count, float* rows, nint step, float* to, int width)
    {
        Vector512<float> p = default, q = default, r = default, s = default;
        for (var k = 0; k < count; k++, rows += step)
        {
            var factor = Vector512.Create(x[k]);
            p += factor * Vector512.Load(rows);
            q += factor * Vector512.Load(rows + HostLoop.Width);
            r += factor * Vector512.Load(rows + 2 * HostLoop.Width);
            s += factor * Vector512.Load(rows + 3 * HostLoop.Width);
        }

        p.Store(to);
        q.Store(to + HostLoop.Width);
        StoreUpTo(r, to, 2 * HostLoop.Width, width);
        StoreUpTo(s, to, 3 * HostLoop.Width, width);
    }

    private static void CombineTwo(float* x, int count, float* rows, nint step, float* to, int width)
    {
        Vector512<float> p = default, q = default;
        for (var k = 0; k < count; k++, rows += step)
        {
            var factor = Vector512.Create(x[k]);
            p += factor * Vector512.Load(rows);
            q += factor * Vector512.Load(rows + HostLoop.Width);
        }

        StoreUpTo(p, to, 0, width);
        StoreUpTo(q, to, HostLoop.Width, width);
    }

    /// <summary>Stores a vector at a column, as far as there are columns.</summary>
    private static void StoreUpTo(Vector512<float> value, float* to, int column, int width) =>
        HostLoop.StorePart(value, to + column, Math.Clamp(width - column, 0, HostLoop.Width));

    /// <summary>Operands: rows of A, columns (or rows) of B, rows of C.</summary>
    private readonly record struct Block(nint AStart, nint BStart, nint CStart, nint CStep, int M, int K, int N)
    {
        public Block(float* a, float* b, float* c, nint cStep, int m, int k, int n)
            : this((nint)a, (nint)b, (nint)c, cStep, m, k, n)
        {
        }

        public float* A => (float*)AStart;

        public float* B => (float*)BStart;

        public float* C => (float*)CStart;
    }

    /// <summary>C[m, n] = Σ of A's row m times B's column n, both of neighbours. One range item per four columns.</summary>
    private readonly struct ColumnDots(Block its) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var block = start; block < end; block++)
            {
                var first = block * Columns;
                var count = Math.Min(Columns, its.N - first);
                var columns = its.B + (nint)first * its.K;
                for (var row = 0; row < its.M; row++)
                {
                    Dots(its.A + (nint)row * its.K, columns, its.K, its.C + row * its.CStep + first, count);
                }
            }
        }
    }

    /// <summary>C[m, :] = Σ over k of A[m, k] · B[k, :]. One range item per 64 columns.</summary>
    private readonly struct Combinations(Block its) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var (first, last) = (start * Columns * HostLoop.Width, Math.Min(its.N, end * Columns * HostLoop.Width));
            for (var row = 0; row < its.M; row++)
            {
                Combine(
                    its.A + (nint)row * its.K, its.K, its.B + first, its.N, its.C + row * its.CStep + first, last - first);
            }
        }
    }
}
