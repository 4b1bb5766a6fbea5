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
        var (low, high, _, _) = Philox.Block(seed, Steps, (ulong)step);
        var stepSeed = low + ((ulong)high << 32);
        var y = DoubleTensor.Zeros(x.Shape);
        for (var i = 0; i < x.Values.Length; i++)
        {
            var (a, b, c, d) = Philox.Block(stepSeed, stream, (ulong)i / 4);
            var word = new[] { a, b, c, d }[i % 4];
            y.Values[i] = (word >> 8) / 16_777_216.0 < 1f - probability ? x.Values[i] / (1f - probability) : 0;
        }

        return y;
    }
}
