using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IlgpuVq.Tensors.Host;

/// <summary>Functions of vectors that the platform has, but computes in double precision.</summary>
internal static class HostFunctions
{
    // Beyond these eˣ is ∞ and 0 in float: it exceeds the largest float, or is less than half of the smallest.
    private const float Highest = 89;
    private const float Lowest = -104;

    // ln 2 as the sum of a number of nine bits, whose products with whole numbers are exact, and the rest.
    private const float Log2High = 355f / 512;
    private const float Log2Low = -2.12194440e-4f;

    // eʳ ≈ 1 + r + r²·(C2 + C3·r + … + C6·r⁴), fitted to the smallest relative error over |r| ≤ ½·ln 2: 3e-9.
    private const float C2 = 0.49999994f;
    private const float C3 = 0.166665211f;
    private const float C4 = 0.041668389f;
    private const float C5 = 0.00836874545f;
    private const float C6 = 0.00138145394f;

    /// <summary>eˣ, relative error below 8e-8, or 1.2e-7 without fused multiply-adds; a result below the normal numbers is rounded
    /// once more.</summary>
    /// <remarks>eˣ = 2ⁿ·eʳ, n the whole number nearest to x / ln 2. NaN stays NaN.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // The second operand is the result where it is NaN.
        x = Vector512.MaxNative(Vector512.Create(Lowest), Vector512.MinNative(Vector512.Create(Highest), x));
        var n = Vector512.Round(x * Vector512.Create(1 / float.Log(2)));
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Log2High), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Log2Low), r);
        var sum = Vector512.MultiplyAddEstimate(Vector512.Create(C6), r, Vector512.Create(C5));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(C4));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(C3));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512.Create(C2));
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512<float>.One);
        sum = Vector512.MultiplyAddEstimate(sum, r, Vector512<float>.One);
        if (Avx512F.IsSupported)
        {
            return Avx512F.Scale(sum, n);
        }

        // In two steps, because n goes beyond a float's exponents at both ends.
        var exponent = Vector512.ConvertToInt32Native(n);
        var half = exponent >> 1;
        return sum * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> exponent) => ((exponent + Vector512.Create(127)) << 23).AsSingle();
}
