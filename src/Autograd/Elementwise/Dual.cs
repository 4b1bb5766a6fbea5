using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>A dual number: a value X and its derivative D along some direction. What is computed with them is computed together
/// with its derivative, by the chain rule (Clifford, 1871; forward-mode differentiation).</summary>
public readonly struct Dual<T>(T x, T d) : ILane<Dual<T>>
    where T : struct, ILane<T>
{
    /// <summary>The value.</summary>
    public T X { get; } = x;

    /// <summary>Its derivative.</summary>
    public T D { get; } = d;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Dual<T>(float value) => new(value, 0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator +(Dual<T> a, Dual<T> b) => new(a.X + b.X, a.D + b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator +(Dual<T> a, float b) => new(a.X + b, a.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator -(Dual<T> a, Dual<T> b) => new(a.X - b.X, a.D - b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator -(Dual<T> a, float b) => new(a.X - b, a.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator -(float a, Dual<T> b) => new(a - b.X, -b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator -(Dual<T> x) => new(-x.X, -x.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator *(Dual<T> a, Dual<T> b) => new(a.X * b.X, a.D * b.X + a.X * b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator *(float a, Dual<T> b) => new(a * b.X, a * b.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> operator /(Dual<T> a, Dual<T> b)
    {
        var quotient = a.X / b.X;
        return new(quotient, (a.D - quotient * b.D) / b.X);
    }

    /// <inheritdoc/>
    /// <remarks>0·x is 0, or NaN where x is.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Abs(Dual<T> x) =>
        new(T.Abs(x.X), T.IfGreater(x.X, 0, x.D, T.IfLess(x.X, 0, -x.D, 0 * x.X)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Max(Dual<T> a, Dual<T> b) => new(T.Max(a.X, b.X), T.IfGreater(a.X, b.X, a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Min(Dual<T> a, Dual<T> b) => new(T.Min(a.X, b.X), T.IfLess(a.X, b.X, a.D, b.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Sqrt(Dual<T> x)
    {
        var root = T.Sqrt(x.X);
        return new(root, x.D / (2 * root));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Round(Dual<T> x) => new(T.Round(x.X), 0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Exp(Dual<T> x)
    {
        var power = T.Exp(x.X);
        return new(power, power * x.D);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Expm1(Dual<T> x)
    {
        var power = T.Expm1(x.X);
        return new(power, (power + 1) * x.D);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Log(Dual<T> x) => new(T.Log(x.X), x.D / x.X);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Log1p(Dual<T> x) => new(T.Log1p(x.X), x.D / (x.X + 1));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Tanh(Dual<T> x)
    {
        var y = T.Tanh(x.X);
        return new(y, (1 - y * y) * x.D);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> Sigmoid(Dual<T> x)
    {
        var y = T.Sigmoid(x.X);
        return new(y, y * (1 - y) * x.D);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Dual<T> Distribution, Dual<T> Density) Normal(Dual<T> x)
    {
        var (distribution, density) = T.Normal(x.X);
        return (new(distribution, density * x.D), new(density, -(x.X * density * x.D)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Dual<T> Sine, Dual<T> Cosine) SinCosOfTurn(Dual<T> x)
    {
        var (sine, cosine) = T.SinCosOfTurn(x.X);
        return (new(sine, MathF.Tau * (cosine * x.D)), new(cosine, -MathF.Tau * (sine * x.D)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> IfLess(Dual<T> a, Dual<T> b, Dual<T> then, Dual<T> otherwise) =>
        new(T.IfLess(a.X, b.X, then.X, otherwise.X), T.IfLess(a.X, b.X, then.D, otherwise.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> IfGreater(Dual<T> a, Dual<T> b, Dual<T> then, Dual<T> otherwise) =>
        new(T.IfGreater(a.X, b.X, then.X, otherwise.X), T.IfGreater(a.X, b.X, then.D, otherwise.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<T> IfEqual(Dual<T> a, Dual<T> b, Dual<T> then, Dual<T> otherwise) =>
        new(T.IfEqual(a.X, b.X, then.X, otherwise.X), T.IfEqual(a.X, b.X, then.D, otherwise.D));
}
