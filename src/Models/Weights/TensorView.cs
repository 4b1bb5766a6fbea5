namespace IlgpuVq.Models.Weights;

/// <summary>The tensors of a file under other names, or only some of them.</summary>
public sealed class TensorView : ITensorFile
{
    private readonly ITensorFile file;
    private readonly Dictionary<string, (string Original, TensorEntry Entry)> entries = new(StringComparer.Ordinal);

    /// <param name="file">The file; stays the caller's.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="view">A tensor as it is to be seen, with as many elements; null for one that is left out.</param>
    /// <exception cref="StateDictionaryException">Two tensors would have one name.</exception>
    public TensorView(ITensorFile file, string path, Func<TensorEntry, TensorEntry?> view)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(view);
        this.file = file;
        foreach (var original in file.Tensors)
        {
            if (view(original) is { } entry && !entries.TryAdd(entry.Name, (original.Name, entry)))
            {
                throw new StateDictionaryException(
                    $"{path}: expected one tensor for {entry.Name}; got {entries[entry.Name].Original} and {original.Name}. "
                        + "Leave one of them out.");
            }
        }

        Tensors = [.. entries.Values.Select(pair => pair.Entry)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <inheritdoc/>
    public TensorEntry? Find(string name) => entries.TryGetValue(name, out var found) ? found.Entry : null;

    /// <inheritdoc/>
    public void ReadFloats(string name, Span<float> destination) => file.ReadFloats(Original(name), destination);

    /// <inheritdoc/>
    public void ReadInts(string name, Span<int> destination) => file.ReadInts(Original(name), destination);

    public void Dispose() => entries.Clear();

    /// <summary>What the file calls it; a name that is not here is left to the file to refuse.</summary>
    private string Original(string name) => entries.TryGetValue(name, out var found) ? found.Original : name;
}
