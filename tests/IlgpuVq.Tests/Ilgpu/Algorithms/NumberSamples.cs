namespace IlgpuVq.Tests.Ilgpu.Algorithms;

/// <summary>Arguments at which functions of numbers are hard, and many at random.</summary>
internal static class NumberSamples
{
    /// <summary>Finite numbers of 32 bits: all that are special, and random ones.</summary>
    /// <param name="seed">Of the random ones.</param>
    /// <param name="count">How many of every random kind.</param>
    /// <param name="low">Where the function is most used: from here …</param>
    /// <param name="high">… to here.</param>
    public static IEnumerable<float> Singles(int seed, int count, float low, float high)
    {
        var random = new Random(seed);
        return Around(MathF.BitIncrement, MathF.BitDecrement, [.. Landmarks().Select(x => (float)x), low, high])
            .Concat(Enumerable.Range(0, count).SelectMany(_ => (float[])
            [
                BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)),
                low + ((high - low) * random.NextSingle()),
                1 + ((random.NextSingle() - 0.5f) * MathF.ScaleB(1, -random.Next(24))),
                MathF.ScaleB(random.NextSingle() - 0.5f, -random.Next(150)),
                (float)(random.Next(-1 << 20, 1 << 20) * (Math.PI / 2)),
            ]))
            .Where(float.IsFinite);
    }

    /// <summary>Finite numbers of 64 bits: all that are special, and random ones.</summary>
    /// <inheritdoc cref="Singles"/>
    public static IEnumerable<double> Doubles(int seed, int count, double low, double high)
    {
        var random = new Random(seed);
        return Around(Math.BitIncrement, Math.BitDecrement, [.. Landmarks(), low, high])
            .Concat(Enumerable.Range(0, count).SelectMany(_ => (double[])
            [
                BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
                low + ((high - low) * random.NextDouble()),
                1 + ((random.NextDouble() - 0.5) * Math.ScaleB(1, -random.Next(53))),
                Math.ScaleB(random.NextDouble() - 0.5, -random.Next(1075)),
                random.Next(int.MinValue, int.MaxValue) * (Math.PI / 2),
            ]))
            .Where(double.IsFinite);
    }

    /// <summary>Limits, powers of two, multiples of π/2, and the numbers that come closest to one of those.</summary>
    private static IEnumerable<double> Landmarks()
    {
        double[] limits =
        [
            0, -0.0, double.Epsilon, 2.2250738585072014e-308, double.MaxValue, float.Epsilon, 1.17549435e-38, float.MaxValue,
            Math.Sqrt(0.5), Math.Sqrt(2), 0.55, Math.Tan(Math.PI / 8), Math.E, 10, 709.782712893384, -745.1332191019411,
            88.722839, -103.972084, 1 << 27, 65536,

            // The hardest angles: of 64 bits (Muller, Elementary Functions, section 11.3), and of 32 bits by the same search.
            Math.ScaleB(6381956970095103, 797), Math.ScaleB(16367173, 72),
        ];
        return limits.Concat(Enumerable.Range(-20, 41).SelectMany(n => (double[])
            [Math.ScaleB(1, n), n, n + 0.5, n * Math.PI / 2, n * Math.PI / 4, Math.Exp(n)]));
    }

    private static IEnumerable<T> Around<T>(Func<T, T> above, Func<T, T> below, T[] numbers)
        where T : struct, System.Numerics.INumber<T> =>
        numbers.SelectMany(x => (T[])[x, above(x), below(x), -x, -above(x)]);
}
