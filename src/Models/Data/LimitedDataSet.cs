namespace IlgpuVq.Models.Data;

/// <summary>The first images of another set. Their variance is that of the whole set, so that errors divided by it
/// compare.</summary>
internal sealed class LimitedDataSet : ImageDataSet
{
    private readonly ImageDataSet inner;

    private LimitedDataSet(ImageDataSet inner, int count)
        : base(inner.Name, inner.Split) => (this.inner, Count) = (inner, count);

    public override int Count { get; }

    public override int Channels => inner.Channels;

    public override int Height => inner.Height;

    public override int Width => inner.Width;

    public override IReadOnlyList<string> ClassNames => inner.ClassNames;

    public override IReadOnlyList<string> Notes => inner.Notes;

    public override bool IsCostlyToRead => inner.IsCostlyToRead;

    /// <summary>The first images of a set.</summary>
    /// <param name="set">The set.</param>
    /// <param name="limit">How many.</param>
    /// <exception cref="DataException">There are fewer.</exception>
    public static LimitedDataSet Of(ImageDataSet set, int limit) => limit <= set.Count ? new LimitedDataSet(set, limit)
        : throw DataException.Expected(
            set.Name, $"at least the {limit} images to take of it", $"{set.Count}", "Set DataSetOptions.Limit to fewer.",
            settings: DataSettings.Limit);

    public override int Label(int index) => inner.Label(Checked(index));

    public override string? ImageName(int index) => inner.ImageName(Checked(index));

    public override void Read(int index, Span<byte> pixels) => inner.Read(Checked(index), pixels);

    public override void Read(int index, ImageDraw draw, Span<byte> pixels) => inner.Read(Checked(index), draw, pixels);

    private protected override double ComputeVariance() => inner.Variance;

    private int Checked(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return index;
    }
}
