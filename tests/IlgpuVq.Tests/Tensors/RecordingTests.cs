using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
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
        var (objects, memory) = (GC.GetAllocatedBytesForCurrentThread(), device.Memory.Allocations);
        for (var i = 0; i < 100; i++)
        {
            recording.Run();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - objects);
        Assert.Equal(memory, device.Memory.Allocations);
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
    public void A_body_that_a_replay_could_not_repeat_is_executed_each_time()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var x = scope.Floats([1, 2], [2]);
            AssertExecuted(device, "reads a tensor to the host", () => x.ToArray());
            AssertExecuted(device, "writes a tensor from the host", () => device.From<float>([1], [1]).Dispose());
            AssertExecuted(
                device, "draws random numbers", () => Primitive.RandomUniform(device, [4], 0, 1, seed: 1, stream: 1).Dispose());
            AssertExecuted(device, "keeps tensors that it made", () => scope.Keep(Primitive.Map(x, default(Square))));
            var older = new Stack<Tensor<float>>([Primitive.Fill(device, [2], 0), Primitive.Fill(device, [2], 0)]);
            AssertExecuted(device, "disposes tensors made before", () => older.Pop().Dispose());
        }
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

    private static void AssertExecuted(Device device, string obstacle, Action body)
    {
        var executed = 0;
        using var recording = new Recording(device, () =>
        {
            executed++;
            body();
        });
        recording.Run();
        recording.Run();
        Assert.Equal((2, obstacle, false), (executed, recording.Obstacle, recording.IsRecorded));
    }
}
