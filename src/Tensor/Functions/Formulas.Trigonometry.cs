using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>Sine and cosine.</content>
internal static partial class Formulas<TMath, T>
{
    // 2π in two parts.
    private const float TwoPi = 6.28318548f;
    private const float TwoPiRest = -1.74845553e-07f;

    // sin 2πr = 2πr + r³·(S0 + S1·r² + S2·r⁴) and cos 2πr = 1 + r²·(C0 + C1·r² + … + C3·r⁶) on |r| ≤ ⅛, relative errors 2⁻²⁷·⁹
    // and 2⁻²⁹·⁹.
    private const float S0 = -41.341671f;
    private const float S1 = 81.593399f;
    private const float S2 = -75.4248734f;
    private const float C0 = -19.7392082f;
    private const float C1 = 64.9392548f;
    private const float C2 = -85.4407349f;
    private const float C3 = 59.2111969f;

    /// <inheritdoc cref="ElementaryFunctions.SinCosOfTurn(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Sine, T Cosine) SinCosOfTurn(T x)
    {
        // Quarters of a turn, of which one and three exchange sine and cosine; what remains is exact.
        var quarters = TMath.Round(TMath.Multiply(x, TMath.Of(4)));
        var r = TMath.MultiplyAdd(quarters, TMath.Of(-0.25f), x);
        var square = TMath.Multiply(r, r);
        var sum = TMath.MultiplyAdd(TMath.Of(S2), square, TMath.Of(S1));
        sum = TMath.MultiplyAdd(sum, square, TMath.Of(S0));
        sum = TMath.MultiplyAdd(sum, square, TMath.Of(TwoPiRest));
        var sine = TMath.MultiplyAdd(sum, r, TMath.Multiply(r, TMath.Of(TwoPi)));
        sum = TMath.MultiplyAdd(TMath.Of(C3), square, TMath.Of(C2));
        sum = TMath.MultiplyAdd(sum, square, TMath.Of(C1));
        sum = TMath.MultiplyAdd(sum, square, TMath.Of(C0));
        var cosine = TMath.MultiplyAdd(sum, square, TMath.Of(1));

        quarters = TMath.IfLess(quarters, TMath.Of(0), TMath.Add(quarters, TMath.Of(4)), quarters);
        var fromOdd = TMath.Abs(TMath.Subtract(TMath.Abs(TMath.Subtract(quarters, TMath.Of(2))), TMath.Of(1)));
        var turnedSine = TMath.IfLess(fromOdd, TMath.Of(0.5f), cosine, sine);
        var turnedCosine = TMath.IfLess(fromOdd, TMath.Of(0.5f), sine, cosine);
        var fromMiddle = TMath.Abs(TMath.Subtract(quarters, TMath.Of(1.5f)));
        return (
            TMath.IfLess(quarters, TMath.Of(1.5f), turnedSine, TMath.Negate(turnedSine)),
            TMath.IfLess(fromMiddle, TMath.Of(1), TMath.Negate(turnedCosine), turnedCosine));
    }
}
