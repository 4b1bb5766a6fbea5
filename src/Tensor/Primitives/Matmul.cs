using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Matrix product c[m, n] = Σₖ a[m, k] · b[k, n], one or a batch of them.</summary>
    /// <remarks>
    /// <para>Shapes: a (M, K), b (K, N) → c (M, N); or with a leading axis of equal length on both.
    /// A transposed operand is stored (K, M) or (N, K). K = 0 gives zeros.</para>
    /// <para>Deterministic: each element has one owner that sums over k in a fixed order.</para>
    /// </remarks>
    /// <exception cref="ShapeException">Ranks, batch or inner lengths differ.</exception>
    public static Tensor<float> Matmul(Tensor<float> a, Tensor<float> b, Transpose transpose = Transpose.None)
    {
        var sizes = MatmulKernels.CheckShapes(a.Shape, b.Shape, transpose);
        var c = a.Device.Empty<float>(a.Shape.Rank == 2 ? [sizes.M, sizes.N] : [sizes.Batch, sizes.M, sizes.N]);
        a.Device.Run(new MatmulKernels.Call(a, b, c, sizes, transpose));
        return c;
    }
}

internal static class MatmulKernels
{
    /// <summary>The result's shape, (M, N) or (Batch, M, N).</summary>
    /// <exception cref="ShapeException">Ranks, batch or inner lengths differ.</exception>
    internal static MatmulSizes CheckShapes(Shape a, Shape b, Transpose transpose)
    {
        var rank = a.Rank;
        if (rank is 2 or 3 && b.Rank == rank && (rank == 2 || a[0] == b[0]))
        {
            var (m, kA) = transpose.HasFlag(Transpose.A) ? (a[rank - 1], a[rank - 2]) : (a[rank - 2], a[rank - 1]);
            var (kB, n) = transpose.HasFlag(Transpose.B) ? (b[rank - 1], b[rank - 2]) : (b[rank - 2], b[rank - 1]);
            if (kA == kB)
            {
                return new MatmulSizes(rank == 3 ? a[0] : 1, m, kA, n);
            }
        }

        var (ruleA, ruleB) = (
            transpose.HasFlag(Transpose.A) ? "(K, M)" : "(M, K)", transpose.HasFlag(Transpose.B) ? "(N, K)" : "(K, N)");
        throw new ShapeException("matmul", $"a {ruleA}, b {ruleB}, or both with one more leading axis", ("a", a), ("b", b));
    }

    internal readonly struct SumProducts(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, MatmulSizes s, int transposeA, int transposeB) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of c, i = (batch·M + m)·N + n.
            var n = i % s.N;
            var m = i / s.N % s.M;
            var batch = i / (s.N * s.M);
            var (stepA, startA) = transposeA != 0 ? (s.M, batch * s.M * s.K + m) : (1, (batch * s.M + m) * s.K);
            var (stepB, startB) = transposeB != 0 ? (1, (batch * s.N + n) * s.K) : (s.N, batch * s.N * s.K + n);
            var sum = 0f;
            for (var k = 0; k < s.K; k++)
            {
                sum += a[startA + k * stepA] * b[startB + k * stepB];
            }

            c[i] = sum;
        }
    }

    internal readonly record struct Call(
        Tensor<float> A, Tensor<float> B, Tensor<float> C, MatmulSizes Sizes, Transpose Transpose) : IPrimitive
    {
        public static bool IsReproducible => true;

        private bool TransposeA => Transpose.HasFlag(Transpose.A);

        private bool TransposeB => Transpose.HasFlag(Transpose.B);

        public unsafe void OnHost(HostDevice device) => HostGemm.Run(
            device, new MatrixView(A.Pointer, Sizes.M, Sizes.K, TransposeA),
            new MatrixView(B.Pointer, Sizes.K, Sizes.N, TransposeB), C.Pointer, Sizes.Batch);

        public void OnKernels(KernelDevice device)
        {
            if (!device.HasFastGroups)
            {
                device.Launch(C.Size, new SumProducts(A.View, B.View, C.View, Sizes, TransposeA ? 1 : 0, TransposeB ? 1 : 0));
            }
            else if (TransposeA)
            {
                MultiplyTiles(device, new RowsAcrossK(A.View, Sizes.M * Sizes.K, Sizes.M));
            }
            else
            {
                MultiplyTiles(device, new RowsAlongK(A.View, Sizes.M * Sizes.K, Sizes.K));
            }
        }

        private void MultiplyTiles<TA>(KernelDevice device, TA a)
            where TA : struct, ITileOperand
        {
            if (TransposeB)
            {
                Launch(device, a, new RowsAlongK(B.View, Sizes.N * Sizes.K, Sizes.K));
            }
            else
            {
                Launch(device, a, new RowsAcrossK(B.View, Sizes.N * Sizes.K, Sizes.N));
            }
        }

        private void Launch<TA, TB>(KernelDevice device, TA a, TB b)
            where TA : struct, ITileOperand
            where TB : struct, ITileOperand =>
            device.LaunchProduct<TA, TB, MatrixResult>(
                a, b, new MatrixResult(C.View, Sizes.M, Sizes.N), new TileSizes(Sizes.M, Sizes.N, Sizes.K), Sizes.Batch);
    }
}

/// <summary>Lengths of a batch of matrix products (M, K)·(K, N).</summary>
internal readonly record struct MatmulSizes(int Batch, int M, int K, int N);
