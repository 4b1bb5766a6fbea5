using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Train.Profiling;

/// <summary>Which texts of kernels are shown.</summary>
internal enum SourceLanguage
{
    /// <summary>None, only where the C# is.</summary>
    None,

    /// <summary>OpenCL C.</summary>
    Opencl,

    /// <summary>PTX, for NVIDIA devices.</summary>
    Ptx,
}

/// <summary>A kernel of a step.</summary>
/// <param name="Number">From 1, in the order of first launches; k1 is the first.</param>
/// <param name="Name">Its type.</param>
/// <param name="Places">Where its C# is, and that of its functions.</param>
/// <param name="Launches">How often it is launched in a step.</param>
/// <param name="Text">What it is compiled to; null where that was not asked for, or there is no such form of it.</param>
internal sealed record KernelSource(int Number, string Name, IReadOnlyList<string> Places, int Launches, string? Text);

/// <summary>The kernels of an explained step, numbered.</summary>
internal sealed class KernelSources
{
    private readonly Dictionary<Type, int> numbers = [];

    public KernelSources(StepExplanation step, SourceLanguage language, SourcePlaces places)
    {
        Type[] types =
        [
            .. step.Nodes.SelectMany(node => node.Forward.Kernels)
                .Concat(step.Nodes.Reverse().SelectMany(node => node.Backward.Kernels))
                .Concat(step.Others.SelectMany(other => other.Cost.Kernels))
                .Concat(step.LaunchesOf.Keys).Distinct(),
        ];
        var texts = language == SourceLanguage.None ? null : KernelText.Of(types);
        All =
        [
            .. types.Select((type, i) => new KernelSource(
                numbers[type] = i + 1, KernelText.NameOf(type), places.Of(type), step.LaunchesOf.GetValueOrDefault(type),
                language == SourceLanguage.Opencl ? texts![i].OpenCl : texts?[i].Ptx)),
        ];
    }

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<KernelSource> All { get; }

    /// <summary>The numbers of some kernels, each once.</summary>
    public IEnumerable<int> NumbersOf(WorkCost cost) => cost.Kernels.Select(kernel => numbers[kernel]).Distinct();
}
