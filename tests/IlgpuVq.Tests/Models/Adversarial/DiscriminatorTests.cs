using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Adversarial;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Adversarial;

/// <summary>The discriminator, its losses and the penalty of its gradient against PyTorch's double backward.</summary>
/// <remarks>The file was written by torch_adversarial.py beside it.</remarks>
public sealed class DiscriminatorTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Tolerance = 1e-4;

    private static readonly ILookup<string, TorchLine> Lines = TorchLine.Read("Adversarial", "torch_adversarial.txt");

    private static readonly Dictionary<string, (int Depth, bool Sigmoid, float Norm)> Cases = new()
    {
        ["sigmoid, norm 1, odd sides"] = (3, true, 1),
        ["no sigmoid, norm 0"] = (2, false, 0),
        ["one block"] = (1, true, 0.5f),
        ["four blocks"] = (4, true, 1),
    };

    public static TheoryData<string, string> Names { get; } =
        [.. Cases.Keys.SelectMany(name => LawDevices.Names.Select(device => (name, device)))];

    public static TheoryData<string> CaseNames { get; } = [.. Cases.Keys];

    [Fact]
    public void Every_case_of_the_file_is_here() => Assert.Equal(Lines.Select(lines => lines.Key).Order(), Cases.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Scores_losses_and_second_order_gradients_are_PyTorchs(string name, string deviceName)
    {
        var lines = Lines[name].ToList();
        using var discriminator = Build(name, devices.Open(deviceName));
        Fill(discriminator, lines, "state");
        discriminator.Advance();
        var what = $"{name} on {deviceName}";
        foreach (var line in lines.Where(line => line.Role == "end"))
        {
            var state = discriminator.State.Single(named => named.Key == line.Name);
            line.AssertClose(state.Tensor.ToArray(), 3e-6, what);
        }

        Check(discriminator, lines, isPenaltyAlone: true, Cases[name].Norm, what);
        Check(discriminator, lines, isPenaltyAlone: false, Cases[name].Norm, what);
    }

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void The_gradient_at_the_images_is_that_of_a_backward_pass(string name)
    {
        var device = devices.Open("cpu");
        using var discriminator = Build(name, device);
        using var images = Images(Lines[name], device, "x");
        using var tape = new Tape(device);
        var x = tape.Leaf(images);
        var pass = discriminator.Judge(x, discriminator.On(tape));
        var g = pass.InputGradient().Value.ToArray();
        tape.Backward(Sum.Apply(pass.Scores));

        AssertClose(x.Gradient!.ToArray(), g, 1e-5, name);
    }

    [Fact]
    public void Images_without_a_gradient_send_no_NaN_back()
    {
        using var discriminator = Build("four blocks", devices.Open("cpu"));
        var head = discriminator.Parameters.Single(parameter => parameter.Name == "shuffle.weight");
        head.Value.CopyFrom(new float[head.Value.Size]);
        using var tape = new Tape(discriminator.Device);
        var x = tape.Leaf(Images(Lines["four blocks"], discriminator.Device, "x"));
        var penalty = discriminator.Judge(x, discriminator.On(tape)).Penalty(norm: 1).Keep();
        tape.Backward(penalty);

        Assert.Equal(1, penalty.Value.Item(), 1e-5);
        Assert.All(discriminator.Parameters.Select(parameter => parameter.Gradient).OfType<Tensor<float>>(),
            gradient => Assert.All(gradient.ToArray(), number => Assert.True(float.IsFinite(number))));
    }

    [Theory]
    [InlineData(256, 256, 6)]
    [InlineData(64, 64, 5)]
    [InlineData(32, 32, 4)]
    [InlineData(28, 28, 4)]
    [InlineData(16, 64, 5)]
    [InlineData(2, 2, 1)]
    [InlineData(1, 1, 1)]
    public void Small_images_leave_it_the_convolutions_whose_norms_have_two_pixels(int height, int width, int depth)
    {
        var options = new DiscriminatorOptions();
        Assert.Equal(depth, options.DepthFor(height, width));
        Assert.Equal(Math.Min(depth, 2), (options with { Depth = 2 }).DepthFor(height, width));
        using var dry = Device.OpenDry();
        using var discriminator = new Discriminator(new ModuleScope(dry, seed: 1), options, (3, height, width));
        var last = discriminator.Parameters.Single(parameter => parameter.Name == "shuffle.weight");
        Assert.Equal([1, depth >= 4 ? 512 : 64 << (depth - 1), 1, 1], last.Shape);
    }

    [Fact]
    public void Its_keys_and_numbers_are_those_of_the_published_one()
    {
        using var dry = Device.OpenDry();
        using var discriminator = new Discriminator(new ModuleScope(dry, seed: 1), new DiscriminatorOptions(), (3, 256, 256));

        Assert.Equal(
            [.. ((int[])[0, 2, 5, 8, 11, 14]).SelectMany(at => (string[])
                [$"encoder.{at}.bias", $"encoder.{at}.weight_orig", $"encoder.{at}.weight_u", $"encoder.{at}.weight_v"]).Order(),
                "shuffle.bias", "shuffle.weight"],
            discriminator.State.Select(named => named.Key).Order());

        // 3·3 taps between 3, 64, 128, 256, 512, 512 and 512 channels, their biases, and the scores'.
        Assert.Equal(
            9 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 2 * 512 * 512) + 64 + 128 + 256 + 3 * 512 + 513,
            discriminator.Parameters.Sum(parameter => parameter.Value.Size));
    }

    private static void Check(
        Discriminator discriminator, List<TorchLine> lines, bool isPenaltyAlone, float norm, string what)
    {
        using var tape = new Tape(discriminator.Device);
        using var images = Images(lines, tape.Device, "x");
        using var others = Images(lines, tape.Device, "fake");
        var x = tape.Leaf(images);
        var weights = discriminator.On(tape);
        var real = discriminator.Judge(x, weights);
        var fake = discriminator.Judge(tape.Constant(others), weights);
        var (hinge, penalty) = (HingeLoss.OfDiscriminator(real.Scores, fake.Scores), real.Penalty(norm));
        var generator = HingeLoss.OfGenerator(fake.Scores);
        lines.Single(line => line.Role == "scores").AssertClose(real.Scores.Value.ToArray(), 1e-5, what);
        lines.Single(line => line.Role == "g").AssertClose(real.InputGradient().Value.ToArray(), Tolerance, what);
        foreach (var (name, loss) in new[] { ("hinge", hinge), ("penalty", penalty), ("generator", generator) })
        {
            lines.Single(line => line.Role == "loss" && line.Name == name).AssertClose([loss.Value.Item()], Tolerance, what);
        }

        tape.Backward(isPenaltyAlone ? penalty : hinge + penalty * 10);
        var expected = lines.Where(line => line.Role == (isPenaltyAlone ? "dpenalty" : "dw")).ToDictionary(line => line.Name);

        var size = expected.Values.Max(line => line.Numbers.Max(Math.Abs));
        foreach (var parameter in discriminator.Parameters)
        {
            var numbers = expected[parameter.Name].Numbers;
            var gradient = parameter.Gradient?.ToArray() ?? new float[numbers.Length];

            // A bias before a norm has no gradient: what is left are roundings of numbers as large as the other gradients.
            var allowed = Tolerance * (IsBeforeNorm(parameter.Name) ? size : numbers.Max(Math.Abs) + 0.01 * size);
            for (var i = 0; i < numbers.Length; i++)
            {
                Assert.True(
                    Math.Abs(numbers[i] - gradient[i]) <= allowed,
                    $"{what}: expected {numbers[i]} at {i} of {parameter.Name}; got {gradient[i]}.");
            }

            parameter.ClearGradient();
        }

        if (isPenaltyAlone)
        {
            lines.Single(line => line.Role == "dx").AssertClose(x.Gradient!.ToArray(), Tolerance, what);
        }
    }

    private static bool IsBeforeNorm(string name) =>
        name.StartsWith("encoder.", StringComparison.Ordinal) && name.EndsWith(".bias", StringComparison.Ordinal) &&
        name != "encoder.0.bias";

    private static Discriminator Build(string name, Device device)
    {
        var (depth, sigmoid, _) = Cases[name];
        var x = Lines[name].Single(line => line.Role == "x").Shape;
        return new Discriminator(
            new ModuleScope(device, seed: 1), new DiscriminatorOptions { Depth = depth, Hidden = 8, Sigmoid = sigmoid },
            (x[1], x[2], x[3]));
    }

    private static void Fill(Discriminator discriminator, List<TorchLine> lines, string role)
    {
        foreach (var line in lines.Where(line => line.Role == role))
        {
            discriminator.State.Single(named => named.Key == line.Name).Tensor.CopyFrom(line.Floats);
        }
    }

    private static Tensor<float> Images(IEnumerable<TorchLine> lines, Device device, string role)
    {
        var line = lines.Single(line => line.Role == role);
        return device.From<float>(line.Floats, line.Shape);
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * (1e-3 + expected.Max(MathF.Abs)),
                $"{what}: expected {expected[i]} at {i}; got {actual[i]}.");
        }
    }
}
