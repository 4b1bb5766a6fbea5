using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Priors;

/// <summary>Half of the channels, multiplied by a gate of the other half: x (B, 2C, h, w) → (B, C, h, w).</summary>
internal static class Gate
{
    /// <summary><c>tanh(a) · σ(b)</c> of x = (a, b). Source: arXiv:1606.05328, equation 2.</summary>
    public static Variable Tanh(Variable x)
    {
        var (a, b) = Halves(x);
        return Autograd.Tanh.Apply(a) * Sigmoid.Apply(b);
    }

    /// <summary><c>a · σ(b)</c> of x = (a, b), a gated linear unit. Source: arXiv:1612.08083.</summary>
    public static Variable Linear(Variable x)
    {
        var (a, b) = Halves(x);
        return a * Sigmoid.Apply(b);
    }

    private static (Variable A, Variable B) Halves(Variable x)
    {
        var half = x.Shape[1] / 2;
        return (Slice.Apply(x, axis: 1, start: 0, half), Slice.Apply(x, axis: 1, start: half, half));
    }
}
