using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors;

/// <summary>The seed of the random numbers of one step, on the device: a recording that draws from it
/// draws others in each step.</summary>
/// <remarks>
/// <para>A step's seed is a function of the run's seed and the step: block <c>step</c> of a Philox stream of its own.
/// So a step that is run again, after a resume or on another device, draws the same numbers; streams separate the
/// uses within a step.</para>
/// <para><see cref="Set"/> writes it from the host, before the recording runs.</para>
/// </remarks>
public sealed class RandomState : IDisposable
{
    /// <summary>The stream of steps; no other use has its number.</summary>
    private const ulong Steps = 0x5354455053454544;

    private readonly ulong seed;

    /// <param name="device">Where the numbers are drawn.</param>
    /// <param name="seed">The run's.</param>
    public RandomState(Device device, ulong seed)
    {
        this.seed = seed;
        var (low, high) = WordsOf(step: 0);
        Words = device.From<int>([low, high], [2]);
    }

    /// <summary>The device.</summary>
    public Device Device => Words.Device;

    /// <summary>The step's seed, its lower half first.</summary>
    internal Tensor<int> Words { get; }

    /// <summary>The step's seed of its two words.</summary>
    internal static ulong SeedOf(int low, int high) => (uint)low | ((ulong)(uint)high << 32);

    /// <summary>Goes to a step, from the host.</summary>
    /// <exception cref="InvalidOperationException">A <see cref="Recording"/> is made: its replays would not repeat
    /// this.</exception>
    public void Set(long step)
    {
        var (low, high) = WordsOf(step);
        Words.CopyFrom([low, high]);
    }

    /// <summary>Uniform numbers of the step, as
    /// <see cref="Primitive.RandomUniform(Device, Shape, float, float, ulong, ulong)"/>.</summary>
    public Tensor<float> Uniform(Shape shape, float low, float high, ulong stream) =>
        Primitive.RandomUniform(this, shape, low, high, stream);

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

    private (int Low, int High) WordsOf(long step)
    {
        var (low, high, _, _) = Philox.Block(seed, Steps, (ulong)step);
        return ((int)low, (int)high);
    }
}
