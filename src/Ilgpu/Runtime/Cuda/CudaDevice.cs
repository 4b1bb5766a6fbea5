using ILGPU.Backends.PTX;

namespace ILGPU.Runtime.Cuda;

/// <summary>A device of the CUDA driver.</summary>
public sealed class CudaDevice : Device
{
    private readonly (int Major, int Minor) isa;
    private readonly (int Major, int Minor) codeTarget;

    /// <exception cref="CudaException">The driver does not say what it has to.</exception>
    internal CudaDevice(CudaDriver driver, int device)
        : base(NameOf(driver, device), AcceleratorType.Cuda, new CudaCapabilityContext())
    {
        Driver = driver;
        DeviceId = device;
        CudaException.ThrowIfFailed(driver, driver.GetVersion(out var version), "cuDriverGetVersion");
        CudaException.ThrowIfFailed(driver, driver.GetDeviceMemory(device, out var memory), "cuDeviceTotalMem");
        DriverVersion = version;
        ComputeCapability = CapabilityOf(driver, device);
        isa = CudaVersion.IsaOf(version);
        codeTarget = CudaVersion.TargetOf(ComputeCapability, isa);

        MemorySize = memory;
        MaxGridSize = new(
            Get(CudaDeviceAttribute.MaxGridDimX), Get(CudaDeviceAttribute.MaxGridDimY), Get(CudaDeviceAttribute.MaxGridDimZ));
        MaxGroupSize = new(
            Get(CudaDeviceAttribute.MaxBlockDimX), Get(CudaDeviceAttribute.MaxBlockDimY), Get(CudaDeviceAttribute.MaxBlockDimZ));
        MaxNumThreadsPerGroup = Get(CudaDeviceAttribute.MaxThreadsPerBlock);
        MaxNumThreadsPerMultiprocessor = Get(CudaDeviceAttribute.MaxThreadsPerMultiprocessor);
        NumMultiprocessors = Get(CudaDeviceAttribute.MultiprocessorCount);
        WarpSize = Get(CudaDeviceAttribute.WarpSize);
        MaxConstantMemory = Get(CudaDeviceAttribute.TotalConstantMemory);

        // Devices without an opt-in have the one limit.
        MaxSharedMemoryPerGroup = Math.Max(
            Get(CudaDeviceAttribute.MaxSharedMemoryPerBlock), Get(CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin));
        HasMemoryPools = driver.HasMemoryPools && Get(CudaDeviceAttribute.MemoryPoolsSupported) != 0;
        ClockRate = GetOr0(CudaDeviceAttribute.ClockRate) / 1000;
        MemoryClockRate = GetOr0(CudaDeviceAttribute.MemoryClockRate) / 1000;
        MemoryBusWidth = GetOr0(CudaDeviceAttribute.GlobalMemoryBusWidth);
        L2CacheSize = GetOr0(CudaDeviceAttribute.L2CacheSize);
    }

    /// <summary>The CUdevice.</summary>
    public int DeviceId { get; }

    /// <summary>In MHz; 0 where the driver does not tell.</summary>
    public int ClockRate { get; }

    /// <inheritdoc cref="ClockRate"/>
    public int MemoryClockRate { get; }

    /// <summary>In bits.</summary>
    public int MemoryBusWidth { get; }

    /// <summary>In bytes.</summary>
    public int L2CacheSize { get; }

    internal CudaDriver Driver { get; }

    /// <summary>1000 · major + 10 · minor of the CUDA version that the driver supports.</summary>
    internal int DriverVersion { get; }

    internal (int Major, int Minor) ComputeCapability { get; }

    /// <summary>Whether memory can be taken and given back in the order of a stream.</summary>
    internal bool HasMemoryPools { get; }

    public override Accelerator CreateAccelerator(Context context) => CreateCudaAccelerator(context);

    /// <exception cref="CudaException">The device is gone, or has no resources left.</exception>
    public CudaAccelerator CreateCudaAccelerator(Context context) => new(context, this, CudaCompiler.Default);

    /// <summary>The compute capability of a device: 9 and 0 of 9.0.</summary>
    /// <exception cref="CudaException">The driver does not say.</exception>
    internal static (int Major, int Minor) CapabilityOf(CudaDriver driver, int device) => (
        Attribute(driver, device, CudaDeviceAttribute.ComputeCapabilityMajor),
        Attribute(driver, device, CudaDeviceAttribute.ComputeCapabilityMinor));

    /// <exception cref="CudaException">The driver does not say.</exception>
    internal static int Attribute(CudaDriver driver, int device, CudaDeviceAttribute attribute)
    {
        CudaException.ThrowIfFailed(
            driver, driver.GetDeviceAttribute(attribute, device, out var value), $"cuDeviceGetAttribute({attribute})");
        return value;
    }

    /// <exception cref="CudaException">The driver does not say.</exception>
    internal static string NameOf(CudaDriver driver, int device)
    {
        CudaException.ThrowIfFailed(driver, driver.GetDeviceName(device, out var name), "cuDeviceGetName");
        return name;
    }

    /// <summary>What code for this device may use.</summary>
    internal PTXTarget TargetFor(MathMode math) =>
        new(codeTarget.Major, codeTarget.Minor, isa.Major, isa.Minor, math != MathMode.Default);

    private int Get(CudaDeviceAttribute attribute) => Attribute(Driver, DeviceId, attribute);

    /// <summary>A figure for people, which newer drivers may leave out.</summary>
    private int GetOr0(CudaDeviceAttribute attribute) =>
        Driver.GetDeviceAttribute(attribute, DeviceId, out var value) == CudaError.CUDA_SUCCESS ? value : 0;

    private sealed class CudaCapabilityContext : CapabilityContext
    {
        /// <summary>All devices from compute capability 5.0 on have these; before 5.3, arithmetic on halves goes through floats.</summary>
        public CudaCapabilityContext() => (Float16, Float64, Int64_Atomics) = (true, true, true);
    }
}
