using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>The devices that every law is held on: the one place to add another.</summary>
/// <remarks>
/// Opened once per test class, when first asked for, with poisoned memory: what was never written is NaN. <c>ptx</c> is the
/// machine of these tests, which needs no card; <c>cuda</c> is one of them where there is a card.
/// </remarks>
public sealed class LawDevices : IDisposable
{
    private const string Ptx = "ptx";

    private const string Cuda = "cuda";

    private static readonly string[] Always = ["cpu", "kernels", "opencl", Ptx];

    private readonly Dictionary<string, Device> open = [];

    public static IReadOnlyList<string> Names { get; } =
        [.. Always.Union(CudaDevices.HasUsable ? [Cuda] : []).Union(RequiredDevices.Names)];

    /// <summary>The device of that name. Where it cannot be used, the test is skipped, or fails if it is required.</summary>
    public Device Open(string name)
    {
        if (open.TryGetValue(name, out var device))
        {
            return device;
        }

        var options = new DeviceOptions(PoisonMemory: true);
        if (name == Ptx)
        {
            return open[name] = PtxEngine.OpenDevice(options);
        }

        if (WhyNot(name, Device.List(), RequiredDevices.Names) is var (isFailure, reason))
        {
            Assert.SkipWhen(!isFailure, reason);
            Assert.Fail(reason);
        }

        return open[name] = Device.Open(name, options);
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
