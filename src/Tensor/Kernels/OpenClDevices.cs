using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>The OpenCL devices by the names <c>opencl</c>, <c>opencl:1</c>, …: graphics cards first, then what is left.</summary>
/// <remarks>
/// ILGPU takes only devices with a generic address space, of which NVIDIA's, Apple's and older drivers have none, and finds the
/// loader only under the name that development packages bring. The kernels here name the address space of every pointer, so both
/// limits are lifted: see <see cref="Admit"/> and <see cref="FindLoader"/>.
/// </remarks>
internal static class OpenClDevices
{
    private const string Name = "opencl";

    private static readonly Lazy<List<(DeviceInfo Info, nint Id)>> Listed = new(() => Find(CreateContext));

    private static int resolverIsSet;

    /// <summary>Those that can be used, then those that cannot; never empty. Asked for once.</summary>
    public static IReadOnlyList<DeviceInfo> List => [.. Listed.Value.Select(listed => listed.Info)];

    /// <summary>Whether the device <c>opencl</c> is a graphics card. A processor is faster through the host forms.</summary>
    public static bool HasGpu =>
        List[0] is { IsUsable: true } first && first.Reason.StartsWith(GraphicsCard, StringComparison.Ordinal);

    private const string GraphicsCard = "a graphics card";

    /// <summary>Opens the device of that name; null where there is none.</summary>
    /// <exception cref="DeviceException">It is there, but cannot be opened.</exception>
    public static KernelDevice? Open(string name, DeviceOptions options) =>
        Open(name, options, (context, accelerator) => new KernelEngine(context, accelerator));

    /// <inheritdoc cref="Open(string, DeviceOptions)"/>
    public static KernelDevice? Open(string name, DeviceOptions options, Func<Context, Accelerator, KernelEngine> engine)
    {
        if (Listed.Value.FirstOrDefault(listed => listed.Info.Name == name && listed.Info.IsUsable)
            is not { Info: not null } found)
        {
            return null;
        }

        var context = CreateContext();
        try
        {
            var device = context.Devices.OfType<CLDevice>().First(device => device.DeviceId == found.Id);
            return new KernelDevice(name, engine(context, device.CreateAccelerator(context)), options);
        }
        catch (Exception exception)
            when (exception is AcceleratorException or NotSupportedException)
        {
            context.Dispose();
            throw new DeviceException($"{name}: {KernelEngine.WordsOf(exception)}", exception);
        }
    }

    /// <summary>What the loader knows. A platform that fails is told in words, and so is one without a device.</summary>
    /// <param name="createContext">Asks all platforms for their devices.</param>
    internal static List<(DeviceInfo Info, nint Id)> Find(Func<Context> createContext)
    {
        FindLoader();
        if (!HasLoader(out var library))
        {
            return [(Missing($"no OpenCL loader: {library} is not installed"), 0)];
        }

        try
        {
            using var context = createContext();
            return Find(context);
        }
        catch (Exception exception)
            when (exception is AcceleratorException or CapabilityNotSupportedException or NotSupportedException)
        {
            return [(Missing($"a platform fails: {KernelEngine.WordsOf(exception)}"), 0)];
        }
    }

    private static List<(DeviceInfo Info, nint Id)> Find(Context context)
    {
        var found = context.Devices.OfType<CLDevice>()
            .Select(device => (Device: device, Obstacle: WhyNot(context, device)))
            .OrderBy(candidate => candidate.Obstacle is null ? 0 : 1)
            .ThenBy(candidate => IsGpu(candidate.Device) ? 0 : IsProcessor(candidate.Device) ? 2 : 1)
            .Select((candidate, i) => (
                new DeviceInfo(
                    i == 0 ? Name : $"{Name}:{i}", Describe(candidate.Device), candidate.Obstacle is null,
                    candidate.Obstacle ?? KindOf(candidate.Device)),
                candidate.Device.DeviceId))
            .ToList();
        return found.Count > 0 ? found
            : [(Missing("the OpenCL loader knows no platform with a device: install a driver"), 0)];
    }

    private static DeviceInfo Missing(string reason) => new(Name, "OpenCL device", IsUsable: false, reason);

    /// <summary>Opens the device and builds ILGPU's smallest kernels, as every use of it does.</summary>
    private static string? WhyNot(Context context, CLDevice device)
    {
        using var log = new DriverLog();
        try
        {
            device.CreateAccelerator(context).Dispose();
            return null;
        }
        catch (Exception exception)
            when (exception is AcceleratorException or NotSupportedException)
        {
            return $"{KernelEngine.WordsOf(exception)}.{log.Text}";
        }
    }

    private static Context CreateContext()
    {
        FindLoader();
        return KernelDevice.CreateContext(builder => builder.OpenCL(Admit));
    }

    /// <summary>Makes a device acceptable to ILGPU that lacks only the generic address space, or whose
    /// version of OpenCL says so.</summary>
    private static bool Admit(CLDevice device)
    {
        if (device.DeviceVersion < CLDeviceVersion.CL20)
        {
            // The version chooses -cl-std, and what ILGPU writes is OpenCL C 2.0 but for pointers without an address space.
            SetDeviceVersion(device, CLDeviceVersion.CL20);
        }

        if (!device.Capabilities.GenericAddressSpace)
        {
            SetGenericAddressSpace(device.Capabilities, true);
        }

        return true;
    }

    /// <summary>
    /// Loads the loader under the name that every system with a driver has; ILGPU asks for the one of development packages.
    /// </summary>
    private static void FindLoader()
    {
        if (Interlocked.Exchange(ref resolverIsSet, 1) == 0)
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, assembly, path) =>
                OperatingSystem.IsLinux() && name is "OpenCL" or "libOpenCL"
                && NativeLibrary.TryLoad("libOpenCL.so.1", out var library)
                    ? library
                    : 0);
        }
    }

    internal static bool HasLoader(out string name)
    {
        name = OperatingSystem.IsWindows() ? "OpenCL.dll"
            : OperatingSystem.IsMacOS() ? "/System/Library/Frameworks/OpenCL.framework/OpenCL" : "libOpenCL.so.1";
        return NativeLibrary.TryLoad(name, out _);
    }

    private static bool IsGpu(CLDevice device) => device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU);

    private static bool IsProcessor(CLDevice device) => device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU);

    private static string KindOf(CLDevice device) =>
        $"{(IsGpu(device) ? GraphicsCard : IsProcessor(device) ? "the processor" : "an accelerator")}, by {device.PlatformName}";

    private static string Describe(CLDevice device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device.Name}: {device.MemorySize / (double)(1 << 30):F1} GiB, {device.NumMultiprocessors} units, " +
        $"groups of {device.MaxNumThreadsPerGroup} threads and {device.MaxSharedMemoryPerGroup >> 10} KiB");

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_DeviceVersion")]
    private static extern void SetDeviceVersion(CLDevice device, CLDeviceVersion value);
}
