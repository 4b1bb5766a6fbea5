using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>dX = f′(x)·dY of a function, from (x, dY).</summary>
public readonly struct Derivative<TFunction>(TFunction f) : IBinaryFunction
    where TFunction : unmanaged, IUnaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => f.Value(new Dual<T>(a, b)).D;
}

/// <summary>dA = ∂f/∂a·dY of a function of two numbers, from (a, b, dY).</summary>
public readonly struct DerivativeOfFirst<TFunction>(TFunction f) : ITernaryFunction
    where TFunction : unmanaged, IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b, T c)
        where T : struct, ILane<T> => f.Value(new Dual<T>(a, c), new Dual<T>(b, 0)).D;
}

/// <summary>dB = ∂f/∂b·dY of a function of two numbers, from (a, b, dY).</summary>
public readonly struct DerivativeOfSecond<TFunction>(TFunction f) : ITernaryFunction
    where TFunction : unmanaged, IBinaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b, T c)
        where T : struct, ILane<T> => f.Value(new Dual<T>(a, 0), new Dual<T>(b, c)).D;
}

/// <summary>dX from (x, dY), as a function states it.</summary>
public readonly struct InputGradient<TFunction>(TFunction f) : IBinaryFunction
    where TFunction : unmanaged, IInputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => f.Gradient(a, b);
}

/// <summary>dX from (y, dY), as a function states it.</summary>
public readonly struct OutputGradient<TFunction>(TFunction f) : IBinaryFunction
    where TFunction : unmanaged, IOutputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b)
        where T : struct, ILane<T> => f.Gradient(a, b);
}
