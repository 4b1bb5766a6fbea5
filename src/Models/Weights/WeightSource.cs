using System.Collections.Immutable;
using IlgpuVq.Models.Autoencoders;

namespace IlgpuVq.Models.Weights;

/// <summary>Weights of another program that a family takes: by which keys a file of them is known, and what sizes its tensors
/// say that the model has.</summary>
/// <param name="Name">The program's settings that such a file is of, by their name.</param>
/// <param name="Landmarks">Keys that all its files have, and no others'.</param>
/// <param name="Options">The options of a model for a file, from others of the family and the file's shapes.</param>
public sealed record WeightSource(
    string Name, ImmutableArray<string> Landmarks, Func<AutoencoderOptions, WeightShapes, AutoencoderOptions> Options)
{
    /// <summary>The name of the settings where the shapes of a file tell among several; null where they are those of
    /// <see cref="Name"/>.</summary>
    public Func<WeightShapes, string>? Variant { get; init; }
}

/// <summary>The shapes of a file's tensors by the keys of a program.</summary>
/// <param name="file">The file, under those keys.</param>
/// <param name="path">What messages call it.</param>
public sealed class WeightShapes(ITensorFile file, string path)
{
    /// <summary>Whether there is such a tensor.</summary>
    public bool Has(string key) => file.Find(key) is not null;

    /// <summary>The length of a tensor along an axis.</summary>
    /// <exception cref="StateDictionaryException">There is no such tensor, or it has fewer dimensions or no such
    /// length.</exception>
    public int Length(string key, int axis) => file.Find(key) is { } entry && axis < entry.Shape.Length
        && entry.Shape[axis] is > 0 and <= int.MaxValue and var length
            ? (int)length
            : throw new StateDictionaryException(
                $"{path}: expected a tensor {key} of more than {axis} dimensions; got {file.Find(key)?.ToString() ?? "none"}. "
                    + "Name a file of the program's own weights.");

    /// <summary>How many tensors there are one after the other, from 0 on.</summary>
    /// <param name="key">The key of one, by its number.</param>
    public int Count(Func<int, string> key)
    {
        var count = 0;
        while (Has(key(count)))
        {
            count++;
        }

        return count;
    }
}
