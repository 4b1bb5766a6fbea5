using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <content>eˣ and what is made of it.</content>
internal static partial class Formulas<TLane, T>
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
        ExpOfLimited(TLane.AtLeast(TLane.AtMost(x, TLane.Of(HighestExponent)), TLane.Of(LowestExponent)));

    /// <inheritdoc cref="ElementaryFunctions.Expm1(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Expm1(T x)
    {
        // 2ⁿ·(eʳ − 1) + (2ⁿ − 1), all halved, because 2ⁿ may be beyond the largest float.
        var limited = TLane.AtLeast(TLane.AtMost(x, TLane.Of(HighestExponent)), TLane.Of(LowestOfExpm1));
        var n = TLane.Round(TLane.Multiply(limited, TLane.Of(InverseLn2)));
        var high = TLane.MultiplyAdd(n, TLane.Of(-Ln2High), limited);
        var low = TLane.Multiply(n, TLane.Of(-Ln2Low));
        var r = TLane.Add(high, low);
        var rest = TLane.Add(high, TLane.MultiplyAdd(TLane.Multiply(r, r), ExpRest(r), low));
        var half = TLane.Scale(TLane.Of(0.5f), n);
        var y = TLane.MultiplyAdd(rest, half, TLane.Subtract(half, TLane.Of(0.5f)));
        return TLane.IfLess(TLane.Abs(x), TLane.Of(TinyOfExpm1), x, TLane.Add(y, y));
    }

    /// <inheritdoc cref="ElementaryFunctions.Tanh(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh(T x)
    {
        var magnitude = TLane.Abs(x);
        var square = TLane.Multiply(magnitude, magnitude);
        var sum = TLane.MultiplyAdd(TLane.Of(T4), square, TLane.Of(T3));
        sum = TLane.MultiplyAdd(sum, square, TLane.Of(T2));
        sum = TLane.MultiplyAdd(sum, square, TLane.Of(T1));
        sum = TLane.MultiplyAdd(sum, square, TLane.Of(T0));
        var small = TLane.MultiplyAdd(TLane.Multiply(magnitude, square), sum, magnitude);

        // With e = e^−2|x|: 1 − 2·e / (1 + e).
        var e = ExpOfLimited(TLane.AtLeast(TLane.Multiply(magnitude, TLane.Of(-2)), TLane.Of(LowestExponent)));
        var large = TLane.MultiplyAdd(TLane.Of(2), TLane.Divide(e, TLane.Subtract(TLane.Of(-1), e)), TLane.Of(1));
        return TLane.WithSign(TLane.IfLess(magnitude, TLane.Of(TanhLimit), small, large), x);
    }

    /// <inheritdoc cref="ElementaryFunctions.Sigmoid(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid(T x)
    {
        // Of x < 0 as eˣ / (1 + eˣ), since e⁻ˣ may be beyond the largest float.
        var e = ExpOfLimited(TLane.AtLeast(TLane.MinusAbs(x), TLane.Of(LowestExponent)));
        var whole = TLane.IfLess(x, TLane.Of(0), e, TLane.Of(1));
        return TLane.Divide(whole, TLane.Add(TLane.Of(1), e));
    }

    /// <summary><c>eˣ</c> for x from <see cref="LowestExponent"/> to <see cref="HighestExponent"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpOfLimited(T x)
    {
        // 2ⁿ·eʳ, n the whole number nearest to x / ln 2.
        var n = TLane.Round(TLane.Multiply(x, TLane.Of(InverseLn2)));
        var r = TLane.MultiplyAdd(n, TLane.Of(-Ln2Low), TLane.MultiplyAdd(n, TLane.Of(-Ln2High), x));
        var sum = TLane.MultiplyAdd(ExpRest(r), r, TLane.Of(1));
        return TLane.Scale(TLane.MultiplyAdd(sum, r, TLane.Of(1)), n);
    }

    /// <summary><c>eˣ⁺ʸ</c> for x from <see cref="LowestExponent"/> to <see cref="HighestExponent"/> and a small y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpOfSum(T x, T y)
    {
        // As above, but what r loses to rounding is added with the terms of higher order.
        var n = TLane.Round(TLane.Multiply(x, TLane.Of(InverseLn2)));
        var high = TLane.MultiplyAdd(n, TLane.Of(-Ln2High), x);
        var low = TLane.MultiplyAdd(n, TLane.Of(-Ln2Low), y);
        var r = TLane.Add(high, low);
        var rest = TLane.Add(high, TLane.MultiplyAdd(TLane.Multiply(r, r), ExpRest(r), low));
        return TLane.Scale(TLane.Add(TLane.Of(1), rest), n);
    }

    /// <summary><c>(eʳ − 1 − r) / r²</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpRest(T r)
    {
        var sum = TLane.MultiplyAdd(TLane.Of(E6), r, TLane.Of(E5));
        sum = TLane.MultiplyAdd(sum, r, TLane.Of(E4));
        sum = TLane.MultiplyAdd(sum, r, TLane.Of(E3));
        return TLane.MultiplyAdd(sum, r, TLane.Of(E2));
    }
}
