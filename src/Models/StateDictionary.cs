using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models;

/// <summary>A state dictionary that does not fit the model: a missing, unknown or differently shaped tensor.</summary>
public sealed class StateDictionaryException(string message) : UserException(message);

/// <summary>Moves the tensors of a model or an optimizer to and from safetensors files.</summary>
public static class StateDictionary
{
    private const string WhatToDo = "Use the options that the file was trained with.";

    /// <summary>The tensors as a safetensors writer takes them; each is read from its device when it is written.</summary>
    public static IEnumerable<TensorData> ToFile(IEnumerable<NamedTensor> state) =>
        from named in state
        let shape = named.Tensor.Shape
        select new TensorData(
            named.Key, SafetensorsType.F32, shape.Select(length => (long)length),
            stream => TensorData.OfFloats(named.Key, shape.Select(length => (long)length), named.Tensor.ToArray()).Write(stream));

    /// <summary>Overwrites the tensors with those of a file. Nothing is overwritten unless all of them fit.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="state">The tensors to fill, by key.</param>
    /// <param name="ignore">Keys of the file that belong to something else.</param>
    /// <exception cref="StateDictionaryException">A tensor is missing, unknown, or has another shape.</exception>
    /// <exception cref="SafetensorsException">The file cannot be read.</exception>
    public static void FromFile(
        SafetensorsFile file, string path, IReadOnlyList<NamedTensor> state, Func<string, bool>? ignore = null)
    {
        Check(file, path, state, ignore ?? (_ => false));
        foreach (var (key, tensor, ifMissing) in state)
        {
            if (file.Find(key) is null)
            {
                Primitive.FillInto(tensor, ifMissing!.Value);
                continue;
            }

            var values = new float[tensor.Size];
            file.ReadFloats(key, values);
            tensor.CopyFrom(values);
        }
    }

    private static void Check(SafetensorsFile file, string path, IReadOnlyList<NamedTensor> state, Func<string, bool> ignore)
    {
        var known = state.Select(named => named.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in file.Entries)
        {
            if (!known.Contains(entry.Name) && !ignore(entry.Name))
            {
                throw new StateDictionaryException(
                    $"{path}: expected tensors of this model; got {entry.Name}, which it lacks. {WhatToDo}");
            }
        }

        foreach (var (key, tensor, ifMissing) in state)
        {
            if (file.Find(key) is not { } entry)
            {
                if (ifMissing is null)
                {
                    throw new StateDictionaryException(
                        $"{path}: expected tensor {key} {tensor.Shape}; got a file without it. {WhatToDo}");
                }
            }
            else if (!entry.Shape.AsSpan().SequenceEqual([.. tensor.Shape.Select(length => (long)length)]))
            {
                throw new StateDictionaryException(
                    $"{path}: expected tensor {key} {tensor.Shape}; got ({string.Join(", ", entry.Shape)}). {WhatToDo}");
            }
        }
    }
}
