using System.Text;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>What is known of a run's codes.</summary>
/// <param name="Survey">A look at its model; null for a model without codes, or where there is a problem.</param>
/// <param name="Problem">Why something is not known; null when all is.</param>
internal sealed record RunCodes(CodeSurvey? Survey, string? Problem = null);

/// <summary>The part of a page about the codes of a run: maps of its codebooks, their use, the codes of some images, and what
/// evaluations drew.</summary>
internal static class CodeSection
{
    /// <summary>Codes on all maps of a run by t-SNE, which takes the square of their number.</summary>
    public const int MostCodes = 4096;

    private const ulong Seed = 0;

    /// <param name="suffix">What the heading ends with.</param>
    /// <param name="codes">The run's codes; null for those that were not looked at.</param>
    /// <param name="plots">What evaluations drew.</param>
    public static string Of(string suffix, RunCodes? codes, IReadOnlyList<PagePicture> plots)
    {
        if (codes is not { Survey: not null } and not { Problem: not null } && plots.Count == 0)
        {
            return "";
        }

        var section = new StringBuilder();
        section.Append($"<section class=\"codes\"><h2>Codes{ReportPage.Text(suffix)}</h2>\n");
        if (codes?.Problem is { } problem)
        {
            section.Append($"<p class=\"problem\">{ReportPage.Text(problem)}</p>\n");
        }

        if (codes?.Survey is { } survey)
        {
            AddSurvey(section, survey);
        }

        if (plots.Count > 0)
        {
            section.Append("<h3>Plots of evaluations</h3>\n<div class=\"charts\">\n");
            foreach (var plot in plots)
            {
                AddPicture(section, plot.Label, plot.Uri);
            }

            section.Append("</div>\n");
        }

        section.Append("</section>\n");
        return section.ToString();
    }

    private static void AddSurvey(StringBuilder section, CodeSurvey survey)
    {
        section.Append(survey.Data is null
            ? "<p>How often codes are used is not known here: the images are not at hand.</p>\n"
            : $"<p>Counted over {survey.Images} images of {ReportPage.Text(survey.Data)}.</p>\n");
        var colours = new Dictionary<(string, int?), CodeColours>();
        var left = MostCodes;
        foreach (var level in survey.Levels)
        {
            var isWide = level.Width > EvaluationPlots.WidestCode;

            // Codes that are too wide for their components have the colours of their numbers.
            var components = isWide
                ? new PrincipalComponents([.. level.Codes.Select(code => (double)code)], new double[level.Codes.Count], 0, 0)
                : PrincipalComponents.Of(level.Vectors, level.Width);
            colours[(level.Grid, level.Level)] = new CodeColours(level, components.X, components.Y);
            section.Append($"<h3>{ReportPage.Text(TitleOf(level))}</h3>\n");
            left -= level.Codes.Count;
            section.Append(isWide || left < 0
                ? $"<p>No map: {(isWide ? $"its codes have {level.Width} numbers, maps at most {EvaluationPlots.WidestCode}"
                    : $"the maps of a run have at most {MostCodes} codes")}.</p>\n"
                : Maps(level, components));
        }

        AddUsage(section, survey);
        AddExamples(section, survey, colours);
    }

    private static string TitleOf(SurveyedLevel level) => (level.Grid == "codes" ? "Codebook" : $"Codebook of {level.Grid}")
        + (level.Level is { } number ? $", level {number}" : "");

    private static string Maps(SurveyedLevel level, PrincipalComponents components)
    {
        var title = TitleOf(level);
        var near = NeighboursOf(level);
        var some = level.Codes.Count < level.Size ? $" The {level.Codes.Count} most used of {level.Size} codes are shown." : "";
        var ramp = string.Concat(Enumerable.Range(0, CodebookMap.Colours).Select(colour => $"<span class=\"u{colour}\"></span>"));
        var dead = level.Counts.Contains(0) ? ", ✕ not used (only by principal components)" : "";
        var legend = level.Counts.Count == 0 ? "" : $"<span class=\"ramp\">{ramp}</span> rarely to often used{dead}. ";
        return $"""
            <div class="charts maps">
            {CodebookMap.Of($"{title}, t-SNE", level, near.X, near.Y)}{CodebookMap.Of(
                $"{title}, principal components", level, components.X, components.Y,
                (AxisOf("first", components.ShareX), AxisOf("second", components.ShareY)))}</div>
            <p class="legend">{legend}By t-SNE neighbours are near each other, and distances mean nothing else; principal
            components show distances, as far as two directions can.{some}</p>

            """;
    }

    /// <summary>The codes in use by t-SNE: dead ones, often most of them and all in one place, would push them aside.</summary>
    private static NeighbourEmbedding NeighboursOf(SurveyedLevel level)
    {
        int[] used = [.. Enumerable.Range(0, level.Codes.Count).Where(
            i => level.Counts.Count == 0 || level.Counts[i] > 0)];
        float[] rows = [.. used.SelectMany(i => level.Vectors.AsSpan(i * level.Width, level.Width).ToArray())];
        var map = NeighbourEmbedding.Of(rows, level.Width, PrincipalComponents.Of(rows, level.Width), Seed);
        var (x, y) = (new double[level.Codes.Count], new double[level.Codes.Count]);
        Array.Fill(x, double.NaN);
        Array.Fill(y, double.NaN);
        for (var i = 0; i < used.Length; i++)
        {
            (x[used[i]], y[used[i]]) = (map.X[i], map.Y[i]);
        }

        return new NeighbourEmbedding(x, y);
    }

    private static string AxisOf(string component, double share) =>
        FormattableString.Invariant($"{component} component, {100 * share:F1} % of the variance");

    private static void AddUsage(StringBuilder section, CodeSurvey survey)
    {
        if (survey.Usage.Count == 0)
        {
            return;
        }

        section.Append("<h3>Use of codes, the most used first</h3>\n<div class=\"charts\">\n");
        foreach (var grid in survey.Usage)
        {
            var title = FormattableString.Invariant(
                $"times used, {grid.Name}: perplexity {grid.Perplexity:F1}, {grid.CodesUsed} in use, {grid.DeadCodes} not");
            section.Append(CurveChart.Of(
                title, [.. grid.Levels.Select((level, i) => new CurveLine(i, $"level {i}", Ranked(level)))], "place", "usage"));
        }

        section.Append("</div>\n");
    }

    /// <summary>How often each code in use is used, the most used first.</summary>
    private static CurvePoint[] Ranked(LevelUsage level) => level.Counts.Max() == 0 ? [new CurvePoint(1, 0)]
        : [.. level.Counts.Where(count => count > 0).OrderDescending().Select((count, i) => new CurvePoint(i + 1, count))];

    private static void AddExamples(
        StringBuilder section, CodeSurvey survey, Dictionary<(string, int?), CodeColours> colours)
    {
        if (survey.Examples.Count == 0)
        {
            return;
        }

        section.Append("<h3>Codes of images</h3>\n<p>A colour for each code; codes that lie near each other have near ");
        section.Append("colours.</p>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Codes of images\">");
        section.Append("<table class=\"codemaps\">\n<thead><tr><th scope=\"col\">image</th><th scope=\"col\">original</th>");
        section.Append("<th scope=\"col\">reconstruction</th>");
        foreach (var (_, layout, level) in LevelsOf(survey))
        {
            section.Append($"<th scope=\"col\">{ReportPage.Text(NameOf(layout, level))} {layout.Height}×{layout.Width}</th>");
        }

        section.Append("</tr></thead>\n<tbody>\n");
        for (var i = 0; i < survey.Examples.Count; i++)
        {
            var (example, number) = (survey.Examples[i], i + 1);
            section.Append($"<tr><th scope=\"row\">{number}</th>");
            AddCell(section, $"Image {number}", example.Original);
            AddCell(section, $"Reconstruction of image {number}", example.Reconstruction);
            foreach (var (grid, layout, level) in LevelsOf(survey))
            {
                var places = layout.Height * layout.Width;
                var indices = example.Indices[grid].AsSpan(level * places, places);
                AddCell(
                    section, $"Codes of image {number}, {NameOf(layout, level)}: {Describe(indices, layout)}",
                    colours[(layout.Name, layout.Levels == 1 ? null : level)].ToPicture(indices, layout.Height, layout.Width));
            }

            section.Append("</tr>\n");
        }

        section.Append("</tbody></table></div>\n");
    }

    private static IEnumerable<(int Grid, CodeLayout Layout, int Level)> LevelsOf(CodeSurvey survey) =>
        from grid in Enumerable.Range(0, survey.Layouts.Count)
        from level in Enumerable.Range(0, survey.Layouts[grid].Levels)
        select (grid, survey.Layouts[grid], level);

    private static string NameOf(CodeLayout layout, int level) =>
        layout.Levels == 1 ? layout.Name : $"{layout.Name} level {level}";

    private static string Describe(ReadOnlySpan<int> indices, CodeLayout layout)
    {
        var counts = indices.ToArray().CountBy(index => index).ToArray();
        var (code, times) = counts.MaxBy(pair => pair.Value);
        return $"{layout.Height}×{layout.Width} indices of {counts.Length} different codes, most often {code}, "
            + (times == 1 ? "once" : $"{times} times");
    }

    private static void AddCell(StringBuilder section, string alt, DecodedImage image) => section.Append(
        $"<td><img alt=\"{ReportPage.Text(alt)}\" src=\"{PagePicture.UriOf(PagePicture.Png, ImageFile.ToPng(image))}\"></td>");

    private static void AddPicture(StringBuilder section, string label, string uri)
    {
        section.Append($"<figure><img src=\"{uri}\" alt=\"{ReportPage.Text(label)}\">");
        section.Append($"<figcaption>{ReportPage.Text(label)}</figcaption></figure>\n");
    }
}
