using System.Globalization;
using System.Text;
using System.Text.Json;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>How probable a prior finds images.</summary>
/// <param name="Images">Which.</param>
/// <param name="Nats">The mean of −ln p of an index.</param>
/// <param name="BitsPerImage">−log₂ p of the codes of an image, its mean.</param>
/// <param name="BitsPerDimension">The same divided by the numbers of an image.</param>
/// <param name="Accuracy">The part of indices that are the likeliest code.</param>
internal sealed record PriorRow(string Images, double Nats, double BitsPerImage, double BitsPerDimension, double Accuracy)
{
    /// <summary>What a prior's lines of metrics and its evaluations say; none for a run of a model.</summary>
    /// <param name="config">The run's.</param>
    /// <param name="lines">Its lines of metrics.</param>
    /// <param name="evaluations">The files of its evaluations.</param>
    public static IEnumerable<PriorRow> Of(
        RunConfig config, IReadOnlyList<MetricsLine> lines, IEnumerable<string> evaluations)
    {
        if (config.Task is not PriorTaskOptions task)
        {
            yield break;
        }

        if (lines.LastOrDefault(line => !double.IsNaN(line[MetricNames.HeldNats])) is { } last)
        {
            var (nats, numbers) = (last[MetricNames.HeldNats], config.Data.Channels * config.Data.Height * config.Data.Width);
            var bits = nats * task.Layouts.Sum(layout => layout.IndicesPerImage) / Math.Log(2);
            yield return new PriorRow(
                $"held out, step {last.Step}", nats, bits, bits / numbers, last[MetricNames.HeldAccuracy]);
        }

        foreach (var row in evaluations.Select(Read).OfType<PriorRow>())
        {
            yield return row;
        }
    }

    /// <summary>The row of an <c>evaluate-SPLIT.json</c>; null for one that says nothing of a prior, or cannot be read.</summary>
    private static PriorRow? Read(string path)
    {
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path));
            var (all, prior) = (file.RootElement, file.RootElement.GetProperty("prior"));
            return new PriorRow(
                $"{Path.GetFileName(all.GetProperty("data").GetString())}, {all.GetProperty("split").GetString()}, all "
                    + $"{all.GetProperty("images").GetInt32()}, step {all.GetProperty("step").GetInt64()}",
                prior.GetProperty("nats_per_index").GetDouble(), prior.GetProperty("bits_per_image").GetDouble(),
                prior.GetProperty("bits_per_dimension").GetDouble(), prior.GetProperty("accuracy").GetDouble());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}

/// <summary>The part of a page about how well a prior knows codes.</summary>
internal static class PriorSection
{
    /// <param name="suffix">What the heading ends with.</param>
    /// <param name="rows">Of each set of images.</param>
    public static string Of(string suffix, IReadOnlyList<PriorRow> rows)
    {
        if (rows.Count == 0)
        {
            return "";
        }

        var section = new StringBuilder($"<section class=\"prior\"><h2>Prior{ReportPage.Text(suffix)}</h2>\n");
        section.Append("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Prior\"><table>\n<thead><tr>");
        foreach (var name in (string[])["images", "nats of an index", "bits of an image", "bits of a dimension", "guessed"])
        {
            section.Append($"<th scope=\"col\">{name}</th>");
        }

        section.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in rows)
        {
            section.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{ReportPage.Text(row.Images)}</th>");
            section.Append(CultureInfo.InvariantCulture, $"<td>{row.Nats:F4}</td><td>{row.BitsPerImage:F1}</td>");
            section.Append(CultureInfo.InvariantCulture, $"<td>{row.BitsPerDimension:F4}</td>");
            section.Append(CultureInfo.InvariantCulture, $"<td>{100 * row.Accuracy:F1} %</td></tr>\n");
        }

        section.Append("</tbody></table></div></section>\n");
        return section.ToString();
    }
}
