using System.Globalization;

namespace ILGPU.Runtime.OpenCL;

/// <summary>A device that OpenCL names, and why it cannot be used if it cannot.</summary>
/// <param name="Name">The device, or as much of the way to one as there is: a platform, the loader.</param>
/// <param name="Device">The device, if it can be used.</param>
/// <param name="Reason">Why not; empty where it can.</param>
internal sealed record CLDeviceReport(string Name, CLDevice? Device, string Reason)
{
    private const double MinVersion = 1.2;

    private static readonly Lazy<IReadOnlyList<CLDeviceReport>> OfThisSystem = new(
        () => RuntimeSignals.Keep(() => CLLibrary.Load() switch
        {
            ({ } library, _) => Find(library),
            (null, var reason) => [new("OpenCL", null, reason)],
        }));

    /// <summary>The devices of this system, asked for once. Never throws, and is never empty.</summary>
    public static IReadOnlyList<CLDeviceReport> All => OfThisSystem.Value;

    /// <summary>What a loader finds.</summary>
    public static IReadOnlyList<CLDeviceReport> Find(CLLibrary library)
    {
        var error = library.GetPlatforms(out var platforms);
        if (error != CLError.CL_SUCCESS && error != CLError.CL_PLATFORM_NOT_FOUND_KHR)
        {
            return [new("OpenCL", null, $"the OpenCL loader fails with {CLException.Describe(error)}")];
        }

        return platforms.Length == 0
            ? [new("OpenCL", null, "the OpenCL loader knows no driver; install that of the GPU, or for the processor PoCL")]
            : [.. platforms.SelectMany(platform => FindOn(library, platform))];
    }

    private static IEnumerable<CLDeviceReport> FindOn(CLLibrary library, nint platform)
    {
        var name = "OpenCL platform";
        try
        {
            name = library.GetPlatformText(platform, CLInfo.PlatformName);
            var error = library.GetDevices(platform, out var devices);
            if (devices.Length == 0)
            {
                return error is CLError.CL_SUCCESS or CLError.CL_DEVICE_NOT_FOUND
                    ? [new(name, null, "the platform has no device")]
                    : [new(name, null, $"the platform's driver fails with {CLException.Describe(error)}")];
            }

            return [.. devices.Select(device => Report(library, platform, device))];
        }
        catch (CLException exception)
        {
            return [new(name, null, exception.Message)];
        }
    }

    private static CLDeviceReport Report(CLLibrary library, nint platform, nint device)
    {
        var name = "OpenCL device";
        try
        {
            name = library.GetDeviceText(device, CLInfo.DeviceName);
            return WhyNot(library, device) is { } reason
                ? new(name, null, reason)
                : new(name, new CLDevice(library, platform, device), "");
        }
        catch (CLException exception)
        {
            return new(name, null, exception.Message);
        }
    }

    private static string? WhyNot(CLLibrary library, nint device)
    {
        if (library.GetDeviceValue<int>(device, CLInfo.DeviceAvailable) == 0)
        {
            return "the device is not available at present";
        }

        if (library.GetDeviceValue<int>(device, CLInfo.DeviceCompilerAvailable) == 0)
        {
            return "the driver has no compiler for OpenCL C";
        }

        var version = library.GetDeviceText(device, CLInfo.DeviceVersion);
        if (VersionOf(version) < MinVersion)
        {
            return $"the device has {version}; OpenCL 1.2 or later is needed";
        }

        if (library.GetDeviceValue<int>(device, CLInfo.DeviceEndianLittle) == 0)
        {
            return "the device is big-endian; its memory is shared with the host byte by byte";
        }

        var bits = library.GetDeviceValue<int>(device, CLInfo.DeviceAddressBits);
        return bits == 64 ? null : $"the device has addresses of {bits} bits; 64 are needed";
    }

    /// <summary>The number in "OpenCL 1.2 …"; 0 for a text of another form.</summary>
    private static double VersionOf(string text) =>
        text.Split(' ') is ["OpenCL", var number, ..] &&
        double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;
}
