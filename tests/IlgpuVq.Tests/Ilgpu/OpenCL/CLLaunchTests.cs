using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

public sealed class CLLaunchTests(CLFixture fixture)
{
    private CLAccelerator Accelerator => fixture.Accelerator;

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(1000)]
    public void Every_index_of_the_extent_is_visited_and_none_behind_it(int extent)
    {
        using var buffer = Accelerator.Allocate1D(Numbers(2000));
        Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale)(extent, buffer.View, 3);
        Assert.Equal(Numbers(2000).Select((x, i) => i < extent ? 3 * x : x), buffer.GetAsArray1D());
    }

    [Fact]
    public void Views_begin_where_they_begin()
    {
        using var buffer = Accelerator.Allocate1D(Numbers(100));
        Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale)(
            10, buffer.View.SubView(50, 20), 0);
        Assert.Equal(Numbers(100).Select((x, i) => i is >= 50 and < 60 ? 0 : x), buffer.GetAsArray1D());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 3)]
    [InlineData(3, 100)]
    [InlineData(64, 64)]
    public void Both_axes_of_an_extent_are_covered(int x, int y)
    {
        using var buffer = Accelerator.Allocate1D<int>(x * y);
        buffer.MemSetToZero();
        Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>>(HandWritten.Mark2D)((x, y), buffer.View);
        Assert.Equal(Enumerable.Range(0, x * y).Select(i => 1 + (i % x) + (100 * (i / x))), buffer.GetAsArray1D());
    }

    [Theory]
    [InlineData(2, 3, 4)]
    [InlineData(70, 1, 2)]
    [InlineData(1, 9, 5)]
    public void All_three_axes_of_a_long_extent_are_covered(int x, int y, int z)
    {
        using var buffer = Accelerator.Allocate1D<int>(x * y * z);
        buffer.MemSetToZero();
        Accelerator.LoadAutoGroupedStreamKernel<LongIndex3D, ArrayView<int>>(HandWritten.Mark3D)((x, y, z), buffer.View);
        var expected = Enumerable.Range(0, x * y * z)
            .Select(i => 1 + (i % x) + (100 * (i / x % y)) + (10000 * (i / x / y)));
        Assert.Equal(expected, buffer.GetAsArray1D());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    [InlineData(100)]
    [InlineData(512)]
    public void Groups_of_any_size_cover_the_extent(int groupSize)
    {
        using var buffer = Accelerator.Allocate1D<int>(33 * 35);
        buffer.MemSetToZero();
        Accelerator.LoadImplicitlyGroupedStreamKernel<Index2D, ArrayView<int>>(HandWritten.Mark2D, groupSize)(
            (33, 35), buffer.View);
        Assert.Equal(Enumerable.Range(0, 33 * 35).Select(i => 1 + (i % 33) + (100 * (i / 33))), buffer.GetAsArray1D());
    }

    [Fact]
    public void Structures_are_passed_field_by_field()
    {
        using var buffer = Accelerator.Allocate1D(Numbers(10));
        Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, HandWritten.Shift>(HandWritten.ScaleSome)(
            10, buffer.View, new(0.5f, 3));
        Accelerator.LoadAutoGroupedStreamKernel<Index1D, HandWritten.Bundle>(HandWritten.ScaleBundle)(
            10, new(buffer.View, 10));
        Assert.Equal(Numbers(10).Select((x, i) => i % 3 == 0 ? 5 * x : 10 * x), buffer.GetAsArray1D());
    }

    [Fact]
    public void Each_specialized_value_has_a_kernel_of_its_own_made_once()
    {
        var library = FaultyLibrary.With();
        using var accelerator = fixture.Open(library);
        using var buffer = accelerator.Allocate1D(Numbers(10));
        var power = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, SpecializedValue<int>>(HandWritten.Power);
        var before = library.LiveObjects;
        foreach (var exponent in new[] { 2, 3, 2, 3, 2 })
        {
            buffer.CopyFromCPU(Numbers(10));
            power(10, buffer.View, SpecializedValue.New(exponent));
            Assert.Equal(Numbers(10).Select(x => (float)Math.Pow(x, exponent)), buffer.GetAsArray1D());
        }

        // Two programs with a kernel each.
        Assert.Equal(before + 4, library.LiveObjects);
    }

    [Fact]
    public void Bytes_between_the_fields_of_a_specialized_value_do_not_count()
    {
        var library = FaultyLibrary.With();
        using var accelerator = fixture.Open(library);
        using var buffer = accelerator.Allocate1D(Numbers(10));
        var raise = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, SpecializedValue<HandWritten.Shift>>(
            HandWritten.Raise);
        var before = library.LiveObjects;
        foreach (var filling in new byte[] { 0, 1, 0xFF })
        {
            raise(10, buffer.View, SpecializedValue.New(WithFilling(new(1.5f, 2), filling)));
        }

        Assert.Equal(before + 2, library.LiveObjects);
        Assert.Equal(Numbers(10).Select(x => x + 4.5f), buffer.GetAsArray1D());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    public void Groups_share_the_memory_that_the_launch_asks_for(int groupSize)
    {
        using var buffer = Accelerator.Allocate1D(Numbers(4 * groupSize));
        Accelerator.LoadStreamKernel<ArrayView<float>>(HandWritten.SumOfGroup)(
            (4, groupSize, SharedMemoryConfig.RequestDynamic<float>(groupSize)), buffer.View);
        var expected = Numbers(4 * groupSize)
            .Select((_, i) => Numbers(4 * groupSize).Skip(i / groupSize * groupSize).Take(groupSize).Sum() + (groupSize * 4 / 65536f));
        Assert.Equal(expected, buffer.GetAsArray1D());
    }

    [Fact]
    public void Exchanges_between_threads_have_memory_of_the_size_of_the_group()
    {
        using var buffer = Accelerator.Allocate1D<int>(96);
        var neighbour = Accelerator.LoadStreamKernel<ArrayView<int>>(HandWritten.Neighbour);
        foreach (var size in new[] { 32, 16 })
        {
            neighbour((96 / size, size), buffer.View);
            Assert.Equal(Enumerable.Range(0, 96).Select(i => (i / size * size) + ((i + 1) % size)), buffer.GetAsArray1D());
        }
    }

    [Fact]
    public void Too_much_shared_memory_is_refused_before_the_launch_with_all_parts_of_it()
    {
        var most = Accelerator.MaxSharedMemoryPerGroup;
        using var bytes = Accelerator.Allocate1D<byte>(1);
        using var floats = Accelerator.Allocate1D<float>(1);
        var large = Accelerator.LoadStreamKernel<ArrayView<byte>>(HandWritten.LargeShared);
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => large((1, 1, SharedMemoryConfig.RequestDynamic<byte>(most)), bytes.View));
        Assert.StartsWith(
            $"kernel HandWritten.LargeShared: expected at most {most} bytes of shared memory per group on {Accelerator.Name}; " +
            $"got {most + 1024}: 1024 static, {most} dynamic, 0 for exchanges between threads.",
            error.Message,
            StringComparison.Ordinal);

        var sum = Accelerator.LoadStreamKernel<ArrayView<float>>(HandWritten.SumOfGroup);
        Assert.Contains(
            $"expected at most {most} bytes of dynamic shared memory",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => sum((1, 1, SharedMemoryConfig.RequestDynamic<byte>(most + 1)), floats.View)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_and_grids_beyond_the_limits_are_refused()
    {
        using var buffer = Accelerator.Allocate1D<int>(1);
        var neighbour = Accelerator.LoadStreamKernel<ArrayView<int>>(HandWritten.Neighbour);
        Assert.Throws<ArgumentOutOfRangeException>(() => neighbour((1, Accelerator.MaxNumThreadsPerGroup + 1), buffer.View));
        Assert.Throws<ArgumentOutOfRangeException>(() => neighbour((0, 1), buffer.View));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Accelerator.LoadImplicitlyGroupedStreamKernel<Index2D, ArrayView<int>>(
                HandWritten.Mark2D, Accelerator.MaxNumThreadsPerGroup + 1));
    }

    [Fact]
    public void Views_of_disposed_buffers_and_of_other_accelerators_are_refused()
    {
        var scale = Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        var bundled = Accelerator.LoadAutoGroupedStreamKernel<Index1D, HandWritten.Bundle>(HandWritten.ScaleBundle);
        using var other = fixture.Open();
        using var foreign = other.Allocate1D<float>(1);
        var buffer = Accelerator.Allocate1D<float>(1);
        var view = buffer.View;
        buffer.Dispose();
        Assert.Equal(
            "kernel HandWritten.Scale: expected a view of a live buffer as argument 1; got one of a buffer that was disposed.",
            Assert.Throws<ObjectDisposedException>(() => scale(1, view, 2)).Message.Split('\n')[0].TrimEnd());
        Assert.Throws<ObjectDisposedException>(() => bundled(1, new(view, 2)));
        Assert.Equal(
            $"kernel HandWritten.Scale: expected a view of memory of {Accelerator.Name} as argument 1; got one of {other.Name}.",
            Assert.Throws<ArgumentException>(() => scale(1, foreign.View, 2)).Message);
        Assert.Throws<ArgumentException>(
            () => Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale)(
                other.DefaultStream, 1, foreign.View, 2));
    }

    [Fact]
    public void An_empty_view_is_an_argument_like_any_other()
    {
        using var none = Accelerator.Allocate1D<float>(0);
        using var buffer = Accelerator.Allocate1D(Numbers(4));
        var scale = Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, HandWritten.Shift>(HandWritten.ScaleSome);

        // No thread may touch it: none is the multiple of a number beyond the extent, but for the first.
        scale(4, buffer.View, new(2, 5));
        Assert.Equal([2f, 2, 3, 4], buffer.GetAsArray1D());
        var copy = Accelerator.LoadStreamKernel<ArrayView<float>>(HandWritten.SumOfGroup);
        Assert.Throws<ArgumentOutOfRangeException>(() => copy((0, 1), none.View));
    }

    [Fact]
    public void Launches_of_one_kernel_from_several_threads_do_not_mix_their_arguments()
    {
        var scale = Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        var results = new float[4][];
        var threads = Enumerable.Range(0, results.Length).Select(number => new Thread(() =>
        {
            using var stream = Accelerator.CreateStream();
            using var buffer = Accelerator.Allocate1D(stream, Numbers(100));
            for (var round = 0; round < 50; round++)
            {
                scale(stream, 100, buffer.View, number % 2 == 0 ? 2 : -1);
                scale(stream, 100, buffer.View, number % 2 == 0 ? 0.5f : -1);
            }

            results[number] = buffer.GetAsArray1D(stream);
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(results, result => Assert.Equal(Numbers(100), result));
    }

    [Fact]
    public void A_launch_allocates_nothing()
    {
        var accelerator = Accelerator;
        using var buffer = accelerator.Allocate1D(Numbers(100));
        var view = buffer.View.BaseView;
        var scale = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        var power = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, SpecializedValue<int>>(HandWritten.Power);
        var neighbour = accelerator.LoadStreamKernel<ArrayView<int>>(HandWritten.Neighbour);
        Launch(3);
        accelerator.Synchronize();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Launch(100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        accelerator.Synchronize();

        void Launch(int times)
        {
            for (var i = 0; i < times; i++)
            {
                scale(100, view, 1);
                power(100, view, SpecializedValue.New(1));
                neighbour((1, 32), view.Cast<int>());
            }
        }
    }

    private static float[] Numbers(int count) => [.. Enumerable.Range(1, count).Select(i => (float)i)];

    /// <summary>The value with other bytes where it has no field.</summary>
    private static unsafe HandWritten.Shift WithFilling(HandWritten.Shift value, byte filling)
    {
        ((byte*)&value)[2] = filling;
        return value;
    }
}
