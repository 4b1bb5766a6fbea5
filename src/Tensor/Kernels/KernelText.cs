namespace IlgpuVq.Tensors.Kernels;

/// <summary>A kernel of the primitives, to read.</summary>
/// <param name="Name">Type and method, with type arguments.</param>
/// <param name="Form">What was read of its intermediate language, one operation a line, after optimization.</param>
/// <param name="OpenCl">The OpenCL C that is made of it.</param>
/// <param name="Ptx">The PTX that is made of it, for NVIDIA devices of compute capability 8.0 and later.</param>
public sealed record KernelText(string Name, string Form, string OpenCl, string Ptx)
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
                var text = OwnIlgpu.TextOf(kernel);
                texts[text.Name] = text;
            };
            KernelTour.Run(device);
        }

        return [.. texts.Values];
    }
}
