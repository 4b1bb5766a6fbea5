using System.Globalization;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>The OpenCL devices by the names <c>opencl</c>, <c>opencl:1</c>, …: graphics cards first, then what is left.</summary>
internal static class OpenClDevices
{
    private const string Name = "opencl";

    private static readonly Lazy<IReadOnlyList<DeviceInfo>> Listed = new(() => [.. Find()]);
    private static readonly Lazy<bool> FirstIsGpu = new(() =>
    {
        using var context = CreateContext();
        return InOrder(context) is [var first, ..] && IsGpu(first);
    });

    /// <summary>Those that can be used, then those that cannot; never empty. Asked for once.</summary>
    public static IReadOnlyList<DeviceInfo> List => Listed.Value;

    /// <summary>Whether the device <c>opencl</c> is a graphics card. A processor is faster through the host forms.</summary>
    public static bool HasGpu => FirstIsGpu.Value;

    /// <summary>Opens the device of that name; null where there is none.</summary>
    /// <exception cref="DeviceException">It is there, but cannot be opened.</exception>
    public static KernelDevice? Open(string name, DeviceOptions options)
    {
        var number = List.Select((info, i) => info is { IsUsable: true } && info.Name == name ? i : -1).Max();
        if (number < 0)
        {
            return null;
        }

        var context = CreateContext();
        try
        {
            return new KernelDevice(name, context, InOrder(context)[number].CreateAccelerator(context), options);
        }
        catch (Exception exception) when (exception is AcceleratorException or ArgumentOutOfRangeException)
        {
            context.Dispose();
            throw new DeviceException($"{name}: {exception.Message}", exception);
        }
    }

    private static IEnumerable<DeviceInfo> Find()
    {
        using var context = CreateContext();
        var usable = InOrder(context).Select(device => (Description: Describe(device), IsUsable: true, Reason: KindOf(device)));
        var others = OwnIlgpu.UnusableOpenCl().Select(device => (device.Description, IsUsable: false, device.Reason));
        return usable.Concat(others).Select(
            (device, i) => new DeviceInfo(i == 0 ? Name : $"{Name}:{i}", device.Description, device.IsUsable, device.Reason));
    }

    private static Context CreateContext() => Context.Create(builder => builder.OpenCL().EnableAlgorithms());

    private static CLDevice[] InOrder(Context context) =>
        [.. context.Devices.OfType<CLDevice>().OrderBy(device => IsGpu(device) ? 0 : IsProcessor(device) ? 2 : 1)];

    private static bool IsGpu(CLDevice device) => device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU);

    private static bool IsProcessor(CLDevice device) => device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU);

    private static string KindOf(CLDevice device) =>
        $"{(IsGpu(device) ? "a graphics card" : IsProcessor(device) ? "the processor" : "an accelerator")}, by {device.PlatformName}";

    private static string Describe(CLDevice device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device.Name}: {device.MemorySize / (double)(1 << 30):F1} GiB, {device.NumMultiprocessors} units, " +
        $"groups of {device.MaxNumThreadsPerGroup} threads and {device.MaxSharedMemoryPerGroup >> 10} KiB");
}
