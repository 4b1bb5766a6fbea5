using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Work that is recorded once and replayed: same bits, no objects, and what it must not repeat.</summary>
[Collection(TensorTests.Name)]
public sealed class RecordingTests(TensorDevices devices)
{
    [Fact]
    public void A_replay_computes_with_the_numbers_that_the_tensors_hold_now()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var (a, b, sum) = (scope.Floats([1, 2, 3], [3]), scope.Floats([10, 20, 30], [3]), scope.Floats([0], []));
            var executed = 0;
            using var recording = new Recording(device, () =>
            {
                executed++;
                using var product = Primitive.Zip("multiply", a, b, default(Multiply));
                using var view = product.Reshape([3, 1]);
                using var total = Primitive.Sum(view, []);
                Primitive.ZipInto(sum, sum, total, default(Add));
            });
            recording.Run();
            Assert.Equal(140, sum.Item());
            Assert.True(recording.IsRecorded);
            a.CopyFrom([1, 0, 0]);
            recording.Run();
            recording.Run();
            Assert.Equal(160, sum.Item());
            Assert.Equal(1, executed);
        }
    }

    [Fact]
    public void A_replay_makes_no_object_and_takes_no_memory()
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        using var scope = new TensorScope(device);
        var (a, b, result) = (scope.Floats(new float[128 * 64], [128, 64]), scope.Floats(new float[64 * 96], [64, 96]),
            scope.Floats([0], []));
        using var recording = new Recording(device, () =>
        {
            using var product = Primitive.Matmul(a, b);
            using var turned = Primitive.Permute(product, [1, 0]);
            using var rows = Primitive.Softmax(turned);
            using var mean = Primitive.Mean(rows, [1]);
            using var error = Primitive.MeanSquaredError(mean, mean);
            Primitive.CopyInto(result, error);
        });
        recording.Run();
        recording.Run();
        var memory = device.Memory.Allocations;
        Objects.AssertNone(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                recording.Run();
            }
        });

        Assert.Equal(memory, device.Memory.Allocations);
    }

    [Fact]
    public void A_replay_with_ids_and_masks_makes_no_object_and_reads_them_anew()
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        using var scope = new TensorScope(device);
        var x = scope.Floats([.. Enumerable.Range(0, 6 * 40).Select(i => i % 7f)], [6, 40]);
        var (mask, weights) = (scope.Floats(new float[40], [40]), scope.Floats([.. Enumerable.Repeat(2f, 40)], [40]));
        var (ids, targets) = (scope.Ints([0, 0, 0], [3]), scope.Ints(new int[6], [6]));
        var (selected, gradient) = (scope.Floats(new float[18], [6, 3]), scope.Floats(new float[240], [6, 40]));
        var losses = scope.Floats(new float[6], [6]);
        var how = new CrossEntropyParams(weights, IgnoredTarget: -1, LabelSmoothing: 0.1f);
        using var recording = new Recording(device, () =>
        {
            using var chosen = Primitive.Where(mask, x, weights);
            using var columns = Primitive.IndexSelect(chosen, axis: 1, ids);
            Primitive.CopyInto(selected, columns);
            using var loss = Primitive.CrossEntropy(x, targets, how);
            Primitive.CopyInto(losses, loss);
            using var dLogits = Primitive.CrossEntropyGradient(x, targets, how, loss);
            using var dX = Primitive.IndexSelectGradient(columns, axis: 1, ids, length: 40);
            using var sum = Primitive.Zip("add", dLogits, dX, default(Add));
            Primitive.CopyInto(gradient, sum);
        });
        recording.Run();
        Assert.Equal(Enumerable.Repeat(2f, 18), selected.ToArray());
        mask.CopyFrom([.. Enumerable.Repeat(1f, 40)]);
        ids.CopyFrom([1, 2, 3]);
        targets.CopyFrom([-1, 0, 0, 0, 0, 0]);
        Objects.AssertNone(recording.Run);
        Assert.Equal([1, 2, 3], selected.ToArray()[..3]);
        Assert.Equal(0, losses.ToArray()[0]);
        Assert.Equal([0, 1, 2, 3, 0], gradient.ToArray()[..5]);
    }

    [Fact]
    public void Tensors_made_between_replays_keep_their_numbers()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var (x, y) = (scope.Floats(new float[1000], [1000]), scope.Floats(new float[1000], [1000]));
            using (var recording = new Recording(device, () =>
            {
                using var one = Primitive.Map(x, new Affine(1, 1));
                using var two = Primitive.Map(one, new Affine(1, 1));
                Primitive.CopyInto(y, two);
            }))
            {
                recording.Run();
                var other = scope.Keep(Primitive.Fill(device, [1000], 7));
                recording.Run();
                Assert.All(other.ToArray(), number => Assert.Equal(7, number));
            }

            // What the recording had is lent again.
            var allocations = device.Memory.Allocations;
            scope.Keep(device.Empty<float>([1000]));
            scope.Keep(device.Empty<float>([1000]));
            Assert.Equal(allocations, device.Memory.Allocations);
        }
    }

    [Fact]
    public void What_a_replay_would_not_repeat_is_refused()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var (x, one) = (scope.Floats([1, 2], [2]), scope.Floats([1], []));
            using var random = new RandomState(device, seed: 1);
            using var scalars = new Scalars(device, ["a"]);
            AssertRefused("a tensor that is read to the host. Read it after Run.", () => x.ToArray());
            AssertRefused("a tensor that is read to the host. Read it after Run.", () => one.Item());
            AssertRefused(
                "a tensor that is written from the host. Make and write it before Run.",
                () => device.From<float>([1], [1]));
            AssertRefused("a tensor that is written from the host. Make and write it before Run.", () => random.Set(2));
            AssertRefused(
                "a tensor that is written from the host. Make and write it before Run.",
                () => new RandomState(device, seed: 1).Dispose());
            AssertRefused("a tensor that is written from the host. Make and write it before Run.", scalars.Write);
            AssertRefused("a scalar that is set. Set it before Run, and read it in the body.", () => scalars.Set("a", 1));
            AssertRefused(
                "random numbers of a seed. Draw them from a RandomState, and set it before Run.",
                () => Primitive.RandomUniform(device, [4], 0, 1, seed: 1, stream: 1));
            AssertRefused(
                "a body that keeps tensors which it made. Copy results into tensors that were made before Run.",
                () => scope.Keep(Primitive.Map(x, default(Square))));
            var older = Primitive.Fill(device, [2], 0);
            AssertRefused(
                "a body that disposes tensors which were made before. Dispose them after the recording.", older.Dispose);

            void AssertRefused(string what, Action body)
            {
                using var recording = new Recording(device, body);
                var error = Assert.Throws<InvalidOperationException>(recording.Run);
                Assert.Equal($"recording: expected work that a replay can repeat; got {what}", error.Message);
                Assert.False(recording.IsRecorded);
                Assert.Null(device.Recorder);
            }
        }
    }

    [Fact]
    public void Scalars_and_random_numbers_of_a_replay_are_those_of_its_step()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var (x, y, noise) = (scope.Floats([1, 2], [2]), scope.Floats([0, 0], [2]), scope.Floats([0, 0, 0], [3]));
            using var scalars = new Scalars(device, ["weight", "shift"]);
            using var random = new RandomState(device, seed: 3);
            using var recording = new Recording(device, () =>
            {
                using var weight = scalars.Read("weight");
                using var shift = scalars.Read("shift");
                using var product = Primitive.Zip("multiply", x, weight, default(Multiply));
                Primitive.ZipInto(y, product, shift, default(Add));
                using var numbers = random.Normal([3], mean: 0, deviation: 1, stream: 5);
                Primitive.CopyInto(noise, numbers);
            });
            var seen = new HashSet<float>();
            for (var step = 0; step < 4; step++)
            {
                random.Set(step);
                scalars.Set("weight", step + 1);
                scalars.Set("shift", -step);
                scalars.Write();
                recording.Run();
                Assert.Equal([step + 1 - step, 2 * (step + 1) - step], y.ToArray());
                using var expected = random.Normal([3], mean: 0, deviation: 1, stream: 5);
                Assert.Equal(expected.ToArray(), noise.ToArray());
                seen.UnionWith(noise.ToArray());
            }

            Assert.Equal(12, seen.Count);
        }
    }

    [Fact]
    public void A_scalar_that_was_never_set_is_NaN_and_names_must_be_known()
    {
        using var scope = new TensorScope(devices.Cpu);
        using var scalars = new Scalars(devices.Cpu, ["weight", "shift"]);
        using var one = scalars.Read("shift");
        Assert.Equal(float.NaN, one.Item());
        const string message = "scalars: expected one of weight, shift; got rate. Name it when the scalars are made.";
        Assert.StartsWith(
            message, Assert.Throws<ArgumentException>(() => scalars.Set("rate", 1)).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            message, Assert.Throws<ArgumentException>(() => scalars.Read("rate")).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "scalars: expected names that differ; got a twice.",
            Assert.Throws<ArgumentException>(() => new Scalars(devices.Cpu, ["a", "b", "a"])).Message, StringComparison.Ordinal);
        using var none = new Scalars(devices.Kernels, []);
        none.Write();
    }

    [Fact]
    public void After_an_exception_the_next_run_records_anew()
    {
        var device = devices.Cpu;
        using var scope = new TensorScope(device);
        var (x, y, fails) = (scope.Floats([1, 2], [2]), scope.Floats([0, 0], [2]), true);
        using var recording = new Recording(device, () =>
        {
            using var square = Primitive.Map(x, default(Square));
            Primitive.CopyInto(y, square);
            Assert.False(fails);
        });
        var live = device.Memory.LiveBuffers;
        Assert.ThrowsAny<Exception>(recording.Run);
        Assert.False(recording.IsRecorded);
        Assert.Equal(live, device.Memory.LiveBuffers);
        fails = false;
        recording.Run();
        x.CopyFrom([3, 4]);
        recording.Run();
        Assert.True(recording.IsRecorded);
        Assert.Equal([9, 16], y.ToArray());
    }

    [Fact]
    public void An_operand_that_is_gone_is_an_error_even_when_its_memory_has_another_tensor()
    {
        var device = devices.Cpu;
        using var scope = new TensorScope(device);
        var (x, y) = (device.From<float>([1, 2], [2]), scope.Floats([0, 0], [2]));
        using var recording = new Recording(device, () => Primitive.CopyInto(y, x));
        recording.Run();
        x.Dispose();
        scope.Floats([5, 6], [2]);
        Assert.Throws<ObjectDisposedException>(recording.Run);
        Assert.Equal([1, 2], y.ToArray());
    }

    [Fact]
    public void A_view_of_an_operand_may_be_disposed_in_the_body()
    {
        var device = devices.Cpu;
        using var scope = new TensorScope(device);
        var (x, y) = (scope.Floats([1, 2], [2]), scope.Floats([0, 0], [2]));
        using var recording = new Recording(device, () =>
        {
            using var view = x.Share();
            Primitive.CopyInto(y, view);
        });
        recording.Run();
        x.CopyFrom([3, 4]);
        recording.Run();
        Assert.Equal([3, 4], y.ToArray());
    }

    [Fact]
    public void A_recording_within_another_is_part_of_it()
    {
        var device = devices.Cpu;
        using var scope = new TensorScope(device);
        var y = scope.Floats([0], []);
        using var inner = new Recording(device, () =>
        {
            using var next = Primitive.Map(y, new Affine(1, 1));
            Primitive.CopyInto(y, next);
        });
        inner.Run();
        using var outer = new Recording(device, () =>
        {
            inner.Run();
            inner.Run();
        });
        outer.Run();
        outer.Run();
        inner.Run();
        Assert.Equal(6, y.Item());
        Assert.True(outer.IsRecorded && inner.IsRecorded);
    }
}
