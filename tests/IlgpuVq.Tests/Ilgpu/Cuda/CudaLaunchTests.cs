using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

public sealed class CudaLaunchTests
{
    public readonly record struct Pair(byte Small, double Large);

    private static void Bundle(Index1D i, Pair pair, ArrayView<int> x, long last) => x[i] = pair.Small + (int)last;

    private static void Mark2D(Index2D i, ArrayView<int> x) => x[i.X] = i.Y;

    private static void Mark3D(LongIndex3D i, ArrayView<int> x) => x[i.X] = (int)(i.Y + i.Z);

    private static void Power(Index1D i, ArrayView<int> x, SpecializedValue<int> exponent) => x[i] *= exponent;

    private static void Groups(ArrayView<int> x)
    {
        var shared = SharedMemory.GetDynamic<int>();
        shared[Group.IdxX] = x[Grid.GlobalIndex.X];
        Group.Barrier();
        x[Grid.GlobalIndex.X] = shared[0];
    }

    private static void Large(ArrayView<int> x)
    {
        var shared = SharedMemory.Allocate<int>(20_000);
        shared[Group.IdxX] = x[Group.IdxX];
        Group.Barrier();
        x[Group.IdxX] = shared[0];
    }

    [Fact]
    public void Implicitly_grouped_kernels_run_in_groups_of_256()
    {
        using var cuda = new FakeCuda();
        using var x = cuda.Accelerator.Allocate1D(Enumerable.Repeat(2f, 300).ToArray());
        cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale)(300, x.View, 3);
        var launch = Assert.Single(cuda.Driver.Launches);
        Assert.Equal((new(2, 1, 1), new(256, 1, 1), 0), (launch.Grid, launch.Group, launch.DynamicSharedBytes));
        Assert.All(x.GetAsArray1D(), value => Assert.Equal(6, value));
    }

    [Fact]
    public void Parameters_arrive_taken_apart_and_in_order()
    {
        using var cuda = new FakeCuda();
        using var x = cuda.Accelerator.Allocate1D<int>(10);
        var kernel = cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, Pair, ArrayView<int>, long>(Bundle);
        kernel(5, new Pair(200, 1.5), x.View.SubView(4, 5), -9);
        var launch = Assert.Single(cuda.Driver.Launches);
        Assert.Equal((5, 200, 1.5), (launch.Read<int>(0), launch.Read<byte>(1), launch.Read<double>(2)));
        Assert.Equal(
            (x.NativePtr, 16L, 5L, -9L), (launch.Read<nint>(3), launch.Read<long>(4), launch.Read<long>(5), launch.Read<long>(6)));
    }

    [Theory]
    [InlineData(100, 100, 4, 13, 32, 8)]
    [InlineData(1, 65535 * 8, 1, 65535, 32, 8)]
    [InlineData(1, 1_000_000, 1, 62500, 16, 16)]
    [InlineData(3, 65535 * 256, 3, 65535, 1, 256)]
    public void Groups_of_two_dimensions_cover_the_extent(int x, int y, int gridX, int gridY, int groupX, int groupY)
    {
        using var cuda = new FakeCuda();
        using var buffer = cuda.Accelerator.Allocate1D<int>(10);
        cuda.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>>(Mark2D)((x, y), buffer.View);
        var launch = Assert.Single(cuda.Driver.Launches);
        Assert.Equal((new(gridX, gridY, 1), new(groupX, groupY, 1)), (launch.Grid, launch.Group));
        Assert.Equal((x, y), (launch.Read<int>(0), launch.Read<int>(1)));
    }

    [Fact]
    public void An_extent_that_no_grid_covers_is_refused()
    {
        using var cuda = new FakeCuda();
        using var buffer = cuda.Accelerator.Allocate1D<int>(10);
        var kernel = cuda.Accelerator.LoadAutoGroupedStreamKernel<LongIndex3D, ArrayView<int>>(Mark3D);
        kernel((10, 20, 30), buffer.View);
        Assert.Equal((new(1, 5, 15), new(32, 4, 2)), (cuda.Driver.Launches[0].Grid, cuda.Driver.Launches[0].Group));
        Assert.Contains(
            "expected an extent that at most (2147483647, 65535, 65535) groups of (32, 4, 2) threads cover on Fake GPU 0; got (1, 1, 1000000).",
            Assert.Throws<ArgumentOutOfRangeException>(() => kernel((1, 1, 1_000_000), buffer.View)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Each_specialized_value_has_a_program_of_its_own()
    {
        using var cuda = new FakeCuda();
        using var x = cuda.Accelerator.Allocate1D<int>(10);
        var kernel = cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, SpecializedValue<int>>(Power);
        Assert.Equal(0, cuda.Driver.CountOf("Link"));
        foreach (var exponent in (int[])[2, 3, 2])
        {
            kernel(10, x.View, SpecializedValue.New(exponent));
        }

        Assert.Equal((2, 3), (cuda.Driver.CountOf("Link"), cuda.Driver.Launches.Count));
    }

    [Fact]
    public void Shared_memory_beyond_that_of_all_devices_is_asked_for_once()
    {
        using var cuda = new FakeCuda();
        using var x = cuda.Accelerator.Allocate1D<int>(32);
        var kernel = cuda.Accelerator.LoadStreamKernel<ArrayView<int>>(Groups);
        foreach (var (elements, calls) in new[] { (1000, 0), (20_000, 1), (30_000, 1) })
        {
            kernel(new KernelConfig(1, 32, SharedMemoryConfig.RequestDynamic<int>(elements)), x.View);
            Assert.Equal((4 * elements, calls), (cuda.Driver.Launches[^1].DynamicSharedBytes, cuda.Driver.CountOf("SetFunctionAttribute")));
        }

        Assert.StartsWith(
            "kernel CudaLaunchTests.Groups: expected at most 232448 bytes of shared memory per group on Fake GPU 0; got 233024: 1024 " +
            "static, 232000 dynamic.",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => kernel(new KernelConfig(1, 32, SharedMemoryConfig.RequestDynamic<int>(58_000)), x.View)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_that_no_module_may_declare_are_part_of_the_launch()
    {
        using var cuda = new FakeCuda();
        using var x = cuda.Accelerator.Allocate1D<int>(32);
        cuda.Accelerator.LoadStreamKernel<ArrayView<int>>(Large)(new KernelConfig(1, 32), x.View);
        Assert.Equal((80_000, 1), (cuda.Driver.Launches[0].DynamicSharedBytes, cuda.Driver.CountOf("SetFunctionAttribute")));
    }

    [Fact]
    public void Groups_that_the_registers_have_no_room_for_are_refused_and_not_chosen()
    {
        using var cuda = new FakeCuda();
        cuda.Driver.FunctionAttributes[CudaFunctionAttribute.MaxThreadsPerBlock] = 160;
        using var x = cuda.Accelerator.Allocate1D<float>(1000);
        cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale)(1000, x.View, 1);
        Assert.Equal((new(8, 1, 1), new(128, 1, 1)), (cuda.Driver.Launches[0].Grid, cuda.Driver.Launches[0].Group));
        using var y = cuda.Accelerator.Allocate1D<int>(1000);
        var grouped = cuda.Accelerator.LoadStreamKernel<ArrayView<int>>(Groups);
        Assert.StartsWith(
            "kernel CudaLaunchTests.Groups: expected a group of at most 160 threads, which is what Fake GPU 0 has registers for; got 192.",
            Assert.Throws<ArgumentOutOfRangeException>(() => grouped(new KernelConfig(1, 192), y.View)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_kernel_needs_is_known()
    {
        using var cuda = new FakeCuda();
        var kernel = (CudaKernel)cuda.Accelerator.LoadIndexed((Action<Index1D, ArrayView<float>, float>)FakeCuda.Scale, null);
        Assert.Equal(new CudaKernelResources(40, 0, 1024, 1024), kernel.Resources);
        Assert.NotEqual((0, 0), (kernel.ModulePtr, kernel.FunctionPtr));
        var special = (CudaKernel)cuda.Accelerator.LoadIndexed((Action<Index1D, ArrayView<int>, SpecializedValue<int>>)Power, null);
        Assert.Equal((0, 0, null), (special.ModulePtr, special.FunctionPtr, special.Resources));
    }

    [Fact]
    public void Launches_make_no_object()
    {
        using var cuda = new FakeCuda(new QuietDriver());
        using var x = cuda.Accelerator.Allocate1D<float>(1000);
        var kernel = cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale);
        kernel(1000, x.View, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            kernel(1000, x.View, 1);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Markers_measure_the_time_between_them()
    {
        using var cuda = new FakeCuda();
        using var first = cuda.Accelerator.DefaultStream.AddProfilingMarker();
        using var second = cuda.Accelerator.DefaultStream.AddProfilingMarker();
        Assert.Equal(TimeSpan.FromMilliseconds(1.5), second.MeasureFrom(first));
        Assert.Equal(2, cuda.Driver.CountOf("SynchronizeEvent"));
    }
}
