using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Laws;

public sealed class LawDevicesTests
{
    private static readonly DeviceInfo[] Devices =
    [
        new("cpu", "a processor", IsUsable: true, "always"),
        new("opencl", "a card", IsUsable: false, "no loader"),
    ];

    [Fact]
    public void A_usable_device_is_tested() => Assert.Null(LawDevices.WhyNot("cpu", Devices, required: ["cpu"]));

    [Fact]
    public void An_absent_device_is_skipped_with_its_reason() =>
        Assert.Equal((false, "device opencl: no loader"), LawDevices.WhyNot("opencl", Devices, required: []));

    [Fact]
    public void An_absent_device_that_is_required_is_a_failure() =>
        Assert.Equal((true, "device opencl: no loader"), LawDevices.WhyNot("opencl", Devices, required: ["opencl"]));

    [Fact]
    public void A_required_device_that_nobody_knows_is_a_failure() =>
        Assert.Equal((true, "device tpu: no device has that name"), LawDevices.WhyNot("tpu", Devices, required: ["tpu"]));
}
