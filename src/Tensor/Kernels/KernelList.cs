using ILGPU;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>The types of kernels, found by calling every primitive on an engine that runs none.</summary>
internal static class KernelList
{
    /// <param name="others">Calls primitives with what other projects give them, such as functions of numbers.</param>
    public static IReadOnlyCollection<Type> All(Action<Device> others)
    {
        var types = new HashSet<Type>();
        foreach (var hasFastGroups in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (var precision in hasFastGroups ? Enum.GetValues<Precision>() : [Precision.Fp32])
            {
                using var device = new KernelDevice(
                    "kernels", new Engine(types, hasFastGroups), new DeviceOptions { Precision = precision });
                KernelTour.Run(device);
                others(device);
            }
        }

        return types;
    }

    /// <summary>A device that runs no kernels.</summary>
    public static KernelDevice Open(Precision precision) =>
        new("list", new Engine([], hasFastGroups: true), new DeviceOptions { Precision = precision });

    /// <summary>Whether a kernel has instructions of tensor cores.</summary>
    public static bool NeedsTensorCores(Type kernel) => kernel.DeclaringType == typeof(TensorCoreProduct);

    private sealed class Engine(HashSet<Type> types, bool hasFastGroups) : KernelEngine(KernelDevice.CpuContext())
    {
        public override bool HasFastGroups => hasFastGroups;

        public override bool HasTensorCores => true;

        public override void Launch<TKernel>(int extent, TKernel kernel) => types.Add(typeof(TKernel));

        public override void LaunchGroups<TKernel>(in KernelConfig config, TKernel kernel) => types.Add(typeof(TKernel));
    }
}
