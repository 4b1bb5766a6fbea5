using IlgpuVq.Models;

namespace IlgpuVq.Train.Config;

/// <summary>All tasks.</summary>
internal static class TaskKinds
{
    /// <summary>The one place that lists them; the first is that of files which name none.</summary>
    public static IReadOnlyList<Kind<TaskOptions>> All { get; } =
    [
        new("reconstruction", new TaskOptions()),
        new("adversarial", new AdversarialOptions()),
    ];
}
