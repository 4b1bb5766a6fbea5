using System.Runtime.CompilerServices;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

/// <summary>The samples of the autograd's README: a step, and an op of a user's own.</summary>
public sealed class OwnOpTests(LawDevices devices) : IClassFixture<LawDevices>
{
    public static TheoryData<string> Devices { get; } = [.. LawDevices.Names];

    [Fact]
    public void A_loss_and_its_gradient()
    {
        using var device = Device.Open("cpu");
        using var x = Primitive.RandomNormal(device, [8, 4], mean: 0, deviation: 1, seed: 1, stream: 0);
        using var target = Primitive.Fill(device, [8, 2], 1);
        using var weight = new Parameter("w", Primitive.RandomNormal(device, [4, 2], mean: 0, deviation: 1, seed: 1, stream: 1));

        using var tape = new Tape(device);
        var w = tape.Watch(weight);                       // Parameter → Variable
        var loss = MeanSquaredError.Apply(Relu.Apply(Matmul.Apply(tape.Constant(x), w)), tape.Constant(target));
        tape.Backward(loss);                              // weight.Gradient now holds d loss / d weight
        Console.WriteLine(tape.ToText());

        Assert.Equal([4, 2], weight.Gradient!.Shape);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void An_op_of_a_formula_has_its_gradient_on_every_device(string name)
    {
        var device = devices.Open(name);
        using var x = Primitive.RandomNormal(device, [4, 5], mean: 0, deviation: 2, seed: 1, stream: 0);
        var result = GradCheck.Run(leaves => Mish.Apply(leaves[0]), [x]);     // against central differences
        Console.WriteLine(result);

        Assert.True(result.IsRight, $"{result}");
        using var tape = new Tape(device);
        Assert.All(x.ToArray().Zip(Mish.Apply(tape.Constant(x)).Value.ToArray()), pair =>
            Assert.Equal(pair.First * Math.Tanh(Math.Log(1 + Math.Exp(pair.First))), pair.Second, 1e-6));
    }

    [Fact]
    public void Samples_are_compiled_as_they_are_shown() =>
        ReadmeSamples.AreCompiled("Autograd.README.md", "OwnOpTests.cs", count: 3);
}

/// <summary>Mish, y = x · tanh(ln(1 + eˣ)) (arXiv:1908.08681).</summary>
public readonly struct Mish : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => x * T.Tanh(default(Softplus).Value(x));

    public static Variable Apply(Variable x) => Elementwise.Record("mish", x, default(Mish));
}
