using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

/// <summary>Segments that are computed again: the bits of the tape without them, in less memory.</summary>
public sealed class RecomputeTests : IDisposable
{
    private static readonly Shape Images = [2, 3, 24, 24], Weights = [3, 3, 3, 3];

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose()
    {
        Assert.Equal(0, device.Memory.LiveBuffers);
        device.Dispose();
    }

    /// <summary>The weight is used by two segments, twice in each, and by an op after them; an image by a segment and around
    /// it: sums in another order would have other bits.</summary>
    [Theory]
    [InlineData("cpu", 1)]
    [InlineData("cpu", 2)]
    [InlineData("cpu", 3)]
    [InlineData("kernels", 0)]
    public void Value_and_gradients_have_the_bits_of_a_tape_that_keeps_all(string name, int threads)
    {
        using var own = Device.Open(name, new DeviceOptions(Threads: threads, PoisonMemory: true));
        using var kept = new Net(own);
        using var recomputed = new Net(own);

        var expected = kept.Run((inputs, segment) => segment(inputs, false));

        Assert.Equal(expected, recomputed.Run(Recompute.Apply));
        Assert.All(expected, numbers => Assert.Contains(numbers, number => number != 0));
    }

    [Fact]
    public void Segments_within_segments_have_the_same_bits()
    {
        using var kept = new Net(device);
        using var nested = new Net(device);

        var expected = kept.Run((inputs, segment) => segment(inputs, false));

        Assert.Equal(expected, nested.Run((inputs, segment) =>
            Recompute.Apply(inputs, (outer, _) => Recompute.Apply(outer, (inner, _) => segment(inner, false)))));
    }

    [Fact]
    public void A_recording_replays_both_passes_with_the_random_numbers_of_each_step()
    {
        using var random = new RandomState(device, seed: 4);
        using var kept = new Net(device) { Random = random };
        using var executed = new Net(device) { Random = random };
        using var replayed = new Net(device) { Random = random };
        using var recording = new Recording(device, () => replayed.Step(Recompute.Apply));
        List<float[]> all = [];
        for (var step = 0; step < 4; step++)
        {
            random.Set(step);
            kept.Step((inputs, segment) => segment(inputs, false));
            executed.Step(Recompute.Apply);
            recording.Run();
            all.Add(kept.Numbers);

            Assert.Equal(all[^1], executed.Numbers);
            Assert.Equal(all[^1], replayed.Numbers);
        }

        Assert.True(recording.IsRecorded);
        Assert.Equal(4, all.Select(numbers => numbers[0]).Distinct().Count());
    }

    [Fact]
    public void A_gradient_taken_before_has_the_bits_of_the_backward_pass_and_leaves_those_of_the_pass_after_it()
    {
        using var net = new Net(device);
        var expected = net.Run(Recompute.Apply);
        List<float[]> taken = [];

        var after = net.Run(Recompute.Apply, (tape, y, upstream, variables) =>
        {
            foreach (var variable in variables.Concat(variables))
            {
                using var gradient = tape.Gradient(y, variable, upstream);
                taken.Add(gradient.ToArray());
            }
        });

        Assert.Equal(expected, after);
        Assert.Equal([.. expected[1..], .. expected[1..]], taken);
    }

    [Fact]
    public void Gradients_equal_central_differences()
    {
        using var x = Draw([1, 2, 4, 4], 1);
        using var w = Draw([2, 2, 3, 3], 2);
        using var gain = Draw([], 3);
        var same = new Conv2dParams(Padding: 1);

        var result = GradCheck.Run(
            leaves => Recompute.Apply(leaves, (v, _) => Tanh.Apply(Conv2d.Apply(v[0], v[1], bias: null, same)) * v[2] + v[0]),
            [x, w, gain]);

        result.ThrowIfWrong();
    }

    /// <summary>n equal layers, each of a value of V bytes, in segments of s: n/s results, s values within one, and beside them
    /// the upstream gradient and two gradients of a layer. With all kept, n values.</summary>
    [Theory]
    [InlineData(64, 8)]
    [InlineData(60, 4)]
    [InlineData(48, 16)]
    public void The_peak_is_what_the_arithmetic_says(int layers, int each)
    {
        const int Size = 10_240; // a size of buffers
        var bytes = (long)sizeof(float) * Size;

        Assert.InRange(Peak((x, segment) => segment(x)), layers * bytes, (layers + 3) * bytes);
        Assert.InRange(Peak(Recompute.Apply), (layers / each + each) * bytes, (layers / each + each + 3) * bytes);

        long Peak(Func<Variable, Func<Variable, Variable>, Variable> apply)
        {
            using var own = Device.Open("cpu", new DeviceOptions(Threads: 1));
            using var x = Primitive.Fill(own, [Size], 0.5f);
            using var upstream = Primitive.Fill(own, [Size], 1);
            using var tape = new Tape(own);
            var y = tape.Leaf(x);
            for (var i = 0; i < layers; i += each)
            {
                y = apply(y, Run);
            }

            tape.Backward(y, upstream);
            return own.Memory.PeakBytes - 2 * bytes; // x and what is sent in
        }

        Variable Run(Variable y)
        {
            for (var i = 0; i < each; i++)
            {
                y = Tanh.Apply(y);
            }

            return y;
        }
    }

    [Fact]
    public void A_segment_is_told_when_it_runs_again_also_within_another()
    {
        using var x = Draw([3], 0);
        List<string> passes = [];
        using (var tape = new Tape(device))
        {
            var y = Recompute.Apply([tape.Leaf(x)], (outer, isAgain) =>
            {
                passes.Add($"outer {isAgain}");
                return Recompute.Apply(outer, (inner, isAgain) =>
                {
                    passes.Add($"inner {isAgain}");
                    return Tanh.Apply(inner[0]);
                });
            });
            Assert.Equal(["outer False", "inner False"], passes);
            tape.Backward(Sum.Apply(y));
        }

        Assert.Equal(["outer False", "inner False", "outer True", "inner True", "inner True"], passes);
    }

    [Fact]
    public void A_tape_that_does_not_record_calls_the_segment_and_no_more()
    {
        using var x = Draw([3], 0);
        using var tape = new Tape(device, recording: false);

        var y = Recompute.Apply(tape.Constant(x), inner => Tanh.Apply(inner * 2));

        Assert.Equal(["constant", "affine", "tanh"], tape.Variables.Select(variable => variable.Op));
        Assert.Same(tape.Variables[^1], y);
    }

    [Fact]
    public void The_tape_shows_a_segment_as_one_op_of_its_inputs_and_parameters()
    {
        using var x = Draw([2], 0);
        using var scale = new Parameter("scale", Draw([2], 1));
        using var shift = new Parameter("shift", Draw([2], 2));
        using var tape = new Tape(device);
        var input = tape.Constant(x);

        var y = Recompute.Apply([input, input], (v, _) => v[0] * v[1].Tape.Watch(scale) + v[1].Tape.Watch(shift));

        Assert.Equal("recompute", y.Op);
        Assert.True(y.RequiresGradient);
        Assert.Equal([input, tape.Watch(shift), tape.Watch(scale)], y.Inputs);
    }

    [Fact]
    public void What_lets_no_gradient_through_gives_none()
    {
        using var x = Draw([2], 0);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        tape.Backward(Sum.Apply(Recompute.Apply(leaf, StopGradient.Apply) * leaf));

        Assert.Equal(x.ToArray(), leaf.Gradient!.ToArray());
    }

    [Fact]
    public void A_segment_may_give_what_it_got()
    {
        using var x = Draw([2], 0);
        using var tape = new Tape(device);
        var leaf = tape.Leaf(x);

        tape.Backward(Sum.Apply(Recompute.Apply(leaf, inner => inner) * leaf));

        Assert.Equal(x.ToArray().Select(number => 2 * number), leaf.Gradient!.ToArray());
    }

    [Fact]
    public void An_anomaly_within_is_found()
    {
        using var x = device.From<float>([-1], [1]);
        using var tape = new Tape(device) { DetectAnomalies = true };

        var error = Assert.Throws<NotFiniteNumberException>(() => Recompute.Apply(tape.Leaf(x), inner => Log.Apply(inner) * 0));

        Assert.StartsWith("%1 log (1): expected finite numbers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_refused_and_nothing_stays()
    {
        using var x = Draw([2], 0);
        using var first = new Parameter("first", Draw([2], 1));
        using var second = new Parameter("second", Draw([2], 2));
        using (var tape = new Tape(device))
        {
            var (leaf, other) = (tape.Leaf(x), tape.Leaf(x));
            AssertRefused<ArgumentException>(
                "recompute: expected one input or more; got none. Give what the segment reads.",
                () => Recompute.Apply([], (_, _) => leaf));
            AssertRefused<InvalidOperationException>(
                "recompute: expected a segment that computes of the variables that it is given; got %2 tanh (2) of another tape. "
                    + "Give every variable that it reads as an input.",
                () => Recompute.Apply(leaf, _ => Tanh.Apply(other)));
            AssertRefused<InvalidOperationException>(
                "add: expected inputs of one tape; got %1 tanh (2) of one and %1 leaf (2) of another. "
                    + "Pass the Value of one through Constant or Leaf of the other's tape.",
                () => Recompute.Apply(leaf, inner => Tanh.Apply(inner) + other));
            using var elsewhere = new Tape(device);
            AssertRefused<InvalidOperationException>(
                "recompute: expected inputs of one tape; got %0 leaf (2) of one and %0 leaf (2) of another. "
                    + "Pass the Value of one through Constant or Leaf of the other's tape.",
                () => Recompute.Apply([leaf, elsewhere.Leaf(x)], (inputs, _) => inputs[0]));
        }

        AssertAnother("%2 multiply (2) of 1 parameters where it was (2) of 1", (v, isAgain) =>
            v[0] * v[0].Tape.Watch(isAgain ? second : first));
        AssertAnother("%2 sum () of 0 parameters where it was (2) of 0", (v, isAgain) =>
            isAgain ? Sum.Apply(Tanh.Apply(v[0])) : Tanh.Apply(v[0]));

        void AssertAnother(string got, Segment segment)
        {
            using var tape = new Tape(device);
            var y = Sum.Apply(Recompute.Apply([tape.Leaf(x)], segment));
            AssertRefused<InvalidOperationException>(
                $"recompute: expected a segment that computes the same each time; got {got}. Let it depend on its inputs alone.",
                () => tape.Backward(y));
        }

        static void AssertRefused<T>(string message, Action act)
            where T : Exception => Assert.Equal(message, Assert.Throws<T>(act).Message);
    }

    private Tensor<float> Draw(Shape shape, ulong stream) => Primitive.RandomUniform(device, shape, -1, 1, seed: 9, stream);

    /// <summary>What a net does with a segment of it.</summary>
    private delegate Variable Use(IReadOnlyList<Variable> inputs, Segment segment);

    /// <summary>A small net of a segment that is used twice.</summary>
    private sealed class Net(Device device) : IDisposable
    {
        private readonly Tensor<float> x = Primitive.RandomUniform(device, Images, -1, 1, seed: 9, stream: 0);
        private readonly Tensor<float> gain = Primitive.RandomUniform(device, [3, 1, 1], -1, 1, seed: 9, stream: 1);
        private readonly Tensor<float> upstream = Primitive.RandomUniform(device, Images, -1, 1, seed: 9, stream: 2);
        private readonly Tensor<float> result = Primitive.Fill(device, Images, 0);
        private readonly Parameter weight = new("weight", Primitive.RandomUniform(device, Weights, -1, 1, seed: 9, stream: 3));
        private readonly Parameter bias = new("bias", Primitive.RandomUniform(device, [3], -1, 1, seed: 9, stream: 4));

        /// <summary>Of dropout within the segment; null for none.</summary>
        public RandomState? Random { get; init; }

        /// <summary>The last result, the weight and the bias.</summary>
        public float[] Numbers => [.. result.ToArray(), .. weight.Value.ToArray(), .. bias.Value.ToArray()];

        /// <summary>Value, and gradients of images, gain, weight and bias.</summary>
        public List<float[]> Run(Use use, Action<Tape, Variable, Tensor<float>, Variable[]>? before = null)
        {
            using var tape = new Tape(device);
            var (images, factor) = (tape.Leaf(x), tape.Leaf(gain));
            var y = Compute(images, factor, use).Keep();
            before?.Invoke(tape, y, upstream, [images, factor, tape.Watch(weight), tape.Watch(bias)]);
            tape.Backward(y, upstream);
            List<float[]> all =
                [y.Value.ToArray(), .. new[] { images.Gradient!, factor.Gradient!, weight.Gradient!, bias.Gradient! }
                    .Select(gradient => gradient.ToArray())];
            weight.ClearGradient();
            bias.ClearGradient();
            return all;
        }

        /// <summary>Moves weight and bias along their gradients.</summary>
        public void Step(Use use)
        {
            using var tape = new Tape(device);
            var y = Compute(tape.Leaf(x), tape.Leaf(gain), use).Keep();
            tape.Backward(y, upstream);
            Primitive.CopyInto(result, y.Value);
            foreach (var parameter in new[] { weight, bias })
            {
                Primitive.ZipInto(parameter.Value, parameter.Value, parameter.Gradient!, new Lerp(0.999f));
                parameter.ClearGradient();
            }
        }

        public void Dispose()
        {
            foreach (var owned in new IDisposable[] { x, gain, upstream, result, weight, bias })
            {
                owned.Dispose();
            }
        }

        private Variable Compute(Variable images, Variable factor, Use use)
        {
            var (tape, same) = (images.Tape, new Conv2dParams(Padding: 1));
            var first = use([images * 0.5f, factor], Segment);
            var second = use([first, factor], (v, isAgain) => Segment([v[0], v[1]], isAgain) - v[0]);
            return Conv2d.Apply(second, tape.Watch(weight), tape.Watch(bias), same) + images * first + factor;
        }

        private Variable Segment(IReadOnlyList<Variable> v, bool isAgain)
        {
            var (tape, same) = (v[0].Tape, new Conv2dParams(Padding: 1));
            var (w, b) = (tape.Watch(weight), tape.Watch(bias));
            var inner = Conv2d.Apply(v[0], w, b, same, Activation.Relu);
            inner = Random is null ? inner : Dropout.Apply(inner, 0.3f, Random, stream: 7);
            return Tanh.Apply(Conv2d.Apply(inner, w, b, same, residual: v[0])) * v[1] + v[0];
        }
    }
}
