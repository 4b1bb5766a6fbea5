using System.Runtime.CompilerServices;
using ILGPU.Frontend;

namespace ILGPU;

/// <summary>Changes of one element that no other thread can come between. All give the value that was there before.</summary>
/// <remarks>
/// The order of threads is not defined, and sums of floating-point numbers depend on it. The CPU accelerator runs kernels that
/// use atomics in one fixed order, so that there they give the same bits in every run.
/// </remarks>
[KernelFeature(KernelFeatures.Atomics)]
public static class Atomic
{
    /// <summary>target ← target + value.</summary>
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static uint Add(ref uint target, uint value) => Interlocked.Add(ref target, value) - value;

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static long Add(ref long target, long value) => Interlocked.Add(ref target, value) - value;

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static ulong Add(ref ulong target, ulong value) => Interlocked.Add(ref target, value) - value;

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static float Add(ref float target, float value) => Update(ref target, value, static (old, operand) => old + operand);

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static double Add(ref double target, double value) =>
        Update(ref target, value, static (old, operand) => old + operand);

    /// <summary>target ← value.</summary>
    public static int Exchange(ref int target, int value) => Interlocked.Exchange(ref target, value);

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static uint Exchange(ref uint target, uint value) => Interlocked.Exchange(ref target, value);

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static long Exchange(ref long target, long value) => Interlocked.Exchange(ref target, value);

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static ulong Exchange(ref ulong target, ulong value) => Interlocked.Exchange(ref target, value);

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static float Exchange(ref float target, float value) => Interlocked.Exchange(ref target, value);

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static double Exchange(ref double target, double value) => Interlocked.Exchange(ref target, value);

    /// <summary>target ← value, if target equals <paramref name="compare"/>.</summary>
    public static int CompareExchange(ref int target, int compare, int value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static uint CompareExchange(ref uint target, uint compare, uint value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static long CompareExchange(ref long target, long compare, long value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static ulong CompareExchange(ref ulong target, ulong compare, ulong value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static float CompareExchange(ref float target, float compare, float value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static double CompareExchange(ref double target, double compare, double value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    /// <summary>target ← the smaller of target and value.</summary>
    public static int Min(ref int target, int value) => Update(ref target, value, Math.Min);

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static uint Min(ref uint target, uint value) => Update(ref target, value, Math.Min);

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static long Min(ref long target, long value) => Update(ref target, value, Math.Min);

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static ulong Min(ref ulong target, ulong value) => Update(ref target, value, Math.Min);

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static float Min(ref float target, float value) => Update(ref target, value, Math.Min);

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static double Min(ref double target, double value) => Update(ref target, value, Math.Min);

    /// <summary>target ← the larger of target and value.</summary>
    public static int Max(ref int target, int value) => Update(ref target, value, Math.Max);

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static uint Max(ref uint target, uint value) => Update(ref target, value, Math.Max);

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static long Max(ref long target, long value) => Update(ref target, value, Math.Max);

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static ulong Max(ref ulong target, ulong value) => Update(ref target, value, Math.Max);

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static float Max(ref float target, float value) => Update(ref target, value, Math.Max);

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static double Max(ref double target, double value) => Update(ref target, value, Math.Max);

    /// <summary>target ← target &amp; value.</summary>
    public static int And(ref int target, int value) => Interlocked.And(ref target, value);

    /// <inheritdoc cref="And(ref int, int)"/>
    public static uint And(ref uint target, uint value) => Interlocked.And(ref target, value);

    /// <inheritdoc cref="And(ref int, int)"/>
    public static long And(ref long target, long value) => Interlocked.And(ref target, value);

    /// <inheritdoc cref="And(ref int, int)"/>
    public static ulong And(ref ulong target, ulong value) => Interlocked.And(ref target, value);

    /// <summary>target ← target | value.</summary>
    public static int Or(ref int target, int value) => Interlocked.Or(ref target, value);

    /// <inheritdoc cref="Or(ref int, int)"/>
    public static uint Or(ref uint target, uint value) => Interlocked.Or(ref target, value);

    /// <inheritdoc cref="Or(ref int, int)"/>
    public static long Or(ref long target, long value) => Interlocked.Or(ref target, value);

    /// <inheritdoc cref="Or(ref int, int)"/>
    public static ulong Or(ref ulong target, ulong value) => Interlocked.Or(ref target, value);

    /// <summary>target ← target ^ value.</summary>
    public static int Xor(ref int target, int value) => Update(ref target, value, static (old, operand) => old ^ operand);

    /// <inheritdoc cref="Xor(ref int, int)"/>
    public static uint Xor(ref uint target, uint value) => Update(ref target, value, static (old, operand) => old ^ operand);

    /// <inheritdoc cref="Xor(ref int, int)"/>
    public static long Xor(ref long target, long value) => Update(ref target, value, static (old, operand) => old ^ operand);

    /// <inheritdoc cref="Xor(ref int, int)"/>
    public static ulong Xor(ref ulong target, ulong value) => Update(ref target, value, static (old, operand) => old ^ operand);

    private static T Update<T>(ref T target, T value, Func<T, T, T> operation)
        where T : unmanaged
    {
        var old = target;
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref target, operation(old, value), old);
            if (HaveSameBits(seen, old))
            {
                return old;
            }

            old = seen;
        }
    }

    /// <summary>What the exchange compares: a NaN equals itself, and zero is not minus zero.</summary>
    private static bool HaveSameBits<T>(T first, T second)
        where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(int)
        ? Unsafe.BitCast<T, int>(first) == Unsafe.BitCast<T, int>(second)
        : Unsafe.BitCast<T, long>(first) == Unsafe.BitCast<T, long>(second);
}
