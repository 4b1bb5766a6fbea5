using System.Buffers;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Profiling;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>What a timeline is told, and the file of it.</summary>
[Collection(RunAlone.Name)]
public sealed class TimelineTests
{
    public static TheoryData<string> Devices { get; } = ["cpu", "kernels", "opencl"];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Each_call_of_a_replay_is_told_once_with_its_op_its_shapes_and_its_kernels(string name)
    {
        OptionalDevice.Require(name);
        using var device = Device.Open(name);
        using var work = new Work(device);
        work.Recording.Run();
        var file = Follow(device, () =>
        {
            work.Recording.Run();
            work.Recording.Run();
        });

        file.AssertNests();
        var runs = file.Of("job").ToArray();
        Assert.Equal(["all"], runs.Select(run => run.Name));
        var calls = file.Of("primitive").ToArray();
        Assert.Equal(2 * work.Recording.Calls, calls.Length);
        string[] names = [.. calls.Select(call => call.Name)];
        Assert.Equal(names[..(names.Length / 2)], names[(names.Length / 2)..]);
        Assert.True(calls.Sum(call => call.Duration) <= runs[0].Duration);
        Assert.All(calls, call => Assert.True(call.Duration > 0 && runs[0].Holds(call)));

        // matmul, tanh, sum and their gradients, on a tape of x, w and these.
        (string, string, string)[] once =
        [
            ("matmul", "%2", "forward"), ("tanh", "%3", "forward"), ("sum", "%5", "forward"), ("sum", "%5", "backward"),
            ("tanh", "%3", "backward"), ("matmul", "%2", "backward"),
        ];
        Assert.Equal(
            [.. once, .. once],
            file.Of("op").Where(op => op.Arguments.ContainsKey("node"))
                .Select(op => (op.Name, op.Arguments["node"], op.Arguments["pass"])));
        var matmul = calls.First(call => call.Name.StartsWith("Matmul", StringComparison.Ordinal));
        Assert.Equal(("(2, 3)", "(3, 4)", "(2, 4)"), (matmul.Arguments["A"], matmul.Arguments["B"], matmul.Arguments["C"]));
        Assert.Contains(file.Of("op"), op => op.Name == "matmul" && op.Holds(matmul));

        var kernels = file.Of("kernel").ToArray();
        Assert.Equal(name == "cpu", kernels.Length == 0);
        Assert.All(kernels, kernel => Assert.Contains(calls, call => call.Holds(kernel)));
        Assert.All(kernels, kernel => Assert.True(
            kernel.Arguments.ContainsKey("threads") || kernel.Arguments.ContainsKey("threads of a group")));
    }

    [Fact]
    public void Following_changes_no_number_and_a_replay_makes_no_object_before_or_after()
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        using var work = new Work(device);
        work.Recording.Run();
        work.Recording.Run();
        Objects.AssertNone(work.Recording.Run);
        var expected = work.Y.ToArray();
        Follow(device, work.Recording.Run);
        Assert.Equal(expected, work.Y.ToArray());
        Assert.Null(device.Timeline);
        Objects.AssertNone(work.Recording.Run);
    }

    [Fact]
    public void A_replay_that_is_one_launch_is_one_slice_and_what_is_captured_is_not_told()
    {
        using var device = PtxEngine.OpenDevice(new DeviceOptions());
        using var work = new Work(device);
        work.Recording.Run();
        work.Recording.Run();
        Assert.False(work.Recording.IsCaptured);
        foreach (var _ in (int[])[1, 2]) // captured, and launched again
        {
            var file = Follow(device, work.Recording.Run);
            Assert.True(work.Recording.IsCaptured);
            Assert.Equal(["graph"], file.Of("kernel").Select(kernel => kernel.Name));
            Assert.Empty(file.Of("primitive"));
        }
    }

    [Fact]
    public void Copies_say_how_many_bytes()
    {
        using var device = Device.Open("cpu");
        using var x = device.Empty<float>([2, 5]);
        using var ids = device.Empty<int>([3]);
        var file = Follow(device, () =>
        {
            x.CopyFrom(new float[10]);
            ids.CopyFrom(new int[3]);
            _ = x.ToArray();
        });
        Assert.Equal(
            [("copy to device", "40"), ("copy to device", "12"), ("copy to host", "40")],
            file.Of("copy").Select(copy => (copy.Name, copy.Arguments["bytes"])));
    }

    [Fact]
    public void Calls_beyond_the_most_are_counted_and_what_was_begun_is_kept()
    {
        using var device = Device.Open("cpu");
        using var x = device.Empty<float>([2, 5]);
        var timeline = new Timeline(mostCalls: 3);
        device.Timeline = timeline;
        using (timeline.Begin(SliceKind.Job, "all"))
        {
            x.CopyFrom(new float[10]);
            Primitive.FillInto(x, 1);
            Primitive.FillInto(x, 2);
            Assert.Equal(0, timeline.LeftOut);
            Primitive.FillInto(x, 3);
            _ = x.ToArray();
            timeline.Begin(SliceKind.Loader, "read").Dispose();
        }

        device.Timeline = null;
        Assert.Equal(2, timeline.LeftOut);
        Assert.Equal(
            [SliceKind.Copy, SliceKind.Primitive, SliceKind.Primitive, SliceKind.Loader, SliceKind.Job],
            timeline.Slices.Select(slice => slice.Kind));
    }

    [Fact]
    public void Calls_between_ops_and_views_are_of_no_op()
    {
        using var device = Device.Open("cpu");
        using var x = Primitive.Fill(device, [2, 2], 1);
        var file = Follow(device, () =>
        {
            using var tape = new Tape(device);
            var y = Relu.Apply(tape.Leaf(x));
            Primitive.FillInto(x, 2);
            _ = StopGradient.Apply(Reshape.Apply(y, [4]));
            device.Purpose = CallPurpose.Of("afterwards");
            Primitive.FillInto(x, 3);
        });
        Assert.Equal(["relu", "afterwards"], file.Of("op").Select(op => op.Name));
        Assert.Equal(3, file.Of("primitive").Count());
    }

    [Fact]
    public void Many_threads_may_tell_and_any_name_can_be_read_again()
    {
        var timeline = new Timeline();
        const string Name = "a \"b\" \\ <c> \n – 漢";
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var outer = timeline.Begin(SliceKind.Job, Name, ("i", $"{i}"));
                timeline.Begin(SliceKind.Loader, "inner").Dispose();
            }
        })
        { Name = $"teller {number}" })];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        var file = Write(timeline, (Name, Name));
        file.AssertNests();
        Assert.Equal(Name, file.Notes[Name]);
        Assert.Equal(4 * 200, file.Of("job").Count(job => job.Name == Name));
        Assert.All(file.Of("loader"), inner => Assert.Contains(file.Of("job"), outer => outer.Holds(inner)));
        Assert.Equal(
            ["main", "teller 0", "teller 1", "teller 2", "teller 3"],
            file.Names.Where(pair => pair.Key.What == "thread_name").Select(pair => NameOf(pair.Value)).Order());

        // The thread that began the timeline has a name of the test runner's, or none.
        static string NameOf(string name) => name.StartsWith("teller", StringComparison.Ordinal) ? name : "main";
    }

    private static TraceFile Follow(Device device, Action work)
    {
        var timeline = new Timeline();
        device.Timeline = timeline;
        using (timeline.Begin(SliceKind.Job, "all"))
        {
            work();
        }

        device.Timeline = null;
        return Write(timeline);
    }

    private static TraceFile Write(Timeline timeline, params (string, string)[] notes)
    {
        var file = new ArrayBufferWriter<byte>();
        ChromeTrace.Write(file, timeline, "test", notes);
        return TraceFile.Read(file.WrittenSpan.ToArray());
    }

    /// <summary>dW of Σ tanh(x·w), recorded.</summary>
    private sealed class Work : IDisposable
    {
        private readonly Tensor<float> x, w;

        public Work(Device device)
        {
            x = Primitive.Fill(device, [2, 3], 0.5f);
            w = Primitive.Fill(device, [3, 4], 0.25f);
            Y = device.Empty<float>([3, 4]);
            Recording = new Recording(device, () =>
            {
                using var tape = new Tape(device);
                var (input, weight) = (tape.Constant(x), tape.Leaf(w));
                var y = Tanh.Apply(Matmul.Apply(input, weight));
                tape.Backward(Sum.Apply(Reshape.Apply(y, [8])));
                device.Purpose = CallPurpose.Of("result");
                Primitive.CopyInto(Y, weight.Gradient!);
            });
        }

        public Recording Recording { get; }

        public Tensor<float> Y { get; }

        public void Dispose()
        {
            Recording.Dispose();
            x.Dispose();
            w.Dispose();
            Y.Dispose();
        }
    }
}
