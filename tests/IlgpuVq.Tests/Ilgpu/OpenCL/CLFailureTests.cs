using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

/// <summary>Devices that fail: functions of the loader that return errors when the test says so.</summary>
public sealed unsafe class CLFailureTests(CLFixture fixture)
{
    /// <summary>What the replaced functions return; tests of a class run one after another.</summary>
    private static CLError error;

    [Theory]
    [InlineData(-5, "got CL_OUT_OF_RESOURCES (-5) with 40 bytes of ")]
    [InlineData(-36, "got CL_INVALID_COMMAND_QUEUE (-36). The device is lost: its driver was reset, or a kernel crashed. Start the program again.")]
    [InlineData(-9999, "got error -9999. The device is lost")]
    public void A_device_that_is_lost_says_so_at_the_next_wait(int code, string message)
    {
        using var accelerator = fixture.Open(FaultyLibrary.With(
            ("clFinish", (nint)(delegate* unmanaged<nint, CLError>)&Finish),
            ("clEnqueueReadBuffer", (nint)(delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, CLError>)&Read)));
        using var stream = accelerator.CreateStream();
        using var buffer = accelerator.Allocate1D<int>(10);
        error = (CLError)code;
        Action[] waits = [accelerator.Synchronize, stream.Synchronize, () => buffer.GetAsArray1D()];
        foreach (var wait in waits)
        {
            var exception = Assert.Throws<CLException>(wait);
            Assert.Equal(((CLError)code, AcceleratorType.OpenCL), (exception.Error, exception.AcceleratorType));
            Assert.Contains(message, exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exception.Message);
        }
    }

    [Theory]
    [InlineData("clCreateBuffer")]
    [InlineData("clEnqueueMigrateMemObjects")]
    public void A_buffer_that_finds_no_room_says_how_much_was_asked_for(string function)
    {
        var library = FaultyLibrary.With(
            function == "clCreateBuffer"
                ? (function, (nint)(delegate* unmanaged<nint, ulong, nuint, void*, CLError*, nint>)&CreateBuffer)
                : (function, (nint)(delegate* unmanaged<nint, uint, nint*, ulong, uint, nint*, nint*, CLError>)&Migrate));
        using var accelerator = fixture.Open(library);
        error = CLError.CL_SUCCESS;
        using var first = accelerator.Allocate1D<byte>(1536);
        var objects = library.LiveObjects;
        error = CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE;
        var exception = Assert.Throws<CLException>(() => accelerator.Allocate1D<float>(1 << 20));
        Assert.Equal(
            $"Allocate: expected room for 4.0 MiB on {accelerator.Name}; got CL_MEM_OBJECT_ALLOCATION_FAILURE (-4) with 1.5 KiB of " +
            $"{ByteSize.Of(accelerator.MemorySize)} in use by 1 buffers. Use a smaller batch or model, or close other programs that " +
            "use the device.",
            exception.Message);
        Assert.Equal(objects, library.LiveObjects);
        Assert.Equal((1536, 1), (accelerator.Memory.LiveBytes, accelerator.Memory.LiveBuffers));
    }

    [Fact]
    public void A_buffer_that_finds_no_room_at_its_first_use_says_so_there()
    {
        using var accelerator = fixture.Open(FaultyLibrary.With(
            ("clEnqueueFillBuffer", (nint)(delegate* unmanaged<nint, nint, void*, nuint, nuint, nuint, uint, nint*, nint*, CLError>)&Fill),
            ("clEnqueueNDRangeKernel", (nint)(delegate* unmanaged<nint, nint, uint, nuint*, nuint*, nuint*, uint, nint*, nint*, CLError>)&Launch)));
        using var buffer = accelerator.Allocate1D<float>(1 << 20);
        var scale = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        error = CLError.CL_OUT_OF_HOST_MEMORY;
        Assert.StartsWith(
            $"MemSet: expected room for 4.0 MiB on {accelerator.Name}; got CL_OUT_OF_HOST_MEMORY (-6) with 4.0 MiB of ",
            Assert.Throws<CLException>(() => buffer.MemSetToZero()).Message,
            StringComparison.Ordinal);
        error = CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE;
        Assert.StartsWith(
            $"kernel HandWritten.Scale: expected enough memory on {accelerator.Name}; got CL_MEM_OBJECT_ALLOCATION_FAILURE (-4) " +
            "with 4.0 MiB of ",
            Assert.Throws<CLException>(() => scale(1, buffer.View, 2)).Message,
            StringComparison.Ordinal);
        error = CLError.CL_INVALID_WORK_GROUP_SIZE;
        Assert.Equal(
            $"kernel HandWritten.Scale: expected a launch that {accelerator.Name} accepts; got CL_INVALID_WORK_GROUP_SIZE (-54). " +
            "The driver refuses its sizes or arguments.",
            Assert.Throws<CLException>(() => scale(1, buffer.View, 2)).Message);
    }

    [Fact]
    public void Memory_of_a_limited_accelerator_comes_back_with_its_buffers()
    {
        using var accelerator = fixture.Open();
        accelerator.MemoryLimit = 1 << 20;
        using (accelerator.Allocate1D<byte>(1 << 19))
        {
            Assert.Contains(
                "expected room for 768.0 KiB on",
                Assert.Throws<CLException>(() => accelerator.Allocate1D<byte>(3 << 18)).Message,
                StringComparison.Ordinal);
        }

        accelerator.Allocate1D<byte>(3 << 18).Dispose();
    }

    [Fact]
    public void An_accelerator_that_cannot_be_created_leaves_nothing()
    {
        var library = FaultyLibrary.With(
            ("clCreateCommandQueue", (nint)(delegate* unmanaged<nint, nint, ulong, CLError*, nint>)&CreateQueue));
        error = CLError.CL_OUT_OF_HOST_MEMORY;
        var exception = Assert.Throws<CLException>(() => fixture.Open(library));
        Assert.Equal("clCreateCommandQueue: expected CL_SUCCESS; got CL_OUT_OF_HOST_MEMORY (-6).", exception.Message);
        Assert.Equal(0, library.LiveObjects);
    }

    [UnmanagedCallersOnly]
    private static CLError Finish(nint queue) => error;

    [UnmanagedCallersOnly]
    private static CLError Read(
        nint queue, nint buffer, uint blocking, nuint offset, nuint size, void* target, uint count, nint* events, nint* own) => error;

    [UnmanagedCallersOnly]
    private static CLError Fill(
        nint queue, nint buffer, void* pattern, nuint patternSize, nuint offset, nuint size, uint count, nint* events, nint* own) =>
        error;

    [UnmanagedCallersOnly]
    private static CLError Launch(
        nint queue, nint kernel, uint dimensions, nuint* offset, nuint* global, nuint* local, uint count, nint* events, nint* own) =>
        error;

    [UnmanagedCallersOnly]
    private static CLError Migrate(nint queue, uint number, nint* buffers, ulong flags, uint count, nint* events, nint* own) => error;

    [UnmanagedCallersOnly]
    private static nint CreateQueue(nint context, nint device, ulong properties, CLError* status)
    {
        *status = error;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static nint CreateBuffer(nint context, ulong flags, nuint size, void* host, CLError* status)
    {
        if (error == CLError.CL_SUCCESS)
        {
            return ((delegate* unmanaged<nint, ulong, nuint, void*, CLError*, nint>)FaultyLibrary.Real("clCreateBuffer"))(
                context, flags, size, host, status);
        }

        *status = error;
        return 0;
    }
}
