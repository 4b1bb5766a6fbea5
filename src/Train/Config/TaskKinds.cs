using IlgpuVq.Models;

namespace IlgpuVq.Train.Config;

/// <summary>All tasks.</summary>
internal static class TaskKinds
{
    private const string Prior = "prior";

    /// <summary>The one place that lists them; the first is that of files which name none.</summary>
    public static IReadOnlyList<Kind<TaskOptions>> All { get; } =
    [
        new("reconstruction", new ReconstructionOptions()),
        new("adversarial", new AdversarialOptions()),
        new(Prior, new PriorTaskOptions()),
    ];

    /// <summary>Those of images, which train models.</summary>
    public static IReadOnlyList<Kind<TaskOptions>> OfImages { get; } = [.. All.Where(kind => kind.Name != Prior)];

    /// <summary>That of codes, which trains priors.</summary>
    public static IReadOnlyList<Kind<TaskOptions>> OfPriors { get; } = [.. All.Where(kind => kind.Name == Prior)];

    /// <summary>Those that could stand in the place of a task.</summary>
    public static IReadOnlyList<Kind<TaskOptions>> Beside(TaskOptions task) => task is PriorTaskOptions ? OfPriors : OfImages;
}
