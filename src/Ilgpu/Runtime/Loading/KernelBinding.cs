using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>Which kernel a launching delegate belongs to.</summary>
public static class KernelBinding
{
    private static readonly ConditionalWeakTable<Delegate, Kernel> Kernels = [];

    /// <summary>The kernel that a delegate of <see cref="KernelLoaders"/> launches.</summary>
    /// <exception cref="ArgumentException">The delegate does not come from there.</exception>
    public static Kernel GetKernel<TDelegate>(this TDelegate kernelDelegate)
        where TDelegate : Delegate => Kernels.TryGetValue(kernelDelegate, out var kernel)
        ? kernel
        : throw new ArgumentException(
            $"GetKernel: expected a delegate of a loaded kernel; got {kernelDelegate.Method.Name}.",
            nameof(kernelDelegate));

    /// <summary>Remembers that the delegate launches the kernel.</summary>
    internal static TDelegate Bind<TDelegate>(this Kernel kernel, TDelegate launch)
        where TDelegate : Delegate
    {
        Kernels.Add(launch, kernel);
        return launch;
    }
}
