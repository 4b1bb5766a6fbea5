using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

/// <summary>The gradient of one variable, taken before the tape runs backward.</summary>
public sealed class TapeGradientTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));
    private readonly Tensor<float> images, first, second, upstream;

    public TapeGradientTests()
    {
        images = Draw([2, 2, 6, 6], 0);
        first = Draw([3, 2, 3, 3], 1);
        second = Draw([3, 3, 3, 3], 2);
        upstream = Draw([2, 3, 6, 6], 3);
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { images, first, second, upstream })
        {
            tensor.Dispose();
        }

        Assert.Equal(0, device.Memory.LiveBuffers);
        device.Dispose();
    }

    [Fact]
    public void It_has_the_bits_of_a_backward_pass_and_leaves_those_of_the_passes_after_it()
    {
        var expected = Backward(before: (_, _, _) => { });
        var taken = new List<float[]>();

        var actual = Backward(before: (tape, y, variables) =>
        {
            foreach (var variable in variables.Concat(variables))
            {
                using var gradient = tape.Gradient(y, variable, upstream);
                taken.Add(gradient.ToArray());
            }

            Assert.All(variables, variable => Assert.Null(variable.Gradient));
        });

        Assert.Equal(expected, actual);
        Assert.Equal([.. expected, .. expected], taken);
        Assert.All(taken, gradient => Assert.Contains(gradient, number => number != 0));
    }

    [Fact]
    public void What_something_does_not_depend_on_has_a_gradient_of_zeros()
    {
        using var tape = new Tape(device);
        var (x, w) = (tape.Leaf(images), tape.Leaf(first));
        var y = Relu.Apply(x);
        var later = w * 2;
        using var dY = Draw([2, 2, 6, 6], 5);

        using var ofOther = tape.Gradient(y, w, dY);
        using var ofLater = tape.Gradient(y, later, dY);
        using var ofItself = tape.Gradient(y, y, dY);

        Assert.All(ofOther.ToArray().Concat(ofLater.ToArray()), number => Assert.Equal(0, number));
        Assert.Equal(first.Shape, ofOther.Shape);
        Assert.Equal(dY.ToArray(), ofItself.ToArray());
    }

    [Fact]
    public void A_constant_between_lets_nothing_through()
    {
        using var tape = new Tape(device);
        var x = tape.Leaf(images);
        var y = StopGradient.Apply(x) * tape.Constant(images) + x;
        using var dY = Draw([2, 2, 6, 6], 5);

        using var gradient = tape.Gradient(y, x, dY);

        Assert.Equal(dY.ToArray(), gradient.ToArray());
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        using var tape = new Tape(device);
        using var other = new Tape(device);
        var x = tape.Leaf(images);
        var y = Sum.Apply(x * x);
        using var one = Primitive.Fill(device, [], 1);

        Assert.Equal(
            "gradient: expected an upstream gradient of y's shape; got y (), upstream (2, 3, 6, 6).",
            Assert.Throws<ShapeException>(() => tape.Gradient(y, x, upstream)).Message);
        Assert.Equal(
            "gradient: expected variables of a tape that has not run backward; got %0 leaf (2, 2, 6, 6) of another tape. "
                + "Take it before Backward, of this tape's variables.",
            Assert.Throws<InvalidOperationException>(() => tape.Gradient(y, other.Leaf(images), one)).Message);
        tape.Backward(y);
        Assert.Equal(
            "gradient: expected variables of a tape that has not run backward; got one that has. "
                + "Take it before Backward, of this tape's variables.",
            Assert.Throws<InvalidOperationException>(() => tape.Gradient(y, x, one)).Message);
    }

    /// <summary>Gradients of the inputs of a small net, where one is used twice and one along two ways.</summary>
    private List<float[]> Backward(Action<Tape, Variable, Variable[]> before)
    {
        using var tape = new Tape(device);
        Variable[] leaves = [tape.Leaf(images), tape.Leaf(first), tape.Leaf(second)];
        var same = new Conv2dParams(Padding: 1);
        var inner = Conv2d.Apply(leaves[0], leaves[1], bias: null, same, Activation.Relu);
        var outer = Conv2d.Apply(Sigmoid.Apply(inner), leaves[2], bias: null, same);
        var y = Conv2d.Apply(outer, leaves[2], bias: null, same, residual: inner);
        before(tape, y, leaves);
        tape.Backward(y, upstream);
        return [.. leaves.Select(leaf => leaf.Gradient!.ToArray())];
    }

    private Tensor<float> Draw(Shape shape, ulong stream) => Primitive.RandomUniform(device, shape, -1, 1, seed: 9, stream);
}
