using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>What central differences cannot see: gradients other than the value's, gradients at kinks, ids outside.</summary>
public sealed class HandTestedOpsTests(LawDevices devices) : IClassFixture<LawDevices>
{
    public static TheoryData<string> Devices { get; } = [.. LawDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void StopGradient_passes_the_value_and_no_gradient(string device)
    {
        // y = x·sg(x): the derivative of x², were it not stopped, would be 2x.
        var (y, gradients) = Run(device, [[1, -2, 3]], v => Multiply.Apply(v[0], StopGradient.Apply(v[0])));
        Assert.Equal([1, 4, 9], y);
        Assert.Equal([1, -2, 3], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_value_behind_StopGradient_alone_requires_no_gradient(string device)
    {
        using var inputs = new OpInputs(devices.Open(device), [Vector([1, 2])]);
        Assert.False(StopGradient.Apply(inputs[0]).RequiresGradient);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void StraightThrough_gives_the_value_of_y_and_the_gradient_to_x(string device)
    {
        var (y, gradients) = Run(device, [[0.1f, 0.2f], [5, 7]], v =>
        {
            var passed = StraightThrough.Apply(v[0], v[1]);
            return Multiply.Apply(passed, passed);
        });
        Assert.Equal([25, 49], y);
        Assert.Equal([10, 14], gradients[0]!);
        Assert.Null(gradients[1]);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void StraightThrough_refuses_two_shapes(string device)
    {
        using var inputs = new OpInputs(devices.Open(device), [Vector([1, 2]), Vector([1])]);
        var error = Assert.Throws<ShapeException>(() => StraightThrough.Apply(inputs[0], inputs[1]));
        Assert.Equal("straight-through: expected x and y of one shape; got x (2), y (1).", error.Message);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void RotationTrick_passes_the_gradient_on_where_there_is_nothing_to_turn(string device)
    {
        // A zero, a code of zeros, a row that is its code, and one that is opposite to it.
        var (y, gradients) = Run(device, [[0, 0, 3, 4, 3, 4, 3, 0], [1, 2, 0, 0, 3, 4, -6, 0]], v =>
            RotationTrick.Apply(Reshape.Apply(v[0], [4, 2]), Reshape.Apply(v[1], [4, 2])) * v.Tape.Constant(
                [1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
        Assert.Equal([1, 4, 0, 0, 15, 24, -42, 0], y);
        float[] expected = [1, 2, 3, 4, 5, 6, -14, 16];
        Assert.All(expected.Zip(gradients[0]!), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
        Assert.Null(gradients[1]);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Diveq_of_a_row_that_is_its_code_is_that_row_with_its_gradient(string device)
    {
        var (y, gradients) = Run(
            device, [[0, 0, 3], [0, 0, 3]], v => Diveq.Apply(v[0], v[1], v.Random, stream: 1) * 2);
        Assert.Equal([0, 0, 6], y);
        Assert.Equal([2, 2, 2], gradients[0]!);
        Assert.Equal([0, 0, 0], gradients[1]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void L2Normalize_keeps_a_zero_and_divides_what_is_short_by_epsilon(string device)
    {
        var (y, gradients) = Run(
            device, [[0, 0, 0.25f, 0]], v => L2Normalize.Apply(Reshape.Apply(v[0], [2, 2]), epsilon: 0.5f));
        Assert.Equal([0, 0, 0.5f, 0], y);
        Assert.Equal([2, 2, 2, 2], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Dropout_keeps_and_scales_the_same_elements_forward_and_backward(string device)
    {
        var x = Enumerable.Repeat(3f, 4000).ToArray();
        var (y, gradients) = Run(device, [x], v => Dropout.Apply(v[0], probability: 0.25f, seed: 7, stream: 3));
        var kept = y.Count(value => value != 0);
        Assert.InRange(kept, 2850, 3150); // 3000 expected, five deviations of √(4000·0.25·0.75) = 27.
        Assert.All(y, value => Assert.True(value is 0 or 4, $"{value}"));
        Assert.Equal(y.Select(value => value / 3), gradients[0]!);
        var (again, _) = Run(device, [x], v => Dropout.Apply(v[0], probability: 0.25f, seed: 7, stream: 3));
        Assert.Equal(y, again);
        var (other, _) = Run(device, [x], v => Dropout.Apply(v[0], probability: 0.25f, seed: 7, stream: 4));
        Assert.NotEqual(y, other);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_recorded_dropout_draws_the_numbers_of_its_step(string device)
    {
        var on = devices.Open(device);
        using var x = on.From<float>([.. Enumerable.Range(1, 100).Select(i => (float)i)], [100]);
        using var result = on.Empty<float>([100]);
        using var random = new RandomState(on, seed: 5);
        using var recording = new Recording(on, Drop);
        var expected = new List<float[]>();
        foreach (var step in (long[])[0, 1, 2, 3, 1L << 40])
        {
            random.Set(step);
            Drop();
            expected.Add(result.ToArray());
        }

        var recorded = new List<float[]>();
        foreach (var step in (long[])[0, 1, 2, 3, 1L << 40])
        {
            random.Set(step);
            recording.Run();
            recorded.Add(result.ToArray());
        }

        Assert.True(recording.IsRecorded);
        Assert.Equal(expected, recorded);
        Assert.Equal(5, expected.Select(numbers => string.Join(' ', numbers)).Distinct().Count());

        void Drop()
        {
            using var tape = new Tape(on);
            Primitive.CopyInto(result, Dropout.Apply(tape.Constant(x), probability: 0.5f, random, stream: 2).Value);
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Dropout_of_probability_0_changes_nothing(string device)
    {
        var (y, gradients) = Run(device, [[1, -2, 3]], v => Dropout.Apply(v[0], probability: 0, seed: 7, stream: 3));
        Assert.Equal([1, -2, 3], y);
        Assert.Equal([1, 1, 1], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_dropped_NaN_is_0(string device)
    {
        var x = Enumerable.Repeat(float.NaN, 64).ToArray();
        var (y, _) = Run(device, [x], v => Dropout.Apply(v[0], probability: 0.5f, seed: 1, stream: 0));
        Assert.Contains(y, float.IsNaN);
        Assert.Contains(y, value => value == 0);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void At_a_kink_the_gradient_is_the_documented_one(string device)
    {
        Assert.Equal([0], GradientOfSum(device, [0], v => Relu.Apply(v[0])));
        Assert.Equal([0], GradientOfSum(device, [0], v => Abs.Apply(v[0])));
        Assert.Equal([0.25f], GradientOfSum(device, [0], v => LeakyRelu.Apply(v[0], slope: 0.25f)));
        Assert.Equal(0.25f, GradientOfSum(device, [0], v => Elu.Apply(v[0], alpha: 0.25f))[0], tolerance: 1e-7f); // α·e⁰
        Assert.Equal([0, 1, 1, 0], GradientOfSum(device, [-1.5f, -1, 2, 2.5f], v => Clamp.Apply(v[0], min: -1, max: 2)));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Of_equal_maxima_the_first_gets_the_gradient(string device)
    {
        Assert.Equal([0, 1, 0, 0], GradientOfSum(device, [1, 5, 5, 2], v => Max.Apply(v[0])));
        var (y, gradients) = Run(device, [[4, 4, 1, 4, 4, 7]], v => Max.Apply(Reshape.Apply(v[0], [2, 3]), [0]));
        Assert.Equal([4, 4, 7], y);
        Assert.Equal([1, 1, 0, 0, 0, 1], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_variable_in_the_place_of_two_gets_both_gradients(string device)
    {
        Assert.Equal([2, -4, 6], GradientOfSum(device, [1, -2, 3], v => Multiply.Apply(v[0], v[0])));
        Assert.Equal([2, 2, 2], GradientOfSum(device, [1, -2, 3], v => Add.Apply(v[0], v[0])));
        Assert.Equal([0, 0, 0], GradientOfSum(device, [1, -2, 3], v => Subtract.Apply(v[0], v[0])));
        Assert.Equal([0, 0, 0], GradientOfSum(device, [1, -2, 4], v => Divide.Apply(v[0], v[0])));
        Assert.Equal([2, 2, 2], GradientOfSum(device, [1, -2, 3], v => Concat.Apply(0, v[0], v[0])));
        Assert.Equal([2, -4, 6], GradientOfSum(device, [1, -2, 3], v => // ‖x‖² as x·xᵀ
        {
            var row = Reshape.Apply(v[0], [1, 3]);
            return Matmul.Apply(row, row, Transpose.B);
        }));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_fused_rectifier_at_exactly_0_sends_no_gradient(string device)
    {
        // One pixel: 2·3 + 1·(−6) = 0.
        var (y, gradients) = Run(device, [[2, 1], [3, -6]], v => Conv2d.Apply(
            Reshape.Apply(v[0], [1, 2, 1, 1]), Reshape.Apply(v[1], [1, 2, 1, 1]), bias: null, new Conv2dParams(),
            Activation.Relu));
        Assert.Equal([0], y);
        Assert.Equal([0, 0], gradients[0]!);
        Assert.Equal([0, 0], gradients[1]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void An_id_outside_the_table_reads_NaN_and_gets_no_gradient(string device)
    {
        var (y, gradients) = Run(device, [[1, 2]], v => Embedding.Apply(v.Ids([1, 2, -1, 0]), Reshape.Apply(v[0], [2, 1])));
        Assert.Equal([2, float.NaN, float.NaN, 1], y);
        Assert.Equal([1, 1], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_target_outside_the_classes_gives_NaN(string device)
    {
        foreach (var target in new[] { -1, 3 })
        {
            var (y, _) = Run(device, [[1, 2, 3]], v => CrossEntropy.Apply(Reshape.Apply(v[0], [1, 3]), v.Ids([target])));
            Assert.Equal([float.NaN], y);
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void An_id_outside_the_axis_selects_NaN_and_gets_no_gradient(string device)
    {
        var (y, gradients) = Run(
            device, [[1, 2, 3, 4]], v => IndexSelect.Apply(Reshape.Apply(v[0], [2, 2]), axis: 1, v.Ids([1, 2, -1, 1])));
        Assert.Equal([2, float.NaN, float.NaN, 2, 4, float.NaN, float.NaN, 4], y);
        Assert.Equal([0, 2, 0, 2], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void An_ignored_target_has_loss_and_gradient_0_whatever_its_logits(string device)
    {
        var how = new CrossEntropyParams(IgnoredTarget: 1, LabelSmoothing: 0.5f);
        var (y, gradients) = Run(
            device, [[0, 0, float.NaN, float.PositiveInfinity]],
            v => CrossEntropy.Apply(Reshape.Apply(v[0], [2, 2]), v.Ids([0, 1]), how));
        Assert.Equal(Math.Log(2), y[0], 1e-6);
        Assert.Equal(-0.25, gradients[0]![0], 1e-6);
        Assert.Equal(0.25, gradients[0]![1], 1e-6);
        Assert.Equal([0, 0], gradients[0]![2..]);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_mean_of_targets_that_are_all_ignored_is_NaN(string device)
    {
        var how = new CrossEntropyParams(IgnoredTarget: -100);
        var (y, gradients) = Run(
            device, [[1, 2]], v => CrossEntropy.Apply(Reshape.Apply(v[0], [1, 2]), v.Ids([-100]), how));
        Assert.Equal([float.NaN], y);
        Assert.Equal([0, 0], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Max_pooling_sends_the_gradient_to_the_first_NaN_or_the_first_of_equal_pixels(string device)
    {
        float[] x =
        [
            1, 7, float.NaN, 0,
            7, 7, 9, float.NaN,
            -1, -1, float.NegativeInfinity, float.NegativeInfinity,
            -1, -1, float.NegativeInfinity, float.NegativeInfinity,
        ];
        var (y, gradients) = Run(device, [x], v => MaxPool2d.Apply(Reshape.Apply(v[0], [1, 1, 4, 4]), kernel: 2));
        Assert.Equal([7, float.NaN, -1, float.NegativeInfinity], y);
        Assert.Equal([0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0], gradients[0]!);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Clamp_refuses_bounds_in_the_wrong_order(string device)
    {
        using var inputs = new OpInputs(devices.Open(device), [Vector([1])]);
        var error = Assert.Throws<ArgumentException>(() => Clamp.Apply(inputs[0], min: 1, max: 0));
        Assert.Equal("clamp: expected min ≤ max; got min 1, max 0.", error.Message);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Concat_refuses_no_parts(string device)
    {
        using var inputs = new OpInputs(devices.Open(device), (DoubleTensor[])[]);
        var error = Assert.Throws<ShapeException>(() => Concat.Apply(0, inputs.Variables));
        Assert.Equal("concat: expected at least one part; got none.", error.Message);
    }

    private static DoubleTensor Vector(float[] values) =>
        new([values.Length], Array.ConvertAll(values, value => (double)value));

    private float[] GradientOfSum(string device, float[] x, Func<OpInputs, Variable> op) => Run(device, [x], op).Gradients[0]!;

    /// <summary>Values, and gradients under an upstream gradient of ones.</summary>
    private (float[] Y, float[]?[] Gradients) Run(string device, float[][] inputs, Func<OpInputs, Variable> op)
    {
        using var variables = new OpInputs(devices.Open(device), Array.ConvertAll(inputs, Vector));
        var y = op(variables);
        var values = y.Value.ToArray();
        var ones = variables.Tensor(DoubleTensor.Build(y.Shape, _ => 1));
        variables.Tape.Backward(y, ones);
        return (values, Array.ConvertAll(variables.Variables, input => input.Gradient?.ToArray()));
    }
}
