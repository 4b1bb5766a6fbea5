using System.Numerics;
using System.Runtime.InteropServices;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>Values to run kernels on: the edges of each type, and random ones, the same in every run.</summary>
internal static class Samples
{
    private const int RandomValues = 80;
    private const int RandomPairs = 150;

    private static readonly Dictionary<Type, Array> EdgesByType = new Array[]
    {
        Integers<sbyte>(),
        Integers<byte>(),
        Integers<short>(),
        Integers<ushort>(),
        Integers<int>(),
        Integers<uint>(),
        Integers<long>(),
        Integers<ulong>(),
        (float[])
        [
            0, -0f, 1, -1, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 3, 0.1f, 127.5f, 255.5f, -129, 65504, 16777216, -2147483648f,
            2147483648f, 4294967296f, 9.223372e18f, 1.8446744e19f, 1e-30f, -1e30f, float.MaxValue, float.NaN,
            float.PositiveInfinity, float.NegativeInfinity,
        ],
        (double[])
        [
            0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 0.1, 127.5, 255.5, -129, 65504, 16777217, -2147483649.0, 2147483647.5,
            4294967295.5, 9.2233720368547758e18, 1.8446744073709552e19, 1e-300, -1e300, double.MaxValue, double.NaN,
            double.PositiveInfinity, double.NegativeInfinity,
        ],
        (ILGPU.Half[])
        [
            .. new[] { 0, -0f, 1, -1, 0.5f, 1.5f, 2.5f, -3, 0.1f, 2048, 65504, 6.1e-5f, 1e-6f, float.NaN, float.PositiveInfinity }
                .Select(value => (ILGPU.Half)value),
        ],
    }.ToDictionary(edges => edges.GetType().GetElementType()!);

    /// <summary>The edges of the type, then random values.</summary>
    public static T[] Of<T>()
        where T : unmanaged => [.. Edges<T>(), .. Drawn<T>(seed: 61, RandomValues)];

    /// <summary>All pairs of edges, then random pairs.</summary>
    public static (T A, T B)[] Pairs<T>()
        where T : unmanaged =>
        [
            .. Edges<T>().SelectMany(_ => Edges<T>(), (a, b) => (a, b)),
            .. Drawn<T>(seed: 62, RandomPairs).Zip(Drawn<T>(seed: 63, RandomPairs)),
        ];

    /// <summary>Random values: integers and exponents of all sizes, no infinity and no NaN.</summary>
    public static T[] Drawn<T>(int seed, int count)
        where T : unmanaged
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Draw<T>(random))];
    }

    /// <summary>Evenly spaced numbers, both ends included.</summary>
    public static float[] Range(float from, float to, int count = 200) =>
        [.. Enumerable.Range(0, count).Select(i => from + ((to - from) * i / (count - 1)))];

    /// <inheritdoc cref="Range(float, float, int)"/>
    public static double[] Range(double from, double to, int count = 200) =>
        [.. Enumerable.Range(0, count).Select(i => from + ((to - from) * i / (count - 1)))];

    /// <summary>Random integers in [from, to).</summary>
    public static int[] Ints(int seed, int count, int from, int to)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(from, to))];
    }

    /// <summary>Random numbers in [-1, 1).</summary>
    public static float[] Floats(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static T[] Edges<T>() => (T[])EdgesByType[typeof(T)];

    private static T[] Integers<T>()
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        [
            .. new[]
            {
                T.Zero, T.One, T.CreateTruncating(2), T.CreateTruncating(3), T.CreateTruncating(7), T.CreateTruncating(31),
                T.CreateTruncating(33), T.CreateTruncating(64), T.CreateTruncating(-1), T.CreateTruncating(-2),
                T.CreateTruncating(-7), T.CreateTruncating(-33), T.MinValue, T.MinValue + T.One, T.MaxValue, T.MaxValue - T.One,
                T.MaxValue >> 1,
            }.Distinct(),
        ];

    private static T Draw<T>(Random random)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double) || typeof(T) == typeof(ILGPU.Half))
        {
            var exponent = typeof(T) == typeof(ILGPU.Half) ? random.Next(-12, 12) : random.Next(-40, 40);
            var value = ((random.NextDouble() * 2) - 1) * Math.Pow(2, exponent);
            return typeof(T) == typeof(float) ? (T)(object)(float)value
                : typeof(T) == typeof(double) ? (T)(object)value
                : (T)(object)(ILGPU.Half)value;
        }

        var bits = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(0, 64);
        return MemoryMarshal.Read<T>(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in bits)));
    }
}
