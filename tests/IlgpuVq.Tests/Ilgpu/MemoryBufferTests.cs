using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class MemoryBufferTests(AcceleratorFixture fixture)
{
    [Fact]
    public void What_is_copied_in_comes_back_in_bits_for_every_type_of_element() =>
        Prop.ForAll<byte[], long[], double[]>((bytes, longs, doubles) =>
        {
            CheckRoundTrip(bytes);
            CheckRoundTrip(longs);
            CheckRoundTrip(doubles);
            CheckRoundTrip(longs.Zip(doubles, (number, real) => new Mixed(number, (float)real)).ToArray());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_copy_touches_only_the_elements_of_its_span()
    {
        var accelerator = fixture.Accelerator;
        using var buffer = accelerator.Allocate1D<int>([1, 2, 3, 4, 5]);
        ReadOnlySpan<int> two = [8, 9];
        buffer.View.SubView(1).CopyFromCPU(accelerator.DefaultStream, two);
        Assert.Equal([1, 8, 9, 4, 5], buffer.GetAsArray1D());
        var target = new int[3];
        buffer.View.SubView(2, 2).CopyToCPU(accelerator.DefaultStream, target.AsSpan(1));
        Assert.Equal([0, 9, 4], target);
        var first = 7;
        buffer.View.CopyFromCPU(ref first, 1);
        buffer.View.SubView(4).CopyToCPU(ref first, 1);
        Assert.Equal(5, first);
        Assert.Equal(7, buffer.View[0]);
    }

    [Fact]
    public void A_copy_longer_than_its_view_is_refused_and_changes_nothing()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>([1, 2]);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyFromCPU([3, 4, 5]));
        Assert.StartsWith(
            "CopyFromCPU: expected a range within [0, 2); got 3 elements from 0 on.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyToCPU(new int[3]));
        using var larger = fixture.Accelerator.Allocate1D<int>([6, 7, 8]);
        Assert.Throws<ArgumentOutOfRangeException>(() => larger.View.CopyTo(buffer.View));
        Assert.Equal([1, 2], buffer.GetAsArray1D());
    }

    [Fact]
    public void Copies_between_views_of_one_buffer_may_overlap()
    {
        using var buffer = fixture.Accelerator.Allocate1D(Enumerable.Range(0, 8).ToArray());
        buffer.View.SubView(0, 6).CopyTo(buffer.View.SubView(2));
        Assert.Equal([0, 1, 0, 1, 2, 3, 4, 5], buffer.GetAsArray1D());
        buffer.View.BaseView.SubView(0, 5).CopyFrom(buffer.View.BaseView.SubView(3, 5));
        Assert.Equal([1, 2, 3, 4, 5, 3, 4, 5], buffer.GetAsArray1D());
    }

    [Fact]
    public void Filling_sets_the_bytes_of_the_view_alone()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>([1, 2, 3, 4]);
        buffer.View.SubView(1, 2).MemSetToZero();
        Assert.Equal([1, 0, 0, 4], buffer.GetAsArray1D());
        buffer.View.SubView(3).MemSet(0xFF);
        Assert.Equal([1, 0, 0, -1], buffer.GetAsArray1D());
        buffer.MemSetToZero();
        Assert.Equal([0, 0, 0, 0], buffer.GetAsArray1D());
    }

    [Fact]
    public void Fresh_memory_is_zero_and_aligned_to_64_bytes()
    {
        for (var length = 1; length < 200; length += 13)
        {
            using var buffer = fixture.Accelerator.Allocate1D<byte>(length);
            Assert.Equal(0, buffer.NativePtr % 64);
            Assert.All(buffer.GetAsArray1D(), value => Assert.Equal(0, value));
            buffer.MemSet(1);
        }
    }

    [Fact]
    public void A_buffer_of_no_elements_can_be_copied_filled_and_viewed()
    {
        using var buffer = fixture.Accelerator.Allocate1D<float>(0);
        buffer.MemSetToZero();
        buffer.View.MemSetToZero();
        buffer.CopyFromCPU([]);
        buffer.View.CopyTo(buffer.View);
        Assert.Empty(buffer.GetAsArray1D());
        Assert.True(buffer.View.IsValid);
        Assert.Equal(0, buffer.View.SubView(0, 0).Length);
        using var empty = fixture.Accelerator.Allocate2DDenseX<float>((0, 7));
        Assert.Equal(new LongIndex2D(0, 7), empty.Extent);
    }

    [Fact]
    public void Matrices_keep_their_indices_for_every_stride()
    {
        var data = new int[3, 4];
        for (var i = 0; i < data.Length; i++)
        {
            data[i / 4, i % 4] = i;
        }

        using var rows = fixture.Accelerator.Allocate2DDenseX(data);
        using var columns = fixture.Accelerator.Allocate2DDenseY(data);
        Assert.Equal(data, rows.GetAsArray2D());
        Assert.Equal(data, columns.GetAsArray2D());
        Assert.Equal(Enumerable.Range(0, 12), columns.AsContiguous().GetAsArray1D());
        Assert.Equal(4, rows.AsContiguous()[1]);
        Assert.Equal(rows.View[2, 3], data[2, 3]);
        var error = Assert.Throws<ArgumentException>(() => rows.CopyFromCPU(new int[4, 3]));
        Assert.Equal("CopyFromCPU: expected an array of the view's extent (3, 4); got (4, 3).", error.Message);
    }

    [Fact]
    public void The_account_of_the_accelerator_follows_allocation_and_disposal()
    {
        using var context = Context.Create(builder => builder.DefaultCPU());
        var accelerator = context.CreateCPUAccelerator(0);
        var first = accelerator.Allocate1D<float>(100);
        var second = accelerator.Allocate2DDenseY<double>((3, 5));
        Assert.Equal((520, 2), (accelerator.Memory.LiveBytes, accelerator.Memory.LiveBuffers));
        first.Dispose();
        first.Dispose();
        Assert.Equal((120, 1), (accelerator.Memory.LiveBytes, accelerator.Memory.LiveBuffers));
        second.Dispose();
        Assert.Equal((0, 0), (accelerator.Memory.LiveBytes, accelerator.Memory.LiveBuffers));
    }

    [Fact]
    public void A_buffer_that_is_dropped_is_freed_by_the_collector()
    {
        using var context = Context.Create(builder => builder.DefaultCPU());
        var accelerator = context.CreateCPUAccelerator(0);
        Drop(accelerator);
        for (var i = 0; i < 10 && accelerator.Memory.LiveBuffers > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, accelerator.Memory.LiveBytes);
    }

    [Fact]
    public void A_disposed_buffer_is_refused_wherever_it_is_used()
    {
        var buffer = fixture.Accelerator.Allocate1D<int>(4);
        var view = buffer.View;
        buffer.Dispose();
        Assert.True(buffer.IsDisposed);
        var error = Assert.Throws<ObjectDisposedException>(() => buffer.View);
        Assert.Contains("MemoryBuffer1D of CPUAccelerator: expected a live object", error.Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => buffer.GetAsArray1D());
        Assert.Throws<ObjectDisposedException>(buffer.MemSetToZero);
        Assert.Throws<ObjectDisposedException>(() => view.GetAsArray1D());
        Assert.Throws<ObjectDisposedException>(() => view.CopyFromCPU([1]));
        Assert.Throws<ObjectDisposedException>(() => view.MemSetToZero());
    }

    [Fact]
    public void Lengths_that_cannot_be_are_refused()
    {
        using var context = Context.Create(builder => builder.DefaultCPU());
        using var accelerator = context.CreateCPUAccelerator(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => accelerator.Allocate1D<int>(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => accelerator.Allocate2DDenseX<int>((-1, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => accelerator.AllocateRaw(long.MaxValue, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => accelerator.AllocateRaw(1, 0));
        Assert.Throws<OutOfMemoryException>(() => accelerator.Allocate1D<long>(1L << 58));
        Assert.Equal((0, 0), (accelerator.Memory.LiveBytes, accelerator.Memory.LiveBuffers));
    }

    [Fact]
    public void Elements_without_a_fixed_layout_are_refused()
    {
        var error = Assert.Throws<InternalCompilerException>(() => fixture.Accelerator.Allocate1D<bool>(4));
        Assert.Contains(
            "got Boolean: Boolean has no fixed size on devices. Use byte or int.",
            error.Message,
            StringComparison.Ordinal);
        error = Assert.Throws<InternalCompilerException>(() => fixture.Accelerator.Allocate1D<Flagged>(4));
        Assert.Contains("Boolean has no fixed size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Buffers_of_two_accelerators_do_not_copy_into_each_other()
    {
        using var context = Context.Create(builder => builder.DefaultCPU());
        using var other = context.CreateCPUAccelerator(0);
        using var here = fixture.Accelerator.Allocate1D<int>(4);
        using var there = other.Allocate1D<int>(4);
        Assert.Throws<ArgumentException>(() => here.View.CopyTo(there.View));
    }

    [Fact]
    public void Page_locked_arrays_carry_data_both_ways()
    {
        var accelerator = fixture.Accelerator;
        using var locked = accelerator.AllocatePageLocked1D<int>(3);
        using var buffer = accelerator.Allocate1D<int>(3);
        locked.Span.Fill(4);
        locked[new Index1D(1)] = 5;
        buffer.View.CopyFromPageLockedAsync(locked);
        Assert.Equal([4, 5, 4], buffer.GetAsArray1D());
        buffer.MemSetToZero();
        buffer.View.CopyToPageLockedAsync(accelerator.DefaultStream, locked);
        accelerator.Synchronize();
        Assert.Equal([0, 0, 0], locked.GetArray());
        var array = new[] { 7, 8, 9 };
        using var scope = accelerator.CreatePageLockFromPinned(array);
        buffer.View.CopyFromPageLockedAsync(scope);
        Assert.Equal(array, buffer.GetAsArray1D());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(Accelerator accelerator) => accelerator.Allocate1D<int>(1000);

    private void CheckRoundTrip<T>(T[] data)
        where T : unmanaged
    {
        using var buffer = fixture.Accelerator.Allocate1D(data);
        Assert.Equal(data, buffer.GetAsArray1D());
        using var copy = fixture.Accelerator.Allocate1D<T>(data.Length);
        copy.View.CopyFrom(buffer.View);
        Assert.Equal(data, copy.View.GetAsArray1D());
    }

    private readonly record struct Mixed(long Number, float Real);

    private struct Flagged
    {
        public bool Flag { get; set; }
    }
}
