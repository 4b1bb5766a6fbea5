using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>The standard normal distribution.</content>
internal static partial class Formulas<TLane, T>
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
        var a = TLane.AtMost(TLane.Abs(x), TLane.Of(NormalLimit));
        var high = TLane.High(a);
        var minusHalf = TLane.Of(-0.5f);
        var density = ExpOfSum(
            TLane.Multiply(TLane.Multiply(minusHalf, high), high),
            TLane.Multiply(TLane.Multiply(minusHalf, TLane.Subtract(a, high)), TLane.Add(a, high)));

        // Even and odd powers apart: fewer roundings in a row.
        var square = TLane.Multiply(a, a);
        var above = TLane.MultiplyAdd(TLane.MultiplyAdd(TLane.Of(P4), square, TLane.Of(P2)), square, TLane.Of(P0));
        above = TLane.MultiplyAdd(TLane.MultiplyAdd(TLane.Of(P3), square, TLane.Of(P1)), a, above);
        var below = TLane.MultiplyAdd(TLane.MultiplyAdd(TLane.Of(Q4), square, TLane.Of(Q2)), square, TLane.Of(1));
        var odd = TLane.MultiplyAdd(TLane.MultiplyAdd(TLane.Of(Q5), square, TLane.Of(Q3)), square, TLane.Of(Q1));
        below = TLane.MultiplyAdd(odd, a, below);
        var tail = TLane.Multiply(TLane.Divide(above, below), density);
        return (
            TLane.IfLess(x, TLane.Of(0), tail, TLane.Subtract(TLane.Of(1), tail)),
            TLane.Multiply(density, TLane.Of(InverseSqrtTwoPi)));
    }
}
