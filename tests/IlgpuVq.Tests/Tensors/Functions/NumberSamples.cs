namespace IlgpuVq.Tests.Tensors.Functions;

/// <summary>Arguments at which functions of numbers are hard, and many at random.</summary>
internal static class NumberSamples
{
    /// <summary>Finite numbers: all that are special, and random ones.</summary>
    /// <param name="seed">Of the random ones.</param>
    /// <param name="count">How many of every random kind.</param>
    /// <param name="low">The least of them.</param>
    /// <param name="high">The greatest.</param>
    public static float[] Within(int seed, int count, float low, float high)
    {
        var random = new Random(seed);
        return
        [
            .. Landmarks().Append(low).Append(high)
                .SelectMany(x => (float[])[x, MathF.BitIncrement(x), MathF.BitDecrement(x), -x, -MathF.BitIncrement(x)])
                .Concat(Enumerable.Range(0, count).SelectMany(_ => (float[])
                [
                    BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)),
                    Math.Max(low, -1) + (Math.Min(high, 1) - Math.Max(low, -1)) * random.NextSingle(),
                    32 * random.NextSingle() - 16,
                    210 * random.NextSingle() - 105,
                    1 + (random.NextSingle() - 0.5f) * MathF.ScaleB(1, -random.Next(24)),
                    MathF.ScaleB(random.NextSingle() - 0.5f, -random.Next(150)),
                ]))
                .Where(x => float.IsFinite(x) && x >= low && x <= high),
        ];
    }

    /// <summary>Limits of numbers and of formulas, powers of two, multiples of ½ and of ½·ln 2.</summary>
    private static IEnumerable<float> Landmarks()
    {
        float[] limits =
        [
            0, float.Epsilon, 1.17549435e-38f, float.MaxValue, MathF.Sqrt(0.5f), MathF.Sqrt(2), MathF.Sqrt(2) - 1, 0.55f, 14.5f,
            17.33f, 18, 87.33655f, 88.37626f, 88.722839f, 89, 103.27893f, 103.972084f, 104,
        ];
        return limits.Concat(Enumerable.Range(-20, 41).SelectMany(n => (float[])
            [MathF.ScaleB(1, n), MathF.ScaleB(1, 6 * n), n / 2f, n / 8f, (float)(n * Math.Log(2) / 2)]));
    }
}
