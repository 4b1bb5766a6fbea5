using ILGPU.Runtime.Cuda;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Ilgpu.Cuda;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Recordings that become graphs, seen from a driver that does not compute: what it is given, and when.</summary>
public sealed class CudaRecordingTests : IDisposable
{
    private readonly FakeCuda cuda = new();
    private readonly List<IDisposable> owned = [];

    public void Dispose()
    {
        owned.Reverse();
        owned.ForEach(each => each.Dispose());
        cuda.Dispose();
    }

    [Fact]
    public void The_second_replay_is_captured_and_later_ones_are_one_launch()
    {
        var (device, x, recording) = Record();
        string[] expected = [.. Launches()];
        Assert.NotEmpty(expected);
        recording.Run();
        Assert.Equal((false, null, 0), (recording.IsCaptured, recording.GraphObstacle, cuda.Driver.CountOf("BeginCapture")));
        Assert.Equal(expected, Launches());

        recording.Run();
        Assert.Equal((true, null), (recording.IsCaptured, recording.GraphObstacle));
        Assert.Equal(expected, Launches());

        cuda.Driver.Calls.Clear();
        recording.Run();
        Assert.Equal(["LaunchGraph"], cuda.Driver.Calls);
        Assert.Equal(expected, Launches());

        // What lies in the tensors may change between launches.
        x.CopyFrom(new float[100]);
        recording.Run();
        Assert.Equal(expected, Launches());
        Assert.True(device.CanCapture);
    }

    [Fact]
    public void A_graph_keeps_the_working_memory_of_its_calls()
    {
        var (device, _, recording) = Record();
        recording.Run();
        recording.Run();
        cuda.Driver.Launches.Clear();
        recording.Run();
        var used = Addresses();

        // More tensors than the pool has free buffers, so that every buffer which may be lent is.
        for (var i = 0; i < 20; i++)
        {
            foreach (var size in (int[])[1, 64, 100, 1000, 5000])
            {
                Fill.Into(Own(device.Empty<float>([size])), 1);
            }
        }

        Assert.Empty(Addresses().Intersect(used));

        // The view of a buffer is the address, an offset and a length; of the arguments, only addresses are that large.
        HashSet<nint> Addresses()
        {
            var addresses = cuda.Driver.Launches.SelectMany(launch => launch.Arguments).Where(value => value > 1L << 32).ToHashSet();
            Assert.NotEmpty(addresses);
            cuda.Driver.Launches.Clear();
            return addresses;
        }
    }

    [Fact]
    public void A_graph_of_a_tensor_that_was_disposed_is_not_launched()
    {
        var device = Open();
        var x = device.From<float>(new float[100], [100]);
        var y = Own(device.Empty<float>([100]));
        var recording = Own(new Recording(device, () => Zip.Into(y, x, x, default(AddOperator))));
        for (var i = 0; i < 4; i++)
        {
            recording.Run();
        }

        Assert.True(recording.IsCaptured);
        x.Dispose();
        Own(device.Empty<float>([100]));
        cuda.Driver.Calls.Clear();
        Assert.Throws<ObjectDisposedException>(recording.Run);
        Assert.Equal((false, "uses a tensor that was disposed since"), (recording.IsCaptured, recording.GraphObstacle));
        Assert.Equal((0, 1), (cuda.Driver.CountOf("LaunchGraph"), cuda.Driver.CountOf("DestroyExecutable")));
    }

    [Theory]
    [InlineData("InstantiateGraph", "the driver refuses the graph: CUDA_ERROR_NOT_SUPPORTED (801)")]
    [InlineData("BeginCapture", "the driver refuses the graph: CUDA_ERROR_NOT_SUPPORTED (801)")]
    public void Where_no_graph_is_to_be_had_launches_go_on_one_by_one(string method, string obstacle)
    {
        var (_, _, recording) = Record();
        string[] expected = [.. Launches()];
        cuda.Driver.Fault = call => call == method ? CudaError.CUDA_ERROR_NOT_SUPPORTED : CudaError.CUDA_SUCCESS;
        for (var i = 0; i < 3; i++)
        {
            recording.Run();
            Assert.Equal(expected, Launches());
        }

        Assert.Equal((false, obstacle, 1), (recording.IsCaptured, recording.GraphObstacle, cuda.Driver.CountOf(method)));
    }

    [Fact]
    public void Graphs_can_be_switched_off()
    {
        var (device, _, recording) = Record(new DeviceOptions(UseGraphs: false));
        string[] expected = [.. Launches()];
        for (var i = 0; i < 3; i++)
        {
            recording.Run();
            Assert.Equal(expected, Launches());
        }

        Assert.Equal((false, null, 0), (device.CanCapture, recording.GraphObstacle, cuda.Driver.CountOf("BeginCapture")));
    }

    [Fact]
    public void A_graph_that_fails_is_a_failure_of_the_device()
    {
        var (_, _, recording) = Record();
        recording.Run();
        recording.Run();
        cuda.Driver.Fault = call => call == "LaunchGraph" ? CudaError.CUDA_ERROR_LAUNCH_FAILED : CudaError.CUDA_SUCCESS;
        Assert.StartsWith(
            "cuda: graph: expected Fake GPU 0 to do its work; got CUDA_ERROR_LAUNCH_FAILED (719). The device is lost to this process",
            Assert.Throws<DeviceException>(recording.Run).Message,
            StringComparison.Ordinal);
    }

    private KernelDevice Open(DeviceOptions? options = null)
    {
        var accelerator = cuda.Open();
        return Own(new KernelDevice("cuda", ILGPU.Context.Create(_ => { }), accelerator, options ?? new DeviceOptions(PoisonMemory: true)));
    }

    /// <summary>A recording that ran once: primitives with and without working memory, from a tensor that stays to one that stays.</summary>
    private (KernelDevice Device, Tensor<float> X, Recording Recording) Record(DeviceOptions? options = null)
    {
        var device = Open(options);
        var x = Own(device.From<float>(new float[100], [100]));
        var y = Own(device.Empty<float>([]));
        var recording = Own(new Recording(device, () =>
        {
            using var one = Map.Apply(x, new AffineOperator(2, 1));
            using var matrix = one.Reshape([10, 10]);
            using var product = Matmul.Apply(matrix, matrix);
            using var error = MeanSquaredError.Forward(product, matrix);
            Zip.Into(y, y, error, default(AddOperator));
        }));
        cuda.Driver.Launches.Clear();
        recording.Run();
        Assert.True(recording.IsRecorded);
        return (device, x, recording);
    }

    /// <summary>What was launched since the last call, as text. Where memory lies may differ from run to run.</summary>
    private List<string> Launches()
    {
        List<string> launches = [.. cuda.Driver.Launches.Select(launch => $"{launch.EntryPoint} {launch.Grid} {launch.Group} " +
            string.Join(' ', launch.Arguments.Select(value => value > 1L << 32 ? "address" : $"{value}")))];
        cuda.Driver.Launches.Clear();
        return launches;
    }

    private T Own<T>(T value)
        where T : IDisposable
    {
        owned.Add(value);
        return value;
    }
}
