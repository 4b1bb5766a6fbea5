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

    /// <summary>Images of that size at once, from 1 to <paramref name="most"/>.</summary>
    public static int Of(AutoencoderOptions model, int height, int width, int most) =>
        (int)Math.Clamp(MostBytes / BytesPerImage(model, height, width), 1, most);

    /// <exception cref="RunException">Not even one image fits into the machine's free memory.</exception>
    public static void CheckFits(Autoencoder model, int height, int width, long free)
    {
        if (StepMemory.IsInMachine(model.Device) && BytesPerImage(model.Options, height, width) is var bytes && bytes > free)
        {
            throw new RunException(
                "memory", $"about {StepMemory.InWords(bytes)} for one image of {width}×{height} in this model",
                $"{StepMemory.InWords(free)} free", "Make the images smaller.");
        }
    }

    /// <summary>The tensors of one image at their peak, counted on a device that computes nothing.</summary>
    internal static long BytesPerImage(AutoencoderOptions options, int height, int width)
    {
        using var dry = Device.OpenDry();
        using var model = options.Build(new ModuleScope(dry, seed: 0));
        var own = dry.Memory.LiveBytes;
        using var x = dry.Empty<float>([1, options.Channels, height, width]);
        using var tape = new Tape(dry, recording: false);
        using var output = model.Forward(tape.Constant(x), StepContext.Inference);
        return Math.Max(1, dry.Memory.PeakBytes - own);
    }
}
