using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;
using IlgpuVq.Tensors.Kernels.Tiles;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>The nearest codebook row of each vector, <c>id[n] = argminₖ ‖x[n] − codebook[k]‖²</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x (N, D), codebook (K, D), K ≥ 1 → ids (N).</para>
    /// <para>Computed as argmaxₖ (x·e − ½‖e‖²), the same order without the part that all codes share;
    /// the N×K distances are never stored. Equal scores go to the smallest id. A vector, or all codes, with NaN gets id 0.</para>
    /// <para>Deterministic. Distances within rounding of each other may be ordered differently by different devices.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x is not (N, D), or codebook not (K, D) with K ≥ 1.</exception>
    public static Tensor<int> NearestCode(Tensor<float> x, Tensor<float> codebook)
    {
        var (n, k, d) = NearestCodeKernels.CheckShapes(x.Shape, codebook.Shape);
        var ids = x.Device.Empty<int>([n]);
        x.Device.Run(new NearestCodeKernels.Call(x, codebook, ids, k, d));
        x.Device.Trace?.Record(ids, new NearestCodeOperation(), x, codebook);
        return ids;
    }
}

internal static class NearestCodeKernels
{
    /// <summary>Of codes in panels with their norms behind them.</summary>
    private static readonly object CodesForm = new();

    internal static (int N, int K, int D) CheckShapes(Shape x, Shape codebook) => (x, codebook) switch
    {
        ([var n, var d], [> 0 and var k, var width]) when d == width => (n, k, d),
        _ => throw new ShapeException("nearest-code", "x (N, D), codebook (K, D) with K ≥ 1", ("x", x), ("codebook", codebook)),
    };

    internal readonly struct ScanCodes(
        ArrayView<float> x, ArrayView<float> codebook, ArrayView<int> ids, int k, int d) : IKernel
    {
        public void Run(int n)
        {
            // Grid: one thread per vector.
            var (best, bestId) = (float.NegativeInfinity, 0);
            for (var code = 0; code < k; code++)
            {
                var (dot, norm) = (0f, 0f);
                for (var i = 0; i < d; i++)
                {
                    var e = codebook[code * d + i];
                    dot += x[n * d + i] * e;
                    norm += e * e;
                }

                var score = dot - 0.5f * norm;
                if (score > best)
                {
                    (best, bestId) = (score, code);
                }
            }

            ids[n] = bestId;
        }
    }

    /// <summary>−½‖e‖² of each code.</summary>
    internal readonly record struct HalfNorms(ArrayView<float> Codebook, ArrayView<float> Offsets, int D) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam =>
            Offsets[row] = -0.5f * RowSum.Of<TTeam, Square>(new Square(Codebook, row * D), D);

        internal readonly record struct Square(ArrayView<float> Codebook, int First) : RowSum.ITerm
        {
            public float At(int i) => Codebook[First + i] * Codebook[First + i];
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> Codebook, Tensor<int> Ids, int K, int D) : IPrimitive
    {
        public unsafe void OnHost(HostDevice device)
        {
            var panels = (K - 1) / GemmTile.Rows + 1;
            var packedFloats = panels * D * GemmTile.Rows;
            using var packed = device.Derive(Codebook, CodesForm, packedFloats + panels * GemmTile.Rows, out var isNew);
            var halfNorms = packed.Pointer + packedFloats;
            if (isNew)
            {
                device.Team.For(panels, 16, new PackCodes(Codebook.Pointer, packed.Pointer, halfNorms, K, D));
            }

            var tiles = (Ids.Size + GemmTile.Columns - 1) / GemmTile.Columns;
            device.Team.For(tiles, 1, new Search(X, packed.Pointer, halfNorms, Ids, K, D));
        }

        public void OnKernels(KernelDevice device)
        {
            if (!device.HasFastGroups || Ids.Size == 0)
            {
                device.Launch(Ids.Size, new ScanCodes(X.View, Codebook.View, Ids.View, K, D));
                return;
            }

            using var offsets = device.Empty<float>([K]);
            device.LaunchRows(K, D, new HalfNorms(Codebook.View, offsets.View, D));
            device.LaunchFindBest(
                new RowsAlongK(X.View, 0, D),
                new RowsAlongK(Codebook.View, 0, D),
                offsets.View,
                Ids.View,
                new TileSizes(Ids.Size, K, D));
        }
    }

    /// <summary>Codes in panels for the register tile, and −½‖e‖² for it to start from; rows past the
    /// last code can never win.</summary>
    internal readonly unsafe struct PackCodes(
        float* codebook, float* packed, float* halfNorms, int k, int d) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var codes = new MatrixView(codebook, k, d, transposed: false);
            for (var panel = start; panel < end; panel++)
            {
                var first = panel * GemmTile.Rows;
                var to = packed + (nint)panel * d * GemmTile.Rows;
                codes.PackRows(to, first, GemmTile.Rows);
                var sums = SumsOfSquares(to, d);
                for (var row = 0; row < GemmTile.Rows; row++)
                {
                    halfNorms[first + row] = first + row < k ? -0.5f * sums[row] : float.NegativeInfinity;
                }
            }
        }

        /// <summary>Of each row of a panel; lanes behind its rows mean nothing.</summary>
        private static Vector256<float> SumsOfSquares(float* panel, int d)
        {
            var sums = Vector256<float>.Zero;
            for (var i = 0; i < d; i++, panel += GemmTile.Rows)
            {
                var e = Vector256.Load(panel);
                sums += e * e;
            }

            return sums;
        }
    }

    /// <summary>One range item per tile of vectors: all codes pass by, and each lane keeps its best.</summary>
    internal readonly unsafe struct Search(
        Tensor<float> x, float* packed, float* halfNorms, Tensor<int> ids, int k, int d) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var vectors = new MatrixView(x.Pointer, ids.Size, d, transposed: false);
            var columns = GemmTile.Columns;
            var points = HostScratch.Floats(d * columns);
            var scores = stackalloc float[GemmTile.MaxRows * GemmTile.MaxColumns];
            var best = stackalloc float[GemmTile.MaxColumns];
            var bestIds = stackalloc int[GemmTile.MaxColumns];
            var segment = new TileSegment(0, 0, d);
            for (var tile = start; tile < end; tile++)
            {
                var first = tile * columns;
                vectors.PackRows(points, first, columns);
                new Span<float>(best, columns).Fill(float.NegativeInfinity);
                new Span<int>(bestIds, columns).Clear();
                for (var code = 0; code < k; code += GemmTile.Rows)
                {
                    var operands = new TileOperands
                    {
                        A = packed + (nint)code * d,
                        B = points,
                        AStride = GemmTile.Rows,
                        BStride = columns,
                        Segments = &segment,
                        SegmentCount = 1,
                        Bias = halfNorms + code,
                        Floor = float.NegativeInfinity,
                    };
                    GemmTile.Run(operands, scores, columns, GemmTile.Rows, columns);
                    KeepBest(scores, code, best, bestIds);
                }

                new Span<int>(bestIds, Math.Min(columns, ids.Size - first)).CopyTo(ids.Span[first..]);
            }
        }

        private static void KeepBest(float* scores, int firstCode, float* best, int* bestIds)
        {
            for (var column = 0; column < GemmTile.Columns; column += Vector256<float>.Count)
            {
                var (top, topIds) = (Vector256.Load(best + column), Vector256.Load(bestIds + column));
                for (var row = 0; row < GemmTile.Rows; row++)
                {
                    var score = Vector256.Load(scores + row * GemmTile.Columns + column);
                    var wins = Vector256.GreaterThan(score, top);
                    top = Vector256.ConditionalSelect(wins, score, top);
                    topIds = Vector256.ConditionalSelect(wins.AsInt32(), Vector256.Create(firstCode + row), topIds);
                }

                top.Store(best + column);
                topIds.Store(bestIds + column);
            }
        }
    }
}
