using System.Runtime.ExceptionServices;
using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>
/// A set of images of one size, labelled or not, that can be read in any order and from several threads at once.
/// </summary>
/// <remarks>Images are bytes in planes (C, H, W), C = 1 grey or C = 3 red, green, blue; 0 is black, 255 full.</remarks>
public abstract class ImageDataSet
{
    private readonly Lazy<double> variance;

    /// <summary>A set of the caller's own.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="split">One of <see cref="DataSets.SplitNames"/>, or <see cref="DataSets.All"/>.</param>
    protected ImageDataSet(string name, string split)
    {
        (Name, Split) = (name, split);
        variance = new Lazy<double>(ComputeVariance);
    }

    /// <summary>What the user asked for: <c>cifar10</c>, or the path of a folder.</summary>
    public string Name { get; }

    /// <summary>One of <see cref="DataSets.SplitNames"/>, or <see cref="DataSets.All"/>.</summary>
    public string Split { get; }

    /// <summary>How many images there are; at least one.</summary>
    public abstract int Count { get; }

    /// <summary>C: 1 for grey, 3 for red, green, blue.</summary>
    public abstract int Channels { get; }

    /// <summary>H, rows of an image.</summary>
    public abstract int Height { get; }

    /// <summary>W, pixels of a row.</summary>
    public abstract int Width { get; }

    /// <summary>Bytes of one image: C · H · W.</summary>
    public int ImageLength => Channels * Height * Width;

    /// <summary>Names of the labels, in their order; empty when there are none.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>What the user should know about the set: a part that is missing, say. Whole sentences, usually none.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>
    /// Whether <see cref="Read(int, Span{byte})"/> works on files or draws, so that several threads reading ahead are worth
    /// having.
    /// </summary>
    public virtual bool IsCostlyToRead => false;

    /// <summary>
    /// Population variance of all values of all images together, on the scale 0 to 1: what MSE is divided by for NMSE.
    /// </summary>
    /// <remarks>Exact integer sums, divided once in double precision. Reads the whole set on first use.</remarks>
    /// <exception cref="DataException">An image cannot be read.</exception>
    public double Variance => variance.Value;

    /// <summary>The label of an image, an index of <see cref="ClassNames"/>; −1 when there are none.</summary>
    /// <param name="index">The image, from 0 to <see cref="Count"/> − 1.</param>
    public abstract int Label(int index);

    /// <summary>What an image is called: its path below the set's folder, with <c>/</c> between its parts; null where images have
    /// no names.</summary>
    /// <param name="index">The image, from 0 to <see cref="Count"/> − 1.</param>
    public virtual string? ImageName(int index) => null;

    /// <summary>Writes the <see cref="ImageLength"/> bytes of an image.</summary>
    /// <param name="index">The image, from 0 to <see cref="Count"/> − 1.</param>
    /// <param name="pixels">Written: <see cref="ImageLength"/> bytes at least.</param>
    /// <exception cref="DataException">The image's file is damaged or was changed since the set was opened.</exception>
    public abstract void Read(int index, Span<byte> pixels);

    /// <summary>The same as one reading of training has it: of a set that is opened with
    /// <see cref="DataSetOptions.RandomCrop"/> a random part of the image; else what <see cref="Read(int, Span{byte})"/>
    /// writes.</summary>
    /// <param name="index">The image, from 0 to <see cref="Count"/> − 1.</param>
    /// <param name="draw">Which reading: the same gives the same bytes.</param>
    /// <param name="pixels">Written: <see cref="ImageLength"/> bytes at least.</param>
    /// <exception cref="DataException">The image's file is damaged or was changed since the set was opened.</exception>
    public virtual void Read(int index, ImageDraw draw, Span<byte> pixels) => Read(index, pixels);

    /// <summary>
    /// Writes images as the models take them, (B, C, H, W) with 0 … 255 scaled to −0.5 … 0.5, and their labels.
    /// </summary>
    /// <param name="indices">B images, each from 0 to <see cref="Count"/> − 1.</param>
    /// <param name="images">Written: B · C · H · W values.</param>
    /// <param name="labels">Written: B labels, −1 without classes.</param>
    /// <param name="first">The reading of the first image in training, one after the other; null for no training.</param>
    /// <exception cref="ArgumentException">The spans do not have B · C · H · W and B elements.</exception>
    /// <exception cref="DataException">An image cannot be read.</exception>
    public void ReadBatch(ReadOnlySpan<int> indices, Span<float> images, Span<int> labels, ImageDraw? first = null)
    {
        if (images.Length != (long)indices.Length * ImageLength || labels.Length != indices.Length)
        {
            throw new ArgumentException(
                $"read batch: expected {indices.Length}×{Channels}×{Height}×{Width} floats and {indices.Length} labels; "
                + $"got {images.Length} and {labels.Length}");
        }

        var rented = System.Buffers.ArrayPool<byte>.Shared.Rent(ImageLength);
        var pixels = rented.AsSpan(0, ImageLength);
        for (var b = 0; b < indices.Length; b++)
        {
            if (first is { } draw)
            {
                Read(indices[b], draw with { Number = draw.Number + b }, pixels);
            }
            else
            {
                Read(indices[b], pixels);
            }

            PixelScale.ToModel(pixels, images.Slice(b * ImageLength, ImageLength));
            labels[b] = Label(indices[b]);
        }

        System.Buffers.ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Finds the <see cref="Variance"/> on its first use.</summary>
    private protected virtual double ComputeVariance()
    {
        // Sums of integers do not depend on how the threads share the images.
        var (sum, squares, gate) = (default(Int128), default(Int128), new Lock());
        try
        {
            Parallel.For(
                0,
                Count,
                () => (Pixels: new byte[ImageLength], Sum: 0L, Squares: 0L),
                (index, _, part) =>
                {
                    Read(index, part.Pixels);
                    foreach (var value in part.Pixels)
                    {
                        part.Sum += value;
                        part.Squares += value * value;
                    }

                    return part;
                },
                part =>
                {
                    lock (gate)
                    {
                        sum += part.Sum;
                        squares += part.Squares;
                    }
                });
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }

        var n = (Int128)Count * ImageLength;
        return (double)((n * squares) - (sum * sum)) / (double)n / (double)n / (255.0 * 255.0);
    }
}
