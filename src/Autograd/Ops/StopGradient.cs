namespace IlgpuVq.Autograd;

/// <summary>The same value with no gradient: sg in the losses of VQ-VAE (arXiv:1711.00937, equation 3).</summary>
/// <remarks>
/// <para>Shapes: x any → y the same; shares x's memory.</para>
/// <para>Gradient: none, though y depends on x. Finite differences rightly disagree.</para>
/// <para>NaN and ∞ pass. Deterministic; costs nothing.</para>
/// </remarks>
public static class StopGradient
{
    public static Variable Apply(Variable x) =>
        Tape.Of("stop-gradient", x).Record("stop-gradient", x.Value.Share(), inputs: [x], backward: null);
}
