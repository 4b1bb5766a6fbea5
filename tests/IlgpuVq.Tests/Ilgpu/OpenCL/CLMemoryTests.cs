using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

public sealed class CLMemoryTests(CLFixture fixture)
{
    [Fact]
    public void What_is_copied_to_the_device_comes_back()
    {
        var data = Enumerable.Range(0, 1000).Select(i => (double)i).ToArray();
        using var buffer = fixture.Accelerator.Allocate1D(data);
        Assert.Equal(data, buffer.GetAsArray1D());
        Assert.IsType<CLMemoryBuffer>(buffer.View.BaseView.Buffer);
        Assert.NotEqual(0, buffer.NativePtr);
    }

    [Fact]
    public void Parts_of_views_are_copied_from_and_to_their_places()
    {
        using var buffer = fixture.Accelerator.Allocate1D(Enumerable.Range(0, 100).ToArray());
        var part = buffer.View.SubView(40, 10);
        Assert.Equal((40, 160), (part.Index, part.IndexInBytes));
        Assert.Equal(160, part.SubView(5, 5).AsRawArrayView().IndexInBytes - 20);
        part.CopyFromCPU(Enumerable.Range(1000, 10).ToArray());
        Assert.Equal(Enumerable.Range(1000, 10), part.GetAsArray1D());
        Assert.Equal(
            [.. Enumerable.Range(0, 40), .. Enumerable.Range(1000, 10), .. Enumerable.Range(50, 50)],
            buffer.GetAsArray1D());
    }

    [Fact]
    public void Fills_reach_exactly_their_range()
    {
        using var buffer = fixture.Accelerator.Allocate1D<byte>(100);
        foreach (var (start, length) in new[] { (0, 100), (3, 11), (8, 16), (8, 17), (99, 1) })
        {
            buffer.MemSet(1);
            buffer.View.SubView(start, length).MemSet(0xAB);
            var expected = Enumerable.Range(0, 100).Select(i => i >= start && i < start + length ? (byte)0xAB : (byte)1);
            Assert.Equal(expected, buffer.GetAsArray1D());
        }
    }

    [Theory]
    [InlineData(0, 10, 50)]
    [InlineData(10, 0, 50)]
    [InlineData(0, 50, 50)]
    [InlineData(7, 7, 20)]
    public void Copies_on_the_device_may_overlap(int source, int target, int length)
    {
        var data = Enumerable.Range(0, 100).ToArray();
        using var buffer = fixture.Accelerator.Allocate1D(data);
        buffer.View.SubView(source, length).CopyTo(buffer.View.SubView(target, length));
        Array.Copy(data, source, data, target, length);
        Assert.Equal(data, buffer.GetAsArray1D());
    }

    [Fact]
    public void Matrices_keep_their_shape()
    {
        var data = new int[3, 5];
        for (var i = 0; i < data.Length; i++)
        {
            data[i / 5, i % 5] = i;
        }

        using var rows = fixture.Accelerator.Allocate2DDenseY(data);
        using var columns = fixture.Accelerator.Allocate2DDenseX(data);
        Assert.Equal(data, rows.GetAsArray2D());
        Assert.Equal(data, columns.GetAsArray2D());
        Assert.Equal(Enumerable.Range(0, 15), rows.View.BaseView.GetAsArray1D());
    }

    [Fact]
    public void A_buffer_of_no_elements_takes_no_memory()
    {
        using var buffer = fixture.Accelerator.Allocate1D<float>(0);
        Assert.Equal(0, buffer.NativePtr);
        Assert.Empty(buffer.GetAsArray1D());
        buffer.MemSetToZero();
    }

    [Fact]
    public void The_host_cannot_reach_an_element_and_says_how_to()
    {
        using var buffer = fixture.Accelerator.Allocate1D<float>(10_000);
        var view = buffer.View;
        var rows = view.As2DDenseYView((100, 100));
        var expected = $"view of Single: expected memory of the host, to access an element outside a kernel; got memory of " +
            $"{fixture.Accelerator.Name}. Copy it with CopyToCPU or GetAsArray1D.";
        Assert.Equal(expected, Assert.Throws<InvalidOperationException>(() => view[9999]).Message);
        Assert.Equal(expected, Assert.Throws<InvalidOperationException>(() => view[0] = 1).Message);
        Assert.Equal(expected, Assert.Throws<InvalidOperationException>(() => rows[5, 5]).Message);
        Assert.Equal(expected, Assert.Throws<InvalidOperationException>(() => view.SubView(4, 4).BaseView[1]).Message);
        Assert.Throws<IndexOutOfRangeException>(() => view[10_000]);
    }

    [Fact]
    public void A_buffer_larger_than_the_device_allows_is_refused_with_both_sizes()
    {
        var largest = fixture.Accelerator.CLDevice.MaxAllocationSize;
        var memory = fixture.Accelerator.Memory.LiveBytes;
        var error = Assert.Throws<CLException>(() => fixture.Accelerator.Allocate1D<byte>(largest + (1L << 30)));
        Assert.Equal(
            $"Allocate: expected at most {ByteSize.Of(largest)} for one buffer on {fixture.Accelerator.Name}; " +
            $"got {ByteSize.Of(largest + (1L << 30))}. Use smaller batches, or split the data.",
            error.Message);
        Assert.Equal(memory, fixture.Accelerator.Memory.LiveBytes);
    }

    [Fact]
    public void Memory_that_runs_out_says_how_much_was_asked_for_and_is_in_use_and_comes_back()
    {
        using var accelerator = fixture.Open();
        var size = accelerator.CLDevice.MaxAllocationSize;
        var buffers = new List<MemoryBuffer>();
        var error = Assert.Throws<CLException>(() =>
        {
            while (buffers.Count * size <= 2 * accelerator.MemorySize)
            {
                buffers.Add(accelerator.AllocateRaw(size, 1));
            }
        });

        Assert.True(CLFailure.IsAboutMemory(error.Error), error.Message);
        Assert.StartsWith(
            $"Allocate: expected room for {ByteSize.Of(size)} on {accelerator.Name}; got {error.Error} ({(int)error.Error}) with " +
            $"{ByteSize.Of(buffers.Count * size)} of {ByteSize.Of(accelerator.MemorySize)} in use by {buffers.Count} buffers. ",
            error.Message,
            StringComparison.Ordinal);
        buffers.ForEach(buffer => buffer.Dispose());
        Assert.Equal((0, 0), (accelerator.Memory.LiveBytes, accelerator.Memory.LiveBuffers));
        using var again = accelerator.Allocate1D(new[] { 1, 2, 3 });
        Assert.Equal([1, 2, 3], again.GetAsArray1D());
    }

    [Fact]
    public void Everything_is_released_by_dispose()
    {
        var library = FaultyLibrary.With();
        using (var accelerator = fixture.Open(library))
        {
            var stream = accelerator.CreateStream();
            var buffer = accelerator.Allocate1D<float>(10);
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale)(10, buffer.View, 2);
            using var marker = stream.AddProfilingMarker();

            // Context, two queues, a buffer, a program and its kernel, an event.
            Assert.Equal(7, library.LiveObjects);
            stream.Dispose();
            buffer.Dispose();
            buffer.Dispose();
            Assert.Equal(5, library.LiveObjects);
        }

        Assert.Equal(0, library.LiveObjects);
    }

    [Fact]
    public void What_is_dropped_without_dispose_is_released_by_the_collector()
    {
        var library = FaultyLibrary.With();
        using var accelerator = fixture.Open(library);
        Drop(accelerator);
        Assert.Equal(2 + 20, library.LiveObjects);
        for (var round = 0; round < 20 && library.LiveObjects > 2; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(2, library.LiveObjects);
        Assert.Equal((0, 0), (accelerator.Memory.LiveBytes, accelerator.Memory.LiveBuffers));
    }

    [Fact]
    public void A_buffer_outlives_the_accelerator_but_cannot_be_used()
    {
        var library = FaultyLibrary.With();
        var accelerator = fixture.Open(library);
        var buffer = accelerator.Allocate1D<int>(4);
        accelerator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.View);
        Assert.Throws<ObjectDisposedException>(() => accelerator.Allocate1D<int>(4));
        Assert.Equal(1, library.LiveObjects);
        buffer.Dispose();
        Assert.Equal(0, library.LiveObjects);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(CLAccelerator accelerator)
    {
        for (var i = 0; i < 10; i++)
        {
            accelerator.Allocate1D<int>(100);
            accelerator.CreateStream();
        }
    }
}
