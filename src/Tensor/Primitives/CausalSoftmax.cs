using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Softmax of each row over what lies up to a diagonal: <c>y[…, i, j] = exp(x[…, i, j]) / Σₗ exp(x[…, i, l])</c> for
    /// j and l up to i + diagonal, 0 for j beyond.</summary>
    /// <remarks>
    /// <para>Shapes: x (…, T, S) → y the same. A row that sees nothing is 0.</para>
    /// <para>Shifted by the largest number that is seen, so large ones do not overflow. A row that sees NaN or +∞, or −∞ alone,
    /// becomes NaN where it sees; what it does not see is not read.</para>
    /// <para>Deterministic: each row has one owner.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x has fewer than two axes.</exception>
    public static Tensor<float> CausalSoftmax(Tensor<float> x, int diagonal)
    {
        var rows = CausalSoftmaxKernels.CheckShapes(x.Shape, diagonal);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new CausalSoftmaxKernels.ApplyCall(x, y, rows));
        return y;
    }

    /// <summary>dX from y and dY: <c>dX = y·(dY − Σⱼ y[j]·dY[j])</c> where a row sees, else 0.</summary>
    /// <exception cref="ShapeException">The shapes differ, or y has fewer than two axes.</exception>
    public static Tensor<float> CausalSoftmaxGradient(Tensor<float> y, Tensor<float> dY, int diagonal)
    {
        var rows = CausalSoftmaxKernels.CheckGradient(y.Shape, dY.Shape, diagonal);
        var dX = y.Device.Empty<float>(y.Shape);
        y.Device.Run(new CausalSoftmaxKernels.GradientCall(y, dY, dX, rows));
        return dX;
    }
}

internal static class CausalSoftmaxKernels
{
    private const string Op = "causal-softmax";

    public static CausalRows CheckShapes(Shape x, int diagonal) => x is [.., var t, var s]
        ? new CausalRows(s == 0 ? 0 : x.Size / s, t, s, Math.Clamp(diagonal, -t, s))
        : throw new ShapeException(Op, "x (…, T, S)", ("x", x));

    public static CausalRows CheckGradient(Shape y, Shape dY, int diagonal) => y == dY
        ? CheckShapes(y, diagonal)
        : throw new ShapeException(Op, "dY of y's shape", ("dY", dY), ("y", y));

    /// <summary>The rows along the last axis, and how far each sees.</summary>
    internal readonly record struct CausalRows(int Count, int T, int S, int Diagonal)
    {
        /// <summary>How many numbers a row sees, from its first.</summary>
        public int Seen(int row)
        {
            var seen = row % T + 1 + Diagonal;
            return seen < 0 ? 0 : seen > S ? S : seen;
        }
    }

    internal readonly record struct NormalizeSeen(ArrayView<float> X, ArrayView<float> Y, CausalRows Rows) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var (first, seen) = (row * Rows.S, Rows.Seen(row));
            var (max, sum) = SoftmaxRows.MaxAndSum<TTeam>(X, first, seen);
            for (var i = TTeam.First; i < Rows.S; i += TTeam.Step)
            {
                Y[first + i] = i < seen ? ElementaryFunctions.Exp(X[first + i] - max) / sum : 0f;
            }
        }
    }

    internal readonly record struct GradientOfSeen(ArrayView<float> Y, ArrayView<float> DY, ArrayView<float> DX, CausalRows Rows)
        : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var (first, seen) = (row * Rows.S, Rows.Seen(row));
            var mean = 0f;
            for (var i = TTeam.First; i < seen; i += TTeam.Step)
            {
                mean += Y[first + i] * DY[first + i];
            }

            mean = TTeam.Sum(mean);
            for (var i = TTeam.First; i < Rows.S; i += TTeam.Step)
            {
                DX[first + i] = i < seen ? Y[first + i] * (DY[first + i] - mean) : 0f;
            }
        }
    }

    internal readonly record struct ApplyCall(Tensor<float> X, Tensor<float> Y, CausalRows Rows) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Rows.Count, HostLoop.RowGrain(Rows.S), this);

        public unsafe void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                float* x = X.Pointer + (nint)row * Rows.S, y = Y.Pointer + (nint)row * Rows.S;
                var seen = Rows.Seen(row);
                HostSoftmax.Normalize(x, y, seen);
                new Span<float>(y + seen, Rows.S - seen).Clear();
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(Rows.Count, Rows.S, new NormalizeSeen(X.View, Y.View, Rows));
    }

    internal readonly record struct GradientCall(Tensor<float> Y, Tensor<float> DY, Tensor<float> DX, CausalRows Rows)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Rows.Count, HostLoop.RowGrain(Rows.S), this);

        public unsafe void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var (at, seen) = ((nint)row * Rows.S, Rows.Seen(row));
                float* y = Y.Pointer + at, dY = DY.Pointer + at, dX = DX.Pointer + at;
                var products = Vector512<float>.Zero;
                for (var i = 0; i < seen; i += HostLoop.Width)
                {
                    products += HostLoop.LoadPart(y + i, seen - i, 0) * HostLoop.LoadPart(dY + i, seen - i, 0);
                }

                var mean = Vector512.Create(HostLoop.Fold(products, default(Plus)));
                for (var i = 0; i < seen; i += HostLoop.Width)
                {
                    var gradient = Vector512.Load(y + i) * (Vector512.Load(dY + i) - mean);
                    HostLoop.StorePart(gradient, dX + i, Math.Min(HostLoop.Width, seen - i));
                }

                new Span<float>(dX + seen, Rows.S - seen).Clear();
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(Rows.Count, Rows.S, new GradientOfSeen(Y.View, DY.View, DX.View, Rows));
    }
}
