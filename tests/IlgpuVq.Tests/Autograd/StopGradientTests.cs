using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

/// <summary>The ops whose gradient is not their function's derivative, by hand.</summary>
public sealed class StopGradientTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void Stop_gradient_passes_the_value_and_no_gradient()
    {
        using var x = device.From<float>([2, -3], [2]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);
        var stopped = StopGradient.Apply(leaf);

        tape.Backward(Sum.Apply(leaf * stopped));

        Assert.Equal([2, -3], stopped.Value.ToArray());
        Assert.False(stopped.RequiresGradient);
        Assert.Equal([2, -3], leaf.Gradient!.ToArray()); // not 2·x
    }

    [Fact]
    public void Straight_through_has_the_value_of_y_and_sends_the_gradient_to_x_unchanged()
    {
        using var encoded = device.From<float>([0.1f, 0.9f], [2]);
        using var codes = device.From<float>([0, 1], [2]);
        using var upstream = device.From<float>([7, -8], [2]);
        using var tape = new Tape(device);
        var (x, y) = (tape.Leaf(encoded), tape.Leaf(codes));
        var quantized = StraightThrough.Apply(x, y);

        tape.Backward(quantized, upstream);

        Assert.Equal([0, 1], quantized.Value.ToArray());
        Assert.Equal([7, -8], x.Gradient!.ToArray());
        Assert.Null(y.Gradient);
    }

    [Fact]
    public void Straight_through_equals_its_definition_x_plus_stopped_difference()
    {
        using var encoded = device.From<float>([0.5f, 0.75f, -2], [3]);
        using var codes = device.From<float>([0, 1, -4], [3]);
        (float[] Value, float[] Gradient) Run(Func<Variable, Variable, Variable> op)
        {
            using var tape = new Tape(device);
            var x = tape.Leaf(encoded);
            var result = op(x, tape.Leaf(codes)).Keep();
            tape.Backward(Sum.Apply(Square.Apply(result)));
            return (result.Value.ToArray(), x.Gradient!.ToArray());
        }

        var direct = Run(StraightThrough.Apply);
        var defined = Run((x, y) => x + StopGradient.Apply(y - x));

        Assert.Equal(defined.Value, direct.Value);
        Assert.Equal(defined.Gradient, direct.Gradient);
    }

    [Fact]
    public void Straight_through_of_different_shapes_is_refused()
    {
        using var two = device.From<float>([1, 2], [2]);
        using var one = device.From<float>([1], [1]);
        using var tape = new Tape(device);

        var error = Assert.Throws<ShapeException>(() => StraightThrough.Apply(tape.Leaf(two), tape.Leaf(one)));

        Assert.Equal("straight-through: expected x and y of one shape; got x (2), y (1).", error.Message);
    }

    [Fact]
    public void The_loss_of_a_vector_quantizer_sends_each_term_where_it_belongs()
    {
        // arXiv:1711.00937, equation 3, with x̂ = z_q and target 0: mse(z_q) + mse(sg z, e) + β·mse(z, sg e), one vector of
        // width 2.
        const float Beta = 0.25f;
        using var encoded = device.From<float>([1, 2], [1, 2]);
        using var codebook = device.From<float>([3, 5, 100, 100], [2, 2]);
        using var ids = device.From<int>([0], [1]);
        using var zero = device.From<float>([0, 0], [1, 2]);
        using var tape = new Tape(device);
        var (z, codes) = (tape.Leaf(encoded), tape.Leaf(codebook));
        var e = Embedding.Apply(ids, codes);
        var reconstruction = MeanSquaredError.Apply(StraightThrough.Apply(z, e), tape.Constant(zero));
        var codebookTerm = MeanSquaredError.Apply(StopGradient.Apply(z), e);
        var commitment = MeanSquaredError.Apply(z, StopGradient.Apply(e));

        tape.Backward(reconstruction + codebookTerm + Beta * commitment);

        // dz = 2·e/2 + β·2·(z − e)/2; de = 2·(e − z)/2; the code that was not chosen gets 0.
        Assert.Equal([3 + Beta * -2, 5 + Beta * -3], z.Gradient!.ToArray());
        Assert.Equal([2, 3, 0, 0], codes.Gradient!.ToArray());
    }

    [Fact]
    public void Dropout_zeroes_and_scales_and_its_gradient_uses_the_same_mask()
    {
        const int Count = 4096;
        using var ones = device.From<float>(Enumerable.Repeat(1f, Count).ToArray(), [Count]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(ones);
        var y = Dropout.Apply(leaf, probability: 0.25f, seed: 3, stream: 9).Keep();

        tape.Backward(Sum.Apply(y));

        var values = y.Value.ToArray();
        Assert.All(values, value => Assert.True(value is 0 or 1 / 0.75f));
        Assert.InRange(values.Count(value => value == 0), Count / 4 - 140, Count / 4 + 140); // five deviations of the binomial
        Assert.Equal(values, leaf.Gradient!.ToArray());
        Assert.NotEqual(values, Dropout.Apply(leaf, probability: 0.25f, seed: 3, stream: 10).Value.ToArray());
        Assert.Equal(values, Dropout.Apply(leaf, probability: 0.25f, seed: 3, stream: 9).Value.ToArray());
    }

    [Fact]
    public void Dropout_drops_a_NaN_to_zero_and_refuses_a_probability_of_one()
    {
        using var x = device.From<float>(Enumerable.Repeat(float.NaN, 64).ToArray(), [64]);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        var values = Dropout.Apply(leaf, probability: 0.5f, seed: 1, stream: 1).Value.ToArray();

        Assert.Contains(0f, values);
        Assert.All(values, value => Assert.True(value == 0 || float.IsNaN(value)));
        Assert.StartsWith("dropout: expected a probability in [0, 1); got 1.",
            Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Apply(leaf, probability: 1, seed: 1, stream: 1)).Message,
            StringComparison.Ordinal);
    }
}
