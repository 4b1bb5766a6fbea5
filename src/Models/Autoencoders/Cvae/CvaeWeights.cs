using IlgpuVq.Models.Weights;

namespace IlgpuVq.Models.Autoencoders.Cvae;

/// <summary>Weights of the baseline of nadavbh12/VQ-VAE, whose keys and shapes are the model's own.</summary>
internal static class CvaeWeights
{
    public static WeightSource Source { get; } = new(
        "nadavbh12-cvae",
        ["encoder.0.weight", "fc11.weight", "fc12.weight", "decoder.7.weight"],
        (start, shapes) =>
        {
            var hidden = shapes.Length("encoder.3.weight", 0);

            // The linear maps are of hidden · (side / 4)² numbers.
            var latentSide = (int)Math.Sqrt(shapes.Length("fc11.weight", 0) / hidden);
            return (CvaeOptions)start with
            {
                Channels = shapes.Length("encoder.0.weight", 1),
                Hidden = hidden,
                ImageSize = latentSide * CvaeOptions.LatentPixel,
            };
        });
}
