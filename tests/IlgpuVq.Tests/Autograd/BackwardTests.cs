using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

/// <summary>The rules of the tape itself, on numbers that can be checked by hand.</summary>
public sealed class BackwardTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void A_value_used_twice_gets_the_sum_of_its_gradients()
    {
        using var x = device.From<float>([2, 3], [2]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        tape.Backward(Sum.Apply(leaf * leaf + leaf * 5f));

        Assert.Equal([2 * 2 + 5, 2 * 3 + 5], leaf.Gradient!.ToArray());
    }

    [Fact]
    public void An_upstream_gradient_that_several_inputs_share_is_not_overwritten_by_their_sums()
    {
        using var x = device.From<float>([1, 2], [2]);
        using var upstream = device.From<float>([10, 20], [2]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        // Each add hands the same memory to both sides; the leaf then sums four parts.
        tape.Backward(leaf + leaf + (leaf + leaf), upstream);

        Assert.Equal([40, 80], leaf.Gradient!.ToArray());
        Assert.Equal([10, 20], upstream.ToArray());
    }

    [Fact]
    public void Operators_with_numbers_are_affine()
    {
        using var x = device.From<float>([4], [1]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);
        Variable[] results = [leaf + 1f, 1f + leaf, leaf - 1f, 1f - leaf, -leaf, leaf * 2f, 2f * leaf, leaf / 2f];

        Assert.Equal([5, 5, 3, -3, -4, 8, 8, 2], results.Select(y => y.Value.Item()));
        Assert.All(results, y => Assert.Equal("affine", y.Op));
        tape.Backward(results.Aggregate((sum, y) => sum + y));
        Assert.Equal(1 + 1 + 1 - 1 - 1 + 2 + 2 + 0.5f, leaf.Gradient!.Item());
    }

    [Fact]
    public void Broadcast_operands_get_sums()
    {
        using var matrix = device.From<float>([1, 2, 3, 4, 5, 6], [2, 3]);
        using var row = device.From<float>([10, 20, 30], [3]);
        using var tape = new Tape(device);
        var (a, b) = (tape.Leaf(matrix), tape.Leaf(row));

        tape.Backward(Sum.Apply(a * b - b));

        Assert.Equal([10, 20, 30, 10, 20, 30], a.Gradient!.ToArray());
        Assert.Equal([1 + 4 - 2, 2 + 5 - 2, 3 + 6 - 2], b.Gradient!.ToArray());
    }

    [Fact]
    public void The_maximum_sends_its_gradient_to_the_first_of_equal_elements()
    {
        using var x = device.From<float>([1, 7, 7, 5, 5, 2], [2, 3]);
        using var upstream = device.From<float>([10, 20], [2]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);
        var y = Max.Apply(leaf, axes: [-1]);

        tape.Backward(y, upstream);

        Assert.Equal([7, 5], y.Value.ToArray());
        Assert.Equal([0, 10, 0, 20, 0, 0], leaf.Gradient!.ToArray());
    }

    [Fact]
    public void The_maximum_over_an_outer_axis_sends_its_gradient_back_in_place()
    {
        using var x = device.From<float>([1, 7, 3, 4, 7, 3], [2, 3]);
        using var upstream = device.From<float>([10, 20, 30], [3]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        tape.Backward(Max.Apply(leaf, axes: [0]), upstream);

        Assert.Equal([0, 20, 30, 10, 0, 0], leaf.Gradient!.ToArray());
    }

    [Fact]
    public void Branches_that_do_not_reach_the_loss_get_no_gradient()
    {
        using var x = device.From<float>([2], [1]);
        using var tape = new Tape(device);
        var (used, unused) = (tape.Leaf(x), tape.Leaf(x));
        Square.Apply(unused);

        tape.Backward(used * 3f);

        Assert.Equal(3, used.Gradient!.Item());
        Assert.Null(unused.Gradient);
    }

    [Fact]
    public void Constants_get_no_gradient_and_their_ops_compute_none()
    {
        using var x = device.From<float>([2], [1]);
        using var tape = new Tape(device);
        var (leaf, constant) = (tape.Leaf(x), tape.Constant(x));
        var asked = new List<bool>();
        var probe = tape.Record("probe", x.Share(), inputs: [constant], dY =>
        {
            asked.Add(true);
            return [dY.Share()];
        });

        tape.Backward(leaf * constant + probe);

        Assert.Empty(asked);
        Assert.Null(constant.Gradient);
        Assert.Equal(2, leaf.Gradient!.Item());
    }

    [Fact]
    public void A_second_backward_is_refused()
    {
        using var x = device.From<float>([2], [1]);
        using var tape = new Tape(device);
        var loss = Square.Apply(tape.Leaf(x));
        tape.Backward(loss);

        var error = Assert.Throws<InvalidOperationException>(() => tape.Backward(loss));

        Assert.Equal(
            "backward: expected one pass from a variable of this tape that requires a gradient; got a second backward pass. "
            + "Record a new tape.", error.Message);
    }

    [Fact]
    public void Variables_of_two_tapes_are_refused_and_nothing_leaks()
    {
        using var x = device.From<float>([2], [1]);
        using var here = new Tape(device);
        using var there = new Tape(device);
        var (a, b) = (here.Leaf(x), there.Leaf(x));
        var before = device.Memory.LiveBuffers;

        var apply = Assert.Throws<InvalidOperationException>(() => a + b);
        var record = Assert.Throws<InvalidOperationException>(() => here.Record("own", x.Share(), inputs: [b], backward: null));
        var backward = Assert.Throws<InvalidOperationException>(() => here.Backward(b));

        Assert.Equal("add: expected inputs of one tape; got %0 leaf (1) of one and %0 leaf (1) of another. "
            + "Pass the Value of one through Constant or Leaf of the other's tape.", apply.Message);
        Assert.Equal("own: expected inputs of one tape; got %0 leaf (1) of another. "
            + "Pass its Value through Constant or Leaf of this tape.", record.Message);
        Assert.Equal(
            "backward: expected one pass from a variable of this tape that requires a gradient; got a variable of another tape. "
            + "Record a new tape.", backward.Message);
        Assert.Equal(before, device.Memory.LiveBuffers);
    }

    [Fact]
    public void Tensors_of_another_device_are_refused()
    {
        using var other = Device.Open("cpu");
        using var x = other.From<float>([2], [1]);
        using var tape = new Tape(device);

        var error = Assert.Throws<InvalidOperationException>(() => tape.Constant(x, "image"));

        Assert.Equal("tape: expected tensors of its device cpu; got image, float (1) on cpu, of another. "
            + "Copy it over with Device.From.", error.Message);
    }

    [Fact]
    public void A_loss_of_several_elements_needs_an_upstream_gradient_of_its_shape()
    {
        using var x = device.From<float>([1, 2], [2]);
        using var wrong = device.From<float>([1], [1]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        var missing = Assert.Throws<ShapeException>(() => tape.Backward(leaf));
        var mismatched = Assert.Throws<ShapeException>(() => tape.Backward(leaf, wrong));

        Assert.Equal(
            "backward: expected a loss of one element, or an upstream gradient of the loss's shape; got loss (2).",
            missing.Message);
        Assert.Equal(
            "backward: expected an upstream gradient of the loss's shape; got loss (2), upstream (1).", mismatched.Message);
    }

    [Fact]
    public void A_loss_without_leaves_is_refused()
    {
        using var x = device.From<float>([1], [1]);
        using var tape = new Tape(device);

        var error = Assert.Throws<InvalidOperationException>(() => tape.Backward(tape.Constant(x)));

        Assert.Equal("backward: expected one pass from a variable of this tape that requires a gradient; "
            + "got %0 constant (1), which depends on no leaf. Record a new tape.", error.Message);
    }

    [Fact]
    public void A_backward_of_the_wrong_shape_or_count_is_refused_and_leaks_nothing()
    {
        using var x = device.From<float>([1, 2], [2]);
        var before = device.Memory.LiveBuffers;
        using (var tape = new Tape(device))
        {
            var y = tape.Record("bad-shape", x.Share(), inputs: [tape.Leaf(x)], dY => [dY.Reshape([2, 1])]);
            var error = Assert.Throws<ShapeException>(() => tape.Backward(Sum.Apply(y)));
            Assert.Equal(
                "bad-shape backward: expected gradients of their inputs' shapes; got gradient (2, 1), leaf (2).", error.Message);
        }

        using (var tape = new Tape(device))
        {
            var y = tape.Record("bad-count", x.Share(), inputs: [tape.Leaf(x)], dY => [dY.Share(), dY.Share()]);
            var error = Assert.Throws<InvalidOperationException>(() => tape.Backward(Sum.Apply(y)));
            Assert.Equal("bad-count backward: expected a gradient or null for each of 1 inputs; got 2.", error.Message);
        }

        Assert.Equal(before, device.Memory.LiveBuffers);
    }

    [Fact]
    public void Gradients_of_a_parameter_add_up_over_tapes_until_they_are_cleared()
    {
        using var weight = new Parameter("weight", device.From<float>([2, 3], [2]));
        for (var step = 1; step <= 3; step++)
        {
            using var tape = new Tape(device);
            Assert.Same(tape.Watch(weight), tape.Watch(weight));
            tape.Backward(Sum.Apply(tape.Watch(weight) * tape.Watch(weight) * (float)step));
        }

        // 2·w·(1 + 2 + 3)
        Assert.Equal([24, 36], weight.Gradient!.ToArray());
        weight.ClearGradient();
        Assert.Null(weight.Gradient);
    }

    [Fact]
    public void Accumulation_does_not_write_into_a_gradient_that_somebody_shares()
    {
        using var weight = new Parameter("weight", device.From<float>([2], [1]));
        void Step()
        {
            using var tape = new Tape(device);
            tape.Backward(tape.Watch(weight) * 5f);
        }

        Step();
        using var held = weight.Gradient!.Share();
        Step();

        Assert.Equal(5, held.Item());
        Assert.Equal(10, weight.Gradient.Item());
    }
}
