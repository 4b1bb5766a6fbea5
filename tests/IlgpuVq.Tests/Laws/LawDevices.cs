using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>The devices that every law is held on: the one place to add another.</summary>
/// <remarks>Opened once per test class, when first asked for, with poisoned memory: what was never written is NaN.</remarks>
public sealed class LawDevices : IDisposable
{
    private static readonly string[] Always = ["cpu", "kernels", "opencl"];

    private readonly Dictionary<string, Device> open = [];

    public static IReadOnlyList<string> Names { get; } = [.. Always.Union(RequiredDevices.Names)];

    /// <summary>The device of that name. Where it cannot be used, the test is skipped, or fails if it is required.</summary>
    public Device Open(string name)
    {
        if (WhyNot(name, Device.List(), RequiredDevices.Names) is var (isFailure, reason))
        {
            Assert.SkipWhen(!isFailure, reason);
            Assert.Fail(reason);
        }

        if (!open.TryGetValue(name, out var device))
        {
            open[name] = device = Device.Open(name, new DeviceOptions(PoisonMemory: true));
        }

        return device;
    }

    public void Dispose()
    {
        foreach (var device in open.Values)
        {
            device.Dispose();
        }
    }

    /// <summary>Null for a device that can be used; else whether that is a failure, and the reason.</summary>
    internal static (bool IsFailure, string Reason)? WhyNot(string name, IReadOnlyList<DeviceInfo> devices, string[] required)
    {
        var info = devices.FirstOrDefault(device => device.Name == name);
        return info is { IsUsable: true } ? null
            : (required.Contains(name), $"device {name}: {info?.Reason ?? "no device has that name"}");
    }
}
