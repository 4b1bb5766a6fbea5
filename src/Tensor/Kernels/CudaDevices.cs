using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>The CUDA devices by the names <c>cuda</c>, <c>cuda:1</c>, …, in the order of the driver.</summary>
internal static class CudaDevices
{
    private const string Name = "cuda";

    private static readonly Lazy<IReadOnlyList<DeviceInfo>> Listed = new(() => [.. Find()]);

    /// <summary>Those that can be used, or one that tells why there is none. Asked for once.</summary>
    public static IReadOnlyList<DeviceInfo> List => Listed.Value;

    /// <summary>Whether the device <c>cuda</c> can be used.</summary>
    public static bool HasUsable => List[0].IsUsable;

    /// <summary>Opens the device of that name; null where there is none.</summary>
    /// <exception cref="DeviceException">It is there, but cannot be opened.</exception>
    public static KernelDevice? Open(string name, DeviceOptions options)
    {
        if (!name.StartsWith(Name, StringComparison.Ordinal))
        {
            // The driver takes its time to start.
            return null;
        }

        var number = List.Select((info, i) => info is { IsUsable: true } && info.Name == name ? i : -1).Max();
        if (number < 0)
        {
            return null;
        }

        var context = CreateContext();
        try
        {
            return new KernelDevice(name, new KernelEngine(context, context.CreateCudaAccelerator(number)), options);
        }
        catch (Exception exception)
            when (exception is AcceleratorException or ArgumentOutOfRangeException or NotSupportedException)
        {
            context.Dispose();
            throw new DeviceException($"{name}: {exception.Message}", exception);
        }
    }

    private static DeviceInfo[] Find()
    {
        using var context = CreateContext();
        DeviceInfo[] usable =
        [
            .. context.Devices.OfType<CudaDevice>().Select((device, i) => new DeviceInfo(
                i == 0 ? Name : $"{Name}:{i}", Describe(device), IsUsable: true,
                $"compute capability {device.Architecture?.Major}.{device.Architecture?.Minor}, PTX {device.InstructionSet}")),
        ];
        return usable.Length > 0 ? usable : [new DeviceInfo(Name, "NVIDIA GPU", IsUsable: false, CudaDriver.WhyNoDevice())];
    }

    private static Context CreateContext() => KernelDevice.CreateContext(builder => builder.Cuda());

    private static string Describe(CudaDevice device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device.Name}: {device.MemorySize / (double)(1 << 30):F1} GiB, {device.NumMultiprocessors} multiprocessors, " +
        $"groups of {device.MaxNumThreadsPerGroup} threads and {device.MaxSharedMemoryPerGroup >> 10} KiB");
}
