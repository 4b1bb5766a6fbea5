using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Pictures of originals beside their reconstructions.</summary>
internal static class Reconstructions
{
    /// <summary>Originals of a sample picture: eight rows of four pairs.</summary>
    public const int DefaultCount = 32;

    /// <summary>Writes a grid of pairs, each original left of its reconstruction, from the first images of a set, of any size
    /// (<see cref="StridePadding"/>).</summary>
    /// <remarks>The model gets as many at once as <see cref="ImageBatch"/> allows.</remarks>
    /// <returns>How many images were drawn: <paramref name="count"/>, or what the set has or a picture shows where that is
    /// less.</returns>
    public static int Save(string path, Autoencoder model, ImageDataSet data, int count)
    {
        var shape = (N: 0, C: data.Channels, H: data.Height, W: data.Width);
        count = Math.Min(Math.Min(count, data.Count), GridPicture.Capacity(shape.H, shape.W) / 2);
        shape.N = 2 * count;
        var pairs = new float[(long)shape.N * data.ImageLength];
        var padded = StridePadding.SizeOf(model.Options, shape.H, shape.W);
        var atOnce = ImageBatch.Of(model.Options, padded.Height, padded.Width, count);
        for (var first = 0; first < count; first += atOnce)
        {
            var images = Math.Min(atOnce, count - first);
            DrawPairs(model, data, first, images, pairs.AsSpan(2 * first * data.ImageLength, 2 * images * data.ImageLength));
        }

        PictureFile.Save(path, GridPicture.Pairs(pairs, shape));
        return count;
    }

    /// <summary>Reconstructions of x (B, C, H, W) in [−0.5, 0.5]; the caller's to dispose.</summary>
    public static Tensor<float> Compute(Autoencoder model, Tensor<float> x)
    {
        using var tape = new Tape(model.Device, recording: false);
        using var output = model.Forward(tape.Constant(x), StepContext.Inference);
        return output.Reconstruction.Value.Share();
    }

    private static void DrawPairs(Autoencoder model, ImageDataSet data, int first, int count, Span<float> pairs)
    {
        var length = data.ImageLength;
        var originals = new float[(long)count * length];
        data.ReadBatch([.. Enumerable.Range(first, count)], originals, new int[count]);
        var (size, padded) = ((data.Height, data.Width), StridePadding.SizeOf(model.Options, data.Height, data.Width));
        using var x = model.Device.From<float>(
            StridePadding.Pad(originals, size, padded), [count, data.Channels, padded.Height, padded.Width]);
        using var y = Compute(model, x);
        var reconstructions = StridePadding.Cut(y.ToArray(), padded, size);
        for (var i = 0; i < count; i++)
        {
            PixelScale.ToUnit(originals.AsSpan(i * length, length), pairs[(2 * i * length)..]);
            PixelScale.ToUnit(reconstructions.AsSpan(i * length, length), pairs[((2 * i + 1) * length)..]);
        }
    }
}
