using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

/// <summary>Who owns which memory: nothing is held longer than the tape says, and nothing is released that somebody still
/// holds.</summary>
public sealed class TapeLifetimeTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void Disposing_a_tape_returns_everything_that_its_ops_made()
    {
        using var x = device.From<float>([1, -2, 3, 4], [2, 2]);
        var before = device.Memory.LiveBuffers;
        using (var tape = new Tape(device))
        {
            var y = Dropout.Apply(Relu.Apply(tape.Leaf(x)) * 2f, probability: 0.5f, seed: 1, stream: 2);
            Sum.Apply(Reshape.Apply(y, [4]));
        }

        Assert.Equal(before, device.Memory.LiveBuffers);
        Assert.Equal([1, -2, 3, 4], x.ToArray());
    }

    [Fact]
    public void Disposing_a_tape_after_backward_returns_everything_too()
    {
        using var x = device.From<float>([1, -2, 3, 4], [2, 2]);
        using var ids = device.From<int>([1, 0, 1], [3]);
        var before = device.Memory.LiveBuffers;
        using (var tape = new Tape(device))
        {
            var leaf = tape.Leaf(x);
            var rows = Embedding.Apply(ids, leaf);
            tape.Backward(Mean.Apply(Square.Apply(rows)));
            Assert.NotNull(leaf.Gradient);
        }

        Assert.Equal(before, device.Memory.LiveBuffers);
    }

    [Fact]
    public void A_training_step_takes_no_new_memory_after_the_first()
    {
        using var weight = new Parameter("weight", device.From<float>([0.5f, -1, 2, 1], [2, 2]));
        using var x = device.From<float>([1, -2, 3, 4], [2, 2]);
        void Step()
        {
            using var tape = new Tape(device);
            tape.Backward(Mean.Apply(Square.Apply(Relu.Apply(Matmul.Apply(tape.Constant(x), tape.Watch(weight))))));
            weight.ClearGradient();
        }

        Step();
        var allocations = device.Memory.Allocations;
        Step();
        Step();

        Assert.Equal(allocations, device.Memory.Allocations);
    }

    [Fact]
    public void Backward_releases_intermediate_values_and_gradients_but_not_leaves_the_loss_or_kept_ones()
    {
        using var x = device.From<float>([1, 2], [2]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);
        var released = leaf * 3f;
        var kept = Square.Apply(released).Keep();
        var loss = Sum.Apply(kept);

        tape.Backward(loss);

        Assert.Equal([9, 36], kept.Value.ToArray());
        Assert.Equal([1, 1], kept.Gradient!.ToArray());
        Assert.Equal(45, loss.Value.Item());
        Assert.Equal(1, loss.Gradient!.Item());
        Assert.Equal([18, 36], leaf.Gradient!.ToArray());
        Assert.Null(released.Gradient);
        var error = Assert.Throws<InvalidOperationException>(() => released.Value);
        Assert.Equal(
            "variable %1 affine (2): expected a value that is still held; got one that backward or the end of the tape released. "
            + "Call Keep() before Backward, or take Value.Share().", error.Message);
    }

    [Fact]
    public void Backward_holds_less_memory_at_its_end_than_at_its_start()
    {
        using var x = device.From<float>([1, 2], [2]);
        using var tape = new Tape(device);
        var y = tape.Leaf(x);
        for (var i = 0; i < 10; i++)
        {
            y = Tanh.Apply(y);
        }

        var loss = Sum.Apply(y);
        var before = device.Memory.LiveBuffers;
        tape.Backward(loss);

        // The ten results went; the loss's gradient and the leaf's came.
        Assert.Equal(before - 10 + 2, device.Memory.LiveBuffers);
    }

    [Fact]
    public void Values_that_need_no_gradient_outlive_backward()
    {
        using var x = device.From<float>([2], [1]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);
        var aside = StopGradient.Apply(leaf) * 10f;

        tape.Backward(Sum.Apply(leaf));

        Assert.Equal([20], aside.Value.ToArray());
    }

    [Fact]
    public void A_tensor_shared_out_of_the_tape_lives_on()
    {
        using var x = device.From<float>([1, 2], [2]);
        Tensor<float> shared;
        using (var tape = new Tape(device))
        {
            shared = Square.Apply(tape.Leaf(x)).Value.Share();
        }

        Assert.Equal([1, 4], shared.ToArray());
        shared.Dispose();
    }

    [Fact]
    public void A_tape_that_does_not_record_keeps_nothing_for_backward()
    {
        using var x = device.From<float>([1, 2], [2]);
        using var tape = new Tape(device, recording: false);
        var leaf = tape.Leaf(x);
        var before = device.Memory.LiveBuffers;
        var y = Dropout.Apply(leaf, probability: 0.5f, seed: 1, stream: 2);

        Assert.False(leaf.RequiresGradient);
        Assert.False(y.RequiresGradient);
        Assert.Equal(before + 1, device.Memory.LiveBuffers); // y without the mask
        var error = Assert.Throws<InvalidOperationException>(() => tape.Backward(Sum.Apply(y)));
        Assert.Equal(
            "backward: expected one pass from a variable of this tape that requires a gradient; got a tape that does not record. "
            + "Record a new tape.", error.Message);
    }

    [Fact]
    public void A_disposed_tape_takes_no_more_ops_and_leaks_nothing()
    {
        using var x = device.From<float>([1, 2], [2]);
        var tape = new Tape(device);
        tape.Dispose();
        var before = device.Memory.LiveBuffers;

        Assert.Throws<ObjectDisposedException>(() => tape.Leaf(x));
        Assert.Throws<ObjectDisposedException>(() => tape.Record("op", x.Share(), inputs: [], backward: null, saved: x.Share()));
        Assert.Equal(before, device.Memory.LiveBuffers);
    }

    [Fact]
    public void Shape_errors_allocate_nothing_and_record_nothing()
    {
        using var x = device.From<float>([1, 2, 3], [3]);
        using var y = device.From<float>([1, 2, 3], [3, 1]);
        using var tape = new Tape(device);
        var (a, b) = (tape.Leaf(x), tape.Leaf(y));
        var before = (device.Memory.LiveBuffers, device.Memory.Allocations, tape.Variables.Count);

        Assert.Throws<ShapeException>(() => Matmul.Apply(b, b));
        Assert.Throws<ShapeException>(() => Reshape.Apply(a, [2]));
        Assert.Throws<ShapeException>(() => StraightThrough.Apply(a, b));
        Assert.Throws<ShapeException>(() => MeanSquaredError.Apply(a, b));
        Assert.Throws<ShapeException>(() => Linear.Apply(b, b, b));

        Assert.Equal(before, (device.Memory.LiveBuffers, device.Memory.Allocations, tape.Variables.Count));
    }
}
