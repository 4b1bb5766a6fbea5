namespace IlgpuVq.Models.Data;

/// <summary>How to open a data set.</summary>
public sealed record DataSetOptions
{
    /// <summary>The variable that names the data root where the user does not.</summary>
    public const string RootVariable = "ILGPUVQ_DATA";

    private const long OneGibibyte = 1L << 30;

    /// <summary>
    /// The folder that holds data sets; by default what <see cref="RootVariable"/> says, else <c>data</c> in the current folder.
    /// </summary>
    public string Root { get; init; } = Environment.GetEnvironmentVariable(RootVariable) is { Length: > 0 } root ? root : "data";

    /// <summary>One of <see cref="DataSets.SplitNames"/>, where the set has it.</summary>
    public string Split { get; init; } = DataSets.Train;

    /// <summary>Fetch what is missing.</summary>
    public bool Download { get; init; }

    /// <summary>Told how a download goes; called from another thread.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>Stops a download.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Which shapes are drawn; only for <see cref="DataSets.Shapes"/>.</summary>
    public ulong Seed { get; init; }

    /// <summary>Height and width in pixels of the images of <see cref="DataSets.Shapes"/>.</summary>
    public int ShapeSize { get; init; } = ShapesDataSet.DefaultSize;

    /// <summary>
    /// Decoded or drawn images that are kept in memory, in bytes; those above it are made anew whenever they are read.
    /// </summary>
    public long CacheBytes { get; init; } = OneGibibyte;

    /// <summary>What images are scaled to, in pixels: <c>64</c> for the shorter side, the longer one in proportion, or
    /// <c>96x64</c> for width and height; null for no change. The filter is bicubic, and does not alias.</summary>
    public string? Resize { get; init; }

    /// <summary>What is cut out of the middle after that: <c>64</c> for a square, or <c>96x64</c>; null for no change.</summary>
    public string? Crop { get; init; }

    /// <summary>Whether each reading of an image in training is of a random part of it, scaled to the size that images have
    /// otherwise: 0.08 to 1 of its area, and sides of 3:4 to 4:3.</summary>
    public bool RandomCrop { get; init; }

    /// <summary>How many images there are, the first of the set; 0 for all.</summary>
    public int Limit { get; init; }

    /// <summary>What images are turned into: 1 for grey, 3 for red, green, blue; null for what the set has, which of a folder is
    /// colours where any image has them.</summary>
    public int? Channels { get; init; }

    /// <summary>Whether everything in a folder must be an image; otherwise what is none, or a damaged one, is skipped and told in
    /// <see cref="ImageDataSet.Notes"/>.</summary>
    public bool Strict { get; init; }

    /// <summary>How many images of a folder are decoded when it is opened, from the first, so that damage behind their headers is
    /// found then; the others are decoded when they are read, and damage ends what reads them.</summary>
    public int DecodedAtOpening { get; init; }

    /// <summary>Told how many images are decoded while a folder is opened, and of how many.</summary>
    public Action<int, int>? Decoded { get; init; }

    /// <summary>Given height and width of the images as soon as they are known, before any is decoded, to throw where they are of
    /// no use.</summary>
    public Action<int, int>? CheckSize { get; init; }

    /// <summary>Of a folder below that of a set, why its images are none of the set: null for one whose are.</summary>
    public Func<string, string?>? LeaveOut { get; init; }

    /// <summary>Refuses what <see cref="Resize"/> and <see cref="Crop"/> cannot be.</summary>
    /// <exception cref="OptionException">A text is neither null nor a size.</exception>
    public static void CheckSizes(string? resize, string? crop) => _ = Framing.Parse(resize, crop);
}
