using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Functions;

/// <summary><c>a + b</c>: folds numbers to their sum.</summary>
public readonly struct Plus : IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => a + b;
}

/// <summary>The larger of a and b, b where they are equal; NaN where either is.</summary>
public readonly struct Larger : IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => T.Max(a, b);
}
