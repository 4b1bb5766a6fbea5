using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class ContextTests(AcceleratorFixture fixture)
{
    [Fact]
    public void A_default_context_offers_the_default_processor_first_when_it_is_preferred()
    {
        using var context = Context.CreateDefault();
        Assert.Contains(CPUDevice.Default, context.Devices);
        Assert.Same(CPUDevice.Default, context.GetPreferredDevice(preferCPU: true));
        Assert.Same(CPUDevice.Default, context.GetCPUDevice(0));
        var count = 0;
        foreach (var device in context)
        {
            using var accelerator = device.CreateAccelerator(context);
            Assert.Same(device, accelerator.Device);
            count++;
        }

        Assert.Equal(context.Devices.Length, count);
    }

    [Fact]
    public void The_builder_keeps_settings_and_devices()
    {
        using var context = Context.Create(builder => builder
            .CPU()
            .CPU(new CPUDevice(2, 3, 4))
            .EnableAlgorithms()
            .Optimize(OptimizationLevel.O2)
            .Math(MathMode.Fast)
            .PageLocking(PageLockingMode.Auto)
            .Assertions()
            .Profiling());
        Assert.Equal(6, context.GetCPUDevices().Count);
        var device = context.GetCPUDevice(5);
        Assert.Equal(
            (2, 6, 4, 24),
            (device.WarpSize, device.MaxNumThreadsPerGroup, device.NumMultiprocessors, device.MaxNumThreads));
        var properties = context.Properties;
        Assert.Equal((OptimizationLevel.O2, MathMode.Fast), (properties.OptimizationLevel, properties.MathMode));
        Assert.True(properties.EnableAssertions && properties.EnableProfiling);
        Assert.Equal(PageLockingMode.Auto, properties.PageLockingMode);
    }

    [Theory]
    [InlineData(CPUDeviceKind.Default, 4, 1024)]
    [InlineData(CPUDeviceKind.Nvidia, 32, 1024)]
    [InlineData(CPUDeviceKind.AMD, 32, 256)]
    [InlineData(CPUDeviceKind.LegacyAMD, 64, 256)]
    [InlineData(CPUDeviceKind.Intel, 16, 128)]
    public void Processors_imitate_the_warps_of_their_kind(CPUDeviceKind kind, int warp, int group)
    {
        using var context = Context.Create(builder => builder.CPU(kind));
        using var accelerator = context.CreateCPUAccelerator(0);
        Assert.Equal((warp, group), (accelerator.WarpSize, accelerator.MaxNumThreadsPerGroup));
        using var text = new StringWriter();
        accelerator.PrintInformation(text);
        Assert.Contains($"Warp size:                 {warp}", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CPUDevice(3, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CPUDevice(1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CPUDevice(4, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CPUDevice(4, 257, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => CPUDevice.GetDevice((CPUDeviceKind)9));
        using var context = Context.Create(_ => { });
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => context.GetCPUDevice(0));
        Assert.StartsWith(
            "GetDevice: expected the index of one of 0 devices of type CPUDevice; got 0.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => context.GetPreferredDevice(preferCPU: false));
    }

    [Fact]
    public void Disposing_a_context_disposes_its_accelerators_and_they_refuse_further_use()
    {
        var context = Context.Create(builder => builder.DefaultCPU());
        var accelerator = context.CreateCPUAccelerator(0);
        var buffer = accelerator.Allocate1D<int>(4);
        var kernel = accelerator.LoadStreamKernel<ArrayView<int>>(Wait);
        kernel((1, 4), buffer.View);
        context.Dispose();
        Assert.True(accelerator.IsDisposed);
        var error = Assert.Throws<ObjectDisposedException>(() => accelerator.Allocate1D<int>(1));
        Assert.Contains(
            "CPUAccelerator: expected a live accelerator; got one that was disposed.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(accelerator.Synchronize);
        Assert.Throws<ObjectDisposedException>(() => accelerator.CreateStream());
        Assert.Throws<ObjectDisposedException>(() => buffer.View);
        Assert.Throws<ObjectDisposedException>(() => accelerator.LoadStreamKernel<ArrayView<int>>(Wait));
        Assert.Throws<ObjectDisposedException>(() => context.CreateCPUAccelerator(0));
        buffer.Dispose();
        accelerator.Dispose();
        context.Dispose();
    }

    [Fact]
    public async Task Streams_are_synchronized_when_their_calls_return()
    {
        using var stream = fixture.Accelerator.CreateStream();
        using var buffer = fixture.Accelerator.Allocate1D<int>(4);
        buffer.View.MemSet(stream, 1);
        await stream.SynchronizeAsync();
        Assert.Equal(0x01010101, buffer.GetAsArray1D(stream)[3]);
    }

    [Fact]
    public void Profiling_markers_measure_the_time_between_them_when_profiling_is_on()
    {
        var stream = fixture.Accelerator.DefaultStream;
        using var first = stream.AddProfilingMarker();
        using var second = stream.AddProfilingMarker();
        second.Synchronize();
        Assert.True(second.MeasureFrom(first) >= TimeSpan.Zero);
        Assert.Equal(-second.MeasureFrom(first), first.MeasureFrom(second));
        using var context = Context.Create(builder => builder.DefaultCPU());
        using var accelerator = context.CreateCPUAccelerator(0);
        var error = Assert.Throws<NotSupportedException>(() => accelerator.DefaultStream.AddProfilingMarker());
        Assert.Equal(
            "AddProfilingMarker: expected a context with profiling; got one without. Call Profiling() on its builder.",
            error.Message);
    }

    private static void Wait(ArrayView<int> view)
    {
        Group.Barrier();
        view[Group.IdxX] = 1;
    }
}
