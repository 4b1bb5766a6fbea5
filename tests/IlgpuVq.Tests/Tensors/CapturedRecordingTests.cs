using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Ptx.Machine;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Recordings whose replays are captured as one piece: what the engine is given, what then runs, and when.</summary>
public sealed class CapturedRecordingTests : IDisposable
{
    private readonly WatchedEngine engine = new();
    private readonly List<IDisposable> owned = [];

    public void Dispose()
    {
        owned.Reverse();
        owned.ForEach(each => each.Dispose());
    }

    [Fact]
    public void The_second_replay_is_captured_and_later_ones_are_one_launch()
    {
        var (device, x, y, recording) = Record();
        var expected = engine.TakeLaunches();
        Assert.NotEmpty(expected);
        recording.Run();
        Assert.Equal((false, null), (recording.IsCaptured, recording.GraphObstacle));
        Assert.DoesNotContain("capture", engine.Calls);
        Assert.Equal(expected, engine.TakeLaunches());

        recording.Run();
        Assert.Equal((true, null), (recording.IsCaptured, recording.GraphObstacle));
        Assert.Equal(expected, engine.TakeLaunches());

        engine.Calls.Clear();
        var before = y.ToArray()[0];
        recording.Run();
        Assert.Equal(["graph"], engine.Calls);
        Assert.Equal(expected, engine.TakeLaunches());

        // Each run adds the same to y; what lies in the tensors may change between launches.
        var added = y.ToArray()[0] - before;
        Assert.Equal(ErrorOf(1), added, 1e-3f * ErrorOf(1));
        x.CopyFrom([.. Enumerable.Repeat(2f, 100)]);
        recording.Run();
        Assert.Equal(ErrorOf(2), y.ToArray()[0] - before - added, 1e-3f * ErrorOf(2));
        Assert.True(device.CanCapture);

        // (10·one² - one)² with one = 2·x + 1 everywhere.
        static float ErrorOf(float x) => MathF.Pow((10 * (2 * x + 1) * (2 * x + 1)) - (2 * x + 1), 2);
    }

    [Fact]
    public void A_graph_keeps_the_working_memory_of_its_calls()
    {
        var (device, _, y, recording) = Record();
        recording.Run();
        recording.Run();
        engine.TakeLaunches();
        engine.Addresses.Clear();
        var before = y.ToArray()[0];
        recording.Run();
        var added = y.ToArray()[0] - before;
        var used = engine.Addresses.ToHashSet();
        Assert.NotEmpty(used);
        engine.Addresses.Clear();

        // More tensors than the pool has free buffers, so that every buffer which may be lent is.
        for (var i = 0; i < 20; i++)
        {
            foreach (var size in (int[])[1, 64, 100, 1000, 5000])
            {
                Primitive.FillInto(Own(device.Empty<float>([size])), 1);
            }
        }

        Assert.NotEmpty(engine.Addresses);
        Assert.Empty(engine.Addresses.Intersect(used));
        before = y.ToArray()[0];
        recording.Run();
        Assert.Equal(added, y.ToArray()[0] - before, 1e-3f * added);
    }

    [Fact]
    public void A_graph_of_a_tensor_that_was_disposed_is_not_launched()
    {
        var device = Open();
        var x = device.From<float>(new float[100], [100]);
        var y = Own(device.Empty<float>([100]));
        var recording = Own(new Recording(device, () => Primitive.ZipInto(y, x, x, default(Add))));
        for (var i = 0; i < 4; i++)
        {
            recording.Run();
        }

        Assert.True(recording.IsCaptured);
        x.Dispose();
        Own(device.Empty<float>([100]));
        engine.Calls.Clear();
        Assert.Throws<ObjectDisposedException>(recording.Run);
        Assert.Equal((false, "uses a tensor that was disposed since"), (recording.IsCaptured, recording.GraphObstacle));
        Assert.DoesNotContain("graph", engine.Calls);
        Assert.Single(engine.Calls, "dispose");
    }

    [Fact]
    public void Where_no_graph_is_to_be_had_launches_go_on_one_by_one()
    {
        var (_, _, _, recording) = Record();
        var expected = engine.TakeLaunches();
        engine.Refusal = "the driver refuses the graph: not today";
        for (var i = 0; i < 3; i++)
        {
            recording.Run();
            Assert.Equal(expected, engine.TakeLaunches());
        }

        Assert.Equal((false, engine.Refusal), (recording.IsCaptured, recording.GraphObstacle));
        Assert.Single(engine.Calls, "capture");
    }

    [Fact]
    public void Memory_cannot_be_allocated_while_launches_are_captured()
    {
        var device = Open();
        Assert.Null(device.TryCapture(() => device.Empty<float>([1000]).Dispose(), out var obstacle));
        Assert.Equal("the driver refuses the graph: memory cannot be allocated while launches are captured", obstacle);
        Own(device.Empty<float>([1000]));
    }

    [Fact]
    public void Graphs_can_be_switched_off()
    {
        var (device, _, _, recording) = Record(new DeviceOptions(UseGraphs: false));
        var expected = engine.TakeLaunches();
        for (var i = 0; i < 3; i++)
        {
            recording.Run();
            Assert.Equal(expected, engine.TakeLaunches());
        }

        Assert.Equal((false, null), (device.CanCapture, recording.GraphObstacle));
        Assert.DoesNotContain("capture", engine.Calls);
    }

    [Fact]
    public void A_graph_that_fails_is_a_failure_of_the_device()
    {
        var (device, _, _, recording) = Record();
        recording.Run();
        recording.Run();
        engine.FailsGraphs = true;
        Assert.Equal($"ptx: expected {device.Description} to do its work; got a fault.",
            Assert.Throws<DeviceException>(recording.Run).Message);
    }

    private KernelDevice Open(DeviceOptions? options = null) =>
        Own(new KernelDevice("ptx", engine, options ?? new DeviceOptions(PoisonMemory: true)));

    /// <summary>A recording that ran once: primitives with and without working memory, from a tensor that stays to one that
    /// stays.</summary>
    private (KernelDevice Device, Tensor<float> X, Tensor<float> Y, Recording Recording) Record(DeviceOptions? options = null)
    {
        var device = Open(options);
        var x = Own(device.From([.. Enumerable.Repeat(1f, 100)], [100]));
        var y = Own(device.From<float>([0], []));
        var recording = Own(new Recording(device, () =>
        {
            using var one = Primitive.Map(x, new Affine(2, 1));
            using var matrix = one.Reshape([10, 10]);
            using var product = Primitive.Matmul(matrix, matrix);
            using var error = Primitive.MeanSquaredError(product, matrix);
            Primitive.ZipInto(y, y, error, default(Add));
        }));
        engine.TakeLaunches();
        recording.Run();
        Assert.True(recording.IsRecorded);
        return (device, x, y, recording);
    }

    private T Own<T>(T value)
        where T : IDisposable
    {
        owned.Add(value);
        return value;
    }

    /// <summary>Writes down what it is given, and what runs.</summary>
    private sealed class WatchedEngine : PtxEngine
    {
        private readonly List<string> launches = [];

        public List<string> Calls { get; } = [];

        /// <summary>Of all arguments of what ran.</summary>
        public HashSet<ulong> Addresses { get; } = [];

        /// <summary>Why it does not capture.</summary>
        public string? Refusal { get; set; }

        public bool FailsGraphs { get; set; }

        /// <summary>What ran since the last call, as text. Where memory lies may differ from run to run.</summary>
        public string[] TakeLaunches()
        {
            string[] taken = [.. launches];
            launches.Clear();
            return taken;
        }

        public override void Launch<TKernel>(int extent, TKernel kernel)
        {
            Calls.Add("launch");
            base.Launch(extent, kernel);
        }

        public override void LaunchGroups<TKernel>(in KernelConfig config, TKernel kernel)
        {
            Calls.Add("launch");
            base.LaunchGroups(config, kernel);
        }

        public override void Copy<T>(ArrayView<T> source, ArrayView<T> target)
        {
            Calls.Add("copy");
            base.Copy(source, target);
        }

        public override void Fill(MemoryBuffer1D<int, Stride1D.Dense> buffer, byte value)
        {
            Calls.Add("fill");
            base.Fill(buffer, value);
        }

        public override ICapturedLaunches? TryCapture(Action work, out string obstacle)
        {
            Calls.Add("capture");
            if (Refusal is not null)
            {
                obstacle = Refusal;
                return null;
            }

            return base.TryCapture(work, out obstacle) is { } captured ? new Graph(this, captured) : null;
        }

        protected override void Run(string name, PtxLaunch launch)
        {
            var text = $"{name} {launch.Grid} {launch.Dimensions}";
            foreach (var word in MemoryMarshal.Cast<byte, ulong>(launch.Arguments))
            {
                var isAddress = launch.Memory.Find(word) is not null;
                text += isAddress ? " address" : $" {word}";
                _ = isAddress && Addresses.Add(word);
            }

            launches.Add(text);
            base.Run(name, launch);
        }

        private sealed class Graph(WatchedEngine engine, ICapturedLaunches captured) : ICapturedLaunches
        {
            public void Launch()
            {
                engine.Calls.Add("graph");
                if (engine.FailsGraphs)
                {
                    throw new PtxFault(FaultKind.Undefined, "a fault");
                }

                captured.Launch();
            }

            public void Dispose()
            {
                engine.Calls.Add("dispose");
                captured.Dispose();
            }
        }
    }
}
