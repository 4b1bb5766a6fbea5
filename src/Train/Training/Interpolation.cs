using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Train.Codes;

namespace IlgpuVq.Train.Training;

/// <summary>Images between two others: their latent images, before they are quantized, are mixed, <c>z = (1 − t)·z₀ +
/// t·z₁</c>, the mixture is quantized, and the codes decoded.</summary>
/// <remarks>The first and the last are the reconstructions. Of a model with several grids, the latent images of each are mixed;
/// those of a finer grid are of codes of the coarser that their own image has. A model without codes decodes the mixture
/// itself. Images go through the model whole, whatever their size.</remarks>
internal static class Interpolation
{
    /// <param name="model">The model.</param>
    /// <param name="from">An image (C, H, W) in [−0.5, 0.5].</param>
    /// <param name="to">Another of its size.</param>
    /// <param name="size">Of both.</param>
    /// <param name="steps">How many images, from 2; t is i / (steps − 1).</param>
    /// <param name="advance">Gets the images that are done; null for nobody.</param>
    /// <returns>(steps, C, H, W) in [−0.5, 0.5].</returns>
    public static float[] Draw(
        Autoencoder model, float[] from, float[] to, (int Height, int Width) size, int steps, Action<long>? advance = null)
    {
        var padded = StridePadding.SizeOf(model.Options, size.Height, size.Width);
        var all = new float[(long)steps * from.Length];
        using var ends = new Tape(model.Device, recording: false);
        var (first, last) = (Latents(ends, from), Latents(ends, to));
        advance?.Invoke(0);
        for (var i = 0; i < steps; i++)
        {
            var t = i / (float)(steps - 1);
            using var tape = new Tape(model.Device, recording: false);
            Variable[] mixed = [.. first.Zip(last, (a, b) => tape.Constant(a.Value) * (1 - t) + tape.Constant(b.Value) * t)];
            var quantized = model.Quantize(mixed, StepContext.Inference);
            var image = model.Images(quantized, StepContext.Inference).Value.ToArray();
            StridePadding.Cut(image, padded, size).CopyTo(all, (long)i * from.Length);
            advance?.Invoke(i + 1);
        }

        return all;

        IReadOnlyList<Variable> Latents(Tape tape, float[] image)
        {
            using var x = model.Device.From<float>(
                StridePadding.Pad(image, size, padded), [1, model.Options.Channels, padded.Height, padded.Width]);
            return model.Latents(tape.Constant(x), StepContext.Inference);
        }
    }
}
