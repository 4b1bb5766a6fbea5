using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Functions;

/// <summary>A function of one number with two values.</summary>
internal interface IFormula
{
    static abstract (T First, T Second) Apply<TMath, T>(T x)
        where TMath : struct, IArithmetic<T>
        where T : struct;
}

/// <summary>Formulas of sixteen numbers.</summary>
/// <remarks>Where the processor's vectors are narrower, the compiler makes two or four operations of each, and of a long formula
/// more than it inlines: that is then up to forty times as slow. So one of the processor's vectors follows the other.</remarks>
internal static class HostVectors
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> First, Vector512<float> Second) InParts<TFormula>(Vector512<float> x)
        where TFormula : struct, IFormula
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return TFormula.Apply<VectorArithmetic, Vector512<float>>(x);
        }

        var (lower, lowerSecond) = InParts<TFormula>(x.GetLower());
        var (upper, upperSecond) = InParts<TFormula>(x.GetUpper());
        return (Vector512.Create(lower, upper), Vector512.Create(lowerSecond, upperSecond));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second) InParts<TFormula>(Vector256<float> x)
        where TFormula : struct, IFormula
    {
        if (Vector<float>.Count == Vector256<float>.Count)
        {
            var (first, second) = TFormula.Apply<NarrowArithmetic, Vector<float>>(x.AsVector());
            return (first.AsVector256(), second.AsVector256());
        }

        var (lower, lowerSecond) = TFormula.Apply<NarrowArithmetic, Vector<float>>(x.GetLower().AsVector());
        var (upper, upperSecond) = TFormula.Apply<NarrowArithmetic, Vector<float>>(x.GetUpper().AsVector());
        return (
            Vector256.Create(lower.AsVector128(), upper.AsVector128()),
            Vector256.Create(lowerSecond.AsVector128(), upperSecond.AsVector128()));
    }
}
