using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <summary>What is found, and what is said of what cannot be used.</summary>
public sealed class CudaDeviceTests
{
    [Fact]
    public void Devices_tell_their_limits()
    {
        var driver = new FakeCudaDriver { DeviceCount = 2 };
        var reports = CudaDeviceReport.Find(driver);

        Assert.Equal(["Fake GPU 0", "Fake GPU 1"], reports.Select(report => report.Name));
        var device = reports[1].Device!;
        Assert.Equal((AcceleratorType.Cuda, 1, 1980, 0), (device.AcceleratorType, device.DeviceId, device.ClockRate, device.L2CacheSize));
        Assert.Equal((1024, new(1024, 1024, 64)), (device.MaxNumThreadsPerGroup, device.MaxGroupSize));
        Assert.Equal((new Index3D(int.MaxValue, 65535, 65535), 227 << 10), (device.MaxGridSize, device.MaxSharedMemoryPerGroup));
        Assert.Equal((132, 2048, 32, 1L << 30),
            (device.NumMultiprocessors, device.MaxNumThreadsPerMultiprocessor, device.WarpSize, device.MemorySize));
        Assert.Equal(((9, 0), true), (device.ComputeCapability, device.HasMemoryPools));
    }

    [Fact]
    public void A_driver_that_is_too_old_says_which_version_is_needed()
    {
        var driver = new FakeCudaDriver { Version = 10020, Fault = _ => CudaError.CUDA_SUCCESS };
        Assert.Equal(
            [
                new CudaDeviceReport(
                    "CUDA", null,
                    "the driver supports CUDA 10.2; CUDA 11.0 or later is needed, for PTX 7.0: install version 450 or later"),
            ],
            CudaDeviceReport.Find(driver));
    }

    [Theory]
    [InlineData("Initialize", 100, "the driver finds no device; look at CUDA_VISIBLE_DEVICES, and in a container at whether it was given the GPU")]
    [InlineData("GetDeviceCount", 100, "the driver finds no device; look at CUDA_VISIBLE_DEVICES, and in a container at whether it was given the GPU")]
    [InlineData("Initialize", 803, "the driver fails with CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803): its library and its kernel module are " +
        "of different versions; restart the system after an update of the driver")]
    [InlineData("Initialize", 5555, "the driver fails with error 5555")]
    [InlineData("GetVersion", 34, "the driver fails with CUDA_ERROR_STUB_LIBRARY (34)")]
    public void A_driver_that_fails_says_with_what(string method, int error, string reason)
    {
        var driver = new FakeCudaDriver { Fault = call => call == method ? (CudaError)error : CudaError.CUDA_SUCCESS };
        Assert.Equal([new CudaDeviceReport("CUDA", null, reason)], CudaDeviceReport.Find(driver));
    }

    [Fact]
    public void A_driver_without_devices_says_so()
    {
        var report = Assert.Single(CudaDeviceReport.Find(new FakeCudaDriver { DeviceCount = 0 }));
        Assert.StartsWith("the driver finds no device", report.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_that_cannot_be_used_say_why()
    {
        var driver = new FakeCudaDriver();
        driver.Attributes[CudaDeviceAttribute.ComputeMode] = 2;
        Assert.Equal("the device is set to allow no computing; its administrator changes that with nvidia-smi -c DEFAULT", Reason());

        driver.Attributes[CudaDeviceAttribute.ComputeCapabilityMajor] = 3;
        driver.Attributes[CudaDeviceAttribute.ComputeCapabilityMinor] = 7;
        Assert.Equal("the device has compute capability 3.7; 5.0 or later is needed", Reason());

        driver.Attributes.Remove(CudaDeviceAttribute.ComputeCapabilityMinor);
        Assert.Equal(
            "cuDeviceGetAttribute(ComputeCapabilityMinor): expected CUDA_SUCCESS; got CUDA_ERROR_INVALID_VALUE (1).", Reason());

        string Reason()
        {
            var report = Assert.Single(CudaDeviceReport.Find(driver));
            Assert.Equal(("Fake GPU 0", null), (report.Name, report.Device));
            return report.Reason;
        }
    }

    [Fact]
    public void This_system_has_a_device_or_a_reason()
    {
        Assert.NotEmpty(CudaDeviceReport.All);
        Assert.All(CudaDeviceReport.All, report => Assert.Equal(report.Device is null, report.Reason.Length > 0));
        using var context = Context.Create(builder => builder.Cuda());
        Assert.Equal(CudaDeviceReport.All.Count(report => report.Device is not null), context.GetCudaDevices().Count);
        using var none = Context.Create(builder => builder.Cuda(_ => false));
        Assert.Throws<ArgumentOutOfRangeException>(() => none.CreateCudaAccelerator(0));
    }

    [Theory]
    [InlineData(11000, 7, 0)]
    [InlineData(11080, 7, 8)]
    [InlineData(12060, 8, 5)]
    [InlineData(12080, 8, 7)]
    [InlineData(13000, 8, 8)]
    public void The_version_of_ptx_is_what_the_driver_takes(int cuda, int major, int minor) =>
        Assert.Equal((major, minor), CudaVersion.IsaOf(cuda));

    [Theory]
    [InlineData(5, 0, 7, 0, 5, 0)]
    [InlineData(8, 6, 7, 0, 8, 0)]
    [InlineData(8, 6, 7, 1, 8, 6)]
    [InlineData(9, 0, 8, 8, 9, 0)]
    [InlineData(10, 0, 8, 5, 9, 0)]
    [InlineData(12, 1, 8, 7, 12, 0)]
    [InlineData(11, 0, 8, 8, 10, 3)]
    public void Code_is_for_the_device_or_the_nearest_older_one_that_its_version_of_ptx_knows(
        int deviceMajor, int deviceMinor, int isaMajor, int isaMinor, int major, int minor) =>
        Assert.Equal((major, minor), CudaVersion.TargetOf((deviceMajor, deviceMinor), (isaMajor, isaMinor)));

    [Fact]
    public void An_accelerator_that_cannot_be_created_leaves_nothing()
    {
        foreach (var method in (string[])["RetainPrimaryContext", "SetCurrentContext", "CreateStream", "CreateEvent", "GetDefaultPool"])
        {
            var driver = new FakeCudaDriver();
            using var context = Context.Create(_ => { });
            driver.Fault = call => call == method ? CudaError.CUDA_ERROR_OPERATING_SYSTEM : CudaError.CUDA_SUCCESS;
            var device = new CudaDevice(driver, 0);
            var exception = Assert.Throws<CudaException>(() => device.CreateCudaAccelerator(context));
            Assert.Equal(CudaError.CUDA_ERROR_OPERATING_SYSTEM, exception.Error);
            Assert.Contains("CUDA_ERROR_OPERATING_SYSTEM (304)", exception.Message, StringComparison.Ordinal);
            driver.Fault = _ => CudaError.CUDA_SUCCESS;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Empty(driver.Misuse);
            Assert.Equal(0, driver.LiveObjects);
        }
    }
}
