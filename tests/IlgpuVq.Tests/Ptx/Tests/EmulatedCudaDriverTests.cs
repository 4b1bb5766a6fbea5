using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using IlgpuVq.Tests.Ptx.Driver;
using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

/// <summary>The accelerator of the library over the machine.</summary>
public sealed class EmulatedCudaDriverTests : IDisposable
{
    private readonly EmulatedCudaDriver driver = new();
    private readonly Context context = Context.Create(_ => { });
    private readonly CudaAccelerator accelerator;

    public EmulatedCudaDriverTests()
    {
        accelerator = EmulatedCuda.Open(context, driver);
    }

    public void Dispose()
    {
        context.Dispose();
        driver.Dispose();
    }

    [Fact]
    public void A_kernel_runs_when_somebody_waits_for_it()
    {
        using var x = accelerator.Allocate1D(new[] { 1f, 2, 3 });
        var before = driver.LaneInstructions;
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>>(Double)(3, x.View);
        Assert.Equal(before, driver.LaneInstructions);
        Assert.Equal([2f, 4, 6], x.GetAsArray1D());
        Assert.True(driver.LaneInstructions > before);
    }

    [Fact]
    public void A_kernel_that_leaves_its_memory_loses_the_device_and_says_where()
    {
        using var x = accelerator.Allocate1D<float>(8);
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>>(DoubleFarAway)(8, x.View);
        var first = Assert.Throws<CudaException>(accelerator.Synchronize);
        Assert.Equal(CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, first.Error);
        Assert.Contains("DoubleFarAway, line ", first.Message, StringComparison.Ordinal);
        Assert.Contains("no 4 bytes of global memory at 0x", first.Message, StringComparison.Ordinal);
        Assert.Equal(CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, Assert.Throws<CudaException>(() => accelerator.Allocate1D<int>(1)).Error);
    }

    [Fact]
    public void What_is_wrong_with_a_program_is_in_the_log()
    {
        using var other = new EmulatedCudaDriver { Capability = (7, 5) };
        other.RetainPrimaryContext(0, out var primary);
        other.SetCurrentContext(primary);
        var program = System.Text.Encoding.UTF8.GetBytes(
            ".version 7.0\n.target sm_75\n.visible .entry k() {\n.reg .b32 %r<4>;\ncp.async.wait_all;\nadd.b32 %r1, 1, 2;\n}\0");
        Assert.Equal(CudaError.CUDA_ERROR_INVALID_PTX, other.Link(program, 4, out var image, out var log));
        Assert.Empty(image);
        Assert.Equal(
            "ptxas error: line 5: cp.async.wait_all: expected .target sm_80 or higher; got sm_75\n" +
            "ptxas error: line 6: add.b32: expected .u16 or .s16 or .u32 or .s32 or .u64 or .s64; got .b32",
            log);
    }

    [Fact]
    public void Devices_have_the_shared_memory_of_their_generation()
    {
        int SharedOf(int major, int minor)
        {
            using var other = new EmulatedCudaDriver { Capability = (major, minor) };
            other.GetDeviceAttribute(CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin, 0, out var bytes);
            return bytes >> 10;
        }

        Assert.Equal([227, 99, 163, 64, 48], new[] { SharedOf(9, 0), SharedOf(8, 6), SharedOf(8, 0), SharedOf(7, 5), SharedOf(6, 1) });
    }

    private static void Double(Index1D i, ArrayView<float> x) => x[i] *= 2;

    private static void DoubleFarAway(Index1D i, ArrayView<float> x) => x[i + 4096] *= 2;
}
