using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Hierarchical;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>What holds for every family of residual autoencoders with every quantizer.</summary>
public sealed class AutoencoderTests : IDisposable
{
    private static readonly VectorQuantizerOptions Ema = new() { CodebookSize = 64, CodeDim = 8 };

    private static readonly VectorQuantizerOptions Gradient = Ema with { Rule = CodebookRule.Gradient };

    private static readonly FiniteScalarQuantizerOptions Fsq = new() { Levels = [8, 5, 5, 5] };

    private static readonly LookupFreeQuantizerOptions Lfq = new() { Bits = 10, EntropyWeight = 0.01 };

    private static readonly BinarySphericalQuantizerOptions Bsq = new() { Bits = 8, EntropyWeight = 0.01 };

    private static readonly LatentQuantizerOptions Latent = new();

    private static readonly FiniteScalarPerturbationOptions Fsp = new();

    private static readonly BinaryMapperOptions Binary = new() { Bits = 6, FreeNats = 4 };
    private static readonly ResidualQuantizerOptions Residual = new() { Layers = 2, Layer = Ema };

    private static readonly ResidualFsqOptions ResidualFsq = new() { Layers = 2, Layer = Fsq };

    private static readonly SimVqOptions SimVq = new() { CodebookSize = 64, CodeDim = 8 };

    /// <summary>Quantizers that every family has the same tests with.</summary>
    private static readonly (string Name, QuantizerOptions Options)[] Others =
    [
        ("residual", Residual), ("residual, shared", Residual with { SharedCodebook = true }), ("residual-fsq", ResidualFsq),
        ("residual, implicit", new ResidualQuantizerOptions
        {
            Layers = 2,
            Layer = Gradient with { CodebookSize = 16 },
            ImplicitDepth = 1,
        }),
        ("residual-lfq", new ResidualLfqOptions { Layers = 2, Layer = Lfq }),
        ("grouped-residual", new GroupedResidualOptions { Group = Residual }),
        ("grouped-residual-fsq", new GroupedResidualFsqOptions { Group = ResidualFsq }), ("simvq", SimVq),
        ("residual-simvq", new ResidualSimVqOptions { Layers = 2, Layer = SimVq }),
        ("random-projection", new RandomProjectionOptions { CodebookSize = 64, CodeDim = 8, ProjectionDim = 4 }),
        ("hierarchical", new HierarchicalOptions { CodebookSize = 64, CodeDim = 8, Scales = [1, 2] }),
    ];
    private static readonly GumbelQuantizerOptions Gumbel = new() { CodebookSize = 32, CodeDim = 16, Temperature = 0.5 };

    private static readonly VqVaeOptions Small = new() { Hidden = 32, ResidualHidden = 8, Quantizer = Ema };

    private static readonly VqVae2Options Small2 = new() { Hidden = 32, ResidualHidden = 8, Quantizer = Ema };

    private static readonly Dictionary<string, AutoencoderOptions> Models = new()
    {
        ["vqvae, ema"] = Small,
        ["vqvae, ema, rectified, torch"] = Small with { ResidualSkip = ResidualSkip.Rectified, Init = Initialization.Torch },
        ["vqvae, gradient"] = Small with { Quantizer = Gradient },
        ["vqvae, fsq"] = Small with { Quantizer = Fsq, Init = Initialization.Torch },
        ["vqvae, no residual layers"] = Small with { ResidualLayers = 0 },
        ["vqvae, lfq"] = Small with { Quantizer = Lfq },
        ["vqvae, bsq"] = Small with { Quantizer = Bsq },
        ["vqvae, latent"] = Small with { Quantizer = Latent },
        ["vqvae, fsp"] = Small with { Quantizer = Fsp },
        ["vqvae, binary"] = Small with { Quantizer = Binary },
        ["vqvae, norm"] = Small with { UseNorm = true },
        ["vqvae, gelu"] = Small with { Activation = HiddenActivation.Gelu },
        ["vqvae2, ema"] = Small2,
        ["vqvae2, gradient"] = Small2 with { Quantizer = Gradient },
        ["vqvae, gumbel"] = Small with { Quantizer = Gumbel, Init = Initialization.Torch },
        ["vqvae2, gumbel"] = Small2 with { Quantizer = Gumbel, Init = Initialization.Torch },
        ["vqvae2, fsq"] = Small2 with { Quantizer = Fsq, Init = Initialization.Torch },
        ["vqvae2, lfq"] = Small2 with { Quantizer = Lfq },
        ["vqvae2, bsq"] = Small2 with { Quantizer = Bsq },
        ["vqvae2, latent"] = Small2 with { Quantizer = Latent },
        ["vqvae2, fsp"] = Small2 with { Quantizer = Fsp },
        ["vqvae2, binary"] = Small2 with { Quantizer = Binary },
        ["keras-vqvae"] = new KerasVqVaeOptions { Hidden = 32, Quantizer = Gradient },
        ["keras-vqvae, ema"] = new KerasVqVaeOptions { Hidden = 32, Quantizer = Ema, Init = Initialization.Sonnet },
        ["bn-vqvae"] = new BatchNormVqVaeOptions { Hidden = 16, Quantizer = Gradient with { CodeDim = 16 } },
        ["bn-vqvae, ema of another width"] = new BatchNormVqVaeOptions { Hidden = 16, Quantizer = Ema },
        ["bn-vqvae, fsq"] = new BatchNormVqVaeOptions { Hidden = 16, Quantizer = Fsq, Init = Initialization.Torch },
        ["vq-cvae"] = new VqCvaeOptions { Hidden = 16, Quantizer = VqCvaeOptions.QuantizerOf(codes: 64, width: 16) },
        ["vq-cvae, unit, ema"] =
            new VqCvaeOptions { Hidden = 16, PixelRange = PixelRange.Unit, Quantizer = Ema with { CodeDim = 16 } },
        ["vq-cvae, binary"] = new VqCvaeOptions { Hidden = 16, Quantizer = Binary },
    };

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    private readonly RandomState random;

    static AutoencoderTests()
    {
        foreach (var (name, options) in Others)
        {
            var init = name.Contains("fsq", StringComparison.Ordinal) ? Initialization.Torch : Initialization.Sonnet;
            Models.Add($"vqvae, {name}", Small with { Quantizer = options, Init = init });
            Models.Add($"vqvae2, {name}", Small2 with { Quantizer = options, Init = init });
        }

        Names = [.. Models.Keys];
    }

    public AutoencoderTests() => random = new RandomState(device, seed: 1);

    public static TheoryData<string> Names { get; }

    private StepContext Training => new(IsTraining: true, random);

    public void Dispose()
    {
        random.Dispose();
        device.Dispose();
    }

    [Fact]
    public void Every_family_is_here_and_every_quantizer_with_those_of_one_grid_and_of_two()
    {
        Assert.Equal(
            ModelFamilies.All.Where(kind => kind.Default is QuantizedAutoencoderOptions).Select(kind => kind.Name),
            Models.Values.Select(options => options.Family).Distinct());
        foreach (var family in Models.GroupBy(model => model.Value.Family).Where(family => family.Key is "vqvae" or "vqvae2"))
        {
            Assert.All(QuantizerKinds.All, kind => Assert.Contains(
                family, model => QuantizerOf(model.Value).GetType() == kind.Default.GetType()));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoded_codes_are_the_reconstruction_bit_for_bit(string name)
    {
        using var model = Build(name);
        using var images = Shapes(count: 3, size: 24);
        Train(model, images, steps: 60);
        var codes = model.Encode(images);
        using var decoded = model.Decode(codes);
        using var tape = new Tape(device, recording: false);
        using var output = model.Forward(tape.Constant(images), StepContext.Inference);

        Assert.Equal(Bits(output.Reconstruction.Value), Bits(decoded));
        Assert.Equal(model.Layouts(24, 24), codes.Select(grid => grid.Layout));
        Assert.All(codes.Zip(output.Codes), pair => Assert.Equal(pair.Second.Ids.ToArray(), pair.First.Ids.ToArray()));
        Assert.All(codes, grid => Assert.InRange(grid.Ids.ToArray().Distinct().Count(), 2, int.MaxValue));
        foreach (var grid in codes)
        {
            grid.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_reach_every_parameter(string name)
    {
        using var model = Build(name);
        using var images = Shapes(count: 4);
        var reached = new HashSet<string>();
        for (var round = 0; round < 3; round++)
        {
            // So that more than one code is chosen; all of a block's few rectifiers may be off at one time, but not always.
            Train(model, images, steps: 20);
            using var tape = new Tape(device);
            var x = tape.Constant(images);
            using var output = model.Forward(x, Training);
            tape.Backward(Loss(output, MeanSquaredError.Apply(output.Reconstruction, x)));
            foreach (var parameter in model.Parameters)
            {
                var gradient = parameter.Gradient?.ToArray();
                Assert.True(gradient?.All(float.IsFinite) == true, parameter.Name);
                if (gradient.Any(value => value != 0))
                {
                    reached.Add(parameter.Name);
                }
            }

            Assert.Equal(
                name.Contains("fsq", StringComparison.Ordinal) || name.Contains("projection", StringComparison.Ordinal),
                output.Loss is null);
        }

        Assert.All(model.Parameters, parameter => Assert.Contains(parameter.Name, reached));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_batch_is_learnt_by_heart(string name)
    {
        using var model = Build(name);
        using var images = Shapes(count: 4);

        // Codes that are drawn are now and then others, for which the decoder has to be ready.
        var isDrawn = QuantizerOf(Models[name]) is GumbelQuantizerOptions;
        var losses = Train(model, images, steps: isDrawn ? 1000 : 400);

        // The averages of norms are of steps before the last, in which weights moved.
        var hasNorms = model.Modules.OfType<BatchNormLayer>().Any();
        Assert.Equal("", WhatIsNotLearnt(model, images, losses, largestError: isDrawn || hasNorms ? 0.2 : 0.1));
    }

    /// <summary>The measure of the test before: it refuses what learns nothing, and what learns the wrong way.</summary>
    [Theory]
    [InlineData("vqvae, ema", 0)]
    [InlineData("vqvae, ema", -1)]
    [InlineData("vqvae2, gradient", 0)]
    [InlineData("vqvae2, gradient", -1)]
    public void A_batch_is_not_learnt_without_gradients_or_against_them(string name, float sign)
    {
        using var model = Build(name);
        using var images = Shapes(count: 4);
        var losses = Train(model, images, steps: 400, sign);

        Assert.NotEqual("", WhatIsNotLearnt(model, images, losses));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_step_leaves_no_buffer_behind_and_allocates_none_once_warm(string name)
    {
        using var model = Build(name);
        using var optimizer = new Adam(model.Parameters, new AdamOptions());
        using var images = Primitive.RandomUniform(device, [4, 3, 16, 16], -0.5f, 0.5f, seed: 1, stream: 1);
        Step();
        Step();
        var warm = device.Memory;
        for (var i = 0; i < 5; i++)
        {
            Step();
        }

        Assert.Equal((warm.LiveBuffers, warm.Allocations), (device.Memory.LiveBuffers, device.Memory.Allocations));

        void Step()
        {
            using var tape = new Tape(device);
            var x = tape.Constant(images);
            using var output = model.Forward(x, Training);
            tape.Backward(Loss(output, MeanSquaredError.Apply(output.Reconstruction, x)));
            optimizer.Step();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Images_that_do_not_fit_are_refused(string name)
    {
        using var model = Build(name);
        var (family, step) = (model.Options.Family, model.Options.Downsampling);
        foreach (var (c, h, w) in new[] { (3, 30, 32), (3, 32, 30), (1, 32, 32), (3, 0, 32), (3, 32, 0) })
        {
            using var images = Primitive.Fill(device, [2, c, h, w], 0);
            using var tape = new Tape(device, recording: false);
            var x = tape.Constant(images);
            var message =
                $"{family}: expected x (B, 3, H, W) with H and W divisible by {step}; got x (2, {c}, {h}, {w}). Resize or crop "
                    + "the images.";

            Assert.Equal(message, Assert.Throws<ShapeException>(() => model.Encode(images)).Message);
            Assert.Equal(message, Assert.Throws<ShapeException>(() => model.Forward(x, StepContext.Inference)).Message);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Codes_that_are_not_the_models_are_refused(string name)
    {
        using var model = Build(name);
        var own = string.Join(", ", model.Layouts(8, 8).Select(layout => layout.Name));
        using var images = Primitive.Fill(device, [1, 3, 8, 8], 0.25f);
        var codes = model.Encode(images);

        Refused("none", []);
        Refused("left", [codes[0] with { Name = "left" }]);
        Refused($"{own}, {codes[0].Name}", [.. codes, codes[0]]);
        using var flat = codes[0].Ids.Reshape([1, codes[0].Ids.Size]);
        var error = Assert.Throws<ShapeException>(() => model.Decode([codes[0] with { Ids = flat }, .. codes.Skip(1)]));
        Assert.Equal(
            $"quantizer lookup: expected ids (B, {codes[0].CodebookSizes.Length}, h, w); got ids {flat.Shape}.", error.Message);
        foreach (var grid in codes)
        {
            grid.Dispose();
        }

        void Refused(string got, CodeGrid[] grids) => Assert.Equal(
            $"{model.Options.Family}: expected grids of codes {own}; got {got}. Give those of Encode, in its order.",
            Assert.Throws<ShapeException>(() => model.Decode(grids)).Message);
    }

    private static QuantizerOptions QuantizerOf(AutoencoderOptions options) => ((QuantizedAutoencoderOptions)options).Quantizer;

    /// <summary>
    /// Whether the loss fell to less than a tenth, and each image is drawn by codes with an error below a part of its own
    /// variance.
    /// </summary>
    private static string WhatIsNotLearnt(
        Autoencoder model, Tensor<float> images, List<double> losses, double largestError = 0.1)
    {
        if (!(losses[0] > 0.8 && losses[^1] < losses[0] / 10))
        {
            return $"the loss goes from {losses[0]} to {losses[^1]}";
        }

        var codes = model.Encode(images);
        using var decoded = model.Decode(codes);
        foreach (var grid in codes)
        {
            grid.Dispose();
        }

        var (originals, drawn, length) = (images.ToArray(), decoded.ToArray(), images.Size / images.Shape[0]);
        for (var image = 0; image < images.Shape[0]; image++)
        {
            var (own, other) = (originals.AsSpan(image * length, length).ToArray(),
                drawn.AsSpan(image * length, length).ToArray());
            var error = own.Zip(other, (a, b) => Math.Pow((double)a - b, 2)).Average() / Variance(own);
            if (!(error < largestError))
            {
                return $"image {image} is drawn with an error of {error} of its variance";
            }
        }

        return "";
    }

    private static double Variance(float[] pixels) =>
        pixels.Select(value => (double)value * value).Average() - Math.Pow(pixels.Average(value => (double)value), 2);

    /// <summary>Trains on one batch, the error a part of its variance.</summary>
    /// <returns>The loss of each step.</returns>
    private List<double> Train(Autoencoder model, Tensor<float> images, int steps, float sign = 1)
    {
        using var optimizer = new Adam(model.Parameters, new AdamOptions { LearningRate = 3e-3 });
        var variance = Variance(images.ToArray());
        var losses = new List<double>();
        for (var step = 0; step < steps; step++)
        {
            random.Set(step);
            using var tape = new Tape(device);
            var x = tape.Constant(images);
            using var output = model.Forward(x, Training);
            var loss = Loss(output, MeanSquaredError.Apply(output.Reconstruction, x) * (float)(1 / variance)).Keep();
            tape.Backward(loss * sign);
            optimizer.Step();
            losses.Add(loss.Value.Item());
        }

        return losses;
    }

    private static Variable Loss(AutoencoderOutput output, Variable error) =>
        output.Loss is { } quantizer ? error + quantizer : error;

    private static IEnumerable<int> Bits(Tensor<float> tensor) => tensor.ToArray().Select(BitConverter.SingleToInt32Bits);

    private Autoencoder Build(string name) => Models[name].Build(new ModuleScope(device, seed: 1));

    private Tensor<float> Shapes(int count, int size = 16)
    {
        var data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = size });
        var pixels = new float[count * data.ImageLength];
        data.ReadBatch([.. Enumerable.Range(0, count)], pixels, new int[count]);
        return device.From<float>(pixels, [count, 3, size, size]);
    }
}
