namespace IlgpuVq.Tensors.Host.Gemm;

/// <summary>Matrix products with a small result and long sums, as of a weight's gradient.</summary>
/// <remarks>The reduction is cut into parts (<see cref="PartialSums"/>), each of which is a product of its own on one thread:
/// what it packs is read by nobody else, and B, if its rows lie as a tile reads them, is not packed at all.</remarks>
internal static unsafe class LongGemm
{
    /// <summary>Steps of a part: enough that adding the parts costs little.</summary>
    private const int PartSteps = 128;

    public static bool Suits(int m, int k, int n) => (long)m * n <= PartialSums.MostFloats && k >= PartSteps * PartialSums.Parts;

    /// <summary>c = a·b.</summary>
    public static void Run(HostDevice device, MatrixView a, MatrixView b, float* c)
    {
        var size = a.Rows * b.Columns;
        using var sums = device.Borrow<float>(PartialSums.Parts * size);
        device.Team.For(PartialSums.Parts, 1, new Part(a, b, sums.Pointer));
        device.Team.For(size, HostLoop.ElementGrain / PartialSums.Parts, new Add(sums.Pointer, size, c));
    }

    /// <summary>One range item per part. Its steps go in slices through the caches.</summary>
    private readonly struct Part(MatrixView a, MatrixView b, float* sums) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var mostSteps = Math.Min(PartSteps, a.Columns / PartialSums.Parts + 1);
            var packed = HostScratch.Floats(mostSteps * (Panels * GemmTile.Rows + GemmTile.Columns));
            for (var part = start; part < end; part++)
            {
                var first = PartialSums.Start(part, PartialSums.Parts, a.Columns);
                var last = PartialSums.Start(part + 1, PartialSums.Parts, a.Columns);
                for (var step = first; step < last; step += PartSteps)
                {
                    Slice(step, Math.Min(PartSteps, last - step), sums + (nint)part * a.Rows * b.Columns, step > first, packed);
                }
            }
        }

        private int Panels => (a.Rows + GemmTile.Rows - 1) / GemmTile.Rows;

        private void Slice(int first, int steps, float* to, bool accumulate, float* packedA)
        {
            var (m, n, panels) = (a.Rows, b.Columns, Panels);
            var packedB = packedA + panels * steps * GemmTile.Rows;
            var zeros = stackalloc float[GemmTile.MaxRows];
            new Span<float>(zeros, GemmTile.MaxRows).Clear();
            for (var panel = 0; panel < panels; panel++)
            {
                a.PackRows(packedA + panel * steps * GemmTile.Rows, panel * GemmTile.Rows, GemmTile.Rows, first, steps);
            }

            var segment = new TileSegment(0, 0, steps);
            var operands = new TileOperands
            {
                AStride = GemmTile.Rows,
                BStride = b.IsTransposed ? GemmTile.Columns : b.Step,
                Segments = &segment,
                SegmentCount = 1,
                StartStride = n,
                Bias = zeros,
                Floor = float.NegativeInfinity,
            };
            for (var column = 0; column < n; column += GemmTile.Columns)
            {
                operands.B = b.IsTransposed ? packedB : b.Start + first * b.Step + column;
                if (b.IsTransposed)
                {
                    b.PackColumns(packedB, column, GemmTile.Columns, first, steps);
                }

                for (var panel = 0; panel < panels; panel++)
                {
                    var row = panel * GemmTile.Rows;
                    var c = to + row * n + column;
                    operands.A = packedA + panel * steps * GemmTile.Rows;
                    operands.Start = accumulate ? c : null;
                    GemmTile.Run(operands, c, n, Math.Min(GemmTile.Rows, m - row), Math.Min(GemmTile.Columns, n - column));
                }
            }
        }
    }

    private readonly struct Add(float* sums, int size, float* c) : IRangeBody
    {
        public void Range(int start, int end) => PartialSums.Add(sums + start, size, PartialSums.Parts, c + start, end - start);
    }
}
