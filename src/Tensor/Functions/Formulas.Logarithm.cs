using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>Natural logarithms.</content>
internal static partial class Formulas<TLane, T>
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
        var (f, n) = TLane.Split(x);
        return LogOf(f, n);
    }

    /// <inheritdoc cref="ElementaryFunctions.Log1p(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1p(T x)
    {
        // Beyond √2 as ln 2 + ln((1 + x) / 2).
        var limit = TLane.Of(LargestFraction);
        var half = TLane.MultiplyAdd(x, TLane.Of(0.5f), TLane.Of(-0.5f));
        return LogOf(TLane.IfLess(limit, x, half, x), TLane.IfLess(limit, x, TLane.Of(1), TLane.Of(0)));
    }

    /// <summary><c>ln((1 + f)·2ⁿ)</c>; an infinite n is its own logarithm, since all its factors are positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T LogOf(T f, T n)
    {
        // Even and odd powers apart: half the steps in a row.
        var square = TLane.Multiply(f, f);
        var even = TLane.MultiplyAdd(TLane.Of(L7), square, TLane.Of(L5));
        even = TLane.MultiplyAdd(even, square, TLane.Of(L3));
        even = TLane.MultiplyAdd(even, square, TLane.Of(L1));
        even = TLane.MultiplyAdd(even, square, TLane.Of(-0.5f));
        var odd = TLane.MultiplyAdd(TLane.Of(L6), square, TLane.Of(L4));
        odd = TLane.MultiplyAdd(odd, square, TLane.Of(L2));
        odd = TLane.MultiplyAdd(odd, square, TLane.Of(L0));
        var sum = TLane.MultiplyAdd(odd, f, even);
        var rest = TLane.MultiplyAdd(square, sum, TLane.Multiply(n, TLane.Of(Ln2Low)));
        return TLane.MultiplyAdd(n, TLane.Of(Ln2High), TLane.Add(f, rest));
    }
}
