using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Mean negative log-likelihood of class ids under the softmax of logits, <c>y = −Σₙ ln softmax(logits[n])[targets[n]] /
/// N</c>, in nats.</summary>
/// <remarks>
/// <para>Shapes: logits (N, K), targets (N) → y ().</para>
/// <para>Gradient: dLogits[n, k] = (softmax(logits[n])[k] − [targets[n] = k]) / N · dY; targets has none.</para>
/// <para>A target outside [0, K) gives NaN: a kernel cannot throw. Shifted by the row's maximum; a mean of nothing is NaN.
/// Deterministic.</para>
/// </remarks>
public static class CrossEntropy
{
    /// <exception cref="ShapeException">logits is not (N, K), or targets is not (N).</exception>
    public static Variable Apply(Variable logits, Tensor<int> targets)
    {
        using var losses = Primitive.CrossEntropy(logits.Value, targets);
        var kept = targets.Share();
        return logits.Tape.Record("cross-entropy", Primitive.Mean(losses, axes: []), inputs: [logits], dY =>
        {
            using var share = Primitive.Map(dY, new Affine(1f / kept.Size, shift: 0));
            using var dLosses = Primitive.Expand(share, kept.Shape); // (N)
            return [Primitive.CrossEntropyGradient(logits.Value, kept, dLosses)];
        }, saved: kept);
    }
}
