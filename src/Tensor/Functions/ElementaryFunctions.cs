using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Functions;

/// <summary>Functions of numbers for kernels and for vectors of the host, each one formula for both.</summary>
/// <remarks>Accelerators' own are approximations that differ from device to device: CUDA's exp is off by 5e-6 at 80, its tanh
/// has three good digits. These are within 2 ulp of the true value on every device that computes as
/// <see cref="IArithmetic{T}"/> says, zeros of both signs, numbers below the normal ones, infinities and NaN included; where a
/// bound is another, the function states it.</remarks>
internal static class ElementaryFunctions
{
    /// <summary><c>eˣ</c>.</summary>
    public static float Exp(float x) => Formulas<ScalarArithmetic, float>.Exp(x);

    /// <inheritdoc cref="Exp(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x) => HostVectors.InParts<ExpFormula>(x).First;

    /// <summary><c>eˣ − 1</c>.</summary>
    public static float Expm1(float x) => Formulas<ScalarArithmetic, float>.Expm1(x);

    /// <inheritdoc cref="Expm1(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Expm1(Vector512<float> x) => HostVectors.InParts<Expm1Formula>(x).First;

    /// <summary>tanh x.</summary>
    public static float Tanh(float x) => Formulas<ScalarArithmetic, float>.Tanh(x);

    /// <inheritdoc cref="Tanh(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x) => HostVectors.InParts<TanhFormula>(x).First;

    /// <summary><c>1 / (1 + e⁻ˣ)</c>, within 2.5 ulp.</summary>
    public static float Sigmoid(float x) => Formulas<ScalarArithmetic, float>.Sigmoid(x);

    /// <inheritdoc cref="Sigmoid(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => HostVectors.InParts<SigmoidFormula>(x).First;

    /// <summary>ln x: −∞ at 0, NaN below.</summary>
    public static float Log(float x) => Formulas<ScalarArithmetic, float>.Log(x);

    /// <inheritdoc cref="Log(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x) => HostVectors.InParts<LogFormula>(x).First;

    /// <summary>ln(1 + x) for x of [0, 1], as softplus needs it.</summary>
    public static float Log1p(float x) => Formulas<ScalarArithmetic, float>.Log1p(x);

    /// <inheritdoc cref="Log1p(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log1p(Vector512<float> x) => HostVectors.InParts<Log1pFormula>(x).First;

    /// <summary>sin 2πx and cos 2πx of a part of a turn, |x| ≤ ½.</summary>
    public static (float Sine, float Cosine) SinCosOfTurn(float x) => Formulas<ScalarArithmetic, float>.SinCosOfTurn(x);

    /// <inheritdoc cref="SinCosOfTurn(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Sine, Vector512<float> Cosine) SinCosOfTurn(Vector512<float> x) =>
        HostVectors.InParts<SinCosOfTurnFormula>(x);

    /// <summary>The standard normal distribution function Φ(x) = ½·(1 + erf(x / √2)), within 6 ulp (relative error 6e-7) also far
    /// below 0, and its density φ(x).</summary>
    public static (float Distribution, float Density) Normal(float x) => Formulas<ScalarArithmetic, float>.Normal(x);

    /// <inheritdoc cref="Normal(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Distribution, Vector512<float> Density) Normal(Vector512<float> x) =>
        HostVectors.InParts<NormalFormula>(x);

    private readonly struct ExpFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => (Formulas<TMath, T>.Exp(x), default);
    }

    private readonly struct Expm1Formula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => (Formulas<TMath, T>.Expm1(x), default);
    }

    private readonly struct TanhFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => (Formulas<TMath, T>.Tanh(x), default);
    }

    private readonly struct SigmoidFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => (Formulas<TMath, T>.Sigmoid(x), default);
    }

    private readonly struct LogFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => (Formulas<TMath, T>.Log(x), default);
    }

    private readonly struct Log1pFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => (Formulas<TMath, T>.Log1p(x), default);
    }

    private readonly struct SinCosOfTurnFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => Formulas<TMath, T>.SinCosOfTurn(x);
    }

    private readonly struct NormalFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (T First, T Second) Apply<TMath, T>(T x)
            where TMath : struct, IArithmetic<T>
            where T : struct => Formulas<TMath, T>.Normal(x);
    }
}
