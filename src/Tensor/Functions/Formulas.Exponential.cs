using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>eˣ and what is made of it.</content>
internal static partial class Formulas<TMath, T>
{
    // Beyond these eˣ is ∞ and 0 in float: it exceeds the largest float, or is less than half of the smallest.
    private const float HighestExponent = 89;
    private const float LowestExponent = -104;

    /// <summary>Below this eˣ − 1 is −1 in float.</summary>
    private const float LowestOfExpm1 = -18;

    /// <summary>2⁻²⁴: below this |x| eˣ − 1 is x in float.</summary>
    private const float TinyOfExpm1 = 1f / (1 << 24);

    private const float InverseLn2 = 1.44269504f;

    // ln 2 as the sum of a number of 14 bits, whose products with whole numbers up to 2¹⁰ are exact, and the rest (Cody and Waite
    // 1980).
    private const float Ln2High = 0.693115234375f;
    private const float Ln2Low = 3.19461833e-05f;

    // eʳ = 1 + r + r²·(E2 + E3·r + … + E6·r⁴) on |r| ≤ 0.3475, relative error 2⁻²⁸·².
    private const float E2 = 0.49999994f;
    private const float E3 = 0.166665196f;
    private const float E4 = 0.0416683368f;
    private const float E5 = 0.00836889073f;
    private const float E6 = 0.00138141215f;

    /// <summary>Below this |x| tanh x is a polynomial, above it 1 minus something.</summary>
    private const float TanhLimit = 0.55f;

    // tanh x = x + x³·(T0 + T1·x² + … + T4·x⁸) on |x| ≤ 0.55, relative error 2⁻²⁹·⁴.
    private const float T0 = -0.333333164f;
    private const float T1 = 0.13332583f;
    private const float T2 = -0.0538526513f;
    private const float T3 = 0.0210727025f;
    private const float T4 = -0.00627422845f;

    /// <inheritdoc cref="ElementaryFunctions.Exp(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp(T x) =>
        ExpOfLimited(TMath.AtLeast(TMath.AtMost(x, TMath.Of(HighestExponent)), TMath.Of(LowestExponent)));

    /// <inheritdoc cref="ElementaryFunctions.Expm1(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Expm1(T x)
    {
        // 2ⁿ·(eʳ − 1) + (2ⁿ − 1), all halved, because 2ⁿ may be beyond the largest float.
        var limited = TMath.AtLeast(TMath.AtMost(x, TMath.Of(HighestExponent)), TMath.Of(LowestOfExpm1));
        var n = TMath.Round(TMath.Multiply(limited, TMath.Of(InverseLn2)));
        var high = TMath.MultiplyAdd(n, TMath.Of(-Ln2High), limited);
        var low = TMath.Multiply(n, TMath.Of(-Ln2Low));
        var r = TMath.Add(high, low);
        var rest = TMath.Add(high, TMath.MultiplyAdd(TMath.Multiply(r, r), ExpRest(r), low));
        var half = TMath.Scale(TMath.Of(0.5f), n);
        var y = TMath.MultiplyAdd(rest, half, TMath.Subtract(half, TMath.Of(0.5f)));
        return TMath.IfLess(TMath.Abs(x), TMath.Of(TinyOfExpm1), x, TMath.Add(y, y));
    }

    /// <inheritdoc cref="ElementaryFunctions.Tanh(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh(T x)
    {
        var magnitude = TMath.Abs(x);
        var square = TMath.Multiply(magnitude, magnitude);
        var sum = TMath.MultiplyAdd(TMath.Of(T4), square, TMath.Of(T3));
        sum = TMath.MultiplyAdd(sum, square, TMath.Of(T2));
        sum = TMath.MultiplyAdd(sum, square, TMath.Of(T1));
        sum = TMath.MultiplyAdd(sum, square, TMath.Of(T0));
        var small = TMath.MultiplyAdd(TMath.Multiply(magnitude, square), sum, magnitude);

        // With e = e^−2|x|: 1 − 2·e / (1 + e).
        var e = ExpOfLimited(TMath.AtLeast(TMath.Multiply(magnitude, TMath.Of(-2)), TMath.Of(LowestExponent)));
        var large = TMath.MultiplyAdd(TMath.Of(2), TMath.Divide(e, TMath.Subtract(TMath.Of(-1), e)), TMath.Of(1));
        return TMath.WithSign(TMath.IfLess(magnitude, TMath.Of(TanhLimit), small, large), x);
    }

    /// <inheritdoc cref="ElementaryFunctions.Sigmoid(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid(T x)
    {
        // Of x < 0 as eˣ / (1 + eˣ), since e⁻ˣ may be beyond the largest float.
        var e = ExpOfLimited(TMath.AtLeast(TMath.MinusAbs(x), TMath.Of(LowestExponent)));
        var whole = TMath.IfLess(x, TMath.Of(0), e, TMath.Of(1));
        return TMath.Divide(whole, TMath.Add(TMath.Of(1), e));
    }

    /// <summary><c>eˣ</c> for x from <see cref="LowestExponent"/> to <see cref="HighestExponent"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpOfLimited(T x)
    {
        // 2ⁿ·eʳ, n the whole number nearest to x / ln 2.
        var n = TMath.Round(TMath.Multiply(x, TMath.Of(InverseLn2)));
        var r = TMath.MultiplyAdd(n, TMath.Of(-Ln2Low), TMath.MultiplyAdd(n, TMath.Of(-Ln2High), x));
        var sum = TMath.MultiplyAdd(ExpRest(r), r, TMath.Of(1));
        return TMath.Scale(TMath.MultiplyAdd(sum, r, TMath.Of(1)), n);
    }

    /// <summary><c>eˣ⁺ʸ</c> for x from <see cref="LowestExponent"/> to <see cref="HighestExponent"/> and a small y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpOfSum(T x, T y)
    {
        // As above, but what r loses to rounding is added with the terms of higher order.
        var n = TMath.Round(TMath.Multiply(x, TMath.Of(InverseLn2)));
        var high = TMath.MultiplyAdd(n, TMath.Of(-Ln2High), x);
        var low = TMath.MultiplyAdd(n, TMath.Of(-Ln2Low), y);
        var r = TMath.Add(high, low);
        var rest = TMath.Add(high, TMath.MultiplyAdd(TMath.Multiply(r, r), ExpRest(r), low));
        return TMath.Scale(TMath.Add(TMath.Of(1), rest), n);
    }

    /// <summary><c>(eʳ − 1 − r) / r²</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpRest(T r)
    {
        var sum = TMath.MultiplyAdd(TMath.Of(E6), r, TMath.Of(E5));
        sum = TMath.MultiplyAdd(sum, r, TMath.Of(E4));
        sum = TMath.MultiplyAdd(sum, r, TMath.Of(E3));
        return TMath.MultiplyAdd(sum, r, TMath.Of(E2));
    }
}
