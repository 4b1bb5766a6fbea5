using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers.Hierarchical;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>Codes from coarse to fine against the formula in PyTorch's double precision.</summary>
/// <remarks>The file was written by torch_hierarchical.py beside it.</remarks>
public sealed class HierarchicalQuantizerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 1e-5;

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Quantizers", "torch_hierarchical.txt");

    private static readonly HierarchicalOptions Square = new() { CodebookSize = 7, CodeDim = 3, Scales = [1, 2] };

    private static readonly Dictionary<string, HierarchicalOptions> Cases = new()
    {
        ["square"] = Square,
        ["oblong"] = Square with { Scales = [1, 2, 3], ConvolutionRatio = 0.25, Commitment = 0.5 },
        ["shared"] = new() { CodebookSize = 6, CodeDim = 2, Scales = [1, 3], SharedConvolution = true },
        ["one scale"] = Square with { Scales = [], ConvolutionRatio = 0 },
    };

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    public static TheoryData<string> Devices { get; } = [.. LawDevices.Names];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Values_indices_losses_and_gradients_are_those_of_the_formula(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        var lines = Lines[name].ToList();
        using var quantizer = Cases[name].BuildForImages(new ModuleScope(device, seed: 1), "codes");
        var state = quantizer.State.ToDictionary(named => named.Key);
        Assert.Equal(lines.Count(line => line.Role == "state"), state.Count);
        foreach (var line in lines.Where(line => line.Role == "state"))
        {
            Assert.Equal(line.Shape, state[line.Name].Shape);
            state[line.Name].Tensor.CopyFrom(line.Floats);
        }

        TorchLine Of(string role) => lines.Single(line => line.Role == role);

        using var tape = new Tape(device);
        using var images = device.From<float>(Of("x").Floats, Of("x").Shape);
        using var upstream = device.From<float>(Of("u").Floats, Of("u").Shape);
        var z = tape.Leaf(images);
        using var output = quantizer.Forward(z, StepContext.Training);
        tape.Backward(Sum.Apply(output.Quantized.Keep() * tape.Constant(upstream), []) + output.Loss!.Keep());

        var what = $"{name} on {deviceName}";
        Of("y").AssertClose(output.Quantized.Value.ToArray(), Tolerance, what);
        Of("loss").AssertClose(output.Loss!.Value.ToArray(), Tolerance, what);
        Of("dx").AssertClose(z.Gradient!.ToArray(), Tolerance, what);
        foreach (var parameter in quantizer.Parameters)
        {
            lines.Single(line => line.Role == "dw" && line.Name == parameter.Name)
                .AssertClose(parameter.Gradient!.ToArray(), Tolerance, what);
        }

        Assert.Equal(
            lines.Where(line => line.Role == "ids").Select(line => (line.Name, line.Shape)),
            output.Grids.Select(grid => (grid.Name, grid.Ids.Shape)));
        Assert.All(output.Grids, grid => Assert.Equal(
            lines.Single(line => line.Role == "ids" && line.Name == grid.Name).Numbers.Select(id => (int)id),
            grid.Ids.ToArray()));
        Assert.Equal(
            quantizer.Layouts(images.Shape[2], images.Shape[3]), output.Grids.Select(grid => grid.Layout));
        using var lookup = quantizer.Lookup(output.Grids);
        Assert.Equal(Bits(output.Quantized.Value), Bits(lookup));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_recorded_step_replayed_is_the_step(string deviceName)
    {
        var device = devices.Open(deviceName);
        using var quantizer = Square.BuildForImages(new ModuleScope(device, seed: 1), "codes");
        using var images = Latents(device, 0);
        using var results = device.Empty<float>([2 * images.Size]);
        using var recording = new Recording(device, Compute);
        for (var step = 0; step < 3; step++)
        {
            using var next = Latents(device, step);
            Primitive.CopyInto(images, next);
            recording.Run();
            var replayed = results.ToArray();
            Compute();

            Assert.Equal(results.ToArray(), replayed);
            Assert.Contains(replayed, number => number != 0);
        }

        void Compute()
        {
            using var tape = new Tape(device);
            var z = tape.Leaf(images);
            using var output = quantizer.Forward(z, StepContext.Training);
            tape.Backward(Sum.Apply(output.Quantized.Keep() * output.Quantized, []) + output.Loss!);
            using var y = output.Quantized.Value.Reshape([images.Size]);
            using var dZ = z.Gradient!.Reshape([images.Size]);
            using var both = Primitive.Concat(0, y, dZ);
            Primitive.CopyInto(results, both);
            foreach (var parameter in quantizer.Parameters)
            {
                parameter.ClearGradient();
            }
        }
    }

    [Fact]
    public void Codes_of_other_grids_are_refused()
    {
        var device = devices.Open("cpu");
        using var quantizer = Square.BuildForImages(new ModuleScope(device, seed: 1), "codes");
        using var images = Latents(device, 0);
        using var tape = new Tape(device, recording: false);
        using var output = quantizer.Forward(tape.Constant(images), StepContext.Inference);

        Assert.Equal(["codes_1", "codes_2", "codes"], output.Grids.Select(grid => grid.Name));
        Assert.Equal(
            "quantizer lookup: expected 3 grids of codes; got 1.",
            Assert.Throws<ShapeException>(() => quantizer.Lookup(output.Grids[0])).Message);
        using var flat = output.Grids[2].Ids.Reshape([1, output.Grids[2].Ids.Size]);
        var error = Assert.Throws<ShapeException>(
            () => quantizer.Lookup([output.Grids[0], output.Grids[1], output.Grids[2] with { Ids = flat }]));
        Assert.Equal($"quantizer lookup: expected ids (B, 1, h, w); got ids {flat.Shape}.", error.Message);
    }

    private static Tensor<float> Latents(Device device, int step) =>
        Primitive.RandomNormal(device, [2, 3, 4, 4], mean: 0, deviation: 0.3f, seed: 3, stream: (ulong)step);

    private static IEnumerable<int> Bits(Tensor<float> tensor) => tensor.ToArray().Select(BitConverter.SingleToInt32Bits);
}
