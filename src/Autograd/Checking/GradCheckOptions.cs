namespace IlgpuVq.Autograd;

/// <summary>How <see cref="GradCheck"/> measures.</summary>
/// <param name="Step">How far an element is moved to each side, as a part of its size. The default 2⁻⁷ balances, in float, what
/// the difference quotient leaves out (step² / 6 of the third derivative) against rounding (2⁻²⁴ / step).</param>
/// <param name="Tolerance">The relative error up to which a gradient counts as right. The default finds a wrong factor or a
/// missing term.</param>
/// <param name="Samples">Elements of each leaf to check, spread over it at random; a smaller leaf is checked whole.</param>
/// <param name="Seed">Of the upstream gradient and the choice of elements.</param>
public sealed record GradCheckOptions(double Step = 1.0 / 128, double Tolerance = 1e-2, int Samples = 64, ulong Seed = 0);
