using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>CUDA devices by name.</summary>
public sealed class CudaDeviceTests
{
    [Fact]
    public void They_are_numbered_and_those_that_cannot_be_used_come_last_with_a_reason()
    {
        var devices = Device.List().Where(device => device.Name.StartsWith("cuda", StringComparison.Ordinal)).ToArray();
        Assert.Equal(Enumerable.Range(0, devices.Length).Select(i => i == 0 ? "cuda" : $"cuda:{i}"),
            devices.Select(device => device.Name));
        Assert.NotEmpty(devices);
        Assert.Equal(devices.OrderByDescending(device => device.IsUsable), devices);
        Assert.Equal(CudaDevices.HasUsable, devices[0].IsUsable);
        Assert.All(devices, device => Assert.NotEmpty(device.Reason));
        Assert.All(devices, device => Assert.NotEmpty(device.Description));
    }

    [Fact]
    public void Other_names_are_not_theirs()
    {
        Assert.Null(CudaDevices.Open("opencl", new DeviceOptions()));
        Assert.Null(CudaDevices.Open("cuda:99", new DeviceOptions()));
        Assert.Contains(
            "got cuda:99: no device has that name. Try: devices",
            Assert.Throws<DeviceException>(() => Device.Open("cuda:99")).Message,
            StringComparison.Ordinal);
    }
}
