using System.Globalization;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
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
    int Images, int Channels, int Height, int Width, string ModelHash, IReadOnlyList<CodeLayout> Layouts)
{
    /// <summary>The path of the checkpoint that encoded them, as it was then; null in files of earlier programs.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Its step; null where that is not known.</summary>
    public long? Step { get; init; }
}

/// <summary>A file of codes: what <c>encode</c> makes of images and <c>decode</c> turns back into them.</summary>
/// <remarks>A safetensors file with a tensor (B, L, h, w) for each grid, in the smallest whole numbers that hold its codes, and a
/// checksum. Where a model's strides do not divide an image, the grids are those of the image as <see cref="StridePadding"/>
/// makes it, and C,H,W that of the image itself. Metadata: <c>kind</c> codes, <c>model</c> the hash, <c>checkpoint</c> and
/// <c>step</c> where that model was, <c>image</c> C,H,W, <c>grids</c> their names in the model's
/// order, and for each <c>codebooks.NAME</c>, K of each level. Files of the earlier format, <see cref="CodeFile"/>, are read
/// too.</remarks>
internal sealed class CodeStore : IDisposable
{
    private const string Kind = "codes";
    private const string KindKey = "kind";
    private const string ModelKey = "model";
    private const string CheckpointKey = "checkpoint";
    private const string StepKey = "step";
    private const string ImageKey = "image";
    private const string GridsKey = "grids";
    private const string CodebooksPrefix = "codebooks.";
    private const string Advice = "Make the file again with encode.";

    private readonly Func<int, int, int[]> read;
    private readonly IDisposable? source;

    private CodeStore(CodeStoreHeader header, Func<int, int, int[]> read, IDisposable? source) =>
        (Header, this.read, this.source) = (header, read, source);

    public CodeStoreHeader Header { get; }

    /// <summary>Writes a file atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">What it says.</param>
    /// <param name="batches">Indices of each grid, image by image, in pieces of whole images.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Write(string path, CodeStoreHeader header, IEnumerable<int[][]> batches)
    {
        var data = header.Layouts.Select(
            layout => new byte[(long)header.Images * layout.IndicesPerImage * TypeOf(layout).ByteSize()]).ToArray();
        var filled = new int[data.Length];
        foreach (var batch in batches)
        {
            for (var grid = 0; grid < data.Length; grid++)
            {
                var layout = header.Layouts[grid];
                var size = TypeOf(layout).ByteSize();
                foreach (var id in batch[grid])
                {
                    if (filled[grid] == data[grid].Length)
                    {
                        throw new RunException(path, $"{data[grid].Length / size} indices in {layout.Name}", "more", Advice);
                    }

                    CheckIndex(path, layout, (long)filled[grid] / size, id);
                    for (var i = 0; i < size; i++)
                    {
                        data[grid][filled[grid]++] = (byte)(id >> (8 * i));
                    }
                }
            }
        }

        for (var grid = 0; grid < data.Length; grid++)
        {
            if (filled[grid] != data[grid].Length)
            {
                var size = TypeOf(header.Layouts[grid]).ByteSize();
                throw new RunException(
                    path, $"{data[grid].Length / size} indices in {header.Layouts[grid].Name}", $"{filled[grid] / size}", Advice);
            }
        }

        var tensors = header.Layouts.Select((layout, grid) => TensorData.OfBytes(
            layout.Name, TypeOf(layout), [header.Images, layout.Levels, layout.Height, layout.Width], data[grid]));
        var metadata = new Dictionary<string, string>
        {
            [KindKey] = Kind,
            [ModelKey] = header.ModelHash,
            [GridsKey] = string.Join(',', header.Layouts.Select(layout => layout.Name)),
            [ImageKey] = string.Create(CultureInfo.InvariantCulture, $"{header.Channels},{header.Height},{header.Width}"),
        };
        if (header is { Checkpoint: { } checkpoint, Step: { } step })
        {
            metadata[CheckpointKey] = checkpoint;
            metadata[StepKey] = step.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var layout in header.Layouts)
        {
            metadata[CodebooksPrefix + layout.Name] = string.Join(',', layout.CodebookSizes);
        }

        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, tensors, metadata, digest: true));
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
            var store = new CodeStore(header, (grid, image) => Read(file, header.Layouts[grid], image), file);
            store.CheckIndices(path);
            return store;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The indices of one image in a grid, level by level and row by row.</summary>
    public int[] ReadImage(int grid, int image) => read(grid, image);

    /// <summary>The indices of images in a row, one after the other.</summary>
    public int[] ReadImages(int grid, int first, int count) =>
        [.. Enumerable.Range(first, count).SelectMany(image => ReadImage(grid, image))];

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
        var layouts = model.Layouts(height, width);
        if (!layouts.SequenceEqual(Header.Layouts))
        {
            throw new RunException(
                path, $"grids {Describe(layouts)} of images of {Header.Width}×{Header.Height}", Describe(Header.Layouts), Advice);
        }
    }

    public void Dispose() => source?.Dispose();

    private static SafetensorsType TypeOf(CodeLayout layout) => layout.CodebookSizes.Max() switch
    {
        <= 1 << 8 => SafetensorsType.U8,
        <= 1 << 16 => SafetensorsType.U16,
        _ => SafetensorsType.I32,
    };

    private static string Describe(IReadOnlyList<CodeLayout> layouts) => string.Join(
        " and ",
        layouts.Select(
            layout => $"{layout.Name} {layout.Height}×{layout.Width} of {string.Join('+', layout.CodebookSizes)} codes"));

    private static CodeStore OfCodeFile(CodeFile file)
    {
        var old = file.Header;
        var header = new CodeStoreHeader(
            old.Images, old.Channels, old.ImageHeight, old.ImageWidth, old.ModelHash,
            [new CodeLayout("codes", old.LatentHeight, old.LatentWidth, [old.CodebookSize])]);
        return new CodeStore(
            header, (_, image) =>
            {
                var ids = new int[old.IndicesPerImage];
                file.ReadImage(image, ids);
                return ids;
            }, source: null);
    }

    private static CodeStoreHeader HeaderOf(SafetensorsFile file, string path)
    {
        if (file.Metadata.GetValueOrDefault(KindKey) != Kind || file.Entries.IsEmpty)
        {
            throw new RunException(path, "a file of codes", "a safetensors file of another kind", "Make one with encode.");
        }

        var image = Numbers(file, path, ImageKey);
        if (image.Length != 3)
        {
            throw new RunException(path, "three numbers as image", $"{image.Length}", Advice);
        }

        var names = (file.Metadata.GetValueOrDefault(GridsKey) ?? "").Split(',');
        if (names.Length != file.Entries.Length || names.Distinct().Count() != names.Length ||
            !names.All(name => file.Find(name) is not null))
        {
            throw new RunException(
                path, "a tensor for each of its grids", $"{file.Entries.Length} tensors for {names.Length} grids", Advice);
        }

        var layouts = new List<CodeLayout>();
        var images = file.Find(names[0])!.Shape.FirstOrDefault();
        foreach (var entry in names.Select(name => file.Find(name)!))
        {
            var sizes = Numbers(file, path, CodebooksPrefix + entry.Name);
            var isWhole = entry.Shape.Length == 4 && entry.Shape.All(length => length is >= 1 and <= int.MaxValue) &&
                entry.Shape[0] == images &&
                entry.Shape[1] == sizes.Length && entry.ByteLength / images <= Array.MaxLength;
            if (!isWhole)
            {
                throw new RunException(
                    path, $"a tensor {entry.Name} of {images} images, {sizes.Length} levels, rows and columns",
                    $"({string.Join(", ", entry.Shape)})", Advice);
            }

            var layout = new CodeLayout(entry.Name, (int)entry.Shape[2], (int)entry.Shape[3], [.. sizes]);
            if (entry.Type != TypeOf(layout))
            {
                throw new RunException(
                    path, $"{TypeOf(layout)} as the type of {entry.Name}, whose largest codebook has {sizes.Max()} codes",
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
        };
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

    private static int[] Read(SafetensorsFile file, CodeLayout layout, int image)
    {
        var type = file.Find(layout.Name)!.Type;
        var size = type.ByteSize();
        var bytes = new byte[layout.IndicesPerImage * size];
        file.ReadBytes(layout.Name, (long)image * bytes.Length, bytes);
        var ids = new int[layout.IndicesPerImage];
        for (var i = 0; i < ids.Length; i++)
        {
            for (var b = 0; b < size; b++)
            {
                ids[i] |= bytes[(i * size) + b] << (8 * b);
            }
        }

        return ids;
    }

    private void CheckIndices(string path)
    {
        for (var grid = 0; grid < Header.Layouts.Count; grid++)
        {
            var layout = Header.Layouts[grid];
            for (var image = 0; image < Header.Images; image++)
            {
                var ids = ReadImage(grid, image);
                for (var i = 0; i < ids.Length; i++)
                {
                    CheckIndex(path, layout, ((long)image * ids.Length) + i, ids[i]);
                }
            }
        }
    }

    /// <param name="path">The file, for the message.</param>
    /// <param name="layout">Of the grid.</param>
    /// <param name="position">Where it lies among the indices of all images in this grid.</param>
    /// <param name="id">The index.</param>
    private static void CheckIndex(string path, CodeLayout layout, long position, int id)
    {
        var (image, place) = Math.DivRem(position, layout.IndicesPerImage);
        var codes = layout.CodebookSizes[(int)(place / (layout.Height * layout.Width))];
        if ((uint)id >= (uint)codes)
        {
            throw new RunException(
                path, $"indices below {codes} in {layout.Name}", $"{id} in image {image}",
                "Look with evaluate whether the model is whole, and make the file again with encode.");
        }
    }
}
