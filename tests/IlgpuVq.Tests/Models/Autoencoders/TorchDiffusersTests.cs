using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
using IlgpuVq.Models.Autoencoders.VqModel;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>Families of diffusers and their like against PyTorch in double precision: keys and shapes of the state,
/// reconstructions, the loss and every gradient of it.</summary>
/// <remarks>The file was written by torch_diffusers.py beside it. Where a model draws, the mean stands for the draw, there and
/// here.</remarks>
public sealed class TorchDiffusersTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 1e-4;

    private const double PosteriorWeight = 0.001;

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Autoencoders", "torch_diffusers.txt");

    private static readonly VectorQuantizerOptions Legacy = new()
    {
        CodebookSize = 7,
        CodeDim = 2,
        Rule = CodebookRule.Gradient,
        BetaOn = BetaTerm.Codebook,
    };

    private static readonly PaellaOptions SmallPaella = new()
    {
        EmbedDim = 4,
        BottleneckBlocks = 2,
        Quantizer = Legacy with { CodebookSize = 6, BetaOn = BetaTerm.Commitment },
    };

    private static readonly VqModelOptions SmallVqModel = new()
    {
        BlockOutChannels = [2, 4],
        LatentChannels = 3,
        NormNumGroups = 2,
        Quantizer = Legacy,
    };

    private static readonly Dictionary<string, AutoencoderOptions> Cases = new()
    {
        ["vqmodel"] = SmallVqModel,
        ["vqmodel, spatial, attention"] = SmallVqModel with
        {
            BlockOutChannels = [4, 2],
            LatentChannels = 2,
            NormType = NormType.Spatial,
            AttentionLevels = [1],
            MidBlockAddAttention = false,
        },
        ["vqmodel, spatial middle"] = SmallVqModel with
        {
            BlockOutChannels = [2],
            LatentChannels = 2,
            NormType = NormType.Spatial,
            Quantizer = Legacy with { CodebookSize = 5 },
        },
        ["kl"] = new KlAutoencoderOptions
        {
            BlockOutChannels = [2, 4, 4],
            LatentChannels = 2,
            NormNumGroups = 2,
            PosteriorWeight = PosteriorWeight,
        },
        ["kl, no convs"] = new KlAutoencoderOptions
        {
            BlockOutChannels = [2, 2],
            LayersPerBlock = 2,
            LatentChannels = 1,
            NormNumGroups = 2,
            MidBlockAddAttention = false,
            UseQuantConv = false,
            UsePostQuantConv = false,
            PosteriorWeight = PosteriorWeight,
        },
        ["asymmetric"] = new AsymmetricOptions
        {
            BlockOutChannels = [2, 2, 4],
            LatentChannels = 2,
            NormNumGroups = 2,
            UpBlockOutChannels = [2, 4, 6],
            LayersPerUpBlock = 2,
            PosteriorWeight = PosteriorWeight,
        },
        ["tiny"] = new TinyAutoencoderOptions
        {
            EncoderBlockOutChannels = [4, 4, 4],
            DecoderBlockOutChannels = [4, 4, 4],
            NumEncoderBlocks = [1, 2, 0],
            NumDecoderBlocks = [2, 1, 1],
            LatentChannels = 2,
        },
        ["paella"] = SmallPaella,
        ["paella, at rest"] = SmallPaella with { BottleneckBlocks = 1 },
        ["cvae"] = new CvaeOptions { Hidden = 4, ImageSize = 8, PosteriorWeight = PosteriorWeight },
    };

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_with_PyTorchs_weights_has_its_reconstruction_loss_and_gradients(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        using var model = Cases[name].Build(new ModuleScope(device, seed: 1));
        var lines = Lines[name].ToList();
        TorchLine.Fill(model, [.. lines.Where(line => line.Pass == "begin")]);
        var pass = lines.Where(line => line.Pass != "begin").ToList();
        var context = new StepContext(IsTraining: pass[0].Pass == "train");
        var what = $"{name} on {deviceName}";

        using var tape = new Tape(device);
        var x = Constant(tape, pass.Single(line => line.Role == "x"));
        var (y, own, kl) = Run(model, x, pass.SingleOrDefault(line => line.Role == "mask"), context);
        var error = MeanSquaredError.Apply(y.Keep(), x);
        var loss = own is null ? error : error + own;
        tape.Backward(loss);

        Line("y").AssertClose(y.Value.ToArray(), Tolerance, what);
        Line("loss").AssertClose(loss.Value.ToArray(), Tolerance, what);
        if (kl is not null)
        {
            Line("kl").AssertClose(kl.Value.ToArray(), Tolerance, what);
        }

        var gradients = pass.Where(line => line.Role == "dw").ToDictionary(line => line.Name);
        Assert.Equal(gradients.Keys.Order(), model.Parameters.Select(parameter => parameter.Name).Order());
        Assert.All(model.Parameters, parameter =>
        {
            var expected = gradients[parameter.Name];
            expected.AssertClose(parameter.Gradient!.ToArray(), Tolerance, what);
        });

        TorchLine Line(string role) => pass.Single(line => line.Role == role);
    }

    private static (Variable Y, Variable? Own, Variable? Kl) Run(
        Autoencoder model, Variable x, TorchLine? mask, StepContext context)
    {
        if (model is GaussianAutoencoder gaussian)
        {
            var posterior = gaussian.Posterior(x, context);
            var kl = posterior.Kl().Keep();
            var y = model is AsymmetricModel asymmetric && mask is not null
                ? asymmetric.Inpaint(posterior.Mode, x, Constant(x.Tape, mask), context)
                : model.Images([posterior.Mode], context);
            return (y, Mean.Apply(kl) * (float)PosteriorWeight, kl);
        }

        using var output = model.Forward(x, context);
        return (output.Reconstruction, output.Loss, null);
    }

    private static Variable Constant(Tape tape, TorchLine line)
    {
        using var tensor = tape.Device.From<float>(line.Floats, line.Shape);
        return tape.Constant(tensor);
    }
}
