using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>What a file of codes knows of its images besides their codes: labels and names, where the data have them.</summary>
/// <remarks>In the file: a tensor <c>labels</c> (B) of int32; metadata <c>classes</c>, the names of the classes in their order as
/// a JSON array of strings; a tensor <c>names</c> of bytes, the name of each image in UTF-8 with a zero byte behind it. A name is
/// a path below some folder, with <c>/</c> between its parts, none of which is empty, <c>.</c> or <c>..</c>.</remarks>
internal sealed class ImageRecords
{
    private const string LabelsTensor = "labels", NamesTensor = "names";
    private const string ClassesKey = "classes";
    private const int LongestQuote = 80;
    private const string Advice = "Make the file again with encode.";

    /// <summary>What JSON demands is escaped, and no more.</summary>
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly int[] labels;
    private readonly byte[] names;

    /// <summary>Where the zero byte behind each name is.</summary>
    private readonly int[] ends;

    private ImageRecords(int[] labels, IReadOnlyList<string> classNames, byte[] names, int[] ends)
    {
        (this.labels, ClassNames, this.names, this.ends) = (labels, classNames, names, ends);
        Classes = classNames.Count > 0 ? classNames.Count : labels.Length > 0 ? labels.Max() + 1 : 0;
    }

    /// <summary>Neither labels nor names.</summary>
    public static ImageRecords None { get; } = new([], [], [], []);

    /// <summary>Number of classes: a label is below it; 0 without labels.</summary>
    public int Classes { get; }

    /// <summary>Names of the classes in the order of their labels; empty where they are not known.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The labels of all images in their order; empty without labels.</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>Whether images have names.</summary>
    public bool HasNames => ends.Length > 0;

    /// <summary>Whether a tensor of that name is one of these.</summary>
    public static bool IsTensor(string name) => name is LabelsTensor or NamesTensor;

    /// <summary>Those of a data set.</summary>
    public static ImageRecords Of(ImageDataSet data)
    {
        int[] labels = data.ClassNames.Count == 0 ? [] : [.. Enumerable.Range(0, data.Count).Select(data.Label)];
        string?[] names = data.ImageName(0) is null ? [] : [.. Enumerable.Range(0, data.Count).Select(data.ImageName)];
        return Create(data.Name, data.Count, labels, data.ClassNames, names);
    }

    /// <summary>Labels and names of one's own.</summary>
    /// <param name="path">What errors name.</param>
    /// <param name="images">Number of images B.</param>
    /// <param name="labels">B labels, or none.</param>
    /// <param name="classNames">Names of the classes; none where they are not known.</param>
    /// <param name="names">B names, or none.</param>
    /// <exception cref="RunException">There are fewer or more, a label is none of the classes, or a name is no path below a
    /// folder.</exception>
    public static ImageRecords Create(
        string path, int images, int[] labels, IReadOnlyList<string> classNames, IReadOnlyList<string?> names)
    {
        using var bytes = new MemoryStream();
        foreach (var name in names)
        {
            if (name?.Contains('\0') != false)
            {
                throw new RunException(path, "names without zero characters", name is null ? "none" : Quoted(name), Advice);
            }

            bytes.Write(Encoding.UTF8.GetBytes(name));
            bytes.WriteByte(0);
        }

        return Checked(path, images, labels, classNames, bytes.ToArray());
    }

    /// <summary>Those of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="images">Number of its images.</param>
    /// <exception cref="RunException">What is there does not fit the images.</exception>
    public static ImageRecords Read(SafetensorsFile file, string path, int images)
    {
        int[] labels = [];
        if (file.Find(LabelsTensor) is { } entry)
        {
            if (entry.Type != SafetensorsType.I32 || entry.Shape.Length != 1 || entry.Shape[0] != images)
            {
                throw new RunException(
                    path, $"{LabelsTensor} of {images} whole numbers, {SafetensorsType.I32}", $"{entry}", Advice);
            }

            labels = new int[images];
            file.ReadInts(LabelsTensor, labels);
        }

        byte[] names = [];
        if (file.Find(NamesTensor) is { } text)
        {
            if (text.Type != SafetensorsType.U8 || text.Shape.Length != 1 || text.ByteLength == 0 ||
                text.ByteLength > Array.MaxLength)
            {
                throw new RunException(
                    path, $"{NamesTensor} of {images} texts as bytes, {SafetensorsType.U8}", $"{text}", Advice);
            }

            names = new byte[text.ByteLength];
            file.ReadBytes(NamesTensor, 0, names);
        }

        return Checked(path, images, labels, ClassNamesOf(file, path), names);
    }

    /// <summary>The label of an image, an index of <see cref="ClassNames"/>; −1 where there are none.</summary>
    public int Label(int image) => labels.Length == 0 ? -1 : labels[image];

    /// <summary>What an image is called; null where they have no names.</summary>
    public string? Name(int image)
    {
        if (!HasNames)
        {
            return null;
        }

        var start = image == 0 ? 0 : ends[image - 1] + 1;
        return Encoding.UTF8.GetString(names.AsSpan(start, ends[image] - start));
    }

    /// <summary>The tensors of a file.</summary>
    public IEnumerable<TensorData> Tensors()
    {
        if (labels.Length > 0)
        {
            yield return TensorData.OfInts(LabelsTensor, [labels.Length], labels);
        }

        if (HasNames)
        {
            yield return TensorData.OfBytes(NamesTensor, SafetensorsType.U8, [names.Length], names);
        }
    }

    /// <summary>Adds what a file's metadata say.</summary>
    public void AddTo(Dictionary<string, string> metadata)
    {
        if (ClassNames.Count > 0)
        {
            metadata[ClassesKey] = JsonSerializer.Serialize(ClassNames, Plain);
        }
    }

    private static string[] ClassNamesOf(SafetensorsFile file, string path)
    {
        if (file.Metadata.GetValueOrDefault(ClassesKey) is not { } json)
        {
            return [];
        }

        try
        {
            if (JsonSerializer.Deserialize<string?[]>(json) is { Length: > 0 } names && !names.Contains(null))
            {
                return names!;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Told below.
        }

        throw new RunException(path, $"a JSON array of names as {ClassesKey}", Quoted(json), Advice);
    }

    private static ImageRecords Checked(
        string path, int images, int[] labels, IReadOnlyList<string> classNames, byte[] names)
    {
        if (labels.Length > 0 && labels.Length != images)
        {
            throw new RunException(path, $"{images} labels, one for each image", $"{labels.Length}", Advice);
        }

        if (classNames.Count > 0 && labels.Length == 0)
        {
            throw new RunException(path, $"{LabelsTensor}, as it has names of classes", "none", Advice);
        }

        var largest = classNames.Count > 0 ? classNames.Count - 1 : int.MaxValue - 1;
        if (Array.FindIndex(labels, label => label < 0 || label > largest) is var wrong and >= 0)
        {
            var rule = classNames.Count > 0 ? $"labels from 0 to {largest}" : "labels of at least 0";
            throw new RunException(path, rule, $"{labels[wrong]} of image {wrong}", Advice);
        }

        return new ImageRecords(labels, classNames, names, names.Length == 0 ? [] : EndsOf(path, images, names));
    }

    /// <summary>Where each name ends, all of them looked at.</summary>
    private static int[] EndsOf(string path, int images, byte[] names)
    {
        if (!Utf8.IsValid(names))
        {
            throw new RunException(path, $"{NamesTensor} in UTF-8", "bytes that are not", Advice);
        }

        var count = names.AsSpan().Count((byte)0);
        if (count != images || names[^1] != 0)
        {
            throw new RunException(
                path, $"{images} {NamesTensor}, one for each image, each with a zero byte behind it",
                $"{count} zero bytes in {names.Length}", Advice);
        }

        var ends = new int[images];
        for (int image = 0, start = 0; image < images; image++)
        {
            ends[image] = start + names.AsSpan(start).IndexOf((byte)0);
            var name = names.AsSpan(start, ends[image] - start);
            foreach (var part in name.Split((byte)'/'))
            {
                if (name[part] is [] or [(byte)'.'] or [(byte)'.', (byte)'.'])
                {
                    throw new RunException(
                        path, "names that are paths below a folder",
                        $"{Quoted(Encoding.UTF8.GetString(name))} of image {image}", Advice);
                }
            }

            start = ends[image] + 1;
        }

        return ends;
    }

    /// <summary>Text of a hostile file made fit for one line.</summary>
    private static string Quoted(string text)
    {
        var start = text[..Math.Min(text.Length, LongestQuote)];
        return $"'{string.Concat(start.Select(each => char.IsControl(each) || each is '\u2028' or '\u2029' ? '\uFFFD' : each))}"
            + (text.Length > LongestQuote ? "…'" : "'");
    }
}
