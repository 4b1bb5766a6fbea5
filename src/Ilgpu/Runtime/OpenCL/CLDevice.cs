using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ILGPU.Backends.OpenCL;

namespace ILGPU.Runtime.OpenCL;

/// <summary>A device of an OpenCL driver.</summary>
public sealed class CLDevice : Device
{
    /// <summary>Warps through shared memory may have any size; this is the one that most kernels are written for.</summary>
    private const int EmulatedWarpSize = 32;

    /// <summary>CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT.</summary>
    private const long CorrectlyRoundedDivideAndSqrt = 1 << 7;

    /// <exception cref="CLException">The driver does not say what it has to.</exception>
    internal CLDevice(CLLibrary library, nint platform, nint device)
        : base(
            library.GetDeviceText(device, CLInfo.DeviceName),
            AcceleratorType.OpenCL,
            new CLCapabilityContext(ExtensionsOf(library, device)))
    {
        Library = library;
        PlatformId = platform;
        DeviceId = device;
        PlatformName = library.GetPlatformText(platform, CLInfo.PlatformName);
        VendorName = library.GetDeviceText(device, CLInfo.DeviceVendor);
        DeviceType = library.GetDeviceValue<CLDeviceType>(device, CLInfo.DeviceType);
        DriverVersion = library.GetDeviceText(device, CLInfo.DriverVersion);
        VersionText = library.GetDeviceText(device, CLInfo.DeviceVersion);
        ClockRate = library.GetDeviceValue<int>(device, CLInfo.DeviceMaxClockFrequency);
        Extensions = [.. ExtensionsOf(library, device)];

        MemorySize = library.GetDeviceValue<long>(device, CLInfo.DeviceGlobalMemSize);
        MaxAllocationSize = library.GetDeviceValue<long>(device, CLInfo.DeviceMaxMemAllocSize);
        MaxParameterSize = Clamp(library.GetDeviceValue<long>(device, CLInfo.DeviceMaxParameterSize));
        MaxSharedMemoryPerGroup = Clamp(library.GetDeviceValue<long>(device, CLInfo.DeviceLocalMemSize));
        MaxConstantMemory = Clamp(library.GetDeviceValue<long>(device, CLInfo.DeviceMaxConstantBufferSize));
        NumMultiprocessors = library.GetDeviceValue<int>(device, CLInfo.DeviceMaxComputeUnits);
        MaxNumThreadsPerGroup = Clamp(library.GetDeviceValue<long>(device, CLInfo.DeviceMaxWorkGroupSize));
        MaxNumThreadsPerMultiprocessor = MaxNumThreadsPerGroup;
        var sizes = MemoryMarshal.Cast<byte, long>(library.GetDeviceBytes(device, CLInfo.DeviceMaxWorkItemSizes));
        MaxGroupSize = new(Clamp(sizes[0]), Clamp(sizes[1]), Clamp(sizes[2]));

        // OpenCL has no limit on the number of groups, launches count them in 32 bits.
        MaxGridSize = new(int.MaxValue);
        RoundsDivisionAndRoot =
            (library.GetDeviceValue<long>(device, CLInfo.DeviceSingleFloatConfig) & CorrectlyRoundedDivideAndSqrt) != 0;

        var fixedWarpSize = FixedWarpSize();
        WarpSize = fixedWarpSize ?? EmulatedWarpSize;
        Target = new(
            WarpSize,
            Capabilities.Float64,
            Capabilities.Int64_Atomics,
            fixedWarpSize is not null && Extensions.Contains("cl_khr_subgroup_shuffle"),
            DivisionTraps: DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU));
    }

    public nint PlatformId { get; }

    public nint DeviceId { get; }

    public string PlatformName { get; }

    public string VendorName { get; }

    public CLDeviceType DeviceType { get; }

    /// <summary>In MHz.</summary>
    public int ClockRate { get; }

    public ImmutableArray<string> Extensions { get; }

    internal CLLibrary Library { get; }

    internal string DriverVersion { get; }

    /// <summary>What the device says of its version: "OpenCL 1.2 …".</summary>
    internal string VersionText { get; }

    /// <summary>The largest buffer in bytes.</summary>
    internal long MaxAllocationSize { get; }

    /// <summary>How many bytes all arguments of a kernel may have together.</summary>
    internal int MaxParameterSize { get; }

    /// <summary>Whether division and square root of 32 bits can be asked to be correctly rounded.</summary>
    internal bool RoundsDivisionAndRoot { get; }

    internal CLTarget Target { get; }

    public override Accelerator CreateAccelerator(Context context) => CreateCLAccelerator(context);

    /// <exception cref="CLException">The device is gone, or has no resources left.</exception>
    public CLAccelerator CreateCLAccelerator(Context context) => new(context, this, CLCompiler.Default);

    /// <summary>The number of threads in step, where it is the same for all kernels and the device tells.</summary>
    private int? FixedWarpSize()
    {
        if (Extensions.Contains("cl_nv_device_attribute_query"))
        {
            return Library.GetDeviceValue<int>(DeviceId, CLInfo.DeviceWarpSizeNv);
        }

        if (Extensions.Contains("cl_amd_device_attribute_query"))
        {
            return Library.GetDeviceValue<int>(DeviceId, CLInfo.DeviceWavefrontWidthAmd);
        }

        if (Extensions.Contains("cl_intel_required_subgroup_size"))
        {
            var sizes = Library.GetDeviceBytes(DeviceId, CLInfo.DeviceSubgroupSizesIntel);
            return sizes.Length == sizeof(long) ? MemoryMarshal.Read<int>(sizes) : null;
        }

        return null;
    }

    private static int Clamp(long value) => (int)Math.Min(value, int.MaxValue);

    private static string[] ExtensionsOf(CLLibrary library, nint device) =>
        library.GetDeviceText(device, CLInfo.DeviceExtensions).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private sealed class CLCapabilityContext : CapabilityContext
    {
        public CLCapabilityContext(string[] extensions)
        {
            Float16 = extensions.Contains("cl_khr_fp16");
            Float64 = extensions.Contains("cl_khr_fp64");
            Int64_Atomics =
                extensions.Contains("cl_khr_int64_base_atomics") && extensions.Contains("cl_khr_int64_extended_atomics");
        }
    }
}
