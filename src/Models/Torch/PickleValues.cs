namespace IlgpuVq.Models.Torch;

/// <summary>A list or a set of a pickle. A tuple is an array.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A dictionary of a pickle, ordered or not. Its keys are not looked up, so that none needs a hash.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>A function or class that a pickle names, and that may be named.</summary>
internal sealed record PickleGlobal(string Name);
