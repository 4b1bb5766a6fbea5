using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

public sealed class CudaMemoryTests
{
    [Fact]
    public void Data_go_to_the_device_and_come_back()
    {
        using var cuda = new FakeCuda();
        var data = Enumerable.Range(0, 1000).ToArray();
        using var buffer = cuda.Accelerator.Allocate1D(data);
        buffer.View.SubView(40, 10).CopyFromCPU(Enumerable.Range(5000, 10).ToArray());
        Assert.Equal(
            [.. Enumerable.Range(0, 40), .. Enumerable.Range(5000, 10), .. Enumerable.Range(50, 950)], buffer.GetAsArray1D());
        Assert.IsType<CudaMemoryBuffer>(buffer.View.BaseView.Buffer);
        Assert.Equal(cuda.Driver.CountOf("CopyToHost"), cuda.Driver.CountOf("SynchronizeStream"));
    }

    [Fact]
    public void Copies_from_the_host_wait_only_for_their_place_in_locked_memory()
    {
        using var cuda = new FakeCuda();
        var data = new int[(2 * CudaStaging.HalfBytes / sizeof(int)) + 100];
        new Random(1).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(data.AsSpan()));
        using var buffer = cuda.Accelerator.Allocate1D<int>(data.Length);
        cuda.Driver.Calls.Clear();
        buffer.CopyFromCPU(data);
        string[] part = ["SynchronizeEvent", "CopyToDevice", "RecordEvent"];
        Assert.Equal(["AllocateHost", "CreateEvent", "CreateEvent", .. part, .. part, .. part], cuda.Driver.Calls);
        Assert.Equal(data, buffer.GetAsArray1D());
    }

    [Fact]
    public void Where_the_system_locks_no_memory_copies_from_the_host_wait()
    {
        using var cuda = new FakeCuda();
        cuda.Driver.Fault = call => call == "AllocateHost" ? CudaError.CUDA_ERROR_OUT_OF_MEMORY : CudaError.CUDA_SUCCESS;
        using var buffer = cuda.Accelerator.Allocate1D([1, 2, 3]);
        buffer.CopyFromCPU([4, 5, 6]);
        Assert.Equal((2, 2, 1), (cuda.Driver.CountOf("CopyToDevice"), cuda.Driver.CountOf("SynchronizeStream"), cuda.Driver.CountOf("AllocateHost")));
        Assert.Equal([4, 5, 6], buffer.GetAsArray1D());
    }

    [Theory]
    [InlineData(0, 100, "FillWords")]
    [InlineData(8, 16, "FillWords")]
    [InlineData(8, 17, "FillBytes")]
    [InlineData(3, 4, "FillBytes")]
    public void Fills_reach_exactly_their_range(int start, int length, string method)
    {
        using var cuda = new FakeCuda();
        using var buffer = cuda.Accelerator.Allocate1D<byte>(100);
        buffer.MemSet(1);
        cuda.Driver.Calls.Clear();
        buffer.View.SubView(start, length).MemSet(0xAB);
        Assert.Equal([method], cuda.Driver.Calls);
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => i >= start && i < start + length ? (byte)0xAB : (byte)1), buffer.GetAsArray1D());
    }

    [Theory]
    [InlineData(0, 10, 50)]
    [InlineData(10, 0, 50)]
    [InlineData(0, 50, 50)]
    [InlineData(7, 7, 20)]
    public void Copies_on_the_device_may_overlap(int source, int target, int length)
    {
        using var cuda = new FakeCuda();
        var data = Enumerable.Range(0, 100).ToArray();
        using var buffer = cuda.Accelerator.Allocate1D(data);
        buffer.View.SubView(source, length).CopyTo(buffer.View.SubView(target, length));
        Array.Copy(data, source, data, target, length);
        Assert.Equal(data, buffer.GetAsArray1D());
    }

    [Fact]
    public void Memory_comes_from_the_pool_and_stays_there_until_there_is_no_room()
    {
        using var cuda = new FakeCuda(new FakeCudaDriver { Capacity = 1000 });
        Assert.Equal(ulong.MaxValue, cuda.Driver.ReleaseThreshold);
        cuda.Accelerator.Allocate1D<byte>(600).Dispose();
        Assert.Equal(600, cuda.Driver.KeptBytes);
        using var next = cuda.Accelerator.Allocate1D<byte>(500);
        Assert.Equal((1, 0), (cuda.Driver.CountOf("TrimPool"), cuda.Driver.KeptBytes));
        Assert.Equal((0, 0), (cuda.Driver.CountOf("Allocate"), cuda.Driver.CountOf("Free")));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void Without_pools_memory_is_taken_and_given_back_plainly(bool driverHasPools, int deviceHasPools)
    {
        var driver = new FakeCudaDriver { Pools = driverHasPools };
        driver.Attributes[CudaDeviceAttribute.MemoryPoolsSupported] = deviceHasPools;
        using var cuda = new FakeCuda(driver);
        cuda.Accelerator.Allocate1D(new float[100]).Dispose();
        Assert.Equal((1, 1, 0), (driver.CountOf("Allocate"), driver.CountOf("Free"), driver.CountOf("AllocateAsync")));
    }

    [Fact]
    public void What_finds_no_room_says_how_much_was_asked_for_and_is_used()
    {
        using var cuda = new FakeCuda(new FakeCudaDriver { Capacity = 4 << 20 });
        using var first = cuda.Accelerator.Allocate1D<byte>(1536);
        var exception = Assert.Throws<CudaException>(() => cuda.Accelerator.Allocate1D<float>(1 << 20));
        Assert.Equal(
            "Allocate: expected room for 4.0 MiB on Fake GPU 0; got CUDA_ERROR_OUT_OF_MEMORY (2): out of memory, with 1.5 KiB of 1.0 GiB " +
            "in use by 1 buffers and 4.0 MiB of 4.0 MiB free on the device. Use a smaller batch or model, or close other programs that " +
            "use the device.",
            exception.Message);
        Assert.Equal((CudaError.CUDA_ERROR_OUT_OF_MEMORY, AcceleratorType.Cuda), (exception.Error, exception.AcceleratorType));
        Assert.Equal((1536, 1), (cuda.Accelerator.Memory.LiveBytes, cuda.Accelerator.Memory.LiveBuffers));

        // It is no end: what fits goes on.
        cuda.Accelerator.Allocate1D<float>(1 << 10).Dispose();
    }

    [Fact]
    public void A_limit_counts_as_the_memory_of_the_device()
    {
        using var cuda = new FakeCuda();
        cuda.Accelerator.MemoryLimit = 1 << 20;
        using (cuda.Accelerator.Allocate1D<byte>(1 << 19))
        {
            Assert.Contains(
                "512.0 KiB of 1.0 MiB in use",
                Assert.Throws<CudaException>(() => cuda.Accelerator.Allocate1D<byte>(3 << 18)).Message,
                StringComparison.Ordinal);
        }

        cuda.Accelerator.Allocate1D<byte>(3 << 18).Dispose();
    }

    [Fact]
    public void Memory_is_given_back_after_what_other_streams_were_given()
    {
        using var cuda = new FakeCuda();
        using var stream = cuda.Accelerator.CreateStream();
        var buffer = cuda.Accelerator.Allocate1D<int>(10);
        buffer.MemSetToZero(stream);
        cuda.Driver.Calls.Clear();
        buffer.Dispose();
        Assert.Equal(["RecordEvent", "WaitForEvent", "FreeAsync"], cuda.Driver.Calls);
    }

    [Fact]
    public void Memory_that_another_stream_may_use_at_once_is_there_at_once()
    {
        using var cuda = new FakeCuda();
        using (cuda.Accelerator.CreateStream())
        {
            cuda.Driver.Calls.Clear();
            using var buffer = cuda.Accelerator.Allocate1D<int>(10);
            Assert.Equal(["AllocateAsync", "SynchronizeStream"], cuda.Driver.Calls);
        }

        cuda.Driver.Calls.Clear();
        using var alone = cuda.Accelerator.Allocate1D<int>(10);
        Assert.Equal(["AllocateAsync"], cuda.Driver.Calls);
    }

    [Fact]
    public void Buffers_outlive_their_accelerator()
    {
        using var cuda = new FakeCuda();
        var accelerator = cuda.Open();
        var buffer = accelerator.Allocate1D<int>(10);
        var stream = accelerator.CreateStream();
        accelerator.Dispose();
        Assert.Equal(0, cuda.Driver.CountOf("ReleasePrimaryContext"));
        buffer.Dispose();
        stream.Dispose();
        Assert.Equal((1, 1), (cuda.Driver.CountOf("ReleasePrimaryContext"), cuda.Driver.CountOf("Free")));
    }

    [Fact]
    public void Copies_of_page_locked_memory_do_not_wait()
    {
        using var cuda = new FakeCuda();
        using var buffer = cuda.Accelerator.Allocate1D<int>(1000);
        using var source = cuda.Accelerator.AllocatePageLocked1D<int>(1000);
        using var target = cuda.Accelerator.AllocatePageLocked1D<int>(1000);
        source[new Index1D(3)] = 7;
        cuda.Driver.Calls.Clear();
        buffer.View.CopyFromPageLockedAsync(source);
        buffer.View.CopyToPageLockedAsync(target);
        Assert.Equal(["CopyToDevice", "CopyToHost"], cuda.Driver.Calls);
        cuda.Accelerator.Synchronize();
        Assert.Equal(source.GetArray(), target.GetArray());
    }

    [Fact]
    public void Memory_that_cannot_be_locked_is_copied_as_any_other()
    {
        using var cuda = new FakeCuda();
        cuda.Driver.Fault = call =>
            call == "RegisterHost" ? CudaError.CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED : CudaError.CUDA_SUCCESS;
        using var buffer = cuda.Accelerator.Allocate1D(new int[10]);
        using var scope = cuda.Accelerator.CreatePageLockFromPinned(Enumerable.Range(0, 10).ToArray());
        cuda.Driver.Calls.Clear();
        buffer.View.CopyFromPageLockedAsync(scope);
        Assert.Equal(["SynchronizeEvent", "CopyToDevice", "RecordEvent"], cuda.Driver.Calls);
        Assert.Equal(Enumerable.Range(0, 10), buffer.GetAsArray1D());
    }
}
