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
                using var product = Zip.Apply("multiply", a, b, default(MultiplyOperator));
                using var view = product.Reshape([3, 1]);
                using var total = Reduce.Sum(view, []);
                Zip.Into(sum, sum, total, default(AddOperator));
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
            using var product = Matmul.Apply(a, b);
            using var turned = Permute.Apply(product, [1, 0]);
            using var rows = Softmax.Apply(turned);
            using var mean = Reduce.Mean(rows, [1]);
            using var error = MeanSquaredError.Forward(mean, mean);
            Copy.Into(result, error);
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
                using var one = Map.Apply(x, new AffineOperator(1, 1));
                using var two = Map.Apply(one, new AffineOperator(1, 1));
                Copy.Into(y, two);
            }))
            {
                recording.Run();
                var other = scope.Keep(Fill.Constant(device, [1000], 7));
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
                device, "draws random numbers", () => RandomFill.Uniform(device, [4], 0, 1, seed: 1, stream: 1).Dispose());
            AssertExecuted(device, "keeps tensors that it made", () => scope.Keep(Map.Apply(x, default(SquareOperator))));
            var older = new Stack<Tensor<float>>([Fill.Constant(device, [2], 0), Fill.Constant(device, [2], 0)]);
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
            using var square = Map.Apply(x, default(SquareOperator));
            Copy.Into(y, square);
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
        using var recording = new Recording(device, () => Copy.Into(y, x));
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
            Copy.Into(y, view);
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
            using var next = Map.Apply(y, new AffineOperator(1, 1));
            Copy.Into(y, next);
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
