using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors;

/// <summary>Numbers of a step by their names, on the device: weights of a loss, a temperature, whatever follows a
/// schedule.</summary>
/// <remarks>
/// <para><see cref="Set"/> and <see cref="Write"/> are the host's, before a <see cref="Recording"/> runs: one small copy for all
/// of them. <see cref="Read"/> is the step's: a tensor, so that a replay computes with the number of its own step.</para>
/// <para>A number that was never set is NaN.</para>
/// </remarks>
public sealed class Scalars : IDisposable
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly float[] numbers;
    private readonly Tensor<float> values;

    /// <param name="device">Where the numbers are read.</param>
    /// <param name="names">All of them.</param>
    /// <exception cref="ArgumentException">A name comes twice.</exception>
    public Scalars(Device device, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (!places.TryAdd(name, places.Count))
            {
                throw new ArgumentException($"scalars: expected names that differ; got {name} twice.", nameof(names));
            }
        }

        numbers = new float[places.Count];
        numbers.AsSpan().Fill(float.NaN);
        values = device.From<float>(numbers, [numbers.Length]);
    }

    /// <summary>Their names, in the order in which they were given.</summary>
    public IReadOnlyCollection<string> Names => places.Keys;

    /// <summary>Sets a number, which <see cref="Write"/> then brings to the device.</summary>
    /// <exception cref="ArgumentException">None has that name.</exception>
    /// <exception cref="InvalidOperationException">A <see cref="Recording"/> is made: its replays would not repeat
    /// this.</exception>
    public void Set(string name, float value)
    {
        values.Device.CheckNotRecorded("a scalar that is set", "Set it before Run, and read it in the body.");
        numbers[PlaceOf(name)] = value;
    }

    /// <summary>Brings all numbers to the device.</summary>
    /// <exception cref="InvalidOperationException">A <see cref="Recording"/> is made: its replays would not repeat
    /// this.</exception>
    public void Write() => values.CopyFrom(numbers);

    /// <summary>A number as a tensor (), the caller's to dispose.</summary>
    /// <exception cref="ArgumentException">None has that name.</exception>
    public Tensor<float> Read(string name)
    {
        using var one = Primitive.Slice(values, axis: 0, start: PlaceOf(name), length: 1);
        return one.Reshape([]);
    }

    public void Dispose() => values.Dispose();

    private int PlaceOf(string name) => places.TryGetValue(name, out var place) ? place : throw new ArgumentException(
        $"scalars: expected one of {string.Join(", ", places.Keys)}; got {name}. Name it when the scalars are made.",
        nameof(name));
}
