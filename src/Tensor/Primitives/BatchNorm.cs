using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Batch normalization with the statistics of x itself, which it returns: what training does.
    /// Each channel gets mean 0 and variance 1 over images and pixels, then a learned scale and shift.</summary>
    /// <remarks>
    /// <para>y = x̂·weight[c] + bias[c], x̂ = (x − mean[c])·rstd[c], rstd = 1 / √(variance + ε);
    /// the variance divides by the count, not by one less.</para>
    /// <para>Shapes: x (B, C, …), weight, bias, mean, rstd (C); everything behind C counts as pixels, so (N, C) works as well. No
    /// weight means 1, no bias 0.</para>
    /// <para>NaN or ∞ in a channel makes all of that channel NaN.</para>
    /// <para>Deterministic. The variance is summed around the mean in a second pass: no difference of large squares.</para>
    /// <para>Source: Ioffe and Szegedy, arXiv:1502.03167, algorithm 1 and the gradients of section 3.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, or a channel has no elements.</exception>
    public static (Tensor<float> Y, Tensor<float> Mean, Tensor<float> Rstd) BatchNorm(
        Tensor<float> x, Tensor<float>? weight, Tensor<float>? bias, float epsilon)
    {
        var rows = BatchNormKernels.CheckShapes(x.Shape, weight?.Shape, bias?.Shape);
        rows.CheckNotEmpty(BatchNormKernels.Op, x.Shape);
        var mean = x.Device.Empty<float>([rows.Channels]);
        var rstd = x.Device.Empty<float>([rows.Channels]);
        Normalize.Statistics(rows, x, epsilon, mean, rstd);
        return (Normalize.Apply(rows, x, mean, rstd, weight, bias), mean, rstd);
    }

    /// <summary>Batch normalization with given statistics: what inference does with running averages.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> BatchNormInference(
        Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight, Tensor<float>? bias)
    {
        var rows = BatchNormKernels.CheckShapes(x.Shape, weight?.Shape, bias?.Shape);
        NormRows.CheckStatistics(BatchNormKernels.Op, [rows.Channels], mean.Shape, rstd.Shape);
        var y = Normalize.Apply(rows, x, mean, rstd, weight, bias);
        x.Device.Trace?.Record(y, new ChannelNormOperation(), x, mean, rstd, weight, bias);
        return y;
    }

    /// <summary>The gradients of <see cref="Primitive.BatchNorm"/>, through its statistics too.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static (Tensor<float> DX, Tensor<float> DWeight, Tensor<float> DBias) BatchNormGradient(
        Tensor<float> dY, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight)
    {
        var rows = BatchNormKernels.CheckShapes(x.Shape, weight?.Shape, bias: null);
        NormRows.CheckStatistics(BatchNormKernels.Op, [rows.Channels], mean.Shape, rstd.Shape);
        NormRows.CheckGradient(BatchNormKernels.Op, dY.Shape, x.Shape);
        return Normalize.Gradients(rows, dY, x, mean, rstd, weight);
    }
}

internal static class BatchNormKernels
{
    internal const string Op = "batch-norm";

    internal static NormRows CheckShapes(Shape x, Shape? weight, Shape? bias)
    {
        NormRows.CheckShapes(Op, x, weight, bias);
        return NormRows.PerChannel(x);
    }
}
