using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>How a batch moves running statistics.</summary>
/// <param name="Momentum">The batch's part of the new average.</param>
/// <param name="Epsilon">What was added to the batch's variance before its root was taken.</param>
/// <param name="Count">n, the numbers behind each mean; more than 1.</param>
public readonly record struct RunningStep(float Momentum, float Epsilon, int Count);

public static partial class Primitive
{
    /// <summary>One step of batch normalization's running averages towards the statistics of a batch.</summary>
    /// <remarks>
    /// <para><c>mean ← (1 − m)·mean + m·batchMean</c> and <c>variance ← (1 − m)·variance + m·(1/batchRstd² − ε)·n/(n − 1)</c>:
    /// the variance of a batch divides by n, the running one, as an estimate for the data, by n − 1 (Bessel's correction).</para>
    /// <para>Shapes: all (C); mean and variance are overwritten.</para>
    /// <para>1/rstd² − ε is off by some roundings of variance + ε, so a variance far below ε is known to about 10⁻⁶·ε; it is
    /// never below 0. NaN goes into both. Deterministic.</para>
    /// <para>Source: arXiv:1502.03167, algorithm 2.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static void UpdateRunningStatistics(
        Tensor<float> mean, Tensor<float> variance, Tensor<float> batchMean, Tensor<float> batchRstd, RunningStep step)
    {
        RunningStatisticsKernels.CheckShapes(mean.Shape, variance.Shape, batchMean.Shape, batchRstd.Shape);
        ZipInto(mean, mean, batchMean, new RunningStatisticsKernels.RunningMean(step));
        ZipInto(variance, variance, batchRstd, new RunningStatisticsKernels.RunningVariance(step));
    }

    /// <summary><c>1 / √(variance + ε)</c>: what inference multiplies by.</summary>
    /// <remarks>
    /// <para>Shapes: variance any → y the same.</para>
    /// <para>∞ where variance + ε is 0, NaN where it is below. Deterministic.</para>
    /// </remarks>
    public static Tensor<float> ReciprocalDeviation(Tensor<float> variance, float epsilon) =>
        Map(variance, new RunningStatisticsKernels.ReciprocalRoot(epsilon));
}

internal static class RunningStatisticsKernels
{
    public static void CheckShapes(Shape mean, Shape variance, Shape batchMean, Shape batchRstd)
    {
        if (mean.Rank != 1 || variance != mean || batchMean != mean || batchRstd != mean)
        {
            throw new ShapeException(
                "running-statistics", "mean, variance, batch mean and batch rstd (C)",
                ("mean", mean), ("variance", variance), ("batch mean", batchMean), ("batch rstd", batchRstd));
        }
    }

    /// <summary><c>(1 − m)·mean + m·batchMean</c>.</summary>
    internal readonly struct RunningMean(RunningStep step) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b)
            where T : struct, ILane<T> => (1 - step.Momentum) * a + step.Momentum * b;
    }

    /// <summary><c>(1 − m)·variance + m·max(0, 1/rstd² − ε)·n/(n − 1)</c>.</summary>
    internal readonly struct RunningVariance(RunningStep step) : IBinaryFunction
    {
        private readonly float kept = 1 - step.Momentum;
        private readonly float part = (float)(step.Momentum * (double)step.Count / (step.Count - 1));
        private readonly float epsilon = step.Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b)
            where T : struct, ILane<T>
        {
            var deviation = 1 / b;
            var ofBatch = deviation * deviation - epsilon;
            return kept * a + part * T.IfLess(ofBatch, 0, 0, ofBatch);
        }
    }

    /// <summary><c>1 / √(variance + ε)</c>.</summary>
    internal readonly struct ReciprocalRoot(float epsilon) : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T x)
            where T : struct, ILane<T> => 1 / T.Sqrt(x + epsilon);
    }
}
