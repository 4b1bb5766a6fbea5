using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

/// <summary>Groups that cannot run as they are asked to: what is said, and that the accelerator goes on.</summary>
public sealed class GroupedKernelFailureTests(AcceleratorFixture fixture)
{
    [Fact]
    public void A_barrier_that_some_threads_do_not_reach_is_an_error_and_the_accelerator_goes_on()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(10);
        var diverge = fixture.Accelerator.LoadStreamKernel<ArrayView<int>, int>(BarrierInBranch);
        for (var run = 0; run < 2; run++)
        {
            var error = Assert.ThrowsAny<AcceleratorException>(() => diverge((2, 5), buffer.View, 3));
            Assert.Equal(
                "kernel GroupedKernelFailureTests.BarrierInBranch, grid (0, 0, 0): expected all threads of a group, or of a " +
                "warp, to come to the " +
                "same barrier, broadcast or shuffle; got thread 0 at GroupBarrier and thread 3 at Finished. Move it " +
                "out of the branch.",
                error.Message);
            Assert.IsType<InvalidKernelOperationException>(error.InnerException);
        }

        diverge((2, 5), buffer.View, 5);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], buffer.GetAsArray1D());
    }

    [Fact]
    public void Threads_at_different_kinds_of_rendezvous_are_an_error()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(4);
        var error = Assert.ThrowsAny<AcceleratorException>(() =>
            fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(BarrierOrBroadcast)((1, 4), buffer.View));
        Assert.Contains("thread 0 at GroupBarrier and thread 1 at GroupBroadcast", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_of_one_lane_is_reported_with_kernel_and_place_and_frees_the_others()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(16);
        var kernel = fixture.Accelerator.LoadStreamKernel<ArrayView<int>, int>(WriteThenWait);
        for (var run = 0; run < 3; run++)
        {
            var error = Assert.ThrowsAny<AcceleratorException>(() => kernel((2, 8), buffer.View, 5));
            Assert.Equal(
                "kernel GroupedKernelFailureTests.WriteThenWait, grid (0, 0, 0), lane (5, 0, 0): view of Int32: expected an " +
                "index in [0, 16); got 1005.",
                error.Message);
        }

        kernel((2, 8), buffer.View, -1);
        Assert.All(buffer.GetAsArray1D(), value => Assert.Equal(9, value));
    }

    [Fact]
    public void A_failure_without_barriers_is_reported_with_its_place_too()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(10);
        var error = Assert.ThrowsAny<AcceleratorException>(() =>
            fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(WriteGlobalIndex)((3, 4), buffer.View));
        Assert.Equal(
            "kernel GroupedKernelFailureTests.WriteGlobalIndex, grid (2, 0, 0), lane (2, 0, 0): view of Int32: expected an " +
            "index in [0, 10); got 10.",
            error.Message);
    }

    [Fact]
    public void Shared_memory_is_fresh_for_every_group_and_limited()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(12);
        fixture.Accelerator.LoadStreamKernel<ArrayView<int>, int>(CountInSharedMemory)((3, 4), buffer.View, 100);
        Assert.Equal([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], buffer.GetAsArray1D());
        var error = Assert.ThrowsAny<AcceleratorException>(() =>
            fixture.Accelerator.LoadStreamKernel<ArrayView<int>, int>(CountInSharedMemory)((3, 4), buffer.View, 1 << 20));
        Assert.Contains(
            "SharedMemory.Allocate: expected at most 49152 bytes for a group; got 4194304",
            error.Message,
            StringComparison.Ordinal);
        error = Assert.ThrowsAny<AcceleratorException>(() =>
            fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(AllocateByThread)((1, 4), buffer.View));
        Assert.Contains(
            "expected all threads of a group to allocate the same; got 1 of Int32 in one and 2",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_that_the_accelerator_cannot_run_is_refused_before_it_starts()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(1);
        var kernel = fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(WriteGlobalIndex);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => kernel((1, new Index1D(1025)), buffer.View));
        Assert.StartsWith(
            "kernel GroupedKernelFailureTests.WriteGlobalIndex: expected a group of at most (1024, 1024, 1024) threads; got " +
            "(1025, 1, 1).",
            error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel((0, 1), buffer.View));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel((1, 0), buffer.View));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel((new Index2D(1), new Index2D(33)), buffer.View));
        var small = fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(WriteGlobalIndex, new KernelSpecialization(64, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => small((1, 65), buffer.View));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(WriteGlobalIndex, new KernelSpecialization(2048, null)));
    }

    [Fact]
    public void A_group_of_the_largest_size_can_wait_for_itself()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(1024);
        fixture.Accelerator.LoadStreamKernel<ArrayView<int>, int>(WriteThenWait)((1, 1024), buffer.View, -1);
        Assert.All(buffer.GetAsArray1D(), value => Assert.Equal(1025, value));
    }

    [Fact]
    public void Kernel_functions_are_refused_on_the_host()
    {
        var error = Assert.Throws<InvalidKernelOperationException>(() => Group.IdxX);
        Assert.Equal("Group.IdxX: expected a call from a kernel; got one from host code.", error.Message);
        Assert.Throws<InvalidKernelOperationException>(Group.Barrier);
        Assert.Throws<InvalidKernelOperationException>(() => SharedMemory.Allocate<int>(4));
        Assert.Throws<InvalidKernelOperationException>(() => LocalMemory.Allocate<int>(4));
        Assert.Throws<InvalidKernelOperationException>(() => Warp.Shuffle(1, 0));
    }

    private static void BarrierInBranch(ArrayView<int> view, int limit)
    {
        if (Group.IdxX < limit)
        {
            Group.Barrier();
            view[Grid.GlobalIndex.X] = 1;
        }
    }

    private static void BarrierOrBroadcast(ArrayView<int> view)
    {
        if (Group.IsFirstThread)
        {
            Group.Barrier();
        }
        else
        {
            view[Group.IdxX] = Group.Broadcast(1, 0);
        }
    }

    private static void WriteThenWait(ArrayView<int> view, int broken)
    {
        var i = Grid.GlobalIndex.X;
        view[Group.IdxX == broken ? 1000 + i : i] = 1;
        Group.Barrier();
        view[i] += Group.DimX;
    }

    private static void WriteGlobalIndex(ArrayView<int> view) => view[Grid.GlobalIndex.X] = Group.IdxX;

    private static void CountInSharedMemory(ArrayView<int> view, int length)
    {
        var counter = SharedMemory.Allocate<int>(length);
        view[Grid.GlobalIndex.X] = ++counter[length - 1];
    }

    private static void AllocateByThread(ArrayView<int> view) => view[0] = SharedMemory.Allocate<int>(1 + Group.IdxX).IntLength;
}
