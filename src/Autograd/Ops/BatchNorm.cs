using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Normalisation of each channel, <c>y = (x − mean[c]) · rstd[c] · weight[c] + bias[c]</c>, where rstd is
/// 1 / √(variance + ε).</summary>
/// <remarks>
/// <para>Shapes: x (B, C, …), weight (C), bias (C) → y as x. Training takes mean and variance over everything but C; inference is
/// given them.</para>
/// <para>Gradient in training: through mean and variance too: dX = rstd · (g − mean(g) − x̂ · mean(g · x̂)) with g = dY · weight
/// and means over the channel. In inference: dX = dY · rstd · weight. Both: dWeight = Σ dY · x̂, dBias = Σ dY.</para>
/// <para>NaN spreads over its channel in training. Deterministic: sums have a fixed order.</para>
/// <para>Source: arXiv:1502.03167; the variance divides by the number of elements.</para>
/// </remarks>
public static class BatchNorm
{
    /// <summary>The training form.</summary>
    /// <exception cref="ShapeException">x has fewer than two axes, or weight or bias is not (C).</exception>
    public static Variable Apply(Variable x, Variable? weight, Variable? bias, float epsilon = 1e-5f)
    {
        var y = Apply(x, weight, bias, epsilon, out var mean, out var rstd);
        mean.Dispose();
        rstd.Dispose();
        return y;
    }

    /// <summary>The training form, which also hands out the statistics of this batch, for running averages.</summary>
    /// <param name="x">What to normalise.</param>
    /// <param name="weight">Scale of each channel; 1 when null.</param>
    /// <param name="bias">Shift of each channel; 0 when null.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="mean">(C); the caller's to dispose.</param>
    /// <param name="rstd">(C), 1 / √(variance + ε); the caller's to dispose.</param>
    /// <exception cref="ShapeException">x has fewer than two axes, or weight or bias is not (C).</exception>
    public static Variable Apply(
        Variable x, Variable? weight, Variable? bias, float epsilon, out Tensor<float> mean, out Tensor<float> rstd)
    {
        var tape = Tape.Of("batch-norm", x, weight, bias);
        var (y, batchMean, batchRstd) = Primitive.BatchNorm(x.Value, weight?.Value, bias?.Value, epsilon);
        (mean, rstd) = (batchMean.Share(), batchRstd.Share());
        return tape.Record("batch-norm", y, inputs: [x, weight, bias], dY =>
        {
            var (dX, dWeight, dBias) = Primitive.BatchNormGradient(dY, x.Value, batchMean, batchRstd, weight?.Value);
            return [dX, dWeight, dBias];
        }, saved: [batchMean, batchRstd]);
    }

    /// <summary>The inference form: a fixed scale and shift of each channel.</summary>
    /// <param name="x">What to normalise.</param>
    /// <param name="mean">(C), from running averages. Stays the caller's; no gradient.</param>
    /// <param name="rstd">(C), 1 / √(variance + ε). Stays the caller's; no gradient.</param>
    /// <param name="weight">Scale of each channel; 1 when null.</param>
    /// <param name="bias">Shift of each channel; 0 when null.</param>
    /// <exception cref="ShapeException">x has fewer than two axes, or one of the others is not (C).</exception>
    public static Variable Apply(Variable x, Tensor<float> mean, Tensor<float> rstd, Variable? weight, Variable? bias)
    {
        var tape = Tape.Of("batch-norm-inference", x, weight, bias);
        var y = Primitive.BatchNormInference(x.Value, mean, rstd, weight?.Value, bias?.Value);
        var (keptMean, keptRstd) = (mean.Share(), rstd.Share());
        return tape.Record("batch-norm-inference", y, inputs: [x, weight, bias], dY =>
        [
            x.RequiresGradient ? ScaleChannels(dY, keptRstd, weight?.Value) : null,
            weight is { RequiresGradient: true } ? WeightGradient(x.Value, keptMean, keptRstd, dY) : null,
            bias is { RequiresGradient: true } ? Primitive.Sum(dY, AllButChannels(x.Shape)) : null,
        ], saved: [keptMean, keptRstd]);
    }

    private static Tensor<float> ScaleChannels(Tensor<float> dY, Tensor<float> rstd, Tensor<float>? weight)
    {
        using var zero = Primitive.Fill(dY.Device, rstd.Shape, value: 0);
        return Primitive.BatchNormInference(dY, zero, rstd, weight, bias: null);
    }

    private static Tensor<float> WeightGradient(Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float> dY)
    {
        using var normalised = Primitive.BatchNormInference(x, mean, rstd, weight: null, bias: null);
        using var products = Primitive.Zip("batch-norm-inference", normalised, dY, default(Multiply));
        return Primitive.Sum(products, AllButChannels(x.Shape));
    }

    private static int[] AllButChannels(Shape x) => [.. Enumerable.Range(0, x.Rank).Where(axis => axis != 1)];
}
