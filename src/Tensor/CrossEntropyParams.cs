namespace IlgpuVq.Tensors;

/// <summary>How cross-entropy counts its targets.</summary>
/// <param name="Weights">A factor for each class, (K); null for 1. No gradient goes to it.</param>
/// <param name="IgnoredTarget">A target, such as −100, whose loss, gradient and weight are 0; null for none.</param>
/// <param name="LabelSmoothing">ε in [0, 1]: the target class counts 1 − ε, and all classes ε / K each.</param>
public sealed record CrossEntropyParams(Tensor<float>? Weights = null, int? IgnoredTarget = null, float LabelSmoothing = 0)
{
    public override string ToString() =>
        $"weights {Weights?.Shape.ToString() ?? "none"}, ignored {IgnoredTarget?.ToString() ?? "none"}, "
        + $"label smoothing {LabelSmoothing}";
}
