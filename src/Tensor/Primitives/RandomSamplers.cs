using System.Runtime.Intrinsics;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Makes four numbers of one block of random words.</summary>
internal interface IBlockSampler
{
    /// <summary>The kernels' form.</summary>
    (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block);

    /// <summary>The host form: a lane for each of <see cref="HostPhilox.Blocks"/> blocks from <paramref name="first"/>
    /// on.</summary>
    (Vector512<float> A, Vector512<float> B, Vector512<float> C, Vector512<float> D) SampleLanes(
        ulong seed, ulong stream, ulong first);
}

/// <summary><c>low + range·u</c>.</summary>
internal readonly struct UniformSampler(float low, float range) : IBlockSampler
{
    public (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block)
    {
        var (x, y, z, w) = Philox.Block(seed, stream, block);
        return (Scale(x), Scale(y), Scale(z), Scale(w));
    }

    public (Vector512<float> A, Vector512<float> B, Vector512<float> C, Vector512<float> D) SampleLanes(
        ulong seed, ulong stream, ulong first)
    {
        var (x, y, z, w) = HostPhilox.Words(seed, stream, first);
        return (Scale(x), Scale(y), Scale(z), Scale(w));
    }

    private float Scale(uint word) => low + range * Philox.ToUniform(word);

    private Vector512<float> Scale(Vector512<uint> words) =>
        Vector512.Create(low) + Vector512.Create(range) * HostPhilox.ToUniform(words);
}

/// <summary>1 where u is below the probability, else 0.</summary>
internal readonly struct BernoulliSampler(float probability) : IBlockSampler
{
    public (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block)
    {
        var (x, y, z, w) = Philox.Block(seed, stream, block);
        return (Decide(x), Decide(y), Decide(z), Decide(w));
    }

    public (Vector512<float> A, Vector512<float> B, Vector512<float> C, Vector512<float> D) SampleLanes(
        ulong seed, ulong stream, ulong first)
    {
        var (x, y, z, w) = HostPhilox.Words(seed, stream, first);
        return (Decide(x), Decide(y), Decide(z), Decide(w));
    }

    private float Decide(uint word) => Philox.ToUniform(word) < probability ? 1f : 0f;

    private Vector512<float> Decide(Vector512<uint> words) => Vector512.ConditionalSelect(
        Vector512.LessThan(HostPhilox.ToUniform(words), Vector512.Create(probability)),
        Vector512<float>.One, Vector512<float>.Zero);
}

/// <summary>Two pairs of independent normal numbers, each pair the polar coordinates of two uniform ones.</summary>
internal readonly struct NormalSampler(float mean, float deviation) : IBlockSampler
{
    private const float InverseTwoTo32 = 1f / 4294967296f;

    public (float A, float B, float C, float D) Sample(ulong seed, ulong stream, ulong block)
    {
        var (a, b, c, d) = Standard(seed, stream, block);
        return (mean + deviation * a, mean + deviation * b, mean + deviation * c, mean + deviation * d);
    }

    public (Vector512<float> A, Vector512<float> B, Vector512<float> C, Vector512<float> D) SampleLanes(
        ulong seed, ulong stream, ulong first)
    {
        var (a, b, c, d) = StandardLanes(seed, stream, first);
        var (center, scale) = (Vector512.Create(mean), Vector512.Create(deviation));
        return (center + scale * a, center + scale * b, center + scale * c, center + scale * d);
    }

    /// <summary>With mean 0 and deviation 1.</summary>
    public static (float A, float B, float C, float D) Standard(ulong seed, ulong stream, ulong block)
    {
        var (x, y, z, w) = Philox.Block(seed, stream, block);
        var (a, b) = Pair(x, y);
        var (c, d) = Pair(z, w);
        return (a, b, c, d);
    }

    /// <inheritdoc cref="Standard"/>
    public static (Vector512<float> A, Vector512<float> B, Vector512<float> C, Vector512<float> D) StandardLanes(
        ulong seed, ulong stream, ulong first)
    {
        var (x, y, z, w) = HostPhilox.Words(seed, stream, first);
        var (a, b) = Pair(x, y);
        var (c, d) = Pair(z, w);
        return (a, b, c, d);
    }

    private static (float Cosine, float Sine) Pair(uint radiusWord, uint angleWord)
    {
        // The radius word's uniform number lies in the middle of its 2⁻³² wide cell, so its logarithm is finite.
        // In two halves, because C# goes from an unsigned number to a float through a double.
        var rounded = (int)(radiusWord >> 16) * 65536f + (int)(radiusWord & 0xFFFF);
        var radius = XMath.Sqrt(-2 * ElementaryFunctions.Log((rounded + 0.5f) * InverseTwoTo32));
        var (sine, cosine) = ElementaryFunctions.SinCosOfTurn(Philox.ToUniform(angleWord) - 0.5f);
        return (radius * cosine, radius * sine);
    }

    private static (Vector512<float> Cosine, Vector512<float> Sine) Pair(Vector512<uint> radiusWords, Vector512<uint> angleWords)
    {
        var half = Vector512.Create(0.5f);
        var uniform = (Vector512.ConvertToSingle(radiusWords) + half) * Vector512.Create(InverseTwoTo32);
        var radius = Vector512.Sqrt(Vector512.Create(-2f) * ElementaryFunctions.Log(uniform));
        var (sine, cosine) = ElementaryFunctions.SinCosOfTurn(HostPhilox.ToUniform(angleWords) - half);
        return (radius * cosine, radius * sine);
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

    public (Vector512<float> A, Vector512<float> B, Vector512<float> C, Vector512<float> D) SampleLanes(
        ulong seed, ulong stream, ulong first)
    {
        var (a, b, c, d) = NormalSampler.StandardLanes(seed, stream, first);
        while (true)
        {
            var (outA, outB, outC, outD) = (Outside(a), Outside(b), Outside(c), Outside(d));
            if ((outA | outB | outC | outD).AsInt32() == Vector512<int>.Zero)
            {
                break;
            }

            first += NextTry;
            var (nextA, nextB, nextC, nextD) = NormalSampler.StandardLanes(seed, stream, first);
            a = Vector512.ConditionalSelect(outA, nextA, a);
            b = Vector512.ConditionalSelect(outB, nextB, b);
            c = Vector512.ConditionalSelect(outC, nextC, c);
            d = Vector512.ConditionalSelect(outD, nextD, d);
        }

        var scale = Vector512.Create(deviation);
        return (scale * a, scale * b, scale * c, scale * d);
    }

    private static bool IsOutside(float x) => x < -Cut || x > Cut;

    private static Vector512<float> Outside(Vector512<float> x) => Vector512.GreaterThan(Vector512.Abs(x), Vector512.Create(Cut));
}
