using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>A point of a curve.</summary>
internal readonly record struct CurvePoint(long Step, double Value);

/// <summary>A picture within a page.</summary>
/// <param name="Label">What it is of.</param>
/// <param name="Uri">The picture itself, as a data URI.</param>
internal sealed record PagePicture(string Label, string Uri);

/// <summary>What a page tells of a run, by its files.</summary>
/// <param name="Curves">Each figure over the steps, where it is finite.</param>
/// <param name="Pictures">Sample pictures, the oldest first.</param>
/// <param name="Plots">Plots that evaluations drew.</param>
/// <param name="Settings">Each setting by its place in config.json; none where that cannot be read.</param>
internal sealed record RunRecord(
    IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Curves, IReadOnlyList<PagePicture> Pictures,
    IReadOnlyList<PagePicture> Plots, IReadOnlyDictionary<string, string> Settings)
{
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

        return new RunRecord(
            curves,
            [.. Some(Files(folder.SamplesPath, "step-*.png")).Select(
                file => new PagePicture(LabelOf(file), DataUri("image/png", file)))],
            [.. Files(path, "codes-*.svg").Concat(Files(path, "codebook-*.svg")).Select(
                file => new PagePicture(Path.GetFileNameWithoutExtension(file), DataUri("image/svg+xml", file)))],
            ConfigFile.Settings(folder.ReadConfig()));
    }

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
            return $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(file))}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(file, exception);
        }
    }
}
