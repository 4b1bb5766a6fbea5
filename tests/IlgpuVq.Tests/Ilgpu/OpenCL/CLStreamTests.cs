using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

public sealed class CLStreamTests(CLFixture fixture)
{
    [Fact]
    public async Task A_stream_does_what_it_is_given_in_order()
    {
        using var stream = fixture.Accelerator.CreateStream();
        using var buffer = fixture.Accelerator.Allocate1D<float>(1000);
        var scale = fixture.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        buffer.CopyFromCPU(stream, [.. Enumerable.Repeat(1f, 1000)]);
        for (var i = 0; i < 20; i++)
        {
            scale(stream, 1000, buffer.View, 2);
        }

        await stream.SynchronizeAsync();
        Assert.All(buffer.GetAsArray1D(), value => Assert.Equal(1 << 20, value));
        Assert.NotEqual(0, ((CLStream)stream).CommandQueue);
    }

    [Fact]
    public void The_accelerator_waits_for_all_its_streams()
    {
        var accelerator = fixture.Accelerator;
        var streams = Enumerable.Range(0, 3).Select(_ => accelerator.CreateStream()).ToArray();
        var buffers = streams.Select(_ => accelerator.Allocate1D<float>(1)).ToArray();
        var scale = accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        foreach (var (stream, buffer) in streams.Zip(buffers))
        {
            buffer.CopyFromCPU(stream, [1f]);
            scale(stream, 1, buffer.View, 5);
        }

        streams[1].Dispose();
        accelerator.Synchronize();
        Assert.All(buffers, buffer => Assert.Equal([5f], buffer.GetAsArray1D()));
        Assert.Throws<ObjectDisposedException>(() => scale(streams[1], 1, buffers[1].View, 5));
        Array.ForEach(streams, stream => stream.Dispose());
        Array.ForEach(buffers, buffer => buffer.Dispose());
    }

    [Fact]
    public void Markers_measure_the_time_of_the_device_between_them()
    {
        var stream = fixture.Accelerator.DefaultStream;
        using var buffer = fixture.Accelerator.Allocate1D<float>(1 << 16);
        using var first = stream.AddProfilingMarker();
        buffer.MemSetToZero();
        using var second = stream.AddProfilingMarker();
        Assert.True(second.MeasureFrom(first) > TimeSpan.Zero);
        Assert.Equal(-second.MeasureFrom(first), first.MeasureFrom(second));
        using var other = fixture.Open();
        using var foreign = other.DefaultStream.AddProfilingMarker();
        Assert.Throws<ArgumentException>(() => second.MeasureFrom(foreign));
    }

    [Fact]
    public void Without_profiling_there_are_no_markers()
    {
        _ = CLFixture.Device();
        using var context = Context.Create(builder => builder.OpenCL());
        using var accelerator = context.CreateCLAccelerator(0);
        Assert.Throws<NotSupportedException>(() => accelerator.DefaultStream.AddProfilingMarker());
    }
}
