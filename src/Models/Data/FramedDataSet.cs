using System.Buffers;
using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>Another set, its images scaled, cut, and turned into grey or colours.</summary>
internal sealed class FramedDataSet : ImageDataSet
{
    private readonly ImageDataSet inner;
    private readonly Framing framing;
    private readonly bool isCutAtRandom;
    private readonly ImageCache cache;

    private FramedDataSet(ImageDataSet inner, Framing framing, DataSetOptions options)
        : base(inner.Name, inner.Split)
    {
        (this.inner, this.framing, isCutAtRandom) = (inner, framing, options.RandomCrop);
        Channels = options.Channels ?? inner.Channels;
        (Width, Height) = framing.SizeOf(inner.Width, inner.Height, inner.Name);
        cache = new ImageCache(inner.Count, options.CacheBytes);
    }

    public override int Count => inner.Count;

    public override int Channels { get; }

    public override int Height { get; }

    public override int Width { get; }

    public override IReadOnlyList<string> ClassNames => inner.ClassNames;

    public override IReadOnlyList<string> Notes => inner.Notes;

    public override bool IsCostlyToRead => !framing.IsNone || isCutAtRandom || inner.IsCostlyToRead;

    /// <summary>The set as it is to be; itself where nothing is to be done.</summary>
    /// <exception cref="DataException">Its images are smaller than what is to be cut out.</exception>
    public static ImageDataSet Of(ImageDataSet set, Framing framing, DataSetOptions options) =>
        framing.IsNone && !options.RandomCrop && (options.Channels ?? set.Channels) == set.Channels
            ? set
            : new FramedDataSet(set, framing, options);

    public override int Label(int index) => inner.Label(index);

    public override string? ImageName(int index) => inner.ImageName(index);

    public override void Read(int index, Span<byte> pixels)
    {
        pixels = pixels[..ImageLength];
        if (cache.TryRead(index, pixels))
        {
            return;
        }

        framing.Apply(Load(index), Name).CopyPlanes(Channels, pixels);
        cache.Offer(index, pixels);
    }

    public override void Read(int index, ImageDraw draw, Span<byte> pixels)
    {
        if (isCutAtRandom)
        {
            framing.ApplyToPart(Load(index), draw, Name).CopyPlanes(Channels, pixels[..ImageLength]);
        }
        else
        {
            Read(index, pixels);
        }
    }

    private DecodedImage Load(int index)
    {
        var planes = ArrayPool<byte>.Shared.Rent(inner.ImageLength);
        inner.Read(index, planes);
        var image = DecodedImage.OfPlanes(planes.AsSpan(0, inner.ImageLength), inner.Channels, inner.Height, inner.Width);
        ArrayPool<byte>.Shared.Return(planes);
        return image;
    }
}
