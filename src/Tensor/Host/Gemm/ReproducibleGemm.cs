using System.Runtime.CompilerServices;
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
                CeilDivide(b.Columns, Columns), HostLoop.RowGrain((long)a.Rows * a.Columns * Columns), new Dots(body));
        }
        else
        {
            var width = Columns * HostLoop.Width;
            device.Team.For(
                CeilDivide(b.Columns, width), HostLoop.RowGrain((long)a.Rows * a.Columns * width), new Combinations(body));
        }
    }

    private static int CeilDivide(int a, int b) => (a + b - 1) / b;

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
    private readonly struct Dots(Block its) : IRangeBody
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
                    float* x = its.A + (nint)row * its.K, to = its.C + row * its.CStep + first;
                    if (count == Columns)
                    {
                        Four(x, columns, its.K, to);
                        continue;
                    }

                    for (var column = 0; column < count; column++)
                    {
                        to[column] = Dot(x, columns + (nint)column * its.K, its.K);
                    }
                }
            }
        }

        private static float Dot(float* x, float* column, int k)
        {
            var sum = Vector512<float>.Zero;
            var i = 0;
            for (; i <= k - HostLoop.Width; i += HostLoop.Width)
            {
                sum += Vector512.Load(x + i) * Vector512.Load(column + i);
            }

            if (i < k)
            {
                sum += HostLoop.LoadPart(x + i, k - i, 0) * HostLoop.LoadPart(column + i, k - i, 0);
            }

            return HostLoop.Fold(sum, default(Plus));
        }

        /// <summary>Four of <see cref="Dot"/>, whose columns are <paramref name="k"/> floats apart.</summary>
        private static void Four(float* x, float* columns, int k, float* to)
        {
            float* p = columns, q = p + k, r = q + k, s = r + k;
            Vector512<float> sumP = default, sumQ = default, sumR = default, sumS = default;
            var i = 0;
            for (; i <= k - HostLoop.Width; i += HostLoop.Width)
            {
                var own = Vector512.Load(x + i);
                sumP += own * Vector512.Load(p + i);
                sumQ += own * Vector512.Load(q + i);
                sumR += own * Vector512.Load(r + i);
                sumS += own * Vector512.Load(s + i);
            }

            if (i < k)
            {
                var own = HostLoop.LoadPart(x + i, k - i, 0);
                sumP += own * HostLoop.LoadPart(p + i, k - i, 0);
                sumQ += own * HostLoop.LoadPart(q + i, k - i, 0);
                sumR += own * HostLoop.LoadPart(r + i, k - i, 0);
                sumS += own * HostLoop.LoadPart(s + i, k - i, 0);
            }

            to[0] = HostLoop.Fold(sumP, default(Plus));
            to[1] = HostLoop.Fold(sumQ, default(Plus));
            to[2] = HostLoop.Fold(sumR, default(Plus));
            to[3] = HostLoop.Fold(sumS, default(Plus));
        }
    }

    /// <summary>C[m, :] = Σ over k of A[m, k] · B[k, :]. One range item per 64 columns.</summary>
    private readonly struct Combinations(Block its) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var column = start * Columns * HostLoop.Width; column < its.N && column < end * Columns * HostLoop.Width;
                 column += HostLoop.Width)
            {
                var count = Math.Min(HostLoop.Width, its.N - column);
                for (var row = 0; row < its.M; row++)
                {
                    HostLoop.StorePart(
                        Sum(its.A + (nint)row * its.K, its.B + column), its.C + row * its.CStep + column, count);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector512<float> Sum(float* x, float* column)
        {
            var sum = Vector512<float>.Zero;
            for (var k = 0; k < its.K; k++, column += its.N)
            {
                sum += Vector512.Create(x[k]) * Vector512.Load(column);
            }

            return sum;
        }
    }
}
