using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>Natural logarithms.</content>
internal static partial class Formulas<TMath, T>
{
    /// <summary>√2 − 1.</summary>
    private const float LargestFraction = 0.414213562f;

    // ln(1 + f) = f − f²/2 + f³·(L0 + L1·f + … + L7·f⁷) for √½ ≤ 1 + f < √2, relative error 2⁻²⁷·³.
    private const float L0 = 0.333333313f;
    private const float L1 = -0.250008196f;
    private const float L2 = 0.200012326f;
    private const float L3 = -0.166233763f;
    private const float L4 = 0.142017648f;
    private const float L5 = -0.131601974f;
    private const float L6 = 0.127615795f;
    private const float L7 = -0.0763446093f;

    /// <inheritdoc cref="ElementaryFunctions.Log(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log(T x)
    {
        var (f, n) = TMath.Split(x);
        return LogOf(f, n);
    }

    /// <inheritdoc cref="ElementaryFunctions.Log1p(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1p(T x)
    {
        // Beyond √2 as ln 2 + ln((1 + x) / 2).
        var limit = TMath.Of(LargestFraction);
        var half = TMath.MultiplyAdd(x, TMath.Of(0.5f), TMath.Of(-0.5f));
        return LogOf(TMath.IfLess(limit, x, half, x), TMath.IfLess(limit, x, TMath.Of(1), TMath.Of(0)));
    }

    /// <summary><c>ln((1 + f)·2ⁿ)</c>; an infinite n is its own logarithm, since all its factors are positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T LogOf(T f, T n)
    {
        // Even and odd powers apart: half the steps in a row.
        var square = TMath.Multiply(f, f);
        var even = TMath.MultiplyAdd(TMath.Of(L7), square, TMath.Of(L5));
        even = TMath.MultiplyAdd(even, square, TMath.Of(L3));
        even = TMath.MultiplyAdd(even, square, TMath.Of(L1));
        even = TMath.MultiplyAdd(even, square, TMath.Of(-0.5f));
        var odd = TMath.MultiplyAdd(TMath.Of(L6), square, TMath.Of(L4));
        odd = TMath.MultiplyAdd(odd, square, TMath.Of(L2));
        odd = TMath.MultiplyAdd(odd, square, TMath.Of(L0));
        var sum = TMath.MultiplyAdd(odd, f, even);
        var rest = TMath.MultiplyAdd(square, sum, TMath.Multiply(n, TMath.Of(Ln2Low)));
        return TMath.MultiplyAdd(n, TMath.Of(Ln2High), TMath.Add(f, rest));
    }
}
