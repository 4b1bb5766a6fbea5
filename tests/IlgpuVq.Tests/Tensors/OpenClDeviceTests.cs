using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>OpenCL devices by name, and what happens when their memory runs out.</summary>
public sealed class OpenClDeviceTests
{
    [Fact]
    public void They_are_numbered_and_those_that_cannot_be_used_come_last_with_a_reason()
    {
        var devices = Device.List().Where(device => device.Name.StartsWith("opencl", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
            Enumerable.Range(0, devices.Length).Select(i => i == 0 ? "opencl" : $"opencl:{i}"),
            devices.Select(device => device.Name));
        Assert.NotEmpty(devices);
        Assert.Equal(devices.OrderByDescending(device => device.IsUsable), devices);
        Assert.All(devices, device => Assert.NotEmpty(device.Reason));
        Assert.All(devices, device => Assert.NotEmpty(device.Description));
    }

    [Fact]
    public void Each_that_can_be_used_is_opened_by_its_name()
    {
        OptionalDevice.Require("opencl");
        foreach (var info in Device.List().Where(device =>
            device.IsUsable && device.Name.StartsWith("opencl", StringComparison.Ordinal)))
        {
            using var device = Device.Open(info.Name);
            Assert.Equal(info.Name, device.Name);
            Assert.StartsWith(device.Description, info.Description, StringComparison.Ordinal);
            using var tensor = device.From<float>([1, 2, 3], [3]);
            Primitive.FillInto(tensor, 4);
            Assert.Equal([4f, 4, 4], tensor.ToArray());
        }
    }

    [Fact]
    public void Auto_prefers_the_host_forms_to_OpenCL_on_the_same_processor()
    {
        using var device = Device.Open("auto");
        Assert.Equal(CudaDevices.HasUsable ? "cuda" : OpenClDevices.HasGpu ? "opencl" : "cpu", device.Name);
        Assert.Equal(
            OpenClDevices.HasGpu,
            Device.List().Any(info => info.IsUsable && info.Reason.StartsWith("a graphics card", StringComparison.Ordinal)));
    }

    /// <summary>ILGPU asks for libOpenCL.so, which only packages for developers bring.</summary>
    [Fact]
    public void The_loader_is_found_where_only_its_versioned_name_is_installed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libOpenCL.so.1", out _), "needs libOpenCL.so.1");
        Assert.SkipWhen(NativeLibrary.TryLoad("libOpenCL.so", out _), "libOpenCL.so is installed too");
        OptionalDevice.Require("opencl");
        using var device = Device.Open("opencl");
        Assert.Equal([1f, 2], device.From<float>([1, 2], [2]).ToArray());
    }

    [Fact]
    public void Memory_that_is_kept_for_reuse_is_given_back_before_there_is_too_little()
    {
        var (device, engine) = FaultyOpenCl.Open();
        using var owned = device;
        engine.MemoryLimit = 10 << 20;
        using var kept = device.From(new float[1 << 18], [1 << 18]);
        for (var millions = 1; millions <= 2; millions++)
        {
            // 4 MiB, then 8 MiB: each fits beside the first, but not both.
            using var tensor = device.Empty<float>([millions << 20]);
            Primitive.FillInto(tensor, millions);
            Assert.All(tensor.ToArray(), value => Assert.Equal(millions, value));
        }

        Assert.Equal((1 << 20) + (8 << 20), device.Memory.ReservedBytes);
        Assert.Equal(device.Memory.ReservedBytes, engine.LiveBytes);
        var error = Assert.Throws<DeviceException>(() => device.Empty<float>([3 << 20]));
        Assert.Equal(
            $"opencl: expected room for 12.0 MiB on {device.Description}; got CL_MEM_OBJECT_ALLOCATION_FAILURE (-4), with 1.0 "
                + "MiB in use by " +
            "1 buffers. Take smaller batches.",
            error.Message);
        Assert.Equal(1 << 20, device.Memory.ReservedBytes);
        Assert.Equal(1 << 20, engine.LiveBytes);
        Assert.Equal(new float[1 << 18], kept.ToArray());
    }

    /// <summary>Some drivers install a platform whose list of devices is an error, or empty.</summary>
    [Fact]
    public void A_platform_without_a_device_is_told_in_words()
    {
        Assert.SkipUnless(OpenClDevices.HasLoader(out _), "needs the OpenCL loader");
        var failed = Assert.Single(OpenClDevices.Find(() => throw new CLException(CLError.CL_DEVICE_NOT_FOUND))).Info;
        Assert.Equal(
            ("opencl", false, "a platform fails: CL_DEVICE_NOT_FOUND (-1)"), (failed.Name, failed.IsUsable, failed.Reason));

        var empty = Assert.Single(OpenClDevices.Find(() => Context.Create(builder => { }))).Info;
        Assert.Equal(
            ("opencl", false, "the OpenCL loader knows no platform with a device: install a driver"),
            (empty.Name, empty.IsUsable, empty.Reason));
    }
}
