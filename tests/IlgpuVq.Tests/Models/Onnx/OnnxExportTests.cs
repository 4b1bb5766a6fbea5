using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqModel;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Onnx;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Quantizers.Hierarchical;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Models.Onnx;

/// <summary>Models in ONNX Runtime give the numbers that they give here.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private static readonly VectorQuantizerOptions Vector = new() { CodebookSize = 16, CodeDim = 4 };

    private static readonly FiniteScalarQuantizerOptions Fsq = new() { Levels = [8, 5, 5] };

    private static readonly LookupFreeQuantizerOptions Lfq = new() { Bits = 6 };

    private static readonly SimVqOptions SimVq = new() { CodebookSize = 16, CodeDim = 4 };

    private static readonly ResidualQuantizerOptions Residual = new() { Layers = 2, Layer = Vector };

    private static readonly ResidualFsqOptions ResidualFsq = new() { Layers = 2, Layer = Fsq };

    private static readonly VqVaeOptions Small = new() { Hidden = 8, ResidualHidden = 4, Quantizer = Vector };

    private static readonly Dictionary<string, AutoencoderOptions> Families = new()
    {
        ["vqvae"] = Small,
        ["vqvae, norm"] = Small with { UseNorm = true },
        ["vqvae, gelu"] = Small with { Activation = HiddenActivation.Gelu },
        ["vqvae, rectified"] = Small with { ResidualSkip = ResidualSkip.Rectified },
        ["vqvae2"] = new VqVae2Options { Hidden = 8, ResidualHidden = 4, Quantizer = Vector },
        ["keras-vqvae"] = new KerasVqVaeOptions { Hidden = 8, Quantizer = Vector },
        ["bn-vqvae"] = new BatchNormVqVaeOptions { Hidden = 8, Quantizer = Vector },
        ["vq-cvae"] = new VqCvaeOptions { Hidden = 8, Quantizer = VqCvaeOptions.QuantizerOf(codes: 16, width: 8) },
        ["vqmodel"] = new VqModelOptions { BlockOutChannels = [4, 8], NormNumGroups = 2, Quantizer = Vector },
        ["vqmodel, spatial"] = new VqModelOptions
        {
            BlockOutChannels = [4, 8],
            NormNumGroups = 2,
            NormType = NormType.Spatial,
            AttentionLevels = [1],
            Quantizer = Vector,
        },
        ["kl"] = new KlAutoencoderOptions { BlockOutChannels = [4, 8], NormNumGroups = 2 },
        ["tiny"] = new TinyAutoencoderOptions
        {
            EncoderBlockOutChannels = [8, 8],
            DecoderBlockOutChannels = [8, 8],
            NumEncoderBlocks = [1, 1],
            NumDecoderBlocks = [1, 1],
        },
        ["asymmetric"] = new AsymmetricOptions
        {
            BlockOutChannels = [4, 8],
            UpBlockOutChannels = [4, 12],
            NormNumGroups = 2,
        },
        ["paella"] = new PaellaOptions { EmbedDim = 8, BottleneckBlocks = 2, Quantizer = Vector },
        ["cvae"] = new CvaeOptions { Hidden = 8, ImageSize = 16 },
    };

    private static readonly Dictionary<string, QuantizerOptions> Quantizers = new()
    {
        ["vector, gradient"] = Vector with { Rule = CodebookRule.Gradient },
        ["vector, rotation"] = Vector with { Estimator = Estimator.Rotation },
        ["vector, diveq"] = Vector with { Estimator = Estimator.Diveq },
        ["vector, cosine"] = Vector with { Distance = CodeDistance.Cosine },
        ["vector, heads"] = Vector with { Heads = 2, SeparateCodebooks = true },
        ["vector, heads of one codebook"] = Vector with { Heads = 2 },
        ["vector, projection"] = Vector with { LatentDim = 6, ProjectionNorm = true },
        ["fsq"] = Fsq,
        ["fsq, symmetric"] = Fsq with { Symmetric = true },
        ["residual"] = Residual,
        ["residual, shared"] = Residual with { SharedCodebook = true },
        ["residual, implicit"] = Residual with { Layer = Vector with { Rule = CodebookRule.Gradient }, ImplicitDepth = 1 },
        ["grouped-residual"] = new GroupedResidualOptions { Group = Residual },
        ["residual-fsq"] = ResidualFsq,
        ["grouped-residual-fsq"] = new GroupedResidualFsqOptions { Group = ResidualFsq },
        ["lfq"] = Lfq,
        ["bsq"] = new BinarySphericalQuantizerOptions { Bits = 6 },
        ["residual-lfq"] = new ResidualLfqOptions { Layers = 2, Layer = Lfq },
        ["latent"] = new LatentQuantizerOptions(),
        ["simvq"] = SimVq,
        ["residual-simvq"] = new ResidualSimVqOptions { Layers = 2, Layer = SimVq },
        ["random-projection"] = new RandomProjectionOptions { CodebookSize = 16, CodeDim = 4, ProjectionDim = 3 },
        ["fsp"] = new FiniteScalarPerturbationOptions(),
        ["fsp, laplace"] = new FiniteScalarPerturbationOptions { Cdf = CdfActivation.Laplace },
        ["binary"] = new BinaryMapperOptions { Bits = 4 },
        ["hierarchical"] = new HierarchicalOptions { CodebookSize = 16, CodeDim = 4, Scales = [1, 3] },
        ["gumbel"] = new GumbelQuantizerOptions { CodebookSize = 16, CodeDim = 4 },
    };

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public static TheoryData<string> FamilyNames { get; } = [.. Families.Keys];

    public static TheoryData<string> QuantizerNames { get; } = [.. Quantizers.Keys];

    public void Dispose() => device.Dispose();

    [Fact]
    public void All_families_and_kinds_of_quantizers_are_tried()
    {
        Assert.All(ModelFamilies.All, kind => Assert.Contains(
            Families.Values, options => options.GetType() == kind.Default.GetType()));
        Assert.All(QuantizerKinds.All, kind => Assert.Contains(
            Quantizers.Values.Append(Vector), options => options.GetType() == kind.Default.GetType()));
    }

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void Each_family_gives_the_same_numbers(string name) => CheckParts(Families[name]);

    [Theory]
    [MemberData(nameof(QuantizerNames))]
    public void Each_quantizer_gives_the_same_numbers(string name) => CheckParts(Small with { Quantizer = Quantizers[name] });

    [Fact]
    public void Files_say_what_they_are_of()
    {
        using var model = Build(Families["vqvae2"]);
        var files = OnnxExport.Of(model, size: 32);
        Assert.Equal(["encoder.onnx", "quantizer.onnx", "decoder.onnx", "model.onnx"], files.Select(file => file.Name));
        Assert.Equal(["image (batch, 3, height, width)"], files[0].Inputs);
        Assert.Equal(
            ["latents_top (batch, 4, height/8, width/8)", "latents_bottom (batch, 4, height/4, width/4)"], files[0].Outputs);
        Assert.Equal(
            ["codes_top (batch, 1, rows, columns)", "codes_bottom (batch, 1, 2*rows, 2*columns)"], files[2].Inputs);
        Assert.Equal(["reconstruction (batch, 3, 8*rows, 8*columns)"], files[2].Outputs);
        using var session = OnnxSession.Open(files[3]);
        Assert.Equal(["image"], session.InputNames);
        Assert.Equal(["codes_top", "codes_bottom", "reconstruction"], session.OutputNames);
        Assert.Equal("vqvae2", session.Properties["model"]);
        Assert.Equal("0 to 1, (batch, channels, height, width)", session.Properties["pixels"]);
        Assert.Equal("any multiple of 8", session.Properties["height"]);
        Assert.Equal("16", session.Properties["codes_top.codebooks"]);
        Assert.Equal(17, Assert.Single(session.Message.OpsetImport).Version);
        Assert.Contains(session.Message.Graph.Initializer, tensor => tensor.Name == "enc_b.blocks.0.weight");
    }

    [Fact]
    public void Losses_and_weights_that_nothing_needs_are_left_out()
    {
        using var model = Build(Small);
        var files = OnnxExport.Of(model, size: 16).ToDictionary(file => file.Name, OnnxSession.Open);
        var weights = files.ToDictionary(
            file => file.Key, file => file.Value.Message.Graph.Initializer.Select(tensor => tensor.Name).ToList());
        Assert.DoesNotContain(weights["encoder.onnx"], name => name.StartsWith("_decoder", StringComparison.Ordinal));
        Assert.DoesNotContain(weights["decoder.onnx"], name => name.StartsWith("_encoder", StringComparison.Ordinal));
        Assert.DoesNotContain(weights["model.onnx"], name => name.Contains("_ema", StringComparison.Ordinal));
        foreach (var file in files.Values)
        {
            file.Dispose();
        }
    }

    [Fact]
    public void Models_of_one_size_say_which()
    {
        using var cvae = Build(Families["cvae"]);
        Assert.Equal(["image (batch, 3, 16, 16)"], OnnxExport.Of(cvae, size: 32)[0].Inputs);
        using var hierarchical = Build(Small with { Quantizer = Quantizers["hierarchical"] });
        var file = OnnxExport.Of(hierarchical, new Pair(16, 32))[^1];
        Assert.Equal(["image (batch, 3, 16, 32)"], file.Inputs);
        using var session = OnnxSession.Open(file);
        Assert.Equal(("16", "32"), (session.Properties["height"], session.Properties["width"]));
    }

    [Fact]
    public void A_search_whose_tables_grow_with_the_batch_is_refused()
    {
        using var model = Build(Small with { Quantizer = Residual with { Beam = 2 } });
        var exception = Assert.Throws<OnnxException>(() => OnnxExport.Of(model, size: 16));
        Assert.Equal(
            "onnx: expected constants that are the same for all batches and sizes of images; got one of (32, 1) that is not. "
                + "Choose another model or quantizer.",
            exception.Message);
        using var codes = device.From<int>(new int[8], [1, 2, 2, 2]);
        using var grid = new CodeGrid("codes", codes.Share(), [16, 16]);
        model.Decode([grid]).Dispose(); // no trace is left behind
    }

    /// <summary>All parts on two sizes of batches and, where they may be any, of images.</summary>
    private void CheckParts(AutoencoderOptions options)
    {
        using var model = Build(options);
        var sessions = OnnxExport.Of(model, size: 16).ToDictionary(file => file.Name, OnnxSession.Open);
        var isAnySize = !int.TryParse(sessions["model.onnx"].Properties["height"], out var side);
        var step = options.Downsampling;
        (int B, int H, int W)[] sizes = isAnySize
            ? [(1, 3 * step, step), (3, 2 * step, 4 * step)]
            : [(1, side, side), (3, side, side)];
        foreach (var (b, h, w) in sizes)
        {
            using var images = Primitive.RandomUniform(
                device, [b, options.Channels, h, w], low: 0, high: 1, seed: 3, stream: (ulong)b);
            CheckWhole(model, sessions, images);
            if (model is ContinuousAutoencoder continuous)
            {
                CheckLatents(continuous, sessions, images);
            }
            else
            {
                CheckCodes(model, sessions, images);
            }
        }

        foreach (var session in sessions.Values)
        {
            var graph = session.Message.Graph;
            var read = graph.Node.SelectMany(node => node.Input).ToHashSet();
            Assert.All(graph.Initializer, constant => Assert.Contains(constant.Name, read));
            session.Dispose();
        }
    }

    private void CheckWhole(Autoencoder model, Dictionary<string, OnnxSession> sessions, Tensor<float> images)
    {
        using var tape = new Tape(device, recording: false);
        using var output = model.Forward(tape.Constant(images) - 0.5f, StepContext.Inference);
        var whole = sessions["model.onnx"].Run(("image", images));
        foreach (var grid in output.Codes)
        {
            OnnxSession.AssertSame(grid.Ids, whole[CodeName(grid.Name)]);
        }

        AssertSamePixels(output.Reconstruction.Value, whole["reconstruction"]);
    }

    private static void CheckLatents(ContinuousAutoencoder model, Dictionary<string, OnnxSession> sessions, Tensor<float> images)
    {
        using var centred = Primitive.Map(images, new Affine(1, -0.5f));
        using var latents = model.EncodeLatents(centred);
        OnnxSession.AssertSame("latents", latents, sessions["encoder.onnx"].Run(("image", images))["latents"]);
        using var drawn = model.DecodeLatents(latents);
        AssertSamePixels(drawn, sessions["decoder.onnx"].Run(("latents", latents))["reconstruction"]);
    }

    private void CheckCodes(Autoencoder model, Dictionary<string, OnnxSession> sessions, Tensor<float> images)
    {
        using var tape = new Tape(device, recording: false);
        var latents = model.Latents(tape.Constant(images) - 0.5f, StepContext.Inference);
        var names = latents.Count == 1 ? [""] : (string[])["_top", "_bottom"];
        var encoded = sessions["encoder.onnx"].Run(("image", images));
        var quantized = sessions["quantizer.onnx"].Run(
            [.. latents.Select((latent, i) => ($"latents{names[i]}", (IDisposable)latent.Value))]);
        var grids = new List<CodeGrid>();
        for (var i = 0; i < latents.Count; i++)
        {
            OnnxSession.AssertSame("latents", latents[i].Value, encoded[$"latents{names[i]}"]);
            using var own = model.Quantizers[i].Forward(latents[i], StepContext.Inference);
            OnnxSession.AssertSame("quantized", own.Quantized.Value, quantized[$"quantized{names[i]}"]);
            grids.AddRange(own.Grids.Select(grid => grid.Share()));
        }

        grids.ForEach(grid => OnnxSession.AssertSame(grid.Ids, quantized[CodeName(grid.Name)]));
        var drawn = grids.ConvertAll(Others);
        using var expected = model.Decode(drawn);
        AssertSamePixels(expected, sessions["decoder.onnx"].Run(
            [.. drawn.Select(grid => (CodeName(grid.Name), (IDisposable)grid.Ids))])["reconstruction"]);
        grids.ForEach(grid => grid.Dispose());
        drawn.ForEach(grid => grid.Dispose());
    }

    /// <summary>Codes that no image gave.</summary>
    private CodeGrid Others(CodeGrid grid)
    {
        var perPlane = grid.Ids.Shape[2] * grid.Ids.Shape[3];
        var ids = new int[grid.Ids.Size];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = (7 * i + 3) % grid.CodebookSizes[i / perPlane % grid.CodebookSizes.Length];
        }

        return grid with { Ids = device.From<int>(ids, grid.Ids.Shape) };
    }

    private static void AssertSamePixels(Tensor<float> images, (Shape Shape, double[] Numbers) actual)
    {
        using var shifted = Primitive.Map(images, new Affine(1, 0.5f));
        using var unit = Primitive.Map(shifted, new Clamp(0, 1));
        OnnxSession.AssertSame("reconstruction", unit, actual);
    }

    private static string CodeName(string grid) =>
        grid.StartsWith("codes", StringComparison.Ordinal) ? grid : $"codes_{grid}";

    /// <summary>A model none of whose numbers is 0 or 1, as norms begin with.</summary>
    private Autoencoder Build(AutoencoderOptions options)
    {
        var model = options.Build(new ModuleScope(device, seed: 1));
        var stream = 0ul;
        foreach (var tensor in model.State)
        {
            if (tensor.WholeNumbers is null)
            {
                using var noise = Primitive.RandomNormal(device, tensor.Shape, mean: 0, deviation: 0.1f, seed: 2, stream++);
                Primitive.ZipInto(tensor.Tensor, tensor.Tensor, noise, default(Add));
            }
        }

        return model;
    }
}
