using System.Runtime.InteropServices;
using System.Text;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

/// <summary>What is found, and what is said of what cannot be used: by loaders that tell of devices as the test wants them.</summary>
public sealed unsafe class CLDeviceTests
{
    private static CLError platformError;
    private static int platformCount;
    private static CLError deviceError;
    private static CLInfo changed;
    private static byte[] answer = [];

    [Fact]
    public void Devices_tell_their_limits()
    {
        var device = CLFixture.Device();
        Assert.Equal(AcceleratorType.OpenCL, device.AcceleratorType);
        Assert.InRange(device.MaxNumThreadsPerGroup, 1, int.MaxValue);
        Assert.InRange(device.MaxGroupSize.X, 1, int.MaxValue);
        Assert.InRange(device.MaxSharedMemoryPerGroup, 32 << 10, int.MaxValue);
        Assert.InRange(device.MaxAllocationSize, 128 << 20, device.MemorySize);
        Assert.InRange(device.MaxParameterSize, 1024, int.MaxValue);
        Assert.InRange(device.NumMultiprocessors, 1, int.MaxValue);
        Assert.True(int.IsPow2(device.WarpSize));
        Assert.Equal(device.WarpSize, device.Target.WarpSize);
        Assert.Equal(device.Extensions.Contains("cl_khr_fp64"), device.Target.HasFloat64);
        Assert.All([device.Name, device.PlatformName, device.VendorName, device.DriverVersion], Assert.NotEmpty);
        Assert.StartsWith("OpenCL ", device.VersionText, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', device.Name + device.PlatformName);
    }

    [Fact]
    public void A_context_has_them_where_it_asks_for_them()
    {
        var device = CLFixture.Device();
        using var all = Context.CreateDefault();
        Assert.Contains(device, all.Devices);
        Assert.Same(device, all.GetCLDevice(0));
        Assert.Equal(CPUDevice.Default, all.GetCPUDevice(0));
        Assert.IsType<CLDevice>(all.GetPreferredDevice(preferCPU: false));
        using var accelerator = all.CreateCLAccelerator(0);
        Assert.Equal(device.Name, accelerator.Name);
        using var none = Context.Create(builder => builder.OpenCL(_ => false));
        Assert.Empty(none.Devices);
        Assert.Throws<ArgumentOutOfRangeException>(() => none.GetCLDevice(0));
    }

    [Fact]
    public void Dotnets_own_signals_reach_it_when_drivers_are_loaded()
    {
        using var context = Context.Create(builder => builder.OpenCL(_ => true));
        _ = CLFixture.Device();
        using var accelerator = context.CreateCLAccelerator(0);
        var zero = context.Devices.Length - context.Devices.Length;
        Assert.Throws<DivideByZeroException>(() => 1 / zero);
        string? none = null;
        Assert.Throws<NullReferenceException>(() => none!.Length);
    }

    [Theory]
    [InlineData(-1001, 0, "the OpenCL loader knows no driver; install that of the GPU, or for the processor PoCL")]
    [InlineData(0, 0, "the OpenCL loader knows no driver; install that of the GPU, or for the processor PoCL")]
    [InlineData(-6, 0, "the OpenCL loader fails with CL_OUT_OF_HOST_MEMORY (-6)")]
    public void Without_platforms_the_loader_says_why(int error, int count, string reason)
    {
        (platformError, platformCount) = ((CLError)error, count);
        var library = FaultyLibrary.With(("clGetPlatformIDs", (nint)(delegate* unmanaged<uint, nint*, uint*, CLError>)&GetPlatforms));
        Assert.Equal([new CLDeviceReport("OpenCL", null, reason)], CLDeviceReport.Find(library));
    }

    [Theory]
    [InlineData(-1, "the platform has no device")]
    [InlineData(-2, "the platform's driver fails with CL_DEVICE_NOT_AVAILABLE (-2)")]
    public void A_platform_without_devices_says_why(int error, string reason)
    {
        _ = CLFixture.Device();
        deviceError = (CLError)error;
        var library = FaultyLibrary.With(
            ("clGetDeviceIDs", (nint)(delegate* unmanaged<nint, CLDeviceType, uint, nint*, uint*, CLError>)&GetDevices));
        Assert.All(CLDeviceReport.Find(library), report => Assert.Equal((null, reason), (report.Device, report.Reason)));
    }

    [Theory]
    [InlineData(0x1027, 0, "the device is not available at present")]
    [InlineData(0x1028, 0, "the driver has no compiler for OpenCL C")]
    [InlineData(0x1026, 0, "the device is big-endian; its memory is shared with the host byte by byte")]
    [InlineData(0x100D, 32, "the device has addresses of 32 bits; 64 are needed")]
    public void A_device_that_lacks_something_says_what(int info, int value, string reason) =>
        AssertReason((CLInfo)info, BitConverter.GetBytes(value), reason);

    [Theory]
    [InlineData("OpenCL 1.1 Old", "the device has OpenCL 1.1 Old; OpenCL 1.2 or later is needed")]
    [InlineData("unknown", "the device has unknown; OpenCL 1.2 or later is needed")]
    [InlineData("OpenCL 1.2 ", "")]
    [InlineData("OpenCL 3.0", "")]
    public void A_device_of_an_old_version_says_so(string version, string reason) =>
        AssertReason(CLInfo.DeviceVersion, Encoding.ASCII.GetBytes(version + '\0'), reason);

    [Fact]
    public void A_device_that_does_not_answer_says_so() =>
        AssertReason(CLInfo.DeviceExtensions, [], "clGetDeviceInfo(DeviceExtensions): expected CL_SUCCESS; got CL_INVALID_VALUE (-30).");

    [Theory]
    [InlineData("cl_nv_device_attribute_query cl_khr_subgroup_shuffle", 16, true)]
    [InlineData("cl_amd_device_attribute_query", 16, false)]
    [InlineData("cl_khr_subgroup_shuffle", 32, false)]
    public void The_warp_size_is_that_of_the_device_where_it_tells(string extensions, int warpSize, bool hasShuffle)
    {
        _ = CLFixture.Device();
        (changed, answer) = (CLInfo.DeviceExtensions, Encoding.ASCII.GetBytes(extensions));
        var target = CLDeviceReport.Find(WithAnswers())[0].Device!.Target;
        Assert.Equal((warpSize, hasShuffle), (target.WarpSize, target.HasSubgroupShuffle));
        Assert.Equal((false, false), (target.HasFloat64, target.HasInt64Atomics));
    }

    private static void AssertReason(CLInfo info, byte[] value, string reason)
    {
        _ = CLFixture.Device();
        (changed, answer) = (info, value);
        Assert.All(CLDeviceReport.Find(WithAnswers()), report =>
        {
            Assert.Equal(reason, report.Reason);
            Assert.Equal(reason.Length == 0, report.Device is not null);
            Assert.NotEmpty(report.Name);
        });
    }

    private static CLLibrary WithAnswers() => FaultyLibrary.With(
        ("clGetDeviceInfo", (nint)(delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError>)&GetDeviceInfo));

    [UnmanagedCallersOnly]
    private static CLError GetPlatforms(uint entries, nint* platforms, uint* count)
    {
        *count = (uint)platformCount;
        return platformError;
    }

    [UnmanagedCallersOnly]
    private static CLError GetDevices(nint platform, CLDeviceType type, uint entries, nint* devices, uint* count)
    {
        *count = 0;
        return deviceError;
    }

    [UnmanagedCallersOnly]
    private static CLError GetDeviceInfo(nint device, CLInfo info, nuint size, void* value, nuint* needed)
    {
        if (info is CLInfo.DeviceWarpSizeNv or CLInfo.DeviceWavefrontWidthAmd)
        {
            return Answer(BitConverter.GetBytes(16), value, needed);
        }

        if (info != changed)
        {
            return ((delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError>)FaultyLibrary.Real("clGetDeviceInfo"))(
                device, info, size, value, needed);
        }

        return answer.Length == 0 ? CLError.CL_INVALID_VALUE : Answer(answer, value, needed);
    }

    private static CLError Answer(byte[] bytes, void* value, nuint* needed)
    {
        if (needed is not null)
        {
            *needed = (nuint)bytes.Length;
        }

        if (value is not null)
        {
            bytes.CopyTo(new Span<byte>(value, bytes.Length));
        }

        return CLError.CL_SUCCESS;
    }
}
