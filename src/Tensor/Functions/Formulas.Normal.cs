using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>The standard normal distribution.</content>
internal static partial class Formulas<TMath, T>
{
    /// <summary>From here on φ(x) and Φ(−x) are 0 in float.</summary>
    private const float NormalLimit = 14.5f;

    private const float InverseSqrtTwoPi = 0.39894228f;

    // e^(a²/2)·Φ(−a) = (P0 + P1·a + … + P4·a⁴) / (1 + Q1·a + … + Q5·a⁵) for 0 ≤ a ≤ 14.5, relative error 2⁻²⁶·⁵.
    // Nothing cancels: all are positive.
    private const float P0 = 0.5f;
    private const float P1 = 0.438295007f;
    private const float P2 = 0.183235213f;
    private const float P3 = 0.0406332463f;
    private const float P4 = 0.0041163126f;
    private const float Q1 = 1.67447495f;
    private const float Q2 = 1.20250344f;
    private const float Q3 = 0.469470799f;
    private const float Q4 = 0.101858892f;
    private const float Q5 = 0.0103179459f;

    /// <inheritdoc cref="ElementaryFunctions.Normal(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Distribution, T Density) Normal(T x)
    {
        // a² in two parts: an error of it in the last place would show in many places of e^(−a²/2).
        var a = TMath.AtMost(TMath.Abs(x), TMath.Of(NormalLimit));
        var high = TMath.High(a);
        var minusHalf = TMath.Of(-0.5f);
        var density = ExpOfSum(
            TMath.Multiply(TMath.Multiply(minusHalf, high), high),
            TMath.Multiply(TMath.Multiply(minusHalf, TMath.Subtract(a, high)), TMath.Add(a, high)));

        // Even and odd powers apart: fewer roundings in a row.
        var square = TMath.Multiply(a, a);
        var above = TMath.MultiplyAdd(TMath.MultiplyAdd(TMath.Of(P4), square, TMath.Of(P2)), square, TMath.Of(P0));
        above = TMath.MultiplyAdd(TMath.MultiplyAdd(TMath.Of(P3), square, TMath.Of(P1)), a, above);
        var below = TMath.MultiplyAdd(TMath.MultiplyAdd(TMath.Of(Q4), square, TMath.Of(Q2)), square, TMath.Of(1));
        var odd = TMath.MultiplyAdd(TMath.MultiplyAdd(TMath.Of(Q5), square, TMath.Of(Q3)), square, TMath.Of(Q1));
        below = TMath.MultiplyAdd(odd, a, below);
        var tail = TMath.Multiply(TMath.Divide(above, below), density);
        return (
            TMath.IfLess(x, TMath.Of(0), tail, TMath.Subtract(TMath.Of(1), tail)),
            TMath.Multiply(density, TMath.Of(InverseSqrtTwoPi)));
    }
}
