using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Softmax over the last axis, <c>y[k] = exp(x[k] − max x) / Σⱼ exp(x[j] − max x)</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x (…, K) → y the same. Gradient: dX[k] = y[k]·(dY[k] − Σⱼ y[j]·dY[j]).</para>
    /// <para>Large numbers do not overflow. A row with NaN or +∞, or of −∞ alone, becomes NaN.</para>
    /// <para>Deterministic: each row has one owner.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x is a scalar.</exception>
    public static Tensor<float> Softmax(Tensor<float> x)
    {
        var rows = SoftmaxRows.CheckShapes("softmax", x.Shape);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new SoftmaxKernels.ApplyCall(x, y, rows));
        x.Device.Trace?.Record(y, new SoftmaxOperation(x.Shape.Rank - 1, IsLog: false), x);
        return y;
    }

    /// <summary>dX from y and dY.</summary>
    /// <exception cref="ShapeException">The shapes differ, or y is a scalar.</exception>
    public static Tensor<float> SoftmaxGradient(Tensor<float> y, Tensor<float> dY)
    {
        var rows = SoftmaxRows.CheckGradient("softmax", y.Shape, dY.Shape);
        var dX = y.Device.Empty<float>(y.Shape);
        y.Device.Run(new SoftmaxKernels.GradientCall(y, dY, dX, rows));
        return dX;
    }
}

internal static class SoftmaxKernels
{
    internal readonly record struct NormalizeRow(ArrayView<float> X, ArrayView<float> Y, int K) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var first = row * K;
            var (max, sum) = SoftmaxRows.MaxAndSum<TTeam>(X, first, K);
            for (var i = TTeam.First; i < K; i += TTeam.Step)
            {
                Y[first + i] = ElementaryFunctions.Exp(X[first + i] - max) / sum;
            }
        }
    }

    internal readonly record struct GradientOfRow(ArrayView<float> Y, ArrayView<float> DY, ArrayView<float> DX, int K) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var first = row * K;
            var mean = 0f;
            for (var i = TTeam.First; i < K; i += TTeam.Step)
            {
                mean += Y[first + i] * DY[first + i];
            }

            mean = TTeam.Sum(mean);
            for (var i = TTeam.First; i < K; i += TTeam.Step)
            {
                DX[first + i] = Y[first + i] * (DY[first + i] - mean);
            }
        }
    }

    internal readonly record struct ApplyCall(Tensor<float> X, Tensor<float> Y, SoftmaxRows Rows) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Rows.Count, HostLoop.RowGrain(Rows.K), this);

        public unsafe void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var first = (nint)row * Rows.K;
                HostSoftmax.Normalize(X.Pointer + first, Y.Pointer + first, Rows.K);
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(Rows.Count, Rows.K, new NormalizeRow(X.View, Y.View, Rows.K));
    }

    internal readonly record struct GradientCall(
        Tensor<float> Y, Tensor<float> DY, Tensor<float> DX, SoftmaxRows Rows) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Rows.Count, HostLoop.RowGrain(Rows.K), this);

        public unsafe void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var at = (nint)row * Rows.K;
                float* y = Y.Pointer + at, dY = DY.Pointer + at, dX = DX.Pointer + at;
                var products = Vector512<float>.Zero;
                for (var i = 0; i < Rows.K; i += HostLoop.Width)
                {
                    products += HostLoop.LoadPart(y + i, Rows.K - i, 0) * HostLoop.LoadPart(dY + i, Rows.K - i, 0);
                }

                var mean = Vector512.Create(HostLoop.Fold(products, default(Plus)));
                for (var i = 0; i < Rows.K; i += HostLoop.Width)
                {
                    var gradient = Vector512.Load(y + i) * (Vector512.Load(dY + i) - mean);
                    HostLoop.StorePart(gradient, dX + i, Math.Min(HostLoop.Width, Rows.K - i));
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(Rows.Count, Rows.K, new GradientOfRow(Y.View, DY.View, DX.View, Rows.K));
    }
}
