using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>What is made of the random numbers of a step.</summary>
internal static class RandomReference
{
    /// <summary>The stream that the seeds of steps come from: "STEPSEED" in ASCII.</summary>
    private const ulong Steps = 0x5354_4550_5345_4544;

    /// <summary>x / (1 − probability) where a uniform number in [0, 1) is below 1 − probability, else 0 whatever x is.</summary>
    public static DoubleTensor Dropout(DoubleTensor x, float probability, ulong seed, long step, ulong stream)
    {
        var stepSeed = SeedOf(seed, step);
        var y = DoubleTensor.Zeros(x.Shape);
        for (var i = 0; i < x.Values.Length; i++)
        {
            y.Values[i] = Uniform(Word(stepSeed, stream, i)) < 1f - probability ? x.Values[i] / (1f - probability) : 0;
        }

        return y;
    }

    /// <summary>Numbers of the standard normal distribution by the method of Box and Muller: two words of a block make a radius
    /// and an angle, and those a pair.</summary>
    public static DoubleTensor Normal(Shape shape, ulong seed, long step, ulong stream)
    {
        var stepSeed = SeedOf(seed, step);
        var y = DoubleTensor.Zeros(shape);
        for (var i = 0; i < y.Values.Length; i++)
        {
            var pair = i / 2 * 2;
            var radius = Math.Sqrt(-2 * Math.Log((Word(stepSeed, stream, pair) + 0.5) / 4_294_967_296.0));
            var angle = 2 * Math.PI * (Uniform(Word(stepSeed, stream, pair + 1)) - 0.5);
            y.Values[i] = radius * (i == pair ? Math.Cos(angle) : Math.Sin(angle));
        }

        return y;
    }

    private static ulong SeedOf(ulong seed, long step)
    {
        var (low, high, _, _) = Philox.Block(seed, Steps, (ulong)step);
        return low + ((ulong)high << 32);
    }

    /// <summary>Element i takes word i mod 4 of block ⌊i / 4⌋.</summary>
    private static uint Word(ulong seed, ulong stream, int i)
    {
        var (a, b, c, d) = Philox.Block(seed, stream, (ulong)i / 4);
        return new[] { a, b, c, d }[i % 4];
    }

    private static double Uniform(uint word) => (word >> 8) / 16_777_216.0;
}
