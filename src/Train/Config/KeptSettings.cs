using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Config;

/// <summary>Why settings are those of a run, and may not become others: what messages say of it.</summary>
/// <param name="run">Whose they are, with an article.</param>
/// <param name="theRun">The same, once known.</param>
/// <param name="otherwise">What to do to have others.</param>
internal sealed class KeptSettings(string run, string theRun, string otherwise)
{
    /// <summary>Of a run that <c>--resume</c> goes on with.</summary>
    public static KeptSettings OfResumed { get; } =
        new("a run that goes on", "the run that goes on", "start a new run with another --run");

    /// <summary>Of a run that <c>explain --run</c> shows.</summary>
    public static KeptSettings OfExplained { get; } =
        new("the step of a run", "the run", "leave --run out for a step by options alone");

    /// <summary>An option that says many settings at once.</summary>
    public RunException RefuseAll(string option, string got) =>
        new(option, $"none for {run}: it keeps its settings", got, $"Leave the option out, or {otherwise}.");

    /// <summary>Another value of a setting.</summary>
    public RunException RefuseValue(string option, string before, string got) =>
        new(option, $"{before}, as {theRun} was started with", got, $"Leave the option out, or {otherwise}.");

    /// <summary>Another kind of a part.</summary>
    public RunException RefuseKinds(string options) =>
        new(options, $"those that {theRun} was started with", "others", $"Leave them out, or {otherwise}.");
}
