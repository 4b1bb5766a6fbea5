using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

public sealed class GradCheckTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Theory]
    [InlineData("cpu")]
    [InlineData("kernels")]
    public void A_small_network_is_right_on_every_device(string name)
    {
        using var on = Device.Open(name);
        using var x = Numbers(on, [2, 2, 5, 5], 1);
        using var weight = Numbers(on, [3, 2, 3, 3], 2);
        using var bias = Numbers(on, [3], 3);
        var before = on.Memory.LiveBuffers;

        var result = GradCheck.Run(
            leaves =>
            {
                var y = Conv2d.Apply(leaves[0], leaves[1], leaves[2], new Conv2dParams(Stride: 2, Padding: 1));
                return Softmax.Apply(Tanh.Apply(y));
            },
            [x, weight, bias]);

        result.ThrowIfWrong();
        Assert.Equal([64, 54, 3], result.Leaves.Select(leaf => leaf.Checked));
        Assert.Equal(before, on.Memory.LiveBuffers);
    }

    [Fact]
    public void A_scalar_loss_is_right_too()
    {
        using var x = Numbers(device, [4, 3], 1);
        using var target = Numbers(device, [4, 3], 2);

        GradCheck.Run(leaves => MeanSquaredError.Apply(Sigmoid.Apply(leaves[0]), leaves[1]), [x, target]).ThrowIfWrong();
    }

    [Fact]
    public void Large_and_small_numbers_are_right_because_steps_follow_their_size()
    {
        using var x = device.From<float>([1e-4f, -3e-3f, 0.5f, 40, -700, 2e4f], [6]);

        GradCheck.Run(leaves => Square.Apply(leaves[0]) + leaves[0] * 3f, [x]).ThrowIfWrong();
    }

    [Fact]
    public void Elements_next_to_a_kink_at_zero_are_right_because_steps_do_not_cross_it()
    {
        using var x = device.From<float>([0.2f, -0.2f, 0.9f, -1, 0.15f, 2], [6]);

        GradCheck.Run(leaves => Relu.Apply(leaves[0]) + Abs.Apply(leaves[0]), [x]).ThrowIfWrong();
    }

    [Fact]
    public void A_wrong_factor_is_rejected_and_named()
    {
        using var x = Numbers(device, [2, 3], 1);
        Variable WrongTanh(Variable input)
        {
            // The true gradient is (1 − y²)·dY.
            var y = Tanh.Apply(input);
            return input.Tape.Record("wrong-tanh", y.Value.Share(), inputs: [input], dY => [dY.Share()]);
        }

        var result = GradCheck.Run(leaves => WrongTanh(leaves[0]), [x]);

        Assert.False(result.IsRight);
        var error = Assert.Throws<GradCheckException>(result.ThrowIfWrong);
        Assert.Equal(result.ToString(), error.Message);
        Assert.StartsWith(
            "gradcheck: wrong; relative error allowed: 1.0e-2\n  wrong  leaf 0 (2, 3): 6 of 6 checked, worst at [",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gradient_that_ignores_what_comes_in_is_rejected()
    {
        using var x = Numbers(device, [8], 1);
        using var ones = device.From<float>(Enumerable.Repeat(1f, 8).ToArray(), [8]);

        var result = GradCheck.Run(
            leaves => leaves[0].Tape.Record("deaf", leaves[0].Value.Share(), inputs: [leaves[0]], _ => [ones.Share()]), [x]);

        Assert.False(result.IsRight);
    }

    [Fact]
    public void A_missing_gradient_is_rejected()
    {
        using var x = Numbers(device, [8], 1);

        var result = GradCheck.Run(leaves => leaves[0] * StopGradient.Apply(leaves[0]), [x]);

        Assert.False(result.IsRight);
    }

    [Fact]
    public void A_gradient_of_NaN_is_rejected()
    {
        using var x = device.From<float>([1, 2, 3], [3]);
        using var notNumbers = device.From<float>([1, float.NaN, 1], [3]);

        var result = GradCheck.Run(
            leaves => leaves[0].Tape.Record("bad", leaves[0].Value.Share(), inputs: [leaves[0]], _ => [notNumbers.Share()]), [x]);

        Assert.False(result.IsRight);
        Assert.Equal(1, result.Leaves[0].Worst!.Index);
        Assert.True(double.IsPositiveInfinity(result.Leaves[0].Worst!.RelativeError));
    }

    [Fact]
    public void Parameters_have_their_old_values_and_no_gradient_afterwards()
    {
        using var weight = new Parameter("weight", Numbers(device, [3, 4], 1));
        using var x = Numbers(device, [5, 4], 2);
        var original = weight.Value.ToArray();

        var result = GradCheck.Run(
            tape => Linear.Apply(tape.Constant(x), tape.Watch(weight), bias: null), [weight], new GradCheckOptions(Samples: 5));

        result.ThrowIfWrong();
        Assert.Equal("weight", result.Leaves[0].Name);
        Assert.Equal(5, result.Leaves[0].Checked);
        Assert.Equal(original, weight.Value.ToArray());
        Assert.Null(weight.Gradient);
    }

    [Fact]
    public void A_function_that_gives_other_numbers_each_time_is_refused()
    {
        using var x = Numbers(device, [64], 1);
        var calls = 0ul;

        var error = Assert.Throws<ArgumentException>(
            () => GradCheck.Run(leaves => Dropout.Apply(leaves[0], probability: 0.5f, seed: 1, stream: calls++), [x]));

        Assert.StartsWith(
            "gradcheck: expected a function that gives the same numbers each time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_leaf_has_nothing_to_check()
    {
        using var x = device.From<float>([], [0, 3]);

        var result = GradCheck.Run(leaves => Square.Apply(leaves[0]), [x]);

        Assert.True(result.IsRight);
        Assert.Equal(
            "gradcheck: right; relative error allowed: 1.0e-2\n  right  leaf 0 (0, 3): 0 of 0 checked", result.ToString());
    }

    [Fact]
    public void Options_that_cannot_work_are_refused()
    {
        using var x = Numbers(device, [2], 1);
        Assert.Throws<ArgumentException>(() => GradCheck.Run(leaves => leaves[0] * 2f, [x], new GradCheckOptions(Step: 0)));
        Assert.Throws<ArgumentException>(() => GradCheck.Run(leaves => leaves[0] * 2f, [x], new GradCheckOptions(Samples: 0)));
        Assert.Throws<ArgumentException>(() => GradCheck.Run(leaves => leaves[0] * 2f, [x], new GradCheckOptions(Tolerance: 0)));
    }

    /// <summary>Numbers in [−1, 1) from a fixed seed.</summary>
    private static Tensor<float> Numbers(Device device, Shape shape, ulong seed)
    {
        var values = new float[shape.Size];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = 2 * Philox.ToUniform(Philox.Block(seed, stream: 0, (ulong)i).X) - 1;
        }

        return device.From<float>(values, shape);
    }
}
