using ILGPU.Algorithms;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Makes four numbers of one block of random words; the same code on the host and in kernels.</summary>
internal interface IBlockSampler
{
    (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block);
}

/// <summary><c>low + range·u</c>.</summary>
internal readonly struct UniformSampler(float low, float range) : IBlockSampler
{
    public (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block)
    {
        var (x, y, z, w) = Philox.Block(seed, stream, block);
        return (low + range * Philox.ToUniform(x), low + range * Philox.ToUniform(y),
            low + range * Philox.ToUniform(z), low + range * Philox.ToUniform(w));
    }
}

/// <summary>1 where u is below the probability, else 0.</summary>
internal readonly struct BernoulliSampler(float probability) : IBlockSampler
{
    public (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block)
    {
        var (x, y, z, w) = Philox.Block(seed, stream, block);
        return (Philox.ToUniform(x) < probability ? 1 : 0, Philox.ToUniform(y) < probability ? 1 : 0,
            Philox.ToUniform(z) < probability ? 1 : 0, Philox.ToUniform(w) < probability ? 1 : 0);
    }
}

/// <summary>Two pairs of independent normal numbers, each pair the polar coordinates of two uniform ones.</summary>
internal readonly struct NormalSampler(float mean, float deviation) : IBlockSampler
{
    private const float TwoPi = 6.2831855f;
    private const float InverseTwoTo32 = 1f / 4294967296f;

    public (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block)
    {
        var (a, b, c, d) = Standard(seed, stream, block);
        return (mean + deviation * a, mean + deviation * b, mean + deviation * c, mean + deviation * d);
    }

    /// <summary>With mean 0 and deviation 1.</summary>
    public static (float A, float B, float C, float D) Standard(ulong seed, ulong stream, ulong block)
    {
        var (x, y, z, w) = Philox.Block(seed, stream, block);
        var (a, b) = Pair(x, y);
        var (c, d) = Pair(z, w);
        return (a, b, c, d);
    }

    private static (float Cosine, float Sine) Pair(uint radiusWord, uint angleWord)
    {
        // The radius word's uniform number lies in the middle of its 2⁻³² wide cell, so its logarithm is finite. The angle lies in
        // [−π, π), where accelerators' sine and cosine are at their best.
        var radius = XMath.Sqrt(-2 * XMath.Log((radiusWord + 0.5f) * InverseTwoTo32));
        var angle = TwoPi * (Philox.ToUniform(angleWord) - 0.5f);
        return (radius * XMath.Cos(angle), radius * XMath.Sin(angle));
    }
}

/// <summary>Normal numbers around 0 cut at two deviations: what lies outside is replaced by the same element of block 2³² + its
/// own, then of 2·2³² + its own, and so on.</summary>
internal readonly struct TruncatedNormalSampler(float deviation) : IBlockSampler
{
    private const float Cut = 2;
    private const ulong NextTry = 1UL << 32;

    public (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block)
    {
        var (a, b, c, d) = NormalSampler.Standard(seed, stream, block);
        while (IsOutside(a) || IsOutside(b) || IsOutside(c) || IsOutside(d))
        {
            block += NextTry;
            var (nextA, nextB, nextC, nextD) = NormalSampler.Standard(seed, stream, block);
            a = IsOutside(a) ? nextA : a;
            b = IsOutside(b) ? nextB : b;
            c = IsOutside(c) ? nextC : c;
            d = IsOutside(d) ? nextD : d;
        }

        return (deviation * a, deviation * b, deviation * c, deviation * d);
    }

    private static bool IsOutside(float x) => x < -Cut || x > Cut;
}
