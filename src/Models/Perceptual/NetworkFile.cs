using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Perceptual;

/// <summary>Tensors of a network that a person supplies, each checked before it is read.</summary>
internal static class NetworkFile
{
    private const string WhatToDo =
        "Give the VGG-16 of LPIPS as safetensors: net.slice1.0.weight, … or features.0.weight, …, and lin0.model.1.weight, ….";

    /// <summary>The tensor of a key, which must have a shape; the caller's to dispose.</summary>
    /// <exception cref="StateDictionaryException">It is missing or has another shape.</exception>
    public static Tensor<float> Read(Device device, SafetensorsFile file, string path, string key, Shape shape)
    {
        var entry = Find(file, path, key);
        return entry.Shape.AsSpan().SequenceEqual([.. shape.Select(length => (long)length)]) && entry.Type.HasFloats()
            ? StateDictionary.ReadTensor(file, key, device)
            : throw new StateDictionaryException($"{path}: expected numbers {shape} as {key}; got {entry}. {WhatToDo}");
    }

    /// <summary>The length of a vector.</summary>
    /// <exception cref="StateDictionaryException">It is missing or no vector.</exception>
    public static int Length(SafetensorsFile file, string path, string key)
    {
        var entry = Find(file, path, key);
        return entry.Shape is [> 0 and <= int.MaxValue and var length]
            ? (int)length
            : throw new StateDictionaryException($"{path}: expected a vector as {key}; got {entry}. {WhatToDo}");
    }

    private static SafetensorsEntry Find(SafetensorsFile file, string path, string key) =>
        file.Find(key) ?? throw new StateDictionaryException($"{path}: expected tensor {key}; got a file without it. {WhatToDo}");
}
