namespace ILGPU.Runtime.Cuda;

/// <summary>A device that the CUDA driver names, and why it cannot be used if it cannot.</summary>
/// <param name="Name">The device, or as much of the way to one as there is: the driver.</param>
/// <param name="Device">The device, if it can be used.</param>
/// <param name="Reason">Why not; empty where it can.</param>
internal sealed record CudaDeviceReport(string Name, CudaDevice? Device, string Reason)
{
    private const string DriverName = "CUDA";

    private static readonly Lazy<IReadOnlyList<CudaDeviceReport>> OfThisSystem = new(() => NativeCudaDriver.Load() switch
    {
        ({ } driver, _) => Find(driver),
        (null, var reason) => [new(DriverName, null, reason)],
    });

    /// <summary>The devices of this system, asked for once. Never throws, and is never empty.</summary>
    public static IReadOnlyList<CudaDeviceReport> All => OfThisSystem.Value;

    /// <summary>What a driver finds.</summary>
    public static IReadOnlyList<CudaDeviceReport> Find(CudaDriver driver)
    {
        // The version comes first: a driver that is too old for the system's modules or its devices can still tell it.
        var error = driver.GetVersion(out var version);
        if (error == CudaError.CUDA_SUCCESS && version < CudaVersion.Oldest)
        {
            return
            [
                new(DriverName, null,
                    $"the driver supports CUDA {CudaVersion.Text(version)}; CUDA {CudaVersion.Text(CudaVersion.Oldest)} or later is " +
                    $"needed, for PTX 7.0: install {CudaVersion.OldestDriver}"),
            ];
        }

        var count = 0;
        error = error != CudaError.CUDA_SUCCESS ? error : driver.Initialize();
        error = error != CudaError.CUDA_SUCCESS ? error : driver.GetDeviceCount(out count);
        return error switch
        {
            CudaError.CUDA_ERROR_NO_DEVICE => [new(DriverName, null, NoDevice)],
            CudaError.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH => [new(DriverName, null,
                $"the driver fails with {CudaException.Describe(error, driver)}: its library and its kernel module are of different " +
                "versions; restart the system after an update of the driver")],
            not CudaError.CUDA_SUCCESS => [new(DriverName, null, $"the driver fails with {CudaException.Describe(error, driver)}")],
            _ when count == 0 => [new(DriverName, null, NoDevice)],
            _ => [.. Enumerable.Range(0, count).Select(ordinal => Report(driver, ordinal))],
        };
    }

    private static string NoDevice =>
        "the driver finds no device; look at CUDA_VISIBLE_DEVICES, and in a container at whether it was given the GPU";

    private static CudaDeviceReport Report(CudaDriver driver, int ordinal)
    {
        var name = "CUDA device";
        try
        {
            CudaException.ThrowIfFailed(driver, driver.GetDevice(ordinal, out var device), "cuDeviceGet");
            name = CudaDevice.NameOf(driver, device);
            return WhyNot(driver, device) is { } reason
                ? new(name, null, reason)
                : new(name, new CudaDevice(driver, device), "");
        }
        catch (CudaException exception)
        {
            return new(name, null, exception.Message);
        }
    }

    private static string? WhyNot(CudaDriver driver, int device)
    {
        var (major, minor) = CudaDevice.CapabilityOf(driver, device);
        var oldest = CudaVersion.OldestCapability;
        if ((major, minor).CompareTo(oldest) < 0)
        {
            return $"the device has compute capability {major}.{minor}; {oldest.Major}.{oldest.Minor} or later is needed";
        }

        return CudaDevice.Attribute(driver, device, CudaDeviceAttribute.ComputeMode) == (int)CudaComputeMode.Prohibited
            ? "the device is set to allow no computing; its administrator changes that with nvidia-smi -c DEFAULT"
            : null;
    }
}
