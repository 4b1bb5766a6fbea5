using System.Text.Json.Serialization;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Runs;

/// <summary>How far a run has come, by its files alone.</summary>
/// <param name="Run">Its folder.</param>
/// <param name="Model">The family of its model, or of a prior and of the model whose codes it learns; null where the config
/// cannot be read.</param>
/// <param name="Data">What it trains on.</param>
/// <param name="Step">Steps done: those of the last line of metrics, or of the newest checkpoint where that is later.</param>
/// <param name="Steps">Steps that it was asked for.</param>
/// <param name="Figures">The last line of metrics, by name; null for NaN.</param>
/// <param name="Checkpoints">The steps of its checkpoints, the oldest first.</param>
/// <param name="Best">The step of the checkpoint that <c>best</c> names, by its header; null for none.</param>
/// <param name="Changed">When it last wrote one of these files.</param>
/// <param name="Problem">Why something is not known; null when all is.</param>
internal sealed record RunSummary(
    string Run, string? Model, string? Data, long Step, long? Steps, IReadOnlyDictionary<string, double?> Figures,
    IReadOnlyList<long> Checkpoints, long? Best, DateTime Changed, string? Problem)
{
    /// <summary>Looks at a run, beside the process that trains it too.</summary>
    /// <returns>The summary, and each setting by its place in config.json.</returns>
    /// <exception cref="RunException">The folder holds no run.</exception>
    public static (RunSummary Summary, SortedDictionary<string, string> Settings) Of(string path)
    {
        using var folder = RunFolder.OpenForReading(path);
        string? problem = null;
        var config = Try(() => folder.ReadConfig());
        var lines = File.Exists(folder.MetricsPath) ? Try(() => MetricsLog.Read(folder.MetricsPath)) ?? [] : [];
        var checkpoints = folder.OpenCheckpoints().List();
        var errors = checkpoints.Select(checkpoint => (checkpoint.Step, Error: checkpoint.ReadError()))
            .Where(pair => double.IsFinite(pair.Error)).ToArray();
        var step = Math.Max(lines.Count > 0 ? lines[^1].Step : 0, checkpoints.Count > 0 ? checkpoints[0].Step : 0);
        var figures = lines.Count == 0
            ? []
            : lines[^1].Figures.ToDictionary(
                figure => figure.Key, figure => double.IsFinite(figure.Value) ? figure.Value : (double?)null);
        string[] files = [folder.ConfigPath, folder.MetricsPath, .. checkpoints.Select(checkpoint => checkpoint.Path)];
        var summary = new RunSummary(
            path, config is null ? null : ModelOf(config), config?.Data.Name, step, config?.Run.Steps, figures,
            [.. checkpoints.Select(checkpoint => checkpoint.Step).Order()],
            errors.Length > 0 ? errors.MinBy(pair => pair.Error).Step : null,
            files.Where(File.Exists).Select(File.GetLastWriteTimeUtc).Append(DateTime.MinValue).Max(), problem);
        return (summary, config is null ? [] : ConfigFile.Settings(config));

        T? Try<T>(Func<T> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (UserException exception)
            {
                problem ??= exception.Message;
                return null;
            }
        }
    }

    private static string ModelOf(RunConfig config) => config.Task is PriorTaskOptions task
        ? $"{task.Prior.Family} of {config.Model.Family}"
        : config.Model.Family;

    /// <summary>The runs directly below a folder, or the folder itself where it is one, by name.</summary>
    /// <exception cref="RunException">There is no such folder.</exception>
    public static IReadOnlyList<string> Find(string folder)
    {
        try
        {
            return IsRun(folder)
                ? [folder]
                : [.. Directory.EnumerateDirectories(folder).Where(IsRun).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunException(
                folder, "a folder of runs", Path.Exists(folder) ? "one that cannot be read" : "no folder of that name",
                "Check the path.", exception);
        }
    }

    private static bool IsRun(string folder)
    {
        try
        {
            RunFolder.OpenForReading(folder).Dispose();
            return true;
        }
        catch (RunException)
        {
            return false;
        }
    }
}

/// <summary>Runs beside each other.</summary>
/// <param name="Runs">Each run.</param>
/// <param name="Differences">Each setting that not all have alike: its value in each run, null where the run does not have
/// it.</param>
internal sealed record RunComparison(
    IReadOnlyList<RunSummary> Runs, IReadOnlyDictionary<string, IReadOnlyList<string?>> Differences)
{
    /// <exception cref="RunException">A folder holds no run.</exception>
    public static RunComparison Of(IEnumerable<string> paths)
    {
        var runs = paths.Select(RunSummary.Of).ToArray();
        var differences = new SortedDictionary<string, IReadOnlyList<string?>>(StringComparer.Ordinal);
        foreach (var key in runs.SelectMany(run => run.Settings.Keys).Distinct())
        {
            string?[] values = [.. runs.Select(run => run.Settings.GetValueOrDefault(key))];
            if (values.Distinct().Count() > 1)
            {
                differences[key] = values;
            }
        }

        return new RunComparison([.. runs.Select(run => run.Summary)], differences);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<RunSummary>))]
[JsonSerializable(typeof(RunComparison))]
internal sealed partial class RunSummaryJson : JsonSerializerContext;
