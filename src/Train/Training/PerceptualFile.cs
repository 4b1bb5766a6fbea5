using IlgpuVq.Models.Perceptual;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>The network of a perceptual loss, from the file of <c>--perceptual</c>.</summary>
internal static class PerceptualFile
{
    private const string Option = "--perceptual";

    /// <summary>Loads it; null without a file.</summary>
    /// <exception cref="RunException">The images are too small, or have other channels than it takes.</exception>
    /// <exception cref="UserException">The file cannot be read, or holds another network.</exception>
    public static PerceptualLoss? Load(Device device, string? path, DataOptions data)
    {
        if (path is null)
        {
            return null;
        }

        const int least = FeatureNetwork.LeastSide;
        if (Math.Min(data.Height, data.Width) < least || data.Channels is not (1 or 3))
        {
            throw new RunException(
                Option, $"images of at least {least}×{least} pixels, grey or of three colours",
                $"{data.Width}×{data.Height}×{data.Channels}", "Leave the option out, or scale the images with --resize.");
        }

        using var file = SafetensorsFile.Open(path);
        return PerceptualLoss.Load(device, file, path);
    }
}
