using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace IlgpuVq.Tests.Ilgpu.Differential.Refusals;

/// <summary>A kernel that must not be loaded.</summary>
/// <param name="Load">Loads it.</param>
/// <param name="Reason">A regular expression for the part of the message that says what is not allowed.</param>
/// <param name="FirstLine">The line of the source where the kernel starts.</param>
/// <param name="Helper">The method below the kernel that is not allowed, if it is not the kernel itself.</param>
public sealed record RefusedKernel(Action<Accelerator> Load, string Reason, int FirstLine, string? Helper);

/// <summary>Refused kernels by name.</summary>
public sealed class RefusalSet
{
    private readonly Dictionary<string, RefusedKernel> kernels = [];

    public IEnumerable<string> Names => kernels.Keys;

    public RefusedKernel this[string name] => kernels[name];

    /// <summary>A kernel that reads x and writes y.</summary>
    public void Add(
        string name,
        string reason,
        Action<Index1D, ArrayView<int>, ArrayView<int>> kernel,
        string? helper = null,
        [CallerLineNumber] int line = 0) =>
        kernels.Add(name, new(accelerator => accelerator.LoadAutoGroupedStreamKernel(kernel), reason, line, helper));

    /// <summary>A kernel with groups.</summary>
    public void AddGrouped(
        string name,
        string reason,
        Action<ArrayView<int>, ArrayView<int>> kernel,
        [CallerLineNumber] int line = 0) =>
        kernels.Add(name, new(accelerator => accelerator.LoadStreamKernel(kernel), reason, line, Helper: null));
}
