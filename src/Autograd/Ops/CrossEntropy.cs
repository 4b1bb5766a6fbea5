using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Negative log-likelihood of classes under the softmax of logits, in nats: for a target t and p = softmax over the
/// classes, <c>−(1 − ε)·w[t]·ln p[t] − ε/K·Σₖ w[k]·ln p[k]</c> with class weights w and label smoothing ε, by default 1 and
/// 0.</summary>
/// <remarks>
/// <para>Shapes: logits (N, K), targets (N), or logits (B, K, …), targets (B, …) → y (), or as targets without a
/// reduction.</para>
/// <para>The mean is Σ losses / Σ w[t] over the targets that are not ignored, smoothed or not, as PyTorch documents it.</para>
/// <para>Gradient: dLogits[k] = ((1 − ε)·w[t]·(p[k] − [k = t]) + ε/K·(p[k]·Σⱼ w[j] − w[k])) · dLoss; targets and weights have
/// none.</para>
/// <para>An ignored target has loss 0 and gradient 0, whatever its logits. Another target outside [0, K) gives NaN: a kernel
/// cannot throw. Shifted by the maximum; a mean of nothing is NaN. Deterministic.</para>
/// <para>Source of label smoothing: arXiv:1512.00567, section 7.</para>
/// </remarks>
public static class CrossEntropy
{
    private const string Name = "cross-entropy";

    /// <param name="logits">(N, K) or (B, K, …).</param>
    /// <param name="targets">Class ids.</param>
    /// <param name="how">Weights, ignored target, label smoothing; null for none of them.</param>
    /// <param name="reduction">What is made of the losses.</param>
    /// <exception cref="ShapeException">The shapes do not fit, weights are not (K), or the smoothing is not in [0,
    /// 1].</exception>
    public static Variable Apply(
        Variable logits, Tensor<int> targets, CrossEntropyParams? how = null, Reduction reduction = Reduction.Mean)
    {
        how ??= new CrossEntropyParams();
        using var losses = Primitive.CrossEntropy(logits.Value, targets, how);
        var kept = targets.Share();
        var weights = how.Weights?.Share();
        var total = reduction == Reduction.Mean ? TotalWeight(targets, logits.Shape[1], how) : null;
        List<IDisposable> saved = [kept];
        saved.AddRange(new[] { weights, total }.OfType<IDisposable>());
        return logits.Tape.Record(Name, Reduce(losses, total, reduction), inputs: [logits], dY =>
        {
            using var share = total is null ? dY.Share() : Primitive.Zip(Name, dY, total, default(Divide));
            using var dLosses = reduction == Reduction.None ? share.Share() : Primitive.Expand(share, kept.Shape);
            return [Primitive.CrossEntropyGradient(logits.Value, kept, how with { Weights = weights }, dLosses)];
        }, saved: [.. saved]);
    }

    private static Tensor<float> Reduce(Tensor<float> losses, Tensor<float>? total, Reduction reduction)
    {
        if (reduction == Reduction.None)
        {
            return losses.Share();
        }

        var sum = Primitive.Sum(losses, axes: []);
        if (total is null)
        {
            return sum;
        }

        using (sum)
        {
            return Primitive.Zip(Name, sum, total, default(Divide));
        }
    }

    /// <summary>What the sum of losses is divided by, ().</summary>
    private static Tensor<float> TotalWeight(Tensor<int> targets, int classes, CrossEntropyParams how)
    {
        if (how.Weights is null && how.IgnoredTarget is null)
        {
            return Primitive.Fill(targets.Device, [], targets.Size);
        }

        using var weights = Primitive.CrossEntropyWeights(targets, classes, how);
        return Primitive.Sum(weights, axes: []);
    }
}
