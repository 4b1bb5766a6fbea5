using System.Globalization;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Torch;

/// <summary>The tensors of what was saved, by the keys on the way to each.</summary>
internal sealed class TorchNames
{
    private const int DeepestTensor = 32, MostVisits = 1 << 21, LongestName = 1024, MostLetters = 1 << 25;

    private readonly string file;
    private readonly List<KeyValuePair<string, TorchTensor>> tensors = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private int visits, letters;

    private TorchNames(string file) => this.file = file;

    /// <exception cref="TorchException">There are none, two of one name, or the value is made to have no end.</exception>
    public static List<KeyValuePair<string, TorchTensor>> Of(object? root, string file)
    {
        var found = new TorchNames(file);
        if (root is TorchTensor)
        {
            throw found.NotNamed("a single tensor");
        }

        found.Visit(root, "", DeepestTensor);
        return found.tensors.Count > 0 ? found.tensors : throw found.NotNamed($"{PickleReader.Describe(root)} without any");
    }

    private void Visit(object? value, string name, int depth)
    {
        // A container may hold itself, or another twice that holds a third twice, and so on.
        if (++visits > MostVisits || depth < 0)
        {
            throw TorchException.Damaged(
                file, $"at most {MostVisits} values in containers at most {DeepestTensor} deep", "more");
        }

        switch (value)
        {
            case TorchTensor tensor:
                Add(name, tensor);
                break;
            case PickleDictionary dictionary:
                foreach (var (key, item) in dictionary.Items)
                {
                    VisitItem(item, name, key, depth);
                }

                break;
            case PickleList list:
                VisitAll(list.Items);
                break;
            case object?[] tuple:
                VisitAll(tuple);
                break;
        }

        void VisitAll(IReadOnlyList<object?> items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                VisitItem(items[i], name, (long)i, depth);
            }
        }
    }

    private void VisitItem(object? item, string name, object? key, int depth)
    {
        if (item is not (TorchTensor or PickleDictionary or PickleList or object?[]))
        {
            visits++;
            return;
        }

        var word = key switch
        {
            string text => text,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => throw new TorchException(
                file, "tensors under text or whole numbers", $"{PickleReader.Describe(key)} as a key",
                "Save a state dictionary."),
        };
        if (name.Length + word.Length >= LongestName)
        {
            throw TorchException.Damaged(file, $"names of fewer than {LongestName} letters", Quote($"{name}.{word}"));
        }

        Visit(item, name.Length == 0 ? word : $"{name}.{word}", depth - 1);
    }

    private void Add(string name, TorchTensor tensor)
    {
        letters += name.Length;
        if (letters > MostLetters)
        {
            throw TorchException.Damaged(file, $"names of at most {MostLetters} letters in all", "more");
        }

        if (!names.Add(name))
        {
            throw TorchException.Damaged(file, "each tensor under a name of its own", $"{Quote(name)} twice");
        }

        tensors.Add(new(name, tensor));
    }

    private TorchException NotNamed(string what) => new(
        file, "tensors under names, as in a state dictionary", what, "Save model.state_dict().");
}
