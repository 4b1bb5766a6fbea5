using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models;

/// <summary>A state dictionary that does not fit the model: a missing, unknown or differently shaped tensor.</summary>
public sealed class StateDictionaryException(string message) : UserException(message);

/// <summary>Moves the tensors of a model or an optimizer to and from files of tensors.</summary>
/// <remarks>Tensors of floats are float32 in files, those of whole numbers int64, as PyTorch writes both. Any type is read that
/// holds the numbers.</remarks>
public static class StateDictionary
{
    private const string WhatToDo = "Use the options that the file was trained with.";

    /// <summary>The tensors as a safetensors writer takes them; each is read from its device when it is written.</summary>
    /// <param name="state">The tensors, by key.</param>
    /// <param name="rename">From their keys to those of the file; null for the same ones.</param>
    public static IEnumerable<TensorData> ToFile(IEnumerable<NamedTensor> state, Func<string, string>? rename = null) =>
        from named in state
        let key = rename?.Invoke(named.Key) ?? named.Key
        let shape = named.Shape.Select(length => (long)length)
        let type = named.WholeNumbers is null ? SafetensorsType.F32 : SafetensorsType.I64
        select new TensorData(key, type, shape, stream => ToData(key, shape, named).Write(stream));

    /// <summary>Overwrites the tensors with those of a file. Nothing is overwritten unless keys, shapes and types of all of them
    /// fit.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="state">The tensors to fill, by key.</param>
    /// <param name="ignore">Keys of the file that belong to something else.</param>
    /// <param name="rename">From the keys of the file that are not ignored to those of the tensors, null for one that belongs to
    /// something else; null for the same ones. See <see cref="Below"/>.</param>
    /// <exception cref="StateDictionaryException">A tensor is missing, unknown, there twice, or has another shape or
    /// type.</exception>
    /// <exception cref="UserException">The file cannot be read, as its format says it.</exception>
    public static void FromFile(
        ITensorFile file, string path, IReadOnlyList<NamedTensor> state, Func<string, bool>? ignore = null,
        Func<string, string?>? rename = null)
    {
        var entries = Entries(file, path, ignore, rename);
        Check(entries, path, state);
        foreach (var named in state)
        {
            if (entries.TryGetValue(named.Key, out var entry))
            {
                Read(file, entry.Name, named);
            }
            else
            {
                SetTo(named, named.IfMissing!.Value);
            }
        }
    }

    /// <summary>Refuses a file that does not fit, without reading the numbers. Tensors of <see cref="Device.OpenDry"/> will
    /// do, which take no memory.</summary>
    /// <inheritdoc cref="FromFile"/>
    public static void CheckFile(
        ITensorFile file, string path, IReadOnlyList<NamedTensor> state, Func<string, bool>? ignore = null,
        Func<string, string?>? rename = null) => Check(Entries(file, path, ignore, rename), path, state);

    /// <summary>A tensor of floats from a file, with the shape that it has there; the caller's to dispose.</summary>
    /// <exception cref="UserException">There is no such tensor, it holds no numbers, or the file cannot be read, as its format
    /// says it.</exception>
    /// <exception cref="StateDictionaryException">It is too large for a tensor.</exception>
    public static Tensor<float> ReadTensor(ITensorFile file, string key, Device device)
    {
        var values = new float[file.Find(key) is { } entry ? CountOf(entry) : 0];
        file.ReadFloats(key, values);
        return device.From<float>(values, [.. file.Find(key)!.Shape.Select(length => (int)length)]);
    }

    /// <summary>A renaming that puts what lies below one prefix below another and leaves all else out: <c>Below("model.encoder",
    /// "_encoder")</c> makes <c>_encoder.0.weight</c> of <c>model.encoder.0.weight</c>. No prefix is the empty one.</summary>
    public static Func<string, string?> Below(string from, string to)
    {
        var (start, place) = (from.Length == 0 ? "" : from + ".", to.Length == 0 ? "" : to + ".");
        return key => key.StartsWith(start, StringComparison.Ordinal) ? place + key[start.Length..] : null;
    }

    private static TensorData ToData(string key, IEnumerable<long> shape, NamedTensor named)
    {
        if (named.WholeNumbers is not { } whole)
        {
            return TensorData.OfFloats(key, shape, named.Tensor.ToArray());
        }

        return TensorData.OfLongs(key, shape, Array.ConvertAll(whole.ToArray(), number => (long)number));
    }

    private static void Read(ITensorFile file, string key, NamedTensor named)
    {
        if (named.WholeNumbers is { } whole)
        {
            var numbers = new int[whole.Size];
            file.ReadInts(key, numbers);
            whole.CopyFrom(numbers);
            return;
        }

        var values = new float[named.Tensor.Size];
        file.ReadFloats(key, values);
        named.Tensor.CopyFrom(values);
    }

    private static void SetTo(NamedTensor named, double value)
    {
        if (named.WholeNumbers is { } whole)
        {
            var numbers = new int[whole.Size];
            Array.Fill(numbers, (int)value);
            whole.CopyFrom(numbers);
        }
        else
        {
            Primitive.FillInto(named.Tensor, (float)value);
        }
    }

    private static int CountOf(TensorEntry entry) =>
        entry.Count <= Array.MaxLength && entry.Shape.All(length => length <= int.MaxValue)
            ? (int)entry.Count
            : throw new StateDictionaryException(
                $"{entry.Name}: expected a tensor of at most {Array.MaxLength} elements; got {entry}.");

    /// <summary>The file's tensors by the keys of the model.</summary>
    private static Dictionary<string, TensorEntry> Entries(
        ITensorFile file, string path, Func<string, bool>? ignore, Func<string, string?>? rename)
    {
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var entry in file.Tensors)
        {
            if (ignore?.Invoke(entry.Name) != true && (rename is null ? entry.Name : rename(entry.Name)) is { } key &&
                !entries.TryAdd(key, entry))
            {
                throw new StateDictionaryException(
                    $"{path}: expected one tensor for {key}; got {entries[key].Name} and {entry.Name}. "
                    + "Rename or ignore one of them.");
            }
        }

        return entries;
    }

    private static void Check(Dictionary<string, TensorEntry> entries, string path, IReadOnlyList<NamedTensor> state)
    {
        var known = state.Select(named => named.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, entry) in entries)
        {
            if (!known.Contains(key))
            {
                throw new StateDictionaryException(
                    $"{path}: expected tensors of this model; got {key}{RenamedFrom(key, entry)}, which it lacks. {WhatToDo}");
            }
        }

        foreach (var named in state)
        {
            if (entries.TryGetValue(named.Key, out var entry))
            {
                Check(entry, path, named);
            }
            else if (named.IfMissing is null)
            {
                throw new StateDictionaryException(
                    $"{path}: expected tensor {named.Key} {named.Shape}; got a file without it. {WhatToDo}");
            }
        }
    }

    private static void Check(TensorEntry entry, string path, NamedTensor named)
    {
        var name = named.Key + RenamedFrom(named.Key, entry);
        if (!entry.Shape.AsSpan().SequenceEqual([.. named.Shape.Select(length => (long)length)]))
        {
            throw new StateDictionaryException(
                $"{path}: expected tensor {name} {named.Shape}; got ({string.Join(", ", entry.Shape)}). {WhatToDo}");
        }

        var isWhole = named.WholeNumbers is not null;
        if (isWhole ? !entry.Type.HasInts() : !entry.Type.HasFloats())
        {
            throw new StateDictionaryException(
                $"{path}: expected {(isWhole ? "whole numbers" : "numbers")} in tensor {name}; got {entry.Type}. {WhatToDo}");
        }
    }

    private static string RenamedFrom(string key, TensorEntry entry) =>
        entry.Name == key ? "" : $" (in the file {entry.Name})";
}
