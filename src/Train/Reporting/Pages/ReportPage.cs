using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>One HTML page about one run or several: figures, curves, sample pictures, plots of evaluations, settings. It refers
/// to nothing outside of itself, so that it can be sent and opened from a file.</summary>
internal static class ReportPage
{
    /// <summary>Pictures of a run at most, the first and the last among them.</summary>
    public const int MostPictures = 12;

    private const string None = "–";

    /// <summary>Figures that come first, in this order; the others follow by name.</summary>
    private static readonly string[] First =
        ["loss", "nmse", "val_nmse", "val_psnr", "val_ssim", "recon", "vq", "perplexity", "codes_used"];

    /// <param name="paths">The folders of the runs.</param>
    /// <param name="codes">What is known of the codes of each run.</param>
    /// <exception cref="RunException">A folder holds no run, or cannot be read.</exception>
    public static byte[] Of(IReadOnlyList<string> paths, IReadOnlyList<RunCodes> codes)
    {
        var comparison = RunComparison.Of(paths);
        var runs = paths.Select(RunRecord.Read).ToArray();
        var title = string.Join(", ", paths.Select(NameOf));
        var page = new StringBuilder();
        page.Append(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)}</title>
            <style>
            {Resource("report.css")}
            </style>
            </head>
            <body>
            <header><h1>{Text(title)}</h1></header>
            <main>

            """);
        AddSummaries(page, comparison);
        AddCurves(page, paths, runs);
        for (var i = 0; i < runs.Length; i++)
        {
            var suffix = runs.Length == 1 ? "" : $": {NameOf(paths[i])}";
            page.Append(PriorSection.Of(suffix, runs[i].Prior));
            AddPictures(page, suffix, runs[i]);
            page.Append(CodeSection.Of(suffix, codes[i], runs[i].Plots));
        }

        page.Append(MachineSection.Of([.. paths.Select(NameOf)], runs));
        AddSettings(page, paths, runs);
        page.Append(
            $"""
            </main>
            <script>
            {Resource("report.js")}
            </script>
            </body>
            </html>

            """);
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    /// <summary>What is text, not tags.</summary>
    internal static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>The text of a file that pages are made of.</summary>
    internal static string Resource(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static void AddSummaries(StringBuilder page, RunComparison comparison)
    {
        page.Append("<section aria-labelledby=\"figures\"><h2 id=\"figures\">Figures</h2>\n");
        page.Append("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Figures\"><table>\n");
        page.Append("<thead><tr><th scope=\"col\">run</th><th scope=\"col\">model</th><th scope=\"col\">data</th>");
        page.Append("<th scope=\"col\">step</th>");
        string[] names = [.. InOrder(comparison.Runs.SelectMany(run => run.Figures.Keys))];
        foreach (var name in names)
        {
            Add(page, $"<th scope=\"col\">{Text(Words(name))}</th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        var series = 0;
        foreach (var run in comparison.Runs)
        {
            Add(page, $"<tr><th scope=\"row\"><span class=\"key s{series++ % 6}\"></span>");
            Add(page, $"{Text(NameOf(run.Run))}</th><td>{Text(run.Model ?? None)}</td>");
            Add(page, $"<td>{Text(run.Data ?? None)}</td>");
            Add(page, $"<td>{run.Step}{(run.Steps is { } steps ? $" of {steps}" : "")}</td>");
            foreach (var name in names)
            {
                var figure = run.Figures.TryGetValue(name, out var value) ? Number(value ?? double.NaN) : None;
                Add(page, $"<td>{figure}</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
        foreach (var problem in comparison.Runs.Select(run => run.Problem).OfType<string>())
        {
            Add(page, $"<p class=\"problem\">{Text(problem)}</p>\n");
        }

        page.Append("</section>\n");
    }

    private static void AddCurves(StringBuilder page, IReadOnlyList<string> paths, RunRecord[] runs)
    {
        page.Append("<section aria-labelledby=\"curves\"><h2 id=\"curves\">Curves</h2>\n<div class=\"charts\">\n");
        foreach (var name in InOrder(runs.SelectMany(run => run.Curves.Keys)))
        {
            var lines = runs.Select((run, i) => new CurveLine(i, NameOf(paths[i]), run.Curves.GetValueOrDefault(name, [])))
                .Where(line => line.Points.Count > 0).ToArray();
            page.Append(CurveChart.Of(Words(name), lines));
        }

        page.Append("</div></section>\n");
    }

    private static void AddPictures(StringBuilder page, string suffix, RunRecord run)
    {
        if (run.Pictures is [.., var last])
        {
            var all = JsonSerializer.Serialize(run.Pictures.Select(picture => new object[] { picture.Label, picture.Uri }));
            Add(page, $"""
                <section><h2>{(run.IsPrior ? "Samples" : "Originals beside reconstructions")}{Text(suffix)}</h2>
                <figure class="samples" data-subject="{Text(run.Subject)}">
                <img src="{last.Uri}" alt="{Text(run.Subject)}, {Text(last.Label)}">
                <label{(run.Pictures.Count > 1 ? "" : " hidden")}>over time <input type="range"
                min="0" max="{run.Pictures.Count - 1}" value="{run.Pictures.Count - 1}" aria-valuetext="{Text(last.Label)}">
                <output>{Text(last.Label)}</output></label>
                <script type="application/json">{all}</script>
                </figure></section>

                """);
        }
    }

    private static void AddSettings(StringBuilder page, IReadOnlyList<string> paths, RunRecord[] runs)
    {
        page.Append("<section aria-labelledby=\"settings\"><h2 id=\"settings\">Settings</h2>\n");
        page.Append("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Settings\"><table>\n");
        page.Append("<thead><tr><th scope=\"col\">setting</th>");
        foreach (var path in paths)
        {
            Add(page, $"<th scope=\"col\">{Text(NameOf(path))}</th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var name in runs.SelectMany(run => run.Settings.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            string[] values = [.. runs.Select(run => run.Settings.GetValueOrDefault(name, None))];
            var differs = values.Distinct().Count() > 1;
            Add(page, $"<tr{(differs ? " class=\"differs\"" : "")}>");
            Add(page, $"<th scope=\"row\">{Text(name)}</th>");
            foreach (var value in values)
            {
                Add(page, $"<td>{Text(value)}</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div></section>\n");
    }

    private static string Words(string figure) => figure.Replace('_', ' ');

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);

    private static IOrderedEnumerable<string> InOrder(IEnumerable<string> figures) => figures.Distinct()
        .OrderBy(name => Array.IndexOf(First, name) is >= 0 and var place ? place : First.Length)
        .ThenBy(name => name, StringComparer.Ordinal);

    private static void Add(StringBuilder page, FormattableString text) => page.Append(FormattableString.Invariant(text));
}
