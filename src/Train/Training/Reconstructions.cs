using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Pictures of originals beside their reconstructions.</summary>
internal static class Reconstructions
{
    /// <summary>Originals of a sample picture: eight rows of four pairs.</summary>
    public const int DefaultCount = 32;

    /// <summary>Writes a grid of pairs, each original left of its reconstruction, from the first images of a set.</summary>
    /// <returns>How many images were drawn: <paramref name="count"/>, or the whole set where that is smaller.</returns>
    public static int Save(string path, Autoencoder model, ImageDataSet data, int count)
    {
        count = Math.Min(count, data.Count);
        var shape = (N: 2 * count, C: data.Channels, H: data.Height, W: data.Width);
        var pairs = new float[(long)shape.N * data.ImageLength];
        var originals = new float[(long)count * data.ImageLength];
        data.ReadBatch([.. Enumerable.Range(0, count)], originals, new int[count]);
        using var x = model.Device.From<float>(originals, [count, shape.C, shape.H, shape.W]);
        using var y = Compute(model, x);
        var reconstructions = y.ToArray();
        for (var i = 0; i < count; i++)
        {
            var from = i * data.ImageLength;
            PixelScale.ToUnit(originals.AsSpan(from, data.ImageLength), pairs.AsSpan(2 * from));
            PixelScale.ToUnit(reconstructions.AsSpan(from, data.ImageLength), pairs.AsSpan(2 * from + data.ImageLength));
        }

        PictureFile.Save(path, ImageGrid.Compose(pairs, shape));
        return count;
    }

    /// <summary>Reconstructions of x (B, C, H, W) in [−0.5, 0.5]; the caller's to dispose.</summary>
    public static Tensor<float> Compute(Autoencoder model, Tensor<float> x)
    {
        using var tape = new Tape(model.Device, recording: false);
        using var output = model.Forward(tape.Constant(x), StepContext.Inference);
        return output.Reconstruction.Value.Share();
    }
}
