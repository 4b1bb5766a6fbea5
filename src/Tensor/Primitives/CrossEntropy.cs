using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels.Rows;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Negative log-likelihood of a class under softmax, <c>y[n] = log Σₖ exp(logits[n, k]) − logits[n,
    /// targets[n]]</c>.</summary>
    /// <remarks>
    /// <para>Shapes: logits (N, K), targets (N) → y (N).
    /// Gradient: dLogits[n, k] = (softmax(logits[n])[k] − [k = targets[n]])·dY[n]; the targets have none.</para>
    /// <para>A target outside [0, K) gives a NaN loss and a NaN row of the gradient: a kernel cannot throw. A row with NaN or +∞,
    /// or of −∞ alone, gives NaN.</para>
    /// <para>Deterministic: each row has one owner. Softmax is not stored between the two but computed again.</para>
    /// </remarks>
    /// <exception cref="ShapeException">logits is not (N, K), or targets not (N).</exception>
    public static Tensor<float> CrossEntropy(Tensor<float> logits, Tensor<int> targets)
    {
        var rows = CrossEntropyKernels.CheckShapes(logits.Shape, targets.Shape);
        var losses = logits.Device.Empty<float>(targets.Shape);
        logits.Device.Run(new CrossEntropyKernels.LossesCall(logits, targets, losses, rows));
        return losses;
    }

    /// <summary>dLogits from dLosses (N).</summary>
    /// <exception cref="ShapeException">logits is not (N, K), or targets or dLosses not (N).</exception>
    public static Tensor<float> CrossEntropyGradient(Tensor<float> logits, Tensor<int> targets, Tensor<float> dLosses)
    {
        var rows = CrossEntropyKernels.CheckShapes(logits.Shape, targets.Shape);
        if (dLosses.Shape != targets.Shape)
        {
            throw new ShapeException("cross-entropy", "dLosses (N)", ("dLosses", dLosses.Shape), ("targets", targets.Shape));
        }

        var dLogits = logits.Device.Empty<float>(logits.Shape);
        logits.Device.Run(new CrossEntropyKernels.GradientCall(logits, targets, dLosses, dLogits, rows));
        return dLogits;
    }
}

internal static class CrossEntropyKernels
{
    internal static SoftmaxRows CheckShapes(Shape logits, Shape targets) => (logits, targets) switch
    {
        ([var n, var k], [var count]) when n == count => new SoftmaxRows(n, k),
        _ => throw new ShapeException("cross-entropy", "logits (N, K), targets (N)", ("logits", logits), ("targets", targets)),
    };

    internal readonly record struct LossOfRow(
        ArrayView<float> Logits, ArrayView<int> Targets, ArrayView<float> Losses, int K) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var first = row * K;
            var (max, sum) = SoftmaxRows.MaxAndSum<TTeam>(Logits, first, K);
            var target = Targets[row];
            if (TTeam.First == 0)
            {
                Losses[row] = target >= 0 && target < K
                    ? ElementaryFunctions.Log(sum) - (Logits[first + target] - max)
                    : float.NaN;
            }
        }
    }

    internal readonly record struct GradientOfRow(
        ArrayView<float> Logits, ArrayView<int> Targets, ArrayView<float> DLosses, ArrayView<float> DLogits, int K) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var first = row * K;
            var (max, sum) = SoftmaxRows.MaxAndSum<TTeam>(Logits, first, K);
            var target = Targets[row];
            var dLoss = target >= 0 && target < K ? DLosses[row] : float.NaN;
            for (var i = TTeam.First; i < K; i += TTeam.Step)
            {
                DLogits[first + i] = (ElementaryFunctions.Exp(Logits[first + i] - max) / sum - (i == target ? 1f : 0f)) * dLoss;
            }
        }
    }

    internal readonly record struct LossesCall(
        Tensor<float> Logits, Tensor<int> Targets, Tensor<float> Y, SoftmaxRows Rows) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Rows.Count, HostLoop.RowGrain(Rows.K), this);

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var logits = Logits.Pointer + (nint)n * Rows.K;
                var max = HostSoftmax.Max(logits, Rows.K);
                var target = Targets.Pointer[n];
                var log = ElementaryFunctions.Log(Vector512.Create(HostSoftmax.SumOfExp(logits, Rows.K, max))).ToScalar();
                Y.Pointer[n] = target >= 0 && target < Rows.K ? log - (logits[target] - max) : float.NaN;
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(Rows.Count, Rows.K, new LossOfRow(Logits.View, Targets.View, Y.View, Rows.K));
    }

    internal readonly record struct GradientCall(
        Tensor<float> Logits, Tensor<int> Targets, Tensor<float> DLosses, Tensor<float> DLogits, SoftmaxRows Rows)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Rows.Count, HostLoop.RowGrain(Rows.K), this);

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                float* logits = Logits.Pointer + (nint)n * Rows.K, dLogits = DLogits.Pointer + (nint)n * Rows.K;
                var max = HostSoftmax.Max(logits, Rows.K);
                var sum = HostSoftmax.SumOfExp(logits, Rows.K, max);
                var target = Targets.Pointer[n];
                var isClass = target >= 0 && target < Rows.K;
                var dLoss = isClass ? DLosses.Pointer[n] : float.NaN;
                var (top, scale, total) = (Vector512.Create(max), Vector512.Create(dLoss), Vector512.Create(sum));
                for (var i = 0; i < Rows.K; i += HostLoop.Width)
                {
                    var probability = ElementaryFunctions.Exp(Vector512.Load(logits + i) - top) / total;
                    if (isClass && i <= target && target < i + HostLoop.Width)
                    {
                        probability = probability.WithElement(target - i, probability[target - i] - 1);
                    }

                    HostLoop.StorePart(probability * scale, dLogits + i, Math.Min(HostLoop.Width, Rows.K - i));
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.LaunchRows(
                Rows.Count, Rows.K, new GradientOfRow(Logits.View, Targets.View, DLosses.View, DLogits.View, Rows.K));
    }
}
