using IlgpuVq.Models.Safetensors;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Torch;

/// <summary>Everything that a checkpoint may hold beside numbers, text and containers of them: the one list of names.</summary>
/// <param name="file">What messages call the file.</param>
/// <param name="locate">Finds the bytes of a storage where the file has them by name; null where they come behind the
/// pickle.</param>
internal sealed class TorchObjects(string file, Action<TorchStorage>? locate = null)
{
    private const string OrderedDictionary = "collections.OrderedDict", Size = "torch.Size", DeviceName = "torch.device",
        Set = "builtins.set", OldSet = "__builtin__.set", RebuildTensor = "torch._utils._rebuild_tensor",
        RebuildTensor2 = "torch._utils._rebuild_tensor_v2", RebuildParameter = "torch._utils._rebuild_parameter";

    private static readonly Dictionary<string, SafetensorsType> StorageTypes = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = SafetensorsType.F32,
        ["torch.DoubleStorage"] = SafetensorsType.F64,
        ["torch.HalfStorage"] = SafetensorsType.F16,
        ["torch.BFloat16Storage"] = SafetensorsType.BF16,
        ["torch.LongStorage"] = SafetensorsType.I64,
        ["torch.IntStorage"] = SafetensorsType.I32,
        ["torch.ShortStorage"] = SafetensorsType.I16,
        ["torch.CharStorage"] = SafetensorsType.I8,
        ["torch.ByteStorage"] = SafetensorsType.U8,
        ["torch.BoolStorage"] = SafetensorsType.BOOL,
    };

    /// <summary>Names without a meaning here, such as the type in the settings of a model.</summary>
    private static readonly string[] Words =
    [
        "torch.float32", "torch.float64", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32", "torch.int16",
        "torch.int8", "torch.uint8", "torch.bool",
    ];

    private static readonly HashSet<string> Known = new(
        [
            OrderedDictionary, Size, DeviceName, Set, OldSet, RebuildTensor, RebuildTensor2, RebuildParameter, .. Words,
            .. StorageTypes.Keys,
        ],
        StringComparer.Ordinal);

    /// <summary>A list that is remembered could else become very many dictionaries.</summary>
    private const int MostPairs = 1 << 22;

    private long pairsTaken;

    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);

    /// <summary>All that were named, by their keys.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => storages;

    /// <summary>The name of the class of a type's storages; null for a type that has none.</summary>
    public static string? StorageName(SafetensorsType type) =>
        StorageTypes.FirstOrDefault(pair => pair.Value == type).Key is { } name ? name["torch.".Length..] : null;

    /// <summary>The class or function of a name that a checkpoint may hold.</summary>
    /// <exception cref="TorchException">Any other.</exception>
    public PickleGlobal Find(string name) => Known.Contains(name)
        ? new PickleGlobal(name)
        : throw new TorchException(
            file, "tensors, numbers, text and containers of them",
            $"{Quote(name)}, which is not among what a checkpoint may hold",
            "Nothing of the file was executed. If you trust it, load it with PyTorch and save the weights alone: "
                + "torch.save(model.state_dict(), file).");

    /// <summary>What a class or function makes of arguments.</summary>
    public object? Make(PickleGlobal global, object?[] arguments) => (global.Name, arguments) switch
    {
        (OrderedDictionary, []) => new PickleDictionary(),
        (OrderedDictionary, [PickleList pairs]) => FromPairs(pairs),
        (Size, [object?[] lengths]) => lengths,
        (Set or OldSet, [PickleList items]) => items,
        (DeviceName, [string name]) => name,
        (DeviceName, [string name, long]) => name,
        (RebuildTensor, [TorchStorage storage, long offset, object?[] shape, object?[] strides]) =>
            View(storage, offset, shape, strides),
        (RebuildTensor2, [TorchStorage storage, long offset, object?[] shape, object?[] strides, _, _, ..]) =>
            View(storage, offset, shape, strides),
        (RebuildParameter, [TorchTensor tensor, _, _]) => tensor,
        _ => throw TorchException.Damaged(
            file, $"the arguments of {global.Name}",
            arguments.Length == 0 ? "none" : string.Join(", ", arguments.Take(8).Select(PickleReader.Describe))),
    };

    /// <summary>The storage that a tuple names: the word storage, its class, key, device, number of elements, and in the older
    /// form the part of it, or nothing.</summary>
    public TorchStorage FindStorage(object?[] id)
    {
        if (id is not ["storage", PickleGlobal global, string key, string, long count, ..] || id.Length > 6
            || !StorageTypes.TryGetValue(global.Name, out var type))
        {
            throw TorchException.Damaged(
                file, "the class, key, device and length of a storage",
                id.Length == 0 ? "nothing" : string.Join(", ", id.Take(8).Select(PickleReader.Describe)));
        }

        if (count < 0 || count > long.MaxValue / type.ByteSize())
        {
            throw TorchException.Damaged(file, $"a storage {Quote(key)} of fewer than 2^63 bytes", $"{count} elements");
        }

        if (!storages.TryGetValue(key, out var storage))
        {
            storage = new TorchStorage(key, type, count);
            locate?.Invoke(storage);
            storages.Add(key, storage);
        }
        else if (storage.Type != type || storage.Count != count)
        {
            throw TorchException.Damaged(
                file, $"storage {Quote(key)} to be {storage.Count} of {storage.Type} each time", $"{count} of {type}");
        }

        return id is [.., object?[] part] ? throw TorchException.Damaged(
            file, "storages as wholes", $"a part of {Quote(key)} of {part.Length} values") : storage;
    }

    private PickleDictionary FromPairs(PickleList pairs)
    {
        pairsTaken += pairs.Items.Count;
        if (pairsTaken > MostPairs)
        {
            throw TorchException.Damaged(file, $"at most {MostPairs} pairs in dictionaries", "the same ones again and again");
        }

        var dictionary = new PickleDictionary();
        foreach (var pair in pairs.Items)
        {
            dictionary.Items.Add(pair switch
            {
                object?[] and [var key, var value] => (key, value),
                PickleList { Items: [var key, var value] } => (key, value),
                _ => throw TorchException.Damaged(file, "pairs of a dictionary", PickleReader.Describe(pair)),
            });
        }

        return dictionary;
    }

    private TorchTensor View(TorchStorage storage, long offset, object?[] shape, object?[] strides)
    {
        var (lengths, steps) = (Numbers(shape), Numbers(strides));
        return TorchTensor.WhatIsWrong(storage, offset, lengths, steps) is not { } wrong
            ? new TorchTensor(storage, offset, [.. lengths], [.. steps])
            : throw TorchException.Damaged(
                file, $"a tensor within storage {Quote(storage.Key)} of {storage.Count} elements",
                $"{wrong}: shape {Format(lengths)}, strides {Format(steps)}, offset {offset}");
    }

    private long[] Numbers(object?[] values) => values.Length <= TorchTensor.MostDimensions
        ? Array.ConvertAll(values, value => value is long number
            ? number
            : throw TorchException.Damaged(file, "whole numbers of 64 bits in a shape", PickleReader.Describe(value)))
        : throw TorchException.Damaged(
            file, $"at most {TorchTensor.MostDimensions} dimensions of a tensor", $"{values.Length}");
}
