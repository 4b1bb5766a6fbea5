namespace IlgpuVq.Models.Data;

/// <summary>Images that the program draws itself: one shape before a two-coloured ground, labelled by the shape.</summary>
/// <remarks>
/// Image i is a function of the seed, the split and i alone, to the last bit and on every machine. The two splits draw from
/// different random streams, so they share no image. What was drawn is kept in memory while the budget lasts.
/// </remarks>
internal sealed class ShapesDataSet : ImageDataSet
{
    public const int DefaultSize = 32;

    private const int MinimumSize = 8, MaximumSize = 1024;
    private const int TrainCount = 20_000, TestCount = 4_000;

    /// <summary>Marks the random streams of this set among those of other uses of the same seed.</summary>
    private const ulong StreamTag = 0x53484150_00000000; // "SHAP"

    private readonly ulong seed;
    private readonly ulong stream;
    private readonly ImageCache cache;

    private ShapesDataSet(DataSetOptions options)
        : base(DataSets.Shapes, options.Split)
    {
        (seed, Height, Width) = (options.Seed, options.ShapeSize, options.ShapeSize);
        (Count, stream) = Split == DataSets.Train ? (TrainCount, StreamTag) : (TestCount, StreamTag + 1);
        cache = new ImageCache(Count, options.CacheBytes);
    }

    public override int Count { get; }

    public override int Channels => 3;

    public override int Height { get; }

    public override int Width { get; }

    public override IReadOnlyList<string> ClassNames => ShapeOutline.Names;

    public static ShapesDataSet Open(DataSetOptions options)
    {
        return options.ShapeSize is >= MinimumSize and <= MaximumSize
            ? new ShapesDataSet(options)
            : throw DataException.Expected(
                DataSets.Shapes, $"a size from {MinimumSize} to {MaximumSize}", $"{options.ShapeSize}");
    }

    /// <summary>Classes take turns, so that any run of images is balanced.</summary>
    public override int Label(int index) => index % ShapeOutline.Names.Count;

    public override void Read(int index, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        pixels = pixels[..ImageLength];
        if (!cache.TryRead(index, pixels))
        {
            ShapeScene.Draw(seed, stream, index, Label(index), Height).Paint(pixels);
            cache.Offer(index, pixels);
        }
    }
}
