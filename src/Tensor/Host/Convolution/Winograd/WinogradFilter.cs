using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Host.Gemm;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>One-dimensional transforms of Winograd's F(4, r): four outputs of a filter with r taps from t = r + 3
/// products.</summary>
/// <remarks>
/// <para>y = Aᵀ [(G w) ⊙ (Bᵀ x)] (Lavin and Gray, arXiv:1509.09308), exact in real numbers. Each is applied along both axes of a
/// tile. The points, 0, ±3/4, ±3/2, ∞ for three taps and ±1/2, ±5/4, ∞ for two, were found by trying: in floats they err half as
/// much as the usual 0, ±1, ±2, and less than twice as much as the plain sum.</para>
/// <para>Every method reads vectors <c>from + i·fromStep</c> and writes <c>to + j·toStep</c>; the lanes are channels.</para>
/// </remarks>
internal interface IWinogradFilter
{
    /// <summary>r.</summary>
    static abstract int Taps { get; }

    /// <summary>t.</summary>
    static abstract int Points { get; }

    /// <summary>Bᵀ: t numbers of the source → t points.</summary>
    static abstract unsafe void Source(float* from, nint fromStep, float* to, nint toStep);

    /// <summary>G: r taps → t points.</summary>
    static abstract unsafe void Weight(float* from, nint fromStep, float* to, nint toStep);

    /// <summary>Aᵀ: t points → 4 outputs.</summary>
    static abstract unsafe void Result(float* from, nint fromStep, float* to, nint toStep);

    /// <summary>A, the adjoint of <see cref="Result"/>: 4 outputs → t points.</summary>
    static abstract unsafe void ResultGradient(float* from, nint fromStep, float* to, nint toStep);

    /// <summary>Gᵀ, the adjoint of <see cref="Weight"/>: t points → r taps.</summary>
    static abstract unsafe void WeightGradient(float* from, nint fromStep, float* to, nint toStep);
}

/// <summary>The transforms along both axes of a tile of vectors.</summary>
internal static unsafe class WinogradFilter
{
    /// <summary>Outputs of a tile along each axis.</summary>
    public const int Outputs = 4;

    /// <summary>Floats of the working memory that each transform needs: a tile of up to 6×6 vectors.</summary>
    public const int TemporaryFloats = 36 * Lanes;

    /// <summary>Channels of a vector.</summary>
    public const int Lanes = 16;

    /// <summary>Whether a register tile takes whole vectors of channels: not with vectors of 128 bits.</summary>
    public static bool IsSupported => GemmTile.Columns >= Lanes;

    public static void Source<TFilter>(float* from, nint rowStep, nint columnStep, float* to, nint pointStep, float* temporary)
        where TFilter : struct, IWinogradFilter
    {
        var points = TFilter.Points;
        for (var column = 0; column < points; column++)
        {
            TFilter.Source(from + column * columnStep, rowStep, temporary + column * Lanes, points * Lanes);
        }

        for (var row = 0; row < points; row++)
        {
            TFilter.Source(temporary + row * points * Lanes, Lanes, to + row * points * pointStep, pointStep);
        }
    }

    public static void Weight<TFilter>(float* from, nint rowStep, nint columnStep, float* to, nint pointStep, float* temporary)
        where TFilter : struct, IWinogradFilter
    {
        var (taps, points) = (TFilter.Taps, TFilter.Points);
        for (var column = 0; column < taps; column++)
        {
            TFilter.Weight(from + column * columnStep, rowStep, temporary + column * Lanes, taps * Lanes);
        }

        for (var row = 0; row < points; row++)
        {
            TFilter.Weight(temporary + row * taps * Lanes, Lanes, to + row * points * pointStep, pointStep);
        }
    }

    public static void Result<TFilter>(float* from, nint pointStep, float* to, nint rowStep, nint columnStep, float* temporary)
        where TFilter : struct, IWinogradFilter
    {
        var points = TFilter.Points;
        for (var column = 0; column < points; column++)
        {
            TFilter.Result(from + column * pointStep, points * pointStep, temporary + column * Lanes, points * Lanes);
        }

        for (var row = 0; row < Outputs; row++)
        {
            TFilter.Result(temporary + row * points * Lanes, Lanes, to + row * rowStep, columnStep);
        }
    }

    public static void ResultGradient<TFilter>(
        float* from, nint rowStep, nint columnStep, float* to, nint pointStep, float* temporary)
        where TFilter : struct, IWinogradFilter
    {
        var points = TFilter.Points;
        for (var column = 0; column < Outputs; column++)
        {
            TFilter.ResultGradient(from + column * columnStep, rowStep, temporary + column * Lanes, Outputs * Lanes);
        }

        for (var row = 0; row < points; row++)
        {
            TFilter.ResultGradient(temporary + row * Outputs * Lanes, Lanes, to + row * points * pointStep, pointStep);
        }
    }

    public static void WeightGradient<TFilter>(
        float* from, nint pointStep, float* to, nint rowStep, nint columnStep, float* temporary)
        where TFilter : struct, IWinogradFilter
    {
        var (taps, points) = (TFilter.Taps, TFilter.Points);
        for (var column = 0; column < points; column++)
        {
            TFilter.WeightGradient(from + column * pointStep, points * pointStep, temporary + column * Lanes, points * Lanes);
        }

        for (var row = 0; row < taps; row++)
        {
            TFilter.WeightGradient(temporary + row * points * Lanes, Lanes, to + row * rowStep, columnStep);
        }
    }

    /// <summary>a·x + b with one rounding where the processor has it.</summary>
    internal static Vector512<float> Add(float a, Vector512<float> x, Vector512<float> b) =>
        Vector512.MultiplyAddEstimate(Vector512.Create(a), x, b);
}
