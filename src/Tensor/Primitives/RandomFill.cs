using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Uniform in [low, high): low + (high − low)·u with 24 random bits in u; rounding may give high itself.</summary>
    /// <remarks>
    /// <para>A function of seed, stream and element (<see cref="Philox"/>), the same for every number of threads.</para>
    /// <para>Element i takes word i mod 4 of block ⌊i / 4⌋ of the stream, so a longer tensor begins with the numbers of a shorter
    /// one.</para>
    /// <para>Devices agree to the bit in uniform and Bernoulli numbers, and to the rounding of log, sin and cos in normal
    /// ones.</para>
    /// </remarks>
    public static Tensor<float> RandomUniform(Device device, Shape shape, float low, float high, ulong seed, ulong stream) =>
        RandomFillKernels.Blocks(device, shape, seed, stream, new UniformSampler(low, high - low));

    /// <summary>Normal with the given mean and standard deviation, by the method of Box and Muller (1958); at most 6.8 deviations
    /// off.</summary>
    public static Tensor<float> RandomNormal(Device device, Shape shape, float mean, float deviation, ulong seed, ulong stream) =>
        RandomFillKernels.Blocks(device, shape, seed, stream, new NormalSampler(mean, deviation));

    /// <summary>Normal around 0, cut at two standard deviations by drawing again what lies outside.</summary>
    /// <remarks><paramref name="deviation"/> is that of the uncut distribution; the numbers' own is 0.88 times that.</remarks>
    public static Tensor<float> RandomTruncatedNormal(Device device, Shape shape, float deviation, ulong seed, ulong stream) =>
        RandomFillKernels.Blocks(device, shape, seed, stream, new TruncatedNormalSampler(deviation));

    /// <summary>1 with the given probability, else 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    public static Tensor<float> RandomBernoulli(Device device, Shape shape, float keepProbability, ulong seed, ulong stream) =>
        RandomFillKernels.Blocks(device, shape, seed, stream, RandomFillKernels.BernoulliOf(keepProbability));

    /// <summary>Uniform in [low, high), of a step's seed.</summary>
    internal static Tensor<float> RandomUniform(RandomState state, Shape shape, float low, float high, ulong stream) =>
        RandomFillKernels.Blocks(state, shape, stream, new UniformSampler(low, high - low));

    /// <summary>Uniform in [low, high), of the run's seed: the calls of a stream in all steps, one after the other.</summary>
    internal static Tensor<float> RandomUniformOfRun(RandomState state, Shape shape, float low, float high, ulong stream) =>
        RandomFillKernels.Blocks(state, shape, stream, new UniformSampler(low, high - low), RandomState.OfRun);

    /// <summary>Normal, of a step's seed.</summary>
    internal static Tensor<float> RandomNormal(RandomState state, Shape shape, float mean, float deviation, ulong stream) =>
        RandomFillKernels.Blocks(state, shape, stream, new NormalSampler(mean, deviation));

    /// <summary>1 with the given probability, else 0, of a step's seed.</summary>
    internal static Tensor<float> RandomBernoulli(RandomState state, Shape shape, float keepProbability, ulong stream) =>
        RandomFillKernels.Blocks(state, shape, stream, RandomFillKernels.BernoulliOf(keepProbability));
}

internal static class RandomFillKernels
{
    internal static BernoulliSampler BernoulliOf(float keepProbability) => keepProbability is >= 0 and <= 1
        ? new BernoulliSampler(keepProbability)
        : throw new ArgumentOutOfRangeException(
            nameof(keepProbability), $"random-bernoulli: expected a probability in [0, 1]; got {keepProbability}.");

    internal static Tensor<float> Blocks<TSampler>(
        RandomState state, Shape shape, ulong stream, TSampler sampler, int place = RandomState.OfStep)
        where TSampler : unmanaged, IBlockSampler
    {
        var y = state.Device.Empty<float>(shape);
        state.Device.Run(new StepCall<TSampler>(y, state.Words, place, stream, sampler));
        return y;
    }

    internal static Tensor<float> Blocks<TSampler>(Device device, Shape shape, ulong seed, ulong stream, TSampler sampler)
        where TSampler : unmanaged, IBlockSampler
    {
        var y = device.Empty<float>(shape);
        device.Run(new BlocksCall<TSampler>(y, seed, stream, sampler));
        return y;
    }

    /// <summary>How many blocks of four a tensor takes.</summary>
    internal static int BlockCount(Tensor<float> y) => (int)(((long)y.Size + 3) / 4);

    /// <summary>The numbers of a block, as far as the tensor goes.</summary>
    internal static void Store(ArrayView<float> y, int length, int block, (float A, float B, float C, float D) numbers)
    {
        var i = 4 * block;
        y[i] = numbers.A;
        if (i + 1 < length)
        {
            y[i + 1] = numbers.B;
        }

        if (i + 2 < length)
        {
            y[i + 2] = numbers.C;
        }

        if (i + 3 < length)
        {
            y[i + 3] = numbers.D;
        }
    }

    internal readonly struct FillBlocks<TSampler>(ArrayView<float> y, int length, ulong seed, ulong stream, TSampler sampler)
        : IKernel
        where TSampler : unmanaged, IBlockSampler
    {
        // Grid: one thread per block of four elements.
        public void Run(int block) => Store(y, length, block, sampler.Sample(seed, stream, (ulong)block));
    }

    internal readonly struct FillBlocksOfStep<TSampler>(
        ArrayView<float> y, int length, int blocks, ArrayView<int> words, int place, ulong stream, TSampler sampler) : IKernel
        where TSampler : unmanaged, IBlockSampler
    {
        public void Run(int block)
        {
            // Grid: one thread per block of four elements, so many blocks.
            var seed = RandomState.SeedOf(words[place], words[place + 1]);
            var before = RandomState.SeedOf(words[place + 2], words[place + 3]) * (ulong)blocks;
            Store(y, length, block, sampler.Sample(seed, stream, before + (ulong)block));
        }
    }

    /// <summary>Some blocks on the host, which come behind others of the stream.</summary>
    internal static unsafe void FillOnHost<TSampler>(
        Tensor<float> tensor, int start, int end, ulong seed, ulong stream, TSampler sampler, ulong before = 0)
        where TSampler : unmanaged, IBlockSampler
    {
        const int lanes = HostPhilox.Blocks;
        var numbers = stackalloc float[4 * lanes];
        for (var block = start; block < end; block += lanes)
        {
            var (a, b, c, d) = sampler.SampleLanes(seed, stream, before + (ulong)block);
            var y = tensor.Pointer + (nint)4 * block;
            var count = Math.Min(4 * lanes, tensor.Size - 4 * block);
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

    internal const int BlocksPerChunk = 64 * HostPhilox.Blocks;

    internal readonly record struct BlocksCall<TSampler>(Tensor<float> Y, ulong Seed, ulong Stream, TSampler Sampler)
        : IPrimitive, IRangeBody
        where TSampler : unmanaged, IBlockSampler
    {
        public static bool IsReproducible => true;

        public static bool DrawsNumbers => true;

        public void OnHost(HostDevice device) => device.Team.For(BlockCount(Y), BlocksPerChunk, this);

        public void Range(int start, int end) => FillOnHost(Y, start, end, Seed, Stream, Sampler);

        public void OnKernels(KernelDevice device) =>
            device.Launch(BlockCount(Y), new FillBlocks<TSampler>(Y.View, Y.Size, Seed, Stream, Sampler));
    }

    internal readonly record struct StepCall<TSampler>(
        Tensor<float> Y, Tensor<int> Words, int Place, ulong Stream, TSampler Sampler) : IPrimitive, IRangeBody
        where TSampler : unmanaged, IBlockSampler
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(BlockCount(Y), BlocksPerChunk, this);

        public unsafe void Range(int start, int end)
        {
            var words = Words.Pointer + Place;
            var before = RandomState.SeedOf(words[2], words[3]) * (ulong)BlockCount(Y);
            FillOnHost(Y, start, end, RandomState.SeedOf(words[0], words[1]), Stream, Sampler, before);
        }

        public void OnKernels(KernelDevice device)
        {
            var blocks = BlockCount(Y);
            device.Launch(
                blocks, new FillBlocksOfStep<TSampler>(Y.View, Y.Size, blocks, Words.View, Place, Stream, Sampler));
        }
    }
}
