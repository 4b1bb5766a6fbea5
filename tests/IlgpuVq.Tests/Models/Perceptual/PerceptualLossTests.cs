using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Perceptual;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Perceptual;

/// <summary>The perceptual loss of small networks against its formula in PyTorch, and what it refuses.</summary>
/// <remarks>The file was written by torch_perceptual.py beside it.</remarks>
public sealed class PerceptualLossTests(LawDevices devices) : IClassFixture<LawDevices>, IDisposable
{
    private const string Advice = " Give the VGG-16 of LPIPS as safetensors: net.slice1.0.weight, … or features.0.weight, …, and "
        + "lin0.model.1.weight, ….";

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Perceptual", "torch_perceptual.txt");

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string, bool> Names { get; } =
    [
        .. from name in Lines.Select(lines => lines.Key)
           from device in LawDevices.Names
           from isTorchvision in (bool[])[false, true]
           select (name, device, isTorchvision),
    ];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Loss_and_gradient_are_those_of_the_formula_under_either_keys(string name, string deviceName, bool isTorchvision)
    {
        var device = devices.Open(deviceName);
        var live = device.Memory.LiveBuffers;
        using (var perceptual = Load(device, Write(name, isTorchvision ? OfTorchvision : key => key)))
        {
            using var images = Tensor(name, device, "x");
            using var target = Tensor(name, device, "target");
            using var tape = new Tape(device);
            var x = tape.Leaf(images);
            var loss = perceptual.Of(x, target);
            tape.Backward(loss);

            Line(name, "loss").AssertClose([loss.Value.Item()], 1e-5, name);
            Line(name, "dx").AssertClose(x.Gradient!.ToArray(), 1e-5, name);
            var gradient = x.Gradient.ToArray();
            Assert.InRange(gradient.Max(), 1e-3, 1); // so that the tolerance says something
        }

        Assert.Equal(live, device.Memory.LiveBuffers);
    }

    [Fact]
    public void An_image_is_at_distance_0_from_itself_and_so_are_black_ones()
    {
        var device = devices.Open("cpu");
        using var perceptual = Load(device, Write("colours", key => key));
        using var x = Tensor("colours", device, "x");
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);
        var loss = perceptual.Of(leaf, x);
        tape.Backward(loss);

        Assert.Equal(0, loss.Value.Item());
        Assert.All(leaf.Gradient!.ToArray(), number => Assert.Equal(0, number));
    }

    [Fact]
    public void Pixels_without_any_feature_send_no_NaN_back()
    {
        // With all biases at −9 no rectifier lets anything through.
        var path = Write("colours", key => key, (key, numbers) => key.EndsWith("bias", StringComparison.Ordinal)
            ? [.. numbers.Select(_ => -9f)] : numbers);
        var device = devices.Open("cpu");
        using var perceptual = Load(device, path);
        using var images = Tensor("colours", device, "x");
        using var target = Tensor("colours", device, "target");
        using var tape = new Tape(device);
        var x = tape.Leaf(images);
        var loss = perceptual.Of(x, target);
        tape.Backward(loss);

        Assert.True(float.IsFinite(loss.Value.Item()));
        Assert.All(x.Gradient!.ToArray(), number => Assert.True(float.IsFinite(number)));
    }

    [Theory]
    [InlineData("lin3.model.1.weight", "expected tensor lin3.model.1.weight; got a file without it.")]
    [InlineData("net.slice4.19.bias", "expected tensor net.slice4.19.bias; got a file without it.")]
    [InlineData("net.slice1.0.bias", "expected tensor net.slice1.0.bias; got a file without it.")]
    public void A_file_that_lacks_a_tensor_is_refused_in_one_line(string without, string message)
    {
        var path = Write("colours", key => key == without ? "other" : key);
        var live = devices.Open("cpu").Memory.LiveBuffers;

        Assert.Equal(
            $"{path}: {message}{Advice}",
            Assert.Throws<StateDictionaryException>(() => Load(devices.Open("cpu"), path)).Message);
        Assert.Equal(live, devices.Open("cpu").Memory.LiveBuffers);
    }

    [Fact]
    public void A_tensor_of_another_shape_is_refused_in_one_line()
    {
        var path = Write("grey", key => key == "lin0.model.1.weight" ? "lin1.model.1.weight"
            : key == "lin1.model.1.weight" ? "lin0.model.1.weight" : key);

        Assert.Equal(
            $"{path}: expected numbers (1, 2, 1, 1) as lin0.model.1.weight; got 'lin0.model.1.weight' F32 (1, 3, 1, 1).{Advice}",
            Assert.Throws<StateDictionaryException>(() => Load(devices.Open("cpu"), path)).Message);
    }

    [Fact]
    public void Images_that_it_cannot_look_at_are_refused()
    {
        var device = devices.Open("cpu");
        using var perceptual = Load(device, Write("colours", key => key));
        using var tape = new Tape(device);
        foreach (var (x, target, message) in new (Shape, Shape, string)[]
        {
            ([1, 2, 16, 16], [1, 2, 16, 16], "x (1, 2, 16, 16), target (1, 2, 16, 16)."),
            ([1, 3, 15, 16], [1, 3, 15, 16], "x (1, 3, 15, 16), target (1, 3, 15, 16)."),
            ([1, 3, 16, 16], [2, 3, 16, 16], "x (1, 3, 16, 16), target (2, 3, 16, 16)."),
        })
        {
            using var images = device.Empty<float>(x);
            using var other = device.Empty<float>(target);
            Assert.Equal(
                "perceptual: expected x (B, 1 or 3, H, W) with H and W of at least 16, and a target of its shape; got " + message,
                Assert.Throws<ShapeException>(() => perceptual.Of(tape.Constant(images), other)).Message);
        }
    }

    private static PerceptualLoss Load(Device device, string path)
    {
        using var file = SafetensorsFile.Open(path);
        return PerceptualLoss.Load(device, file, path);
    }

    private static string OfTorchvision(string key) =>
        key.StartsWith("net.", StringComparison.Ordinal) ? "features." + key.Split('.', 3)[2] : key;

    private string Write(string name, Func<string, string> rename, Func<string, float[], float[]>? change = null)
    {
        var path = folder.At("network.safetensors");
        SmallNetwork.Write(path, Lines[name], rename, change);
        return path;
    }

    private static Tensor<float> Tensor(string name, Device device, string role) =>
        device.From<float>(Line(name, role).Floats, Line(name, role).Shape);

    private static TorchLine Line(string name, string role) => Lines[name].Single(line => line.Role == role);
}
