using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace IlgpuVq.Tensors.Functions;

/// <summary><c>a·b + c</c>, rounded once, in host code: so that functions of numbers have the same bits on every
/// processor.</summary>
internal static class FusedArithmetic
{
    /// <summary>Whether the processor does it in one instruction, as all of x86-64 since 2013 and of Arm do.</summary>
    public static bool IsInHardware => Fma.IsSupported || AdvSimd.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        IsInHardware ? Vector512.FusedMultiplyAdd(a, b, c) : Computed(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MultiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) =>
        IsInHardware ? Vector.FusedMultiplyAdd(a, b, c) : Computed(a, b, c);

    /// <summary>By other instructions: the product is exact in double, and the sum is rounded to odd there, which leaves no
    /// second rounding to go wrong (Boldo and Melquiond 2008, <em>Emulation of a FMA and correctly rounded sums: proved
    /// algorithms using rounding to odd</em>).</summary>
    internal static Vector128<float> Computed(Vector128<float> a, Vector128<float> b, Vector128<float> c)
    {
        var (lower, upper) = Vector128.Widen(c);
        var (aLower, aUpper) = Vector128.Widen(a);
        var (bLower, bUpper) = Vector128.Widen(b);
        return Vector128.Narrow(OddSum(aLower * bLower, lower), OddSum(aUpper * bUpper, upper));
    }

    private static Vector512<float> Computed(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Create(
        Computed(a.GetLower(), b.GetLower(), c.GetLower()), Computed(a.GetUpper(), b.GetUpper(), c.GetUpper()));

    private static Vector256<float> Computed(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.Create(
        Computed(a.GetLower(), b.GetLower(), c.GetLower()), Computed(a.GetUpper(), b.GetUpper(), c.GetUpper()));

    private static Vector<float> Computed(Vector<float> a, Vector<float> b, Vector<float> c) =>
        Vector<float>.Count == Vector256<float>.Count
            ? Computed(a.AsVector256(), b.AsVector256(), c.AsVector256()).AsVector()
            : Computed(a.AsVector128(), b.AsVector128(), c.AsVector128()).AsVector();

    /// <summary>a + b, or the neighbour with an odd last bit where that is not exact.</summary>
    private static Vector128<double> OddSum(Vector128<double> a, Vector128<double> b)
    {
        var sum = a + b;
        var part = sum - a;
        var error = a - (sum - part) + (b - part); // exact (Knuth's two-sum); NaN where the sum is not finite
        var isRounded = Vector128.LessThan(error, Vector128<double>.Zero) | Vector128.GreaterThan(error, Vector128<double>.Zero);
        var bits = sum.AsInt64();
        var isEven = Vector128.Equals(bits & Vector128<long>.One, Vector128<long>.Zero);

        // One up in magnitude where the error has the sum's sign, else one down.
        var step = Vector128.ConditionalSelect(
            Vector128.LessThan(bits ^ error.AsInt64(), Vector128<long>.Zero), Vector128<long>.AllBitsSet, Vector128<long>.One);
        return (bits + (step & isEven & isRounded.AsInt64())).AsDouble();
    }
}
