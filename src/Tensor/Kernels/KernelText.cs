using System.Reflection;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>A kernel of the primitives, to read.</summary>
/// <param name="Name">Type and method, with type arguments.</param>
/// <param name="Form">What was read of its intermediate language, one operation a line, after optimization.</param>
/// <param name="OpenCl">The OpenCL C that is made of it; null for kernels of tensor cores, which only CUDA devices run.</param>
/// <param name="Ptx">The PTX that is made of it, for NVIDIA devices of compute capability 8.0 and later.</param>
public sealed record KernelText(string Name, string Form, string? OpenCl, string Ptx)
{
    /// <summary>The kernels of all primitives, each for every operator that it is used with, ordered by name.</summary>
    /// <remarks>No device is needed. Primitives that have a form for one thread per result and one for groups show both.</remarks>
    /// <exception cref="DeviceException">The program was built with the package ILGPU, which does not show its code.</exception>
    public static IReadOnlyList<KernelText> All()
    {
        var texts = new SortedDictionary<string, KernelText>(StringComparer.Ordinal);
        foreach (var hasFastGroups in (ReadOnlySpan<bool>)[false, true])
        {
            using var device = KernelDevice.OpenCpu(new DeviceOptions(), hasFastGroups);
            device.KernelLoaded = kernel =>
            {
                Add(OwnIlgpu.TextOf(kernel, isOnlyForCuda: false));
                foreach (var counterpart in OnTensorCores(kernel))
                {
                    Add(OwnIlgpu.TextOf(counterpart, isOnlyForCuda: true));
                }
            };
            KernelTour.Run(device);
        }

        return [.. texts.Values];

        void Add(KernelText text) => texts[text.Name] = text;
    }

    /// <summary>What tensor cores run in the place of a kernel: nothing, or both formats, one with large and one with small tiles.</summary>
    private static IEnumerable<Delegate> OnTensorCores(Delegate kernel)
    {
        var method = kernel.Method;
        if (method.DeclaringType != typeof(TileProduct))
        {
            return [];
        }

        Type[][] variants = method.Name == nameof(TileProduct.Multiply)
            ? [[typeof(LargeTiles), typeof(TensorFloat32)], [typeof(SmallTiles), typeof(BFloat16)]]
            : [[typeof(TensorFloat32)], [typeof(BFloat16)]];
        var counterpart = typeof(TensorCoreProduct).GetMethod(method.Name, BindingFlags.Static | BindingFlags.Public)!;
        return variants.Select(variant =>
            counterpart.MakeGenericMethod([.. method.GetGenericArguments(), .. variant]).CreateDelegate(kernel.GetType()));
    }
}
