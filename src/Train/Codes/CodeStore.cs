using System.Collections.Immutable;
using System.Globalization;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Train.Training;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>What a file of codes says of itself.</summary>
/// <param name="Images">Number of images.</param>
/// <param name="Channels">Channels of the images that were encoded.</param>
/// <param name="Height">Their height in pixels.</param>
/// <param name="Width">Their width in pixels.</param>
/// <param name="ModelHash">SHA-256 of the model that encoded them, in 64 lower-case hexadecimal digits.</param>
/// <param name="Layouts">The grids.</param>
internal sealed record CodeStoreHeader(
    int Images, int Channels, int Height, int Width, string ModelHash, IReadOnlyList<GridLayout> Layouts)
{
    /// <summary>The path of the checkpoint that encoded them, as it was then; null in files of earlier programs.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Its step; null where that is not known.</summary>
    public long? Step { get; init; }

    /// <summary>Which images they were: what <see cref="DataSetCodes.ContentOf"/> gives, in 64 lower-case hexadecimal digits;
    /// null where that is not known.</summary>
    public string? Content { get; init; }

    /// <summary>The codes of the model that the file's indices number, <see cref="CodeRemap.Used"/>; null where its indices are
    /// the model's. The layouts are of the former.</summary>
    public ImmutableArray<int>? Used { get; init; }
}

/// <summary>A file of codes: what <c>encode</c> makes of images and <c>decode</c> turns back into them.</summary>
/// <remarks>A safetensors file with a tensor (B, L, h, w) for each grid, in the smallest whole numbers that hold its codes, and a
/// checksum. Where a model's strides do not divide an image, the grids are those of the image as <see cref="StridePadding"/>
/// makes it, and C,H,W that of the image itself. Metadata: <c>kind</c> codes, <c>model</c> the hash, <c>checkpoint</c> and
/// <c>step</c> where that model was, <c>image</c> C,H,W, <c>content</c> which images they were, <c>grids</c> their names in the
/// model's order, and for each <c>codebooks.NAME</c>, K of each level; <c>used</c>, the codes that indices number where these are
/// not the model's. A model without codes has a tensor <c>latents</c> (B, D, h, w) of floats instead, and <c>kind</c> latents.
/// Labels and names of the images may follow (<see cref="ImageRecords"/>). Files of the earlier format, <see cref="CodeFile"/>,
/// are read too.</remarks>
internal sealed class CodeStore : IDisposable
{
    private const string Kind = "codes";
    private const string LatentKind = "latents";
    private const string KindKey = "kind";
    private const string ModelKey = "model";
    private const string CheckpointKey = "checkpoint";
    private const string StepKey = "step";
    private const string ImageKey = "image";
    private const string GridsKey = "grids";
    private const string ContentKey = "content";
    private const string UsedKey = "used";
    private const string CodebooksPrefix = "codebooks.";
    private const string Advice = "Make the file again with encode.";

    /// <summary>Bytes that are read at once to look at every number.</summary>
    private const int ChunkBytes = 1 << 16;

    private readonly Func<int, int, int, Array> read;
    private readonly IDisposable? source;

    private CodeStore(
        CodeStoreHeader header, ImageRecords records, Func<int, int, int, Array> read, IDisposable? source) =>
        (Header, Records, this.read, this.source) = (header, records, read, source);

    public CodeStoreHeader Header { get; }

    /// <summary>Labels and names of the images, where the file has them.</summary>
    public ImageRecords Records { get; }

    /// <summary>Writes a file atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">What it says.</param>
    /// <param name="batches">Numbers of each grid, image by image, in pieces of whole images.</param>
    /// <param name="records">Labels and names; null for none.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Write(
        string path, CodeStoreHeader header, IEnumerable<Array[]> batches, ImageRecords? records = null)
    {
        var data = header.Layouts.Select(
            layout => new byte[(long)header.Images * layout.NumbersPerImage * GridNumbers.TypeOf(layout).ByteSize()]).ToArray();
        var filled = new int[data.Length];
        foreach (var batch in batches)
        {
            for (var grid = 0; grid < data.Length; grid++)
            {
                var (layout, bytes) = (header.Layouts[grid], data[grid]);
                var size = GridNumbers.TypeOf(layout).ByteSize();
                if (batch[grid].Length > (bytes.Length - filled[grid]) / size)
                {
                    throw new RunException(
                        path, $"{bytes.Length / size} {GridNumbers.NameOf(layout)} in {layout.Name}", "more", Advice);
                }

                GridNumbers.Check(path, layout, filled[grid] / size, batch[grid]);
                GridNumbers.Write(batch[grid], size, bytes.AsSpan(filled[grid]));
                filled[grid] += batch[grid].Length * size;
            }
        }

        for (var grid = 0; grid < data.Length; grid++)
        {
            if (filled[grid] != data[grid].Length)
            {
                var layout = header.Layouts[grid];
                var size = GridNumbers.TypeOf(layout).ByteSize();
                throw new RunException(
                    path, $"{data[grid].Length / size} {GridNumbers.NameOf(layout)} in {layout.Name}", $"{filled[grid] / size}",
                    Advice);
            }
        }

        Write(path, header, records ?? ImageRecords.None, (grid, stream) => stream.Write(data[grid]));
    }

    /// <summary>Writes a file atomically whose numbers are in no memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">What it says.</param>
    /// <param name="records">Labels and names.</param>
    /// <param name="copy">Writes the bytes of a grid, as <see cref="GridNumbers"/> makes and checks them, of all images.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Write(string path, CodeStoreHeader header, ImageRecords records, Action<int, Stream> copy)
    {
        var tensors = header.Layouts.Select((layout, grid) => new TensorData(
            layout.Name, GridNumbers.TypeOf(layout), [header.Images, layout.Planes, layout.Height, layout.Width],
            stream => copy(grid, stream)));
        var metadata = new Dictionary<string, string>
        {
            [KindKey] = header.Layouts is [LatentLayout] ? LatentKind : Kind,
            [ModelKey] = header.ModelHash,
            [GridsKey] = string.Join(',', header.Layouts.Select(layout => layout.Name)),
            [ImageKey] = string.Create(CultureInfo.InvariantCulture, $"{header.Channels},{header.Height},{header.Width}"),
        };
        if (header is { Checkpoint: { } checkpoint, Step: { } step })
        {
            metadata[CheckpointKey] = checkpoint;
            metadata[StepKey] = step.ToString(CultureInfo.InvariantCulture);
        }

        if (header.Content is { } content)
        {
            metadata[ContentKey] = content;
        }

        foreach (var layout in header.Layouts.OfType<CodeLayout>())
        {
            metadata[CodebooksPrefix + layout.Name] = string.Join(',', layout.CodebookSizes);
        }

        if (header.Used is { } used)
        {
            metadata[UsedKey] = string.Join(',', used);
        }

        records.AddTo(metadata);
        AtomicFile.Write(
            path, stream => SafetensorsWriter.Write(stream, tensors.Concat(records.Tensors()), metadata, digest: true));
    }

    /// <summary>Opens a file of either format and checks everything about it: sizes, checksum, and every index.</summary>
    /// <exception cref="RunException">The file is absent, or of another kind.</exception>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public static CodeStore Open(string path)
    {
        if (CodeFile.IsOne(path))
        {
            return OfCodeFile(CodeFile.Read(path));
        }

        var file = SafetensorsFile.Open(path);
        try
        {
            file.VerifyDigest();
            var header = HeaderOf(file, path);
            var store = new CodeStore(
                header, ImageRecords.Read(file, path, header.Images),
                (grid, first, count) => Read(file, header.Layouts[grid], first, count), file);
            store.CheckNumbers(path);
            return store;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The indices (<c>int[]</c>) or latent numbers (<c>float[]</c>) of one image in a grid, plane by plane and row by
    /// row.</summary>
    public Array ReadImage(int grid, int image) => ReadImages(grid, image, 1);

    /// <summary>Those of images in a row, one after the other, by one reading: also of a whole training set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The file has fewer images.</exception>
    public Array ReadImages(int grid, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Header.Images - count);
        return read(grid, first, count);
    }

    /// <summary>Refuses the codes of another model.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="modelHash">The hash of the model that is to decode.</param>
    /// <param name="model">That model.</param>
    /// <exception cref="RunException">Another model made the file, or the file does not fit what it says of itself.</exception>
    public void CheckModel(string path, string modelHash, Autoencoder model)
    {
        if (Header.ModelHash != modelHash)
        {
            throw new RunException(
                path, $"codes of the model {modelHash[..12]}…",
                $"those of {Header.ModelHash[..Math.Min(12, Header.ModelHash.Length)]}…",
                "Decode with the checkpoint that encoded them, or encode again.");
        }

        var channels = model.Options.Channels;
        if (Header.Channels != channels)
        {
            throw new RunException(
                path, $"codes of images of {channels} channels", $"those of {Header.Width}×{Header.Height}×{Header.Channels}",
                Advice);
        }

        var (height, width) = StridePadding.SizeOf(model.Options, Header.Height, Header.Width);
        var layouts = LatentForm.Of(model).Layouts(height, width);
        if (Header.Used is not null)
        {
            var remap = RemapFor(path, model)!;
            layouts = [.. layouts.Cast<CodeLayout>().Select(layout => layout with { CodebookSizes = [remap.Count] })];
        }

        if (!layouts.SequenceEqual(Header.Layouts))
        {
            throw new RunException(
                path, $"grids {Describe(layouts)} of images of {Header.Width}×{Header.Height}", Describe(Header.Layouts), Advice);
        }
    }

    /// <summary>What turns indices of the file into the model's; null where they are those.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="model">The model that is to decode.</param>
    /// <exception cref="RunException">The model has no single codebook, or fewer codes.</exception>
    public CodeRemap? RemapFor(string path, Autoencoder model) => Header.Used is { } used
        ? RemapTable.Of(path, used, model, UnknownOf(used))
        : null;

    public void Dispose() => source?.Dispose();

    /// <summary>One index more than the table has is the extra one.</summary>
    private UnknownCode UnknownOf(ImmutableArray<int> used) =>
        Header.Layouts is [CodeLayout { CodebookSizes: [var size] }] && size == used.Length + 1
            ? UnknownCode.Extra
            : UnknownCode.Random;

    private static string Describe(IReadOnlyList<GridLayout> layouts) => string.Join(
        " and ", layouts.Select(layout => $"{layout.Name} {layout.Height}×{layout.Width} of " + (layout is CodeLayout codes
            ? $"{string.Join('+', codes.CodebookSizes)} codes"
            : $"{layout.Planes} channels")));

    private static CodeStore OfCodeFile(CodeFile file)
    {
        var old = file.Header;
        var header = new CodeStoreHeader(
            old.Images, old.Channels, old.ImageHeight, old.ImageWidth, old.ModelHash,
            [new CodeLayout("codes", old.LatentHeight, old.LatentWidth, [old.CodebookSize])]);
        return new CodeStore(
            header, ImageRecords.None, (_, first, count) =>
            {
                var ids = new int[count * old.IndicesPerImage];
                for (var i = 0; i < count; i++)
                {
                    file.ReadImage(first + i, ids.AsSpan(i * old.IndicesPerImage, old.IndicesPerImage));
                }

                return ids;
            }, source: null);
    }

    private static CodeStoreHeader HeaderOf(SafetensorsFile file, string path)
    {
        var kind = file.Metadata.GetValueOrDefault(KindKey);
        if (kind is not (Kind or LatentKind) || file.Entries.IsEmpty)
        {
            throw new RunException(path, "a file of codes", "a safetensors file of another kind", "Make one with encode.");
        }

        var image = Numbers(file, path, ImageKey);
        if (image.Length != 3)
        {
            throw new RunException(path, "three numbers as image", $"{image.Length}", Advice);
        }

        var names = (file.Metadata.GetValueOrDefault(GridsKey) ?? "").Split(',');
        var grids = file.Entries.Count(entry => !ImageRecords.IsTensor(entry.Name));
        if (names.Length != grids || names.Distinct().Count() != names.Length ||
            !names.All(name => !ImageRecords.IsTensor(name) && file.Find(name) is not null))
        {
            throw new RunException(
                path, "a tensor for each of its grids", $"{grids} tensors for {names.Length} grids", Advice);
        }

        var layouts = new List<GridLayout>();
        var images = file.Find(names[0])!.Shape.FirstOrDefault();
        foreach (var entry in names.Select(name => file.Find(name)!))
        {
            var sizes = kind == Kind ? Numbers(file, path, CodebooksPrefix + entry.Name) : [];
            var isWhole = entry.Shape.Length == 4 && entry.Shape.All(length => length is >= 1 and <= int.MaxValue) &&
                entry.Shape[0] == images &&
                (kind == LatentKind || entry.Shape[1] == sizes.Length) && entry.ByteLength / images <= Array.MaxLength;
            if (!isWhole)
            {
                var planes = kind == Kind ? $"{sizes.Length} levels" : "channels";
                throw new RunException(
                    path, $"a tensor {entry.Name} of {images} images, {planes}, rows and columns",
                    $"({string.Join(", ", entry.Shape)})", Advice);
            }

            var (height, width) = ((int)entry.Shape[2], (int)entry.Shape[3]);
            GridLayout layout = kind == Kind
                ? new CodeLayout(entry.Name, height, width, [.. sizes])
                : new LatentLayout(entry.Name, (int)entry.Shape[1], height, width);
            if (GridNumbers.TypeOf(layout) is var type && entry.Type != type)
            {
                var why = kind == Kind ? $", whose largest codebook has {sizes.Max()} codes" : "";
                throw new RunException(
                    path, $"{type} as the type of {entry.Name}{why}",
                    $"{entry.Type}", Advice);
            }

            layouts.Add(layout);
        }

        return new CodeStoreHeader(
            (int)images, image[0], image[1], image[2], file.Metadata.GetValueOrDefault(ModelKey) ?? "", layouts)
        {
            Checkpoint = file.Metadata.GetValueOrDefault(CheckpointKey),
            Step = long.TryParse(
                file.Metadata.GetValueOrDefault(StepKey), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                ? step
                : null,
            Content = file.Metadata.GetValueOrDefault(ContentKey),
            Used = UsedOf(file, path),
        };
    }

    private static ImmutableArray<int>? UsedOf(SafetensorsFile file, string path)
    {
        if (file.Metadata.GetValueOrDefault(UsedKey) is not { } text)
        {
            return null;
        }

        var numbers = text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : -1).ToImmutableArray();
        return !numbers.Contains(-1) ? numbers : throw new RunException(
            path, $"whole numbers of at least 0 as {UsedKey}", "others", Advice);
    }

    private static int[] Numbers(SafetensorsFile file, string path, string key)
    {
        var texts = (file.Metadata.GetValueOrDefault(key) ?? "").Split(',');
        var numbers = new int[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            if (!int.TryParse(texts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) || numbers[i] < 1)
            {
                throw new RunException(
                    path, $"whole numbers of at least 1 as {key}", $"'{file.Metadata.GetValueOrDefault(key)}'", Advice);
            }
        }

        return numbers;
    }

    private static Array Read(SafetensorsFile file, GridLayout layout, int first, int count)
    {
        var length = GridNumbers.BytesPerImage(layout);
        var bytes = new byte[count * length];
        file.ReadBytes(layout.Name, first * length, bytes);
        return GridNumbers.Read(bytes, layout);
    }

    private void CheckNumbers(string path)
    {
        for (var grid = 0; grid < Header.Layouts.Count; grid++)
        {
            var layout = Header.Layouts[grid];
            var atOnce = (int)Math.Clamp(ChunkBytes / GridNumbers.BytesPerImage(layout), 1, Header.Images);
            for (var image = 0; image < Header.Images; image += atOnce)
            {
                var numbers = ReadImages(grid, image, Math.Min(atOnce, Header.Images - image));
                GridNumbers.Check(path, layout, (long)image * layout.NumbersPerImage, numbers);
            }
        }
    }
}
