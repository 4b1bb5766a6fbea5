using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>A folder of image files, with a sub-folder for each class or without classes.</summary>
/// <remarks>
/// <para>Order: by class name, then by path, both by code point (<see cref="FolderWalk"/>). Sub-folders of a class belong to it.
/// What is no image, or a damaged one, is skipped and told in <see cref="Notes"/>, or refused
/// (<see cref="DataSetOptions.Strict"/>).</para>
/// <para>Sub-folders of the names of splits are splits (<see cref="FolderSplits"/>). Where there are none, all images are the
/// split <see cref="DataSets.All"/>, which is opened as <see cref="DataSets.Train"/>.</para>
/// <para>All images have one size, of their own or once scaled and cut (<see cref="Framing"/>). They are grey when all of them
/// are, else all are read as red, green, blue, unless the options say which. Alpha is dropped.</para>
/// <para>Opening reads the header and the end of every file, and decodes as many as the options say. Pixels are decoded when they
/// are asked for, and kept while the budget lasts.</para>
/// </remarks>
internal sealed class FolderDataSet : ImageDataSet
{
    /// <summary>Images that are decoded at opening before it is looked whether there are enough.</summary>
    private const int DecodedAtOnce = 1024;

    private readonly string root;
    private readonly FolderImages images;
    private readonly Framing framing;
    private readonly bool isCutAtRandom;
    private readonly ImageCache cache;

    /// <summary>Of each image its place among those that were found: all but what did not decode.</summary>
    private readonly int[] places;
    private string[] notes = [];

    private FolderDataSet(
        string name, string split, DataSetOptions options, string root, FolderImages images, Framing framing,
        SkippedFiles skipped)
        : base(name, split)
    {
        this.root = root;
        (this.images, this.framing, Channels) = (images, framing, options.Channels ?? images.Channels);
        isCutAtRandom = options.RandomCrop;
        if ((long)Channels * Height * Width > Array.MaxLength)
        {
            throw DataException.Expected(name, $"images of at most {Array.MaxLength} values", $"{Width}×{Height}×{Channels}");
        }

        options.CheckSize?.Invoke(Height, Width);
        cache = new ImageCache(images.Files.Length, options.CacheBytes);
        places = Decode(options.DecodedAtOpening, options.Decoded, skipped);
        if (places.Length == 0)
        {
            throw DataException.Expected(name, "images that decode", skipped.InWords);
        }
    }

    public override int Count => places.Length;

    public override int Channels { get; }

    public override int Height => images.Height;

    public override int Width => images.Width;

    public override IReadOnlyList<string> ClassNames => images.ClassNames;

    public override IReadOnlyList<string> Notes => notes;

    public override bool IsCostlyToRead => true;

    public static FolderDataSet Open(string folder, DataSetOptions options, Framing framing)
    {
        try
        {
            var (root, split, note) = FolderSplits.Of(folder).Find(options.Split, options.LeaveOut);
            var skipped = new SkippedFiles(root, options.Strict);
            var images = FolderImages.Find(root, options.LeaveOut, framing, skipped);
            var set = new FolderDataSet(folder, split, options, root, images, framing, skipped);
            var repeats = images.Repeats == 0 ? null
                : $"{root}: links to files that are there already do not count again: {images.Repeats}.";
            set.notes = [.. new[] { note, skipped.Note, repeats }.OfType<string>()];
            return set;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw InputFile.Unreadable(folder, error);
        }
    }

    /// <summary>Images that a list names, in classes of their groups.</summary>
    /// <param name="name">What the set is called.</param>
    /// <param name="options">The split's name, and how images are read.</param>
    /// <param name="framing">What makes images of one size.</param>
    /// <param name="folder">Where they lie, for messages.</param>
    /// <param name="files">By group.</param>
    public static FolderDataSet OpenListed(
        string name, DataSetOptions options, Framing framing, string folder, FoundFile[] files)
    {
        var skipped = new SkippedFiles(folder, options.Strict);
        var images = FolderImages.Of(folder, files, framing, skipped);
        var set = new FolderDataSet(name, options.Split, options, folder, images, framing, skipped);
        set.notes = [.. new[] { skipped.Note }.OfType<string>()];
        return set;
    }

    public override int Label(int index) => images.Files[places[index]].Label;

    public override string ImageName(int index) =>
        Path.GetRelativePath(root, images.Files[places[index]].Path).Replace(Path.DirectorySeparatorChar, '/');

    public override void Read(int index, Span<byte> pixels) => ReadPlace(places[index], pixels[..ImageLength]);

    public override void Read(int index, ImageDraw draw, Span<byte> pixels)
    {
        if (isCutAtRandom)
        {
            var path = images.Files[places[index]].Path;
            Copy(framing.ApplyToPart(ImageFile.Load(path), draw, path), path, pixels[..ImageLength]);
        }
        else
        {
            Read(index, pixels);
        }
    }

    private void ReadPlace(int place, Span<byte> pixels)
    {
        if (cache.TryRead(place, pixels))
        {
            return;
        }

        var path = images.Files[place].Path;
        Copy(framing.Apply(ImageFile.Load(path), path), path, pixels);
        cache.Offer(place, pixels);
    }

    private void Copy(DecodedImage image, string path, Span<byte> pixels)
    {
        FolderImages.CheckSize(path, (image.Width, image.Height), (Width, Height), images.Files[0].Path);
        image.CopyPlanes(Channels, pixels);
    }

    /// <summary>Decodes images from the start until as many as wanted did; the places of all that are not known to be
    /// damaged.</summary>
    private int[] Decode(int wanted, Action<int, int>? tell, SkippedFiles skipped)
    {
        var damage = new DataException?[images.Files.Length];
        for (int next = 0, decoded = 0; next < damage.Length && decoded < wanted;)
        {
            tell?.Invoke(decoded, Math.Min(wanted, damage.Length));
            var end = next + Math.Min(Math.Min(damage.Length - next, wanted - decoded), DecodedAtOnce);
            Parallel.For(next, end, () => new byte[ImageLength], (place, _, pixels) =>
            {
                try
                {
                    ReadPlace(place, pixels);
                }
                catch (DataException error)
                {
                    damage[place] = error;
                }

                return pixels;
            }, _ => { });
            for (; next < end; next++)
            {
                decoded += damage[next] is null ? 1 : 0;
                if (damage[next] is { } error)
                {
                    skipped.Add(images.Files[next].Path, error);
                }
            }
        }

        return [.. Enumerable.Range(0, damage.Length).Where(place => damage[place] is null)];
    }
}
