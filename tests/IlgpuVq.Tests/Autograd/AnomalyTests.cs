using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

public sealed class AnomalyTests : IDisposable
{
    private readonly Device device = Device.Open("cpu");

    public void Dispose() => device.Dispose();

    [Fact]
    public void The_op_that_makes_the_first_NaN_is_named_with_the_element()
    {
        using var x = device.From<float>([4, 1, -1], [3]);
        using var tape = new Tape(device) { DetectAnomalies = true };
        var leaf = tape.Leaf(x);

        var error = Assert.Throws<NotFiniteNumberException>(() => Sum.Apply(Log.Apply(leaf)));

        Assert.Equal("%1 log (3): expected finite numbers; got NaN at element 2 of its value.", error.Message);
    }

    [Fact]
    public void The_op_that_sends_the_first_infinite_gradient_is_named_with_its_receiver()
    {
        using var x = device.From<float>([4, 0], [2]);
        var before = device.Memory.LiveBuffers;
        using (var tape = new Tape(device) { DetectAnomalies = true })
        {
            var loss = Sum.Apply(Sqrt.Apply(tape.Leaf(x, "variance")));

            var error = Assert.Throws<NotFiniteNumberException>(() => tape.Backward(loss));

            Assert.Equal(
                "%1 sqrt (2): expected finite numbers; got Infinity at element 1 "
                + "of the gradient that it sends to %0 variance (2).", error.Message);
        }

        Assert.Equal(before, device.Memory.LiveBuffers);
    }

    [Fact]
    public void Inputs_are_looked_at_before_the_ops_that_read_them()
    {
        using var x = device.From<float>([float.PositiveInfinity], [1]);
        using var tape = new Tape(device) { DetectAnomalies = true };

        var error = Assert.Throws<NotFiniteNumberException>(() => tape.Constant(x, "image"));

        Assert.Equal("%0 image (1): expected finite numbers; got Infinity at element 0 of its value.", error.Message);
    }

    [Fact]
    public void Without_the_mode_NaN_passes()
    {
        using var x = device.From<float>([-1], [1]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        tape.Backward(Sqrt.Apply(leaf));

        Assert.True(float.IsNaN(leaf.Gradient!.Item()));
    }

    [Fact]
    public void Finite_numbers_pass_the_mode()
    {
        using var x = device.From<float>([4, 1], [2]);
        using var tape = new Tape(device) { DetectAnomalies = true };
        var leaf = tape.Leaf(x);

        tape.Backward(Sum.Apply(Sqrt.Apply(leaf)));

        Assert.Equal([0.25f, 0.5f], leaf.Gradient!.ToArray());
    }
}
