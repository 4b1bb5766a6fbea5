using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors;

/// <summary>The seed of the random numbers of one step, on the device: a recording that draws from it
/// draws others in each step.</summary>
/// <remarks>
/// <para>A step's seed is a function of the run's seed and the step: block <c>step</c> of a Philox stream of its own.
/// So a step that is run again, after a resume or on another device, draws the same numbers; streams separate the
/// uses within a step.</para>
/// <para>Numbers of the run (<see cref="UniformOfRun"/>) are those of its own seed, a piece for each step.</para>
/// <para><see cref="Set"/> writes it from the host, before the recording runs.</para>
/// </remarks>
public sealed class RandomState : IDisposable
{
    /// <summary>The stream of steps; no other use has its number.</summary>
    private const ulong Steps = 0x5354455053454544;

    /// <summary>Where <see cref="Words"/> have what numbers of a step are drawn from.</summary>
    internal const int OfStep = 0;

    /// <summary>Where <see cref="Words"/> have what numbers of the run are drawn from.</summary>
    internal const int OfRun = 4;

    private const int Count = 8;

    private readonly ulong seed;

    /// <param name="device">Where the numbers are drawn.</param>
    /// <param name="seed">The run's.</param>
    public RandomState(Device device, ulong seed)
    {
        this.seed = seed;
        Words = device.From<int>(WordsOf(step: 0, stackalloc int[Count]), [Count]);
    }

    /// <summary>The device.</summary>
    public Device Device => Words.Device;

    /// <summary>Twice a seed and how often a whole tensor was drawn from it before, each its lower half first: the step's seed
    /// and 0, the run's seed and the step.</summary>
    internal Tensor<int> Words { get; }

    /// <summary>A number of its two words.</summary>
    internal static ulong SeedOf(int low, int high) => (uint)low | ((ulong)(uint)high << 32);

    /// <summary>Goes to a step, from the host.</summary>
    /// <exception cref="InvalidOperationException">A <see cref="Recording"/> is made: its replays would not repeat
    /// this.</exception>
    public void Set(long step) => Words.CopyFrom(WordsOf(step, stackalloc int[Count]));

    /// <summary>Uniform numbers of the step, as
    /// <see cref="Primitive.RandomUniform(Device, Shape, float, float, ulong, ulong)"/>.</summary>
    public Tensor<float> Uniform(Shape shape, float low, float high, ulong stream) =>
        Primitive.RandomUniform(this, shape, low, high, stream);

    /// <summary>Uniform numbers of the run: block ⌈size / 4⌉ · step + b of the stream under the run's own seed where block b of
    /// <see cref="Primitive.RandomUniform(Device, Shape, float, float, ulong, ulong)"/> is.</summary>
    /// <remarks>So rows of a multiple of four numbers are those of one long sequence, however many of them a step takes, as long
    /// as each takes as many: the images of a run have the same ones in larger and in smaller batches.</remarks>
    public Tensor<float> UniformOfRun(Shape shape, float low, float high, ulong stream) =>
        Primitive.RandomUniformOfRun(this, shape, low, high, stream);

    /// <summary>Normal numbers of the step, as
    /// <see cref="Primitive.RandomNormal(Device, Shape, float, float, ulong, ulong)"/>.</summary>
    public Tensor<float> Normal(Shape shape, float mean, float deviation, ulong stream) =>
        Primitive.RandomNormal(this, shape, mean, deviation, stream);

    /// <summary>Ones and zeros of the step, as
    /// <see cref="Primitive.RandomBernoulli(Device, Shape, float, ulong, ulong)"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    public Tensor<float> Bernoulli(Shape shape, float keepProbability, ulong stream) =>
        Primitive.RandomBernoulli(this, shape, keepProbability, stream);

    public void Dispose() => Words.Dispose();

    private Span<int> WordsOf(long step, Span<int> words)
    {
        var (low, high, _, _) = Philox.Block(seed, Steps, (ulong)step);
        ReadOnlySpan<int> ofStep = [(int)low, (int)high, 0, 0];
        ReadOnlySpan<int> ofRun = [(int)seed, (int)(seed >> 32), (int)step, (int)(step >> 32)];
        ofStep.CopyTo(words[OfStep..]);
        ofRun.CopyTo(words[OfRun..]);
        return words;
    }
}
