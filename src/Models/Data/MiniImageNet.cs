using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>Mini-ImageNet (arXiv:1606.04080, in the splits of Ravi and Larochelle): a folder <c>images</c>, and beside it
/// <c>train.csv</c>, <c>val.csv</c> and <c>test.csv</c>, each a line <c>filename,label</c> and one such line for each
/// image.</summary>
/// <remarks>Images are scaled to 128 pixels on their shorter side and cut to squares, unless the options say otherwise; random
/// parts of them are scaled to that size. Each split has classes of its own, in the order of their names.</remarks>
internal static class MiniImageNet
{
    private const string Header = "filename,label", Images = "images", Side = "128";

    private static readonly KnownDataSet Known = new(DataSets.MiniImageNet, ["mini-imagenet", "miniimagenet"], []);

    /// <summary>The splits that there are.</summary>
    public static IReadOnlyList<string> Splits { get; } = [DataSets.Train, DataSets.Test, DataSets.Validation];

    public static ImageDataSet Open(DataSetOptions options)
    {
        var framing = options is { Resize: null, Crop: null }
            ? Framing.Parse(Side, Side)
            : Framing.Parse(options.Resize, options.Crop);
        var table = $"{options.Split}.csv";
        var place = Known.Places(options.Root)
            .FirstOrDefault(place => File.Exists(Path.Combine(place, table)) && Directory.Exists(Path.Combine(place, Images)))
            ?? throw DataException.Absent(
                Known.Name, $"{table} beside a folder {Images} in one of {string.Join(", ", Known.Places(options.Root))}", "none",
                "Name their folder with DataSetOptions.Root.", DataSettings.Root);
        try
        {
            return FolderDataSet.OpenListed(Known.Name, options, framing, Path.Combine(place, Images), [.. Files(place, table)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw InputFile.Unreadable(place, error);
        }
    }

    /// <summary>The images of a table, by label, then in its order.</summary>
    private static IEnumerable<FoundFile> Files(string place, string table)
    {
        var path = Path.Combine(place, table);
        var lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0].Trim() != Header)
        {
            throw DataException.Expected(
                path, $"the line {Header} first", lines.Length == 0 ? "an empty file" : $"\"{lines[0]}\"");
        }

        return lines.Skip(1).Index().Where(line => line.Item.Length > 0).Select(line => Parse(line.Item, line.Index + 2))
            .OrderBy(file => file.Group, StringComparer.Ordinal);

        FoundFile Parse(string line, int number)
        {
            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (fields is not [{ Length: > 0 } name, { Length: > 0 } label] || Path.GetFileName(name) != name ||
                name is "." or "..")
            {
                throw DataException.Expected(
                    $"{path}, line {number}", $"the name of a file in {Images}, a comma and a label", $"\"{line}\"");
            }

            return new FoundFile(Path.Combine(place, Images, name), Target: null, label);
        }
    }
}
