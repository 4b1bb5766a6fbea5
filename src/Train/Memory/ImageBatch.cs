using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Memory;

/// <summary>How many images go through a model at once when it is used rather than trained: as many as a bound in bytes
/// allows.</summary>
internal static class ImageBatch
{
    /// <summary>Bytes of tensors in flight. A batch that fills the processor's caches is no faster when it is larger.</summary>
    private const long MostBytes = 128L << 20;

    private const int LargestTile = 4096;

    /// <summary>Images of that size at once, from 1 to <paramref name="most"/>.</summary>
    public static int Of(AutoencoderOptions model, int height, int width, int most) =>
        (int)Math.Clamp(MostBytes / BytesPerImage(model, height, width), 1, most);

    /// <summary>The side of a square tile, without the surroundings that it needs, of images that are too large at once; null
    /// where they are not, or where the model takes no parts.</summary>
    public static int? TileOf(Autoencoder model, int height, int width)
    {
        if (model.Reach is not { } reach || BytesPerImage(model.Options, height, width) <= MostBytes)
        {
            return null;
        }

        var step = model.Options.Downsampling;
        var around = 2 * ((reach + step - 1) / step * step);
        for (var side = LargestTile; side >= around; side /= 2)
        {
            var whole = (side + around) / step * step;
            if (BytesPerImage(model.Options, whole, whole) <= MostBytes)
            {
                return whole - around;
            }
        }

        // Memory is short even for parts that consist of surroundings.
        return null;
    }

    /// <exception cref="RunException">Not even one image fits into the machine's free memory.</exception>
    public static void CheckFits(Autoencoder model, int height, int width, long free)
    {
        if (StepMemory.IsInMachine(model.Device) && TileOf(model, height, width) is null &&
            BytesPerImage(model.Options, height, width) is var bytes && bytes > free)
        {
            var needed = bytes == long.MaxValue ? "more than a tensor can hold" : $"about {StepMemory.InWords(bytes)}";
            var parts = model.Reach is null && model.Options.FixedSize is null
                ? ", or have reconstruct, encode and decode take parts of them with --tile"
                : "";
            throw new RunException(
                "memory", $"{needed} for one image of {width}×{height} in this model", $"{StepMemory.InWords(free)} free",
                $"Make the images smaller{parts}.");
        }
    }

    /// <summary>The tensors of one image at their peak, counted on a device that computes nothing.</summary>
    internal static long BytesPerImage(AutoencoderOptions options, int height, int width)
    {
        using var dry = Device.OpenDry();
        using var model = options.Build(new ModuleScope(dry, seed: 0));
        var own = dry.Memory.LiveBytes;
        try
        {
            using var x = dry.Empty<float>([1, options.Channels, height, width]);
            using var tape = new Tape(dry, recording: false);
            using var output = model.Forward(tape.Constant(x), StepContext.Inference);
            return Math.Max(1, dry.Memory.PeakBytes - own);
        }
        catch (ShapeException)
        {
            // No tensor has so many elements.
            return long.MaxValue;
        }
    }
}
