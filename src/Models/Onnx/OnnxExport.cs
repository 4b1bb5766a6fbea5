using IlgpuVq.Autograd;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Onnx.Messages;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Models.Onnx;

/// <summary>Autoencoders as ONNX files (https://onnx.ai), which run without this library.</summary>
/// <remarks>
/// <para><c>encoder.onnx</c>: image → latents. <c>quantizer.onnx</c>: latents → codes, quantized. <c>decoder.onnx</c>: codes →
/// reconstruction, or latents → reconstruction of a model without codes, which has no quantizer. <c>model.onnx</c>: image →
/// codes, reconstruction.</para>
/// <para>image and reconstruction (B, C, H, W) are in [0, 1], latents and quantized (B, D, h, w), codes (B, L, h, w) whole
/// numbers of 64 bits from 0 to K − 1; with several grids, <c>codes_top</c> and the like. What a model of random draws does
/// outside of training is what is written: means, and the most likely.</para>
/// <para>The batch may be any, height and width too where the model allows it; else they are of one size.</para>
/// <para>Each part is traced (<see cref="Trace"/>) on images of a few sizes, so whatever a model is made of needs no form of its
/// own here: primitives have one.</para>
/// </remarks>
public static class OnnxExport
{
    /// <summary>Of the format of the file; the first with version 17 of the operators.</summary>
    private const int FileVersion = 8;

    /// <summary>Bytes that a message of Protocol Buffers may have, less what there is beside the weights.</summary>
    private const long LargestFile = int.MaxValue - (64L << 20);

    private static readonly string[] ImageAxes = ["batch", "height", "width"];

    private static readonly string[] GridAxes = ["batch", "rows", "columns"];

    /// <summary>The parts of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="size">Height and width of images where the model does not allow any.</param>
    /// <exception cref="OnnxException">The model does something that has no form in ONNX.</exception>
    public static IReadOnlyList<OnnxFile> Of(Autoencoder model, Pair size)
    {
        var step = model.Options.Downsampling;
        if (model.Options.FixedSize is { } side)
        {
            return Write(model, new ProbeSize(2, side, side), isAnySize: false);
        }

        try
        {
            // Two latent rows and three columns: axes of different lengths, longer than 1.
            return Write(model, new ProbeSize(2, 2 * step, 3 * step), isAnySize: true);
        }
        catch (OnnxException exception) when (exception.IsAboutSize)
        {
            return Write(model, new ProbeSize(2, size.H, size.W), isAnySize: false);
        }
    }

    private static List<OnnxFile> Write(Autoencoder model, ProbeSize size, bool isAnySize)
    {
        var files = new List<OnnxFile>();
        foreach (var (name, what, axes, work) in PartsOf(model))
        {
            using var probes = new Probes(model.Device, Named, size, isAnySize);
            files.Add(new OnnxFile($"{name}.onnx", MessageOf(model, what, GraphWriter.Write(probes, axes), size, isAnySize)));

            IReadOnlyList<(string Name, TracedValue Value)> Named(Trace trace, ProbeSize probe)
            {
                foreach (var tensor in model.State)
                {
                    if (tensor.WholeNumbers is null)
                    {
                        trace.Constant(tensor.Tensor, tensor.Key);
                    }
                }

                return work(trace, probe);
            }
        }

        return files;
    }

    private static IEnumerable<(string Name, string What, string[] Axes, Work Work)> PartsOf(Autoencoder model)
    {
        var hasCodes = model.Quantizers.Count > 0;
        yield return ("encoder", "images to latent images", ImageAxes, (trace, size) => Encode(model, trace, size));
        if (hasCodes)
        {
            yield return ("quantizer", "latent images to codes", GridAxes, (trace, size) => Quantize(model, trace, size));
        }

        yield return hasCodes
            ? ("decoder", "codes to images", GridAxes, (trace, size) => DecodeCodes(model, trace, size))
            : ("decoder", "latent images to images", GridAxes,
                (trace, size) => DecodeLatents((ContinuousAutoencoder)model, trace, size));
        yield return ("model", "images to codes and images", ImageAxes, (trace, size) => Reconstruct(model, trace, size));
    }

    private static List<(string Name, TracedValue Value)> Encode(Autoencoder model, Trace trace, ProbeSize size)
    {
        using var tape = new Tape(model.Device, recording: false);
        var latents = model.Latents(TakeImages(model, tape, trace, size), StepContext.Inference);
        return [.. latents.Select((latent, i) => (LatentName(model, "latents", i), trace.Of(latent.Value)))];
    }

    private static List<(string Name, TracedValue Value)> Quantize(Autoencoder model, Trace trace, ProbeSize size)
    {
        using var tape = new Tape(model.Device, recording: false);
        var outputs = new List<(string Name, TracedValue Value)>();
        for (var i = 0; i < model.Quantizers.Count; i++)
        {
            var quantizer = model.Quantizers[i];
            var grid = GridOf(model, i, size.Height, size.Width);
            using var latents = Primitive.Fill(
                model.Device, [size.Batch, quantizer.Quantizer.Width, grid.Height, grid.Width], value: 0);
            trace.Input(latents, LatentName(model, "latents", i));
            using var output = quantizer.Forward(tape.Constant(latents), StepContext.Inference);
            outputs.AddRange(output.Grids.Select(codes => (CodeName(codes.Name), trace.Of(codes.Ids))));
            outputs.Add((LatentName(model, "quantized", i), trace.Of(output.Quantized.Value)));
        }

        return outputs;
    }

    private static List<(string Name, TracedValue Value)> DecodeCodes(Autoencoder model, Trace trace, ProbeSize size)
    {
        var layouts = model.Layouts(size.Height, size.Width);
        var codes = layouts.Select(layout => TakeCodes(model.Device, layout, trace, size)).ToList();
        using var images = model.Decode(codes);
        codes.ForEach(grid => grid.Dispose());
        return [("reconstruction", InUnit(trace, images))];
    }

    private static List<(string Name, TracedValue Value)> DecodeLatents(ContinuousAutoencoder model, Trace trace, ProbeSize size)
    {
        var layout = model.LatentLayout(size.Height, size.Width);
        using var latents = Primitive.Fill(model.Device, [size.Batch, layout.Channels, layout.Height, layout.Width], value: 0);
        trace.Input(latents, "latents");
        using var images = model.DecodeLatents(latents);
        return [("reconstruction", InUnit(trace, images))];
    }

    private static List<(string Name, TracedValue Value)> Reconstruct(Autoencoder model, Trace trace, ProbeSize size)
    {
        using var tape = new Tape(model.Device, recording: false);
        using var output = model.Forward(TakeImages(model, tape, trace, size), StepContext.Inference);
        return
        [
            .. output.Codes.Select(codes => (CodeName(codes.Name), trace.Of(codes.Ids))),
            ("reconstruction", InUnit(trace, output.Reconstruction.Value)),
        ];
    }

    /// <summary>Images about [−0.5, 0.5] as what they are in [0, 1].</summary>
    private static TracedValue InUnit(Trace trace, Tensor<float> images)
    {
        using var shifted = Primitive.Map(images, new Affine(scale: 1, shift: 0.5f));
        using var unit = Primitive.Map(shifted, new Clamp(0, 1));
        return trace.Of(unit);
    }

    /// <summary>Images in [0, 1] as an input, and what they are inside: in [−0.5, 0.5].</summary>
    private static Variable TakeImages(Autoencoder model, Tape tape, Trace trace, ProbeSize size)
    {
        using var images = Primitive.Fill(
            model.Device, [size.Batch, model.Options.Channels, size.Height, size.Width], value: 0.5f);
        trace.Input(images, "image");
        return Affine.Apply(tape.Constant(images), scale: 1, shift: -0.5f);
    }

    private static CodeGrid TakeCodes(Device device, CodeLayout layout, Trace trace, ProbeSize size)
    {
        Shape shape = [size.Batch, layout.Levels, layout.Height, layout.Width];
        var ids = device.From<int>(new int[shape.Size], shape);
        trace.Input(ids, CodeName(layout.Name));
        return new CodeGrid(layout.Name, ids, layout.CodebookSizes);
    }

    /// <summary>The largest grid of a quantizer, which has the size of its latent images.</summary>
    private static CodeLayout GridOf(Autoencoder model, int quantizer, int height, int width)
    {
        var grids = model.Quantizers.Take(quantizer + 1).Sum(each => each.Layouts(1, 1).Count);
        return model.Layouts(height, width)[grids - 1];
    }

    private static string LatentName(Autoencoder model, string what, int quantizer)
    {
        var step = model.Options.Downsampling;
        return model.Quantizers.Count < 2 ? what : $"{what}_{GridOf(model, quantizer, step, step).Name}";
    }

    private static string CodeName(string grid) =>
        grid.StartsWith("codes", StringComparison.Ordinal) ? grid : $"codes_{grid}";

    private static Model MessageOf(Autoencoder model, string what, Graph graph, ProbeSize size, bool isAnySize)
    {
        var bytes = graph.Initializer.Sum(tensor => (long)tensor.RawData.Length);
        if (bytes > LargestFile)
        {
            throw OnnxException.Of($"weights of at most {LargestFile} bytes, as a file has room for", $"{bytes} bytes");
        }

        var options = model.Options;
        graph.Name = options.Family;
        var message = new Model
        {
            IrVersion = FileVersion,
            ProducerName = "IlgpuVq",
            ProducerVersion = typeof(OnnxExport).Assembly.GetName().Version?.ToString(3) ?? "",
            DocString = $"{options.Family}: {what}",
            Graph = graph,
            OpsetImport = { new OperatorSet { Domain = "", Version = GraphWriter.OperatorVersion } },
        };
        Add("model", options.Family);
        Add("pixels", "0 to 1, (batch, channels, height, width)");
        Add("channels", $"{options.Channels}");
        Add("height", isAnySize ? $"any multiple of {options.Downsampling}" : $"{size.Height}");
        Add("width", isAnySize ? $"any multiple of {options.Downsampling}" : $"{size.Width}");
        foreach (var layout in model.Layouts(size.Height, size.Width))
        {
            Add($"{CodeName(layout.Name)}.codebooks", string.Join(", ", layout.CodebookSizes));
        }

        return message;

        void Add(string key, string value) => message.MetadataProps.Add(new Property { Key = key, Value = value });
    }
}
