using IlgpuVq.Autograd;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Perceptual;

/// <summary>The convolutions of VGG-16 (arXiv:1409.1556, configuration D), whose weights never change: features of images in five
/// slices.</summary>
/// <remarks>Slices of 2, 2, 3, 3 and 3 convolutions c(3,1,1), each with a ReLU; before each slice but the first the largest of
/// 2×2 pixels. Channels are those of the file.</remarks>
public sealed class FeatureNetwork : IDisposable
{
    /// <summary>How many slices there are.</summary>
    public const int Slices = 5;

    /// <summary>The shortest side of an image of which the last slice has a pixel.</summary>
    public const int LeastSide = 1 << (Slices - 1);

    /// <summary>Places of the convolutions in torchvision's list of layers, by slices.</summary>
    private static readonly int[][] Places = [[0, 2], [5, 7], [10, 12, 14], [17, 19, 21], [24, 26, 28]];

    private static readonly Conv2dParams Same = new(Padding: 1);

    private readonly (Tensor<float> Weight, Tensor<float> Bias)[][] slices;

    private FeatureNetwork((Tensor<float> Weight, Tensor<float> Bias)[][] slices) => this.slices = slices;

    /// <summary>Channels of the features of each slice.</summary>
    public IReadOnlyList<int> Channels => Array.ConvertAll(slices, slice => slice[^1].Bias.Size);

    /// <summary>Reads the weights, under LPIPS's keys or torchvision's.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="file">The open file.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="StateDictionaryException">A tensor is missing or has another shape than its place asks for.</exception>
    /// <exception cref="SafetensorsException">The file cannot be read.</exception>
    public static FeatureNetwork Load(Device device, SafetensorsFile file, string path)
    {
        var isTorchvision = file.Find(Key(slice: 0, place: 0, isTorchvision: true) + ".weight") is not null;
        var read = new List<Tensor<float>>();
        try
        {
            var channels = 3;
            var slices = new (Tensor<float> Weight, Tensor<float> Bias)[Slices][];
            for (var slice = 0; slice < Slices; slice++)
            {
                slices[slice] = Array.ConvertAll(Places[slice], place =>
                {
                    var key = Key(slice, place, isTorchvision);
                    var width = NetworkFile.Length(file, path, key + ".bias");
                    read.Add(NetworkFile.Read(device, file, path, key + ".weight", [width, channels, 3, 3]));
                    read.Add(NetworkFile.Read(device, file, path, key + ".bias", [width]));
                    channels = width;
                    return (read[^2], read[^1]);
                });
            }

            return new FeatureNetwork(slices);
        }
        catch
        {
            read.ForEach(tensor => tensor.Dispose());
            throw;
        }
    }

    /// <summary>Features of images x (B, 3, H, W), one variable for each slice.</summary>
    public Variable[] Features(Variable x)
    {
        var features = new Variable[Slices];
        for (var slice = 0; slice < Slices; slice++)
        {
            x = slice == 0 ? x : MaxPool2d.Apply(x, kernel: 2);
            foreach (var (weight, bias) in slices[slice])
            {
                x = Conv2d.Apply(
                    x, x.Tape.Constant(weight, "weight"), x.Tape.Constant(bias, "bias"), Same, Activation.Relu);
            }

            features[slice] = x;
        }

        return features;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var (weight, bias) in slices.SelectMany(slice => slice))
        {
            weight.Dispose();
            bias.Dispose();
        }
    }

    private static string Key(int slice, int place, bool isTorchvision) =>
        isTorchvision ? $"features.{place}" : $"net.slice{slice + 1}.{place}";
}
