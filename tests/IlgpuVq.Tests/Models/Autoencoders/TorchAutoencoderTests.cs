using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>Whole models against PyTorch's double precision: images, losses, codes, every gradient, and the state that two steps
/// leave behind.</summary>
/// <remarks>The file was written by torch_autoencoders.py beside it.</remarks>
public sealed class TorchAutoencoderTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 2e-5;

    private static readonly VectorQuantizerOptions Gradient =
        new() { CodebookSize = 6, CodeDim = 3, Rule = CodebookRule.Gradient };

    private static readonly VqVaeOptions VqVae = new() { Hidden = 4, ResidualHidden = 3, Quantizer = Gradient };

    private static readonly VqVaeOptions Running = VqVae with
    {
        Quantizer = Gradient with { Rule = CodebookRule.Ema, EmaStart = EmaStart.Running },
    };

    private static readonly VqCvaeOptions Cvae = new()
    {
        Hidden = 4,
        Quantizer = VqCvaeOptions.QuantizerOf(codes: 6, width: 4),
    };

    /// <summary>Models, and what multiplies their squared error.</summary>
    private static readonly Dictionary<string, (AutoencoderOptions Options, float Weight)> Cases = new()
    {
        ["vqvae, rectified, running"] = (Running with { ResidualSkip = ResidualSkip.Rectified }, 1 / 0.09f),
        ["vqvae, norm, running"] = (Running with { UseNorm = true }, 1 / 0.09f),
        ["vqvae, gelu, gradient"] = (VqVae with { Activation = HiddenActivation.Gelu }, 1),
        ["vqvae, norm, gelu, gradient"] = (VqVae with { Activation = HiddenActivation.Gelu, UseNorm = true }, 1),
        ["keras-vqvae"] = (new KerasVqVaeOptions { Channels = 1, Hidden = 6, Quantizer = Gradient }, 1 / 0.09f),
        ["bn-vqvae"] = (
            new BatchNormVqVaeOptions { Hidden = 4, Quantizer = Gradient with { CodeDim = 4, Commitment = 1 } }, 4),
        ["vq-cvae"] = (Cvae, 4),
        ["vq-cvae, unit"] = (Cvae with { Channels = 1, PixelRange = PixelRange.Unit }, 1),
    };

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Autoencoders", "torch_autoencoders.txt");

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_with_PyTorchs_weights_has_its_images_losses_codes_and_gradients(string name, string deviceName)
    {
        var (options, weight) = Cases[name];
        using var model = options.Build(new ModuleScope(devices.Open(deviceName), seed: 1));
        var lines = Lines[name].ToList();
        TorchLine.Fill(model, [.. lines.Where(line => line.Pass == "begin")]);
        foreach (var pass in lines.Where(line => line.Pass != "begin").GroupBy(line => line.Pass))
        {
            var context = new StepContext(IsTraining: pass.Key.StartsWith("train", StringComparison.Ordinal));
            Check(model, [.. pass], weight, context, $"{name} on {deviceName}, {pass.Key}");
        }
    }

    private static void Check(Autoencoder model, List<TorchLine> pass, float weight, StepContext context, string what)
    {
        using var tape = new Tape(model.Device);
        using var images = model.Device.From<float>(Single("x").Floats, Single("x").Shape);
        var x = tape.Constant(images);
        using var output = model.Forward(x, context);
        var (y, loss) = (output.Reconstruction.Keep(), output.Loss!.Keep());
        var total = MeanSquaredError.Apply(y, x) * weight + loss;
        tape.Backward(total);

        Assert.Equal(Single("ids").Floats, Array.ConvertAll(output.Codes[0].Ids.ToArray(), id => (float)id));
        Single("y").AssertClose(y.Value.ToArray(), Tolerance, what);
        Single("loss").AssertClose(loss.Value.ToArray(), Tolerance, what);
        Single("total").AssertClose(total.Value.ToArray(), Tolerance, what);
        var parameters = model.Parameters.ToDictionary(parameter => parameter.Name);
        var gradients = pass.Where(line => line.Role == "dw").ToList();
        Assert.True(gradients.Count == 0 || gradients.Count == parameters.Count);
        foreach (var line in gradients)
        {
            line.AssertClose(parameters[line.Name].Gradient!.ToArray(), Tolerance, what);
        }

        foreach (var parameter in parameters.Values)
        {
            parameter.ClearGradient();
        }

        var state = model.State.ToDictionary(named => named.Key);
        foreach (var line in pass.Where(line => line.Role == "state"))
        {
            var numbers = state[line.Name].WholeNumbers is { } whole
                ? Array.ConvertAll(whole.ToArray(), number => (float)number)
                : state[line.Name].Tensor.ToArray();
            line.AssertClose(numbers, Tolerance, what);
        }

        TorchLine Single(string role) => pass.Single(line => line.Role == role);
    }
}
