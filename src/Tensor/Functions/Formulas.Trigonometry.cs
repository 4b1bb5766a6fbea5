using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>Sine and cosine.</content>
internal static partial class Formulas<TLane, T>
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
        var quarters = TLane.Round(TLane.Multiply(x, TLane.Of(4)));
        var r = TLane.MultiplyAdd(quarters, TLane.Of(-0.25f), x);
        var square = TLane.Multiply(r, r);
        var sum = TLane.MultiplyAdd(TLane.Of(S2), square, TLane.Of(S1));
        sum = TLane.MultiplyAdd(sum, square, TLane.Of(S0));
        sum = TLane.MultiplyAdd(sum, square, TLane.Of(TwoPiRest));
        var sine = TLane.MultiplyAdd(sum, r, TLane.Multiply(r, TLane.Of(TwoPi)));
        sum = TLane.MultiplyAdd(TLane.Of(C3), square, TLane.Of(C2));
        sum = TLane.MultiplyAdd(sum, square, TLane.Of(C1));
        sum = TLane.MultiplyAdd(sum, square, TLane.Of(C0));
        var cosine = TLane.MultiplyAdd(sum, square, TLane.Of(1));

        quarters = TLane.IfLess(quarters, TLane.Of(0), TLane.Add(quarters, TLane.Of(4)), quarters);
        var fromOdd = TLane.Abs(TLane.Subtract(TLane.Abs(TLane.Subtract(quarters, TLane.Of(2))), TLane.Of(1)));
        var turnedSine = TLane.IfLess(fromOdd, TLane.Of(0.5f), cosine, sine);
        var turnedCosine = TLane.IfLess(fromOdd, TLane.Of(0.5f), sine, cosine);
        var fromMiddle = TLane.Abs(TLane.Subtract(quarters, TLane.Of(1.5f)));
        return (
            TLane.IfLess(quarters, TLane.Of(1.5f), turnedSine, TLane.Negate(turnedSine)),
            TLane.IfLess(fromMiddle, TLane.Of(1), TLane.Negate(turnedCosine), turnedCosine));
    }
}
