using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Reporting.Pages;
using IlgpuVq.Train.Runs;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Reporting.Pages;

/// <summary>Pages about runs.</summary>
public sealed class ReportPageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Training_ends_with_a_page_of_its_figures_pictures_and_settings()
    {
        var page = PageOf(Train("run", "--steps", "6", "--sample-every", "2"));
        var lines = MetricsLog.Read(folder.At("run/metrics.jsonl"));
        var charts = Charts(page);
        Assert.Equal(lines[0].Figures.Select(figure => figure.Key.Replace('_', ' ')).Order(), charts.Keys.Order());
        foreach (var (name, value) in lines.SelectMany(line => line.Figures))
        {
            Assert.Contains(((float)value).ToString("G5"), charts[name.Replace('_', ' ')].Select(point => point.Value));
        }

        Assert.Equal([2L, 4, 6], charts["loss"].Select(point => point.Step));
        Assert.Equal(["step 2", "step 4", "step 6"], Pictures(page).Select(picture => picture.Label));
        Assert.Equal(
            Directory.GetFiles(folder.At("run/samples")).Order().Select(File.ReadAllBytes),
            Pictures(page).Select(picture => Convert.FromBase64String(picture.Uri.Split(',')[1])));
        Assert.Contains("<th scope=\"row\">model.quantizer.codes</th><td>16</td>", page, StringComparison.Ordinal);
        AssertStandsAlone(page);
    }

    [Fact]
    public void Several_runs_are_compared_and_what_differs_is_marked()
    {
        var (a, b) = (Train("a", "--steps", "4"), Train("b", "--steps", "4", "--lr", "0.5"));
        Assert.Equal(0, Invoke("evaluate", "--run", a).Code);
        var output = folder.At("both.html");
        var (code, said, _) = Invoke("report", "--run", a, "--run", b, "--output", output);
        Assert.Equal((0, $"wrote {output}\n"), (code, said));
        var page = File.ReadAllText(output);
        Assert.Contains(
            "<tr class=\"differs\"><th scope=\"row\">optimizer.learning_rate</th><td>0.0003</td><td>0.5</td></tr>", page,
            StringComparison.Ordinal);
        Assert.Single(Regex.Matches(page, "class=\"differs\""));
        Assert.Equal(4, Charts(page)["loss"].Count);
        foreach (var plot in new[] { "codes-test", "codebook-test" })
        {
            Assert.Contains($"alt=\"{plot}\"", page, StringComparison.Ordinal);
        }

        AssertStandsAlone(page);
    }

    [Fact]
    public void Names_are_text()
    {
        var page = PageOf(Train("<script>alert(1)</script> & \"x\"".Replace('/', '_'), "--steps", "2"));
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;_script&gt; &amp; &quot;x&quot;", page, StringComparison.Ordinal);
        AssertStandsAlone(page);
    }

    [Fact]
    public void A_page_that_cannot_be_made_is_one_line_and_leaves_the_old_one()
    {
        AssertFails($"{folder.At("none")}: expected the folder of a run; got no folder", "report", "--run", folder.At("none"));
        AssertFails("--run: expected ", "report");
        var run = Train("run", "--steps", "2");
        var before = File.ReadAllText(Path.Combine(run, "report.html"));
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), "no line\n");
        AssertFails($"{Path.Combine(run, "metrics.jsonl")}: expected an object of metrics in line 2;", "report", "--run", run);
        Assert.Equal(before, File.ReadAllText(Path.Combine(run, "report.html")));
        AssertFails("--output: expected a regular file to write;", "report", "--run", run, "--output", folder.Path);
    }

    [Fact]
    public void Of_many_pictures_some_are_shown_the_first_and_the_last_among_them()
    {
        var page = PageOf(Train("run", "--steps", "30", "--sample-every", "1"));
        var labels = Pictures(page).Select(picture => picture.Label).ToArray();
        Assert.Equal(ReportPage.MostPictures, labels.Distinct().Count());
        Assert.Equal(("step 1", "step 30"), (labels[0], labels[^1]));
    }

    [Fact]
    public void Of_a_long_curve_the_extremes_stay()
    {
        var random = new Random(1);
        CurvePoint[] points = [.. Enumerable.Range(1, 100_000).Select(step => new CurvePoint(step, random.NextDouble()))];
        points[54_321] = new CurvePoint(54_322, 7);
        points[777] = new CurvePoint(778, -7);
        CurvePoint[] shown = [.. CurveChart.Thinned(points)];
        Assert.InRange(shown.Length, CurveChart.MostPoints / 2, CurveChart.MostPoints);
        Assert.Contains(points[54_321], shown);
        Assert.Contains(points[777], shown);
        Assert.Equal(shown.OrderBy(point => point.Step), shown);
        Assert.Equal(points[..600], CurveChart.Thinned(points[..600]));
    }

    [Theory]
    [InlineData(0.05, 0.22, false, "0.05 0.1 0.15 0.2")]
    [InlineData(0, 1000, false, "0 200 400 600 800 1000")]
    [InlineData(-1, 1, false, "-1 -0.5 0 0.5 1")]
    [InlineData(3, 3, false, "3")]
    [InlineData(0.02, 3, true, "0.02 0.05 0.1 0.2 0.5 1 2")]
    [InlineData(1e-9, 1e3, true, "1E-09 1E-08 1E-07 1E-06 1E-05 0.0001 0.001 0.01 0.1 1 10 100 1000")]
    public void Ticks_are_round_numbers(double least, double greatest, bool isLogarithmic, string ticks)
    {
        var axis = new ChartAxis(least, greatest, 0, 100, isLogarithmic);
        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(tick => tick.ToString("G10"))));
        Assert.All(axis.Ticks, tick => Assert.InRange(axis.Of(tick), -0.1, 100.1));
    }

    private static Dictionary<string, List<(long Step, string Value)>> Charts(string page)
    {
        var charts = new Dictionary<string, List<(long, string)>>();
        const string Chart = "<figure class=\"chart\"><figcaption>(.*?) <output></output></figcaption>\n(<svg.*?</svg>)";
        foreach (Match match in Regex.Matches(page, Chart, RegexOptions.Singleline))
        {
            // Well-formed, as XML too.
            charts[match.Groups[1].Value] = [.. XElement.Parse(match.Groups[2].Value).Elements("desc").SelectMany(
                line => JsonDocument.Parse(line.Attribute("data-points")!.Value).RootElement.EnumerateArray())
                .Select(point => (point[1].GetInt64(), point[2].GetString()!))];
        }

        return charts;
    }

    private static (string Label, string Uri)[] Pictures(string page)
    {
        var json = Regex.Match(page, "<script type=\"application/json\">(.*?)</script>").Groups[1].Value;
        return [.. JsonDocument.Parse(json).RootElement.EnumerateArray().Select(
            picture => (picture[0].GetString()!, picture[1].GetString()!))];
    }

    private static void AssertStandsAlone(string page)
    {
        Assert.DoesNotMatch("(src|href)=\"(?!data:)", page);
        Assert.DoesNotMatch(@"url\(|@import|https?://", Regex.Replace(page, "base64,[^\"]*", ""));
    }

    private static string PageOf(string run) => File.ReadAllText(Path.Combine(run, "report.html"));

    private string Train(string name, params string[] options)
    {
        var run = folder.At(name);
        var (code, output, errors) = Invoke(["train", "--run", run, .. Tiny, .. options]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"report: {Path.Combine(run, "report.html")}", output, StringComparison.Ordinal);
        return run;
    }
}
