using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Functions;

/// <summary>Functions of plain numbers and vectors.</summary>
internal static class FunctionCalls
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply<TFunction>(this TFunction f, float x)
        where TFunction : struct, IUnaryFunction => f.Value(new ScalarLane(x)).X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply<TFunction>(this TFunction f, float a, float b)
        where TFunction : struct, IBinaryFunction => f.Value(new ScalarLane(a), new ScalarLane(b)).X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Apply<TFunction>(this TFunction f, float a, float b, float c)
        where TFunction : struct, ITernaryFunction => f.Value(new ScalarLane(a), new ScalarLane(b), new ScalarLane(c)).X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply<TFunction>(this TFunction f, Vector512<float> x)
        where TFunction : struct, IUnaryFunction => f.Value(new VectorLane(x)).X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply<TFunction>(this TFunction f, Vector512<float> a, Vector512<float> b)
        where TFunction : struct, IBinaryFunction => f.Value(new VectorLane(a), new VectorLane(b)).X;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Apply<TFunction>(this TFunction f, Vector512<float> a, Vector512<float> b, Vector512<float> c)
        where TFunction : struct, ITernaryFunction => f.Value(new VectorLane(a), new VectorLane(b), new VectorLane(c)).X;
}
