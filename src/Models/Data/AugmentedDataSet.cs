namespace IlgpuVq.Models.Data;

/// <summary>Another set whose images each reading of training changes at random; all others have them as they are.</summary>
internal sealed class AugmentedDataSet(ImageDataSet inner, ImageAugmentation augmentation) : ImageDataSet(inner.Name, inner.Split)
{
    public override int Count => inner.Count;

    public override int Channels => inner.Channels;

    public override int Height => inner.Height;

    public override int Width => inner.Width;

    public override IReadOnlyList<string> ClassNames => inner.ClassNames;

    public override IReadOnlyList<string> Notes => inner.Notes;

    public override bool IsCostlyToRead => true;

    public override int Label(int index) => inner.Label(index);

    public override string? ImageName(int index) => inner.ImageName(index);

    public override void Read(int index, Span<byte> pixels) => inner.Read(index, pixels);

    public override void Read(int index, ImageDraw draw, Span<byte> pixels)
    {
        inner.Read(index, draw, pixels);
        augmentation.Apply(pixels[..ImageLength], (Channels, Height, Width), draw);
    }

    private protected override double ComputeVariance() => inner.Variance;
}
