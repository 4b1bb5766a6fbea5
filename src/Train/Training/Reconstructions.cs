using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Pictures of originals beside their reconstructions.</summary>
internal static class Reconstructions
{
    /// <summary>Originals of a sample picture: eight rows of four pairs.</summary>
    public const int DefaultCount = 32;

    /// <summary>Writes a grid of pairs, each original left of its reconstruction, from the first images of a set, of any
    /// size.</summary>
    /// <param name="path">The picture.</param>
    /// <param name="model">The model.</param>
    /// <param name="data">The set.</param>
    /// <param name="count">Images at the most.</param>
    /// <param name="tile">As <see cref="ImagePass"/> takes it.</param>
    /// <param name="advance">Told how many images are drawn, and of how many.</param>
    /// <returns>How many images were drawn: <paramref name="count"/>, or what the set has or a picture shows where that is
    /// less.</returns>
    public static int Save(
        string path, Autoencoder model, ImageDataSet data, int count, int? tile = null, Action<long, long>? advance = null)
    {
        var shape = (N: 0, C: data.Channels, H: data.Height, W: data.Width);
        count = Math.Min(Math.Min(count, data.Count), GridPicture.Capacity(shape.H, shape.W) / 2);
        shape.N = 2 * count;
        var pairs = new float[(long)shape.N * data.ImageLength];
        var pass = new ImagePass(model, shape.H, shape.W, tile);
        var atOnce = pass.AtOnce(count);
        advance?.Invoke(0, count);
        for (var first = 0; first < count; first += atOnce)
        {
            var images = Math.Min(atOnce, count - first);
            var drawn = pairs.AsSpan(2 * first * data.ImageLength, 2 * images * data.ImageLength);
            DrawPairs(model.Device, pass, data, first, images, drawn);
            advance?.Invoke(first + images, count);
        }

        using var job = model.Device.BeginJob(DeviceJobs.WritingPicture);
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

    private static void DrawPairs(
        Device device, ImagePass pass, ImageDataSet data, int first, int count, Span<float> pairs)
    {
        var length = data.ImageLength;
        var originals = new float[(long)count * length];
        using (device.BeginReading(first, count))
        {
            data.ReadBatch([.. Enumerable.Range(first, count)], originals, new int[count]);
        }

        var reconstructions = pass.Decode(pass.Encode(originals));
        for (var i = 0; i < count; i++)
        {
            PixelScale.ToUnit(originals.AsSpan(i * length, length), pairs[(2 * i * length)..]);
            PixelScale.ToUnit(reconstructions.AsSpan(i * length, length), pairs[((2 * i + 1) * length)..]);
        }
    }
}
