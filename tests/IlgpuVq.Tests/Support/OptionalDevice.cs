using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Support;

/// <summary>Devices of tensors that not every machine has.</summary>
internal static class OptionalDevice
{
    /// <summary>Goes on where the device can be used; else the test is skipped, or fails where the device is required.</summary>
    public static void Require(string name)
    {
        var info = Device.List().FirstOrDefault(device => device.Name == name);
        if (info is not { IsUsable: true })
        {
            RequiredDevices.Miss(name, $"device {name}: {info?.Reason ?? "no device has that name"}");
        }
    }
}
