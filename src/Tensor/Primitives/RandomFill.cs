using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Tensors of random numbers from <see cref="Philox"/>: a function of seed, stream and element, the same on every device
/// and for every number of threads.</summary>
/// <remarks>
/// <para>Element i takes word i mod 4 of block ⌊i / 4⌋ of the stream, so a longer tensor begins with the numbers of a shorter
/// one.</para>
/// <para>Devices agree to the bit in uniform and Bernoulli numbers, and to the rounding of log, sin and cos in normal
/// ones.</para>
/// </remarks>
public static class RandomFill
{
    /// <summary>Uniform in [low, high): low + (high − low)·u with 24 random bits in u; rounding may give high itself.</summary>
    public static Tensor<float> Uniform(Device device, Shape shape, float low, float high, ulong seed, ulong stream) =>
        Blocks(device, shape, seed, stream, new UniformSampler(low, high - low));

    /// <summary>Normal with the given mean and standard deviation, by the method of Box and Muller (1958); at most 6.8 deviations
    /// off.</summary>
    public static Tensor<float> Normal(Device device, Shape shape, float mean, float deviation, ulong seed, ulong stream) =>
        Blocks(device, shape, seed, stream, new NormalSampler(mean, deviation));

    /// <summary>Normal around 0, cut at two standard deviations by drawing again what lies outside.</summary>
    /// <remarks><paramref name="deviation"/> is that of the uncut distribution; the numbers' own is 0.88 times that.</remarks>
    public static Tensor<float> TruncatedNormal(Device device, Shape shape, float deviation, ulong seed, ulong stream) =>
        Blocks(device, shape, seed, stream, new TruncatedNormalSampler(deviation));

    /// <summary>1 with the given probability, else 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    public static Tensor<float> Bernoulli(Device device, Shape shape, float keepProbability, ulong seed, ulong stream) =>
        keepProbability is >= 0 and <= 1
            ? Blocks(device, shape, seed, stream, new BernoulliSampler(keepProbability))
            : throw new ArgumentOutOfRangeException(
                nameof(keepProbability), $"random-bernoulli: expected a probability in [0, 1]; got {keepProbability}.");

    private static Tensor<float> Blocks<TSampler>(Device device, Shape shape, ulong seed, ulong stream, TSampler sampler)
        where TSampler : unmanaged, IBlockSampler
    {
        var y = device.Empty<float>(shape);
        device.Run(new BlocksCall<TSampler>(y, seed, stream, sampler));
        return y;
    }

    internal readonly struct FillBlocks<TSampler>(
        ArrayView<float> y, int length, ulong seed, ulong stream, TSampler sampler) : IKernel
        where TSampler : unmanaged, IBlockSampler
    {
        public void Run(int block)
        {
            // Grid: one thread per block of four elements.
            var (a, b, c, d) = sampler.Sample(seed, stream, (ulong)(int)block);
            var i = 4 * (int)block;
            y[i] = a;
            if (i + 1 < length)
            {
                y[i + 1] = b;
            }

            if (i + 2 < length)
            {
                y[i + 2] = c;
            }

            if (i + 3 < length)
            {
                y[i + 3] = d;
            }
        }
    }

    private readonly record struct BlocksCall<TSampler>(Tensor<float> Y, ulong Seed, ulong Stream, TSampler Sampler)
        : IPrimitive, IRangeBody
        where TSampler : unmanaged, IBlockSampler
    {
        public static bool DrawsNumbers => true;

        private const int BlocksPerChunk = 64 * HostPhilox.Blocks;

        private int BlockCount => (int)(((long)Y.Size + 3) / 4);

        public void OnHost(HostDevice device) => device.Team.For(BlockCount, BlocksPerChunk, this);

        public unsafe void Range(int start, int end)
        {
            const int lanes = HostPhilox.Blocks;
            var numbers = stackalloc float[4 * lanes];
            for (var block = start; block < end; block += lanes)
            {
                var (a, b, c, d) = Sampler.SampleLanes(Seed, Stream, (ulong)block);
                var y = Y.Pointer + (nint)4 * block;
                var count = Math.Min(4 * lanes, Y.Size - 4 * block);
                a.Store(numbers);
                b.Store(numbers + lanes);
                c.Store(numbers + 2 * lanes);
                d.Store(numbers + 3 * lanes);
                for (var i = 0; i < count; i++)
                {
                    y[i] = numbers[i % 4 * lanes + i / 4];
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(BlockCount, new FillBlocks<TSampler>(Y.View, Y.Size, Seed, Stream, Sampler));
    }
}
