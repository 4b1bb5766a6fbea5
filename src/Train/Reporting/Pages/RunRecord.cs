using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>A point of a curve.</summary>
internal readonly record struct CurvePoint(long Step, double Value);

/// <summary>A picture within a page.</summary>
/// <param name="Label">What it is of.</param>
/// <param name="Uri">The picture itself, as a data URI.</param>
internal sealed record PagePicture(string Label, string Uri)
{
    public const string Png = "image/png", Svg = "image/svg+xml";

    /// <summary>Content as a data URI.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="content">Of a file of that type.</param>
    public static string UriOf(string type, byte[] content) => $"data:{type};base64,{Convert.ToBase64String(content)}";
}

/// <summary>What a page tells of a run, by its files.</summary>
/// <param name="Curves">Each figure over the steps, where it is finite.</param>
/// <param name="Pictures">Sample pictures, the oldest first.</param>
/// <param name="Plots">Plots that evaluations drew.</param>
/// <param name="Settings">Each setting by its place in config.json.</param>
internal sealed record RunRecord(
    IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Curves, IReadOnlyList<PagePicture> Pictures,
    IReadOnlyList<PagePicture> Plots, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>The machines that it was trained on; none where they are not recorded.</summary>
    public IReadOnlyList<MachineRecord> Machines { get; private init; } = [];

    /// <summary>How probable a prior finds images; none for a run of a model.</summary>
    public IReadOnlyList<PriorRow> Prior { get; private init; } = [];

    /// <summary>Whether it is a prior's.</summary>
    public bool IsPrior { get; private init; }

    /// <summary>What its pictures are of.</summary>
    public string Subject { get; private init; } = "";

    public int ImagesPerStep { get; private init; }

    private IReadOnlyList<MetricsLine> Lines { get; init; } = [];

    /// <summary>The last line of metrics up to a step; one of step 0 where there is none.</summary>
    public MetricsLine LineAt(long step) => Lines.LastOrDefault(line => line.Step <= step) ?? new MetricsLine(0, 0, []);

    /// <exception cref="RunException">The folder holds no run.</exception>
    public static RunRecord Read(string path)
    {
        using var folder = RunFolder.OpenForReading(path);
        var lines = File.Exists(folder.MetricsPath) ? MetricsLog.Read(folder.MetricsPath) : [];
        var curves = new Dictionary<string, IReadOnlyList<CurvePoint>>(StringComparer.Ordinal);
        foreach (var figure in lines.SelectMany(line => line.Figures, (line, figure) => (line.Step, figure.Key, figure.Value))
            .Where(figure => double.IsFinite(figure.Value)).GroupBy(figure => figure.Key))
        {
            curves[figure.Key] = [.. figure.Select(point => new CurvePoint(point.Step, point.Value))];
        }

        var config = folder.ReadConfig();
        return new RunRecord(
            curves,
            [.. Some(Files(folder.SamplesPath, "step-*.png")).Select(
                file => new PagePicture(LabelOf(file), DataUri(PagePicture.Png, file)))],
            [.. Files(path, "codes-*.svg").Concat(Files(path, "codebook-*.svg")).Select(
                file => new PagePicture(Path.GetFileNameWithoutExtension(file), DataUri(PagePicture.Svg, file)))],
            ConfigFile.Settings(config))
        {
            Machines = MachineLog.Read(folder.MachinesPath),
            Prior = [.. PriorRow.Of(config, lines, Files(path, "evaluate-*.json"))],
            IsPrior = config.Task is PriorTaskOptions,
            Subject = SubjectOf(config),
            ImagesPerStep = config.Run.ImagesPerStep,
            Lines = lines,
        };
    }

    private static string SubjectOf(RunConfig config) => config.Task switch
    {
        PriorTaskOptions { Classes: > 0 } prior =>
            $"Samples of the prior, of the classes {string.Join(", ", prior.NamesOfClasses)} in turn",
        PriorTaskOptions => "Samples of the prior",
        _ => "Originals beside their reconstructions",
    };

    private static string[] Files(string folder, string pattern) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>At most so many as a page holds, evenly among them all.</summary>
    private static IEnumerable<string> Some(string[] files)
    {
        var count = Math.Min(files.Length, ReportPage.MostPictures);
        return Enumerable.Range(0, count).Select(i => files[count == 1 ? ^1 : (int)((long)i * (files.Length - 1) / (count - 1))]);
    }

    private static string LabelOf(string picture) => Path.GetFileNameWithoutExtension(picture).Split('-') is [var word, var step]
        ? $"{word} {step.TrimStart('0')}"
        : Path.GetFileNameWithoutExtension(picture);

    private static string DataUri(string type, string file)
    {
        try
        {
            return PagePicture.UriOf(type, File.ReadAllBytes(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(file, exception);
        }
    }
}
