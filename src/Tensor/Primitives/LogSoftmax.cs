using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels.Rows;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Logarithm of the softmax over the last axis, <c>y[k] = x[k] − max x − log Σⱼ exp(x[j] − max x)</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x (…, K) → y the same. Gradient: dX[k] = dY[k] − exp(y[k])·Σⱼ dY[j].</para>
    /// <para>Large numbers do not overflow, and small probabilities keep their logarithm. A row with NaN or +∞, or of −∞ alone,
    /// becomes NaN.</para>
    /// <para>Deterministic: each row has one owner.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x is a scalar.</exception>
    public static Tensor<float> LogSoftmax(Tensor<float> x)
    {
        var rows = SoftmaxRows.CheckShapes("log-softmax", x.Shape);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new LogSoftmaxKernels.ApplyCall(x, y, rows));
        return y;
    }

    /// <summary>dX from y and dY.</summary>
    /// <exception cref="ShapeException">The shapes differ, or y is a scalar.</exception>
    public static Tensor<float> LogSoftmaxGradient(Tensor<float> y, Tensor<float> dY)
    {
        var rows = SoftmaxRows.CheckGradient("log-softmax", y.Shape, dY.Shape);
        var dX = y.Device.Empty<float>(y.Shape);
        y.Device.Run(new LogSoftmaxKernels.GradientCall(y, dY, dX, rows));
        return dX;
    }
}

internal static class LogSoftmaxKernels
{
    internal readonly record struct NormalizeRow(ArrayView<float> X, ArrayView<float> Y, int K) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var first = row * K;
            var (max, sum) = SoftmaxRows.MaxAndSum<TTeam>(X, first, K);
            var log = ElementaryFunctions.Log(sum);
            for (var i = TTeam.First; i < K; i += TTeam.Step)
            {
                Y[first + i] = X[first + i] - max - log;
            }
        }
    }

    internal readonly record struct GradientOfRow(ArrayView<float> Y, ArrayView<float> DY, ArrayView<float> DX, int K) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var first = row * K;
            var sum = 0f;
            for (var i = TTeam.First; i < K; i += TTeam.Step)
            {
                sum += DY[first + i];
            }

            sum = TTeam.Sum(sum);
            for (var i = TTeam.First; i < K; i += TTeam.Step)
            {
                DX[first + i] = DY[first + i] - ElementaryFunctions.Exp(Y[first + i]) * sum;
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
                float* x = X.Pointer + (nint)row * Rows.K, y = Y.Pointer + (nint)row * Rows.K;
                var max = HostSoftmax.Max(x, Rows.K);
                var log = ElementaryFunctions.Log(Vector512.Create(HostSoftmax.SumOfExp(x, Rows.K, max)));
                var top = Vector512.Create(max);
                for (var i = 0; i < Rows.K; i += HostLoop.Width)
                {
                    HostLoop.StorePart(Vector512.Load(x + i) - top - log, y + i, Math.Min(HostLoop.Width, Rows.K - i));
                }
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
                var lanes = Vector512<float>.Zero;
                for (var i = 0; i < Rows.K; i += HostLoop.Width)
                {
                    lanes += HostLoop.LoadPart(dY + i, Rows.K - i, 0);
                }

                var sum = Vector512.Create(HostLoop.Fold(lanes, default(Plus)));
                for (var i = 0; i < Rows.K; i += HostLoop.Width)
                {
                    var gradient = Vector512.Load(dY + i) - ElementaryFunctions.Exp(Vector512.Load(y + i)) * sum;
                    HostLoop.StorePart(gradient, dX + i, Math.Min(HostLoop.Width, Rows.K - i));
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(Rows.Count, Rows.K, new GradientOfRow(Y.View, DY.View, DX.View, Rows.K));
    }
}
