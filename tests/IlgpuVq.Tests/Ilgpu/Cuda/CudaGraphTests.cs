using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

public sealed class CudaGraphTests : IDisposable
{
    private readonly FakeCuda cuda;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> x;
    private readonly Action<Index1D, ArrayView<float>, float> scale;

    public CudaGraphTests()
    {
        cuda = new FakeCuda();
        x = cuda.Accelerator.Allocate1D([1f, 2, 3]);
        scale = cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale);
    }

    private CudaStream Stream => (CudaStream)cuda.Accelerator.DefaultStream;

    public void Dispose()
    {
        x.Dispose();
        cuda.Dispose();
    }

    [Fact]
    public void What_is_captured_runs_when_the_graph_is_launched_and_as_often()
    {
        using var y = cuda.Accelerator.Allocate1D<float>(3);
        using var graph = CudaGraph.TryCapture(
            Stream,
            () =>
            {
                scale(3, x.View, 2);
                x.View.BaseView.CopyTo(y.View.BaseView);
                x.View.SubView(2, 1).MemSetToZero();
            },
            out var obstacle)!;
        Assert.Equal(("", 3L), (obstacle, graph.NodeCount));
        Assert.Equal([1, 2, 3], x.GetAsArray1D());
        graph.Launch();
        Assert.Equal([2, 4, 6], y.GetAsArray1D());
        graph.Launch();
        Assert.Equal([4, 8, 0], x.GetAsArray1D());
        Assert.Equal([4, 8, 0], y.GetAsArray1D());
    }

    [Fact]
    public void A_graph_is_launched_without_an_object()
    {
        using var quiet = new FakeCuda(new QuietDriver());
        using var graph = CudaGraph.TryCapture((CudaStream)quiet.Accelerator.DefaultStream, () => { }, out _)!;
        graph.Launch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        graph.Launch();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public static TheoryData<string> Obstacles => new(
        "CopyToCPU waits for the device", "CopyFromCPU reads from the host", "Synchronize waits for the device", "Allocate allocates memory",
        "AddProfilingMarker is measured");

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void What_no_graph_can_hold_ends_the_capture_and_nothing_else(string expected)
    {
        foreach (var isSwallowed in (bool[])[false, true])
        {
            using var graph = CudaGraph.TryCapture(Stream, () => Work(isSwallowed), out var obstacle);
            Assert.Null(graph);
            Assert.Equal(expected, obstacle);
            AssertWorks();
        }

        void Work(bool isSwallowed)
        {
            scale(3, x.View, 2);
            var exception = Assert.Throws<CudaException>((Action)(expected.Split(' ')[0] switch
            {
                "CopyToCPU" => () => x.GetAsArray1D(),
                "CopyFromCPU" => () => x.CopyFromCPU(new float[3]),
                "Synchronize" => cuda.Accelerator.Synchronize,
                "Allocate" => () => cuda.Accelerator.Allocate1D<int>(10),
                _ => () => Stream.AddProfilingMarker(),
            }));
            if (!isSwallowed)
            {
                throw new InvalidOperationException("as those above the runtime tell it", exception);
            }
        }
    }

    [Fact]
    public void What_the_work_throws_comes_out_and_the_capture_ends()
    {
        Assert.Throws<NotSupportedException>(() => CudaGraph.TryCapture(Stream, () => throw new NotSupportedException(), out _));
        AssertWorks();
    }

    [Theory]
    [InlineData("BeginCapture")]
    [InlineData("EndCapture")]
    [InlineData("GetNodeCount")]
    [InlineData("InstantiateGraph")]
    public void What_the_driver_refuses_is_the_obstacle(string method)
    {
        cuda.Driver.Fault = call => call == method ? CudaError.CUDA_ERROR_NOT_SUPPORTED : CudaError.CUDA_SUCCESS;
        Assert.Null(CudaGraph.TryCapture(Stream, () => scale(3, x.View, 2), out var obstacle));
        Assert.Equal("the driver refuses the graph: CUDA_ERROR_NOT_SUPPORTED (801)", obstacle);
        cuda.Driver.Fault = _ => CudaError.CUDA_SUCCESS;
        AssertWorks();
    }

    [Fact]
    public void A_launch_that_the_capture_makes_wrong_is_the_obstacle()
    {
        cuda.Driver.Fault = call =>
            call == "Launch" ? CudaError.CUDA_ERROR_STREAM_CAPTURE_IMPLICIT : CudaError.CUDA_SUCCESS;
        Assert.Null(CudaGraph.TryCapture(Stream, () => scale(3, x.View, 2), out var obstacle));
        Assert.Contains("CUDA_ERROR_STREAM_CAPTURE_IMPLICIT (906)", obstacle, StringComparison.Ordinal);
        cuda.Driver.Fault = _ => CudaError.CUDA_SUCCESS;
        AssertWorks();
    }

    [Fact]
    public void A_device_that_is_lost_while_it_captures_is_no_obstacle_but_an_error()
    {
        cuda.Driver.Fault = call => call == "Launch" ? CudaError.CUDA_ERROR_ECC_UNCORRECTABLE : CudaError.CUDA_SUCCESS;
        Assert.Throws<CudaException>(() => CudaGraph.TryCapture(Stream, () => scale(3, x.View, 2), out _));
        cuda.Driver.Fault = _ => CudaError.CUDA_SUCCESS;
        Assert.Equal(
            CudaError.CUDA_ERROR_ECC_UNCORRECTABLE,
            Assert.Throws<CudaException>(() => CudaGraph.TryCapture(Stream, () => { }, out _)).Error);
    }

    [Fact]
    public void Drivers_without_graphs_say_so()
    {
        using var old = new FakeCuda(new FakeCudaDriver { Graphs = false });
        Assert.Null(CudaGraph.TryCapture((CudaStream)old.Accelerator.DefaultStream, () => { }, out var obstacle));
        Assert.Equal("the driver has no graphs", obstacle);
    }

    [Fact]
    public void Memory_that_is_given_back_while_a_stream_is_captured_is_kept_until_the_end()
    {
        var others = new[] { cuda.Accelerator.Allocate1D<int>(10), cuda.Accelerator.Allocate1D<int>(20) };
        var address = 0L;
        using var graph = CudaGraph.TryCapture(
            Stream,
            () =>
            {
                others[0].Dispose();
                Assert.Equal(0, cuda.Driver.CountOf("FreeAsync"));

                // Other threads go on with memory of their own.
                var thread = new Thread(() =>
                {
                    others[1].Dispose();
                    using var plain = cuda.Accelerator.Allocate1D<int>(30);
                    address = plain.NativePtr;
                });
                thread.Start();
                thread.Join();
                scale(3, x.View, 2);
            },
            out var obstacle);
        Assert.Equal(("", 1L), (obstacle, graph!.NodeCount));
        Assert.NotEqual(0, address);
        Assert.Equal((2, 1, 1), (cuda.Driver.CountOf("FreeAsync"), cuda.Driver.CountOf("Allocate"), cuda.Driver.CountOf("Free")));
    }

    [Fact]
    public void One_capture_runs_at_a_time()
    {
        var inner = "";
        using var graph = CudaGraph.TryCapture(Stream, () => CudaGraph.TryCapture(Stream, () => { }, out inner), out var obstacle);
        Assert.Equal(("another capture is under way", ""), (inner, obstacle));
        Assert.NotNull(graph);
    }

    private void AssertWorks()
    {
        x.CopyFromCPU([1f, 2, 3]);
        scale(3, x.View, 5);
        cuda.Accelerator.Allocate1D<int>(10).Dispose();
        Assert.Equal([5, 10, 15], x.GetAsArray1D());
    }
}
