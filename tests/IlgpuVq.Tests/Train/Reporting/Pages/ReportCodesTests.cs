using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Reporting.Pages;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Reporting.Pages;

/// <summary>What pages tell of codes, priors and machines.</summary>
public sealed class ReportCodesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_page_maps_the_codes_and_shows_those_of_images()
    {
        var run = Train("run", "--steps", "30");
        var page = PageOf(run);
        var maps = Regex.Matches(page, "<figure class=\"map\">.*?</figure>", RegexOptions.Singleline);
        Assert.Equal(2, maps.Count);
        var (near, components) = (Points(maps[0].Value), Points(maps[1].Value));
        Assert.Equal(Enumerable.Range(0, 16), components.Select(point => point.Code).Order());
        Assert.Equal(100, components.Sum(point => point.Percent), 1.0);
        Assert.Equal(
            components.Where(point => point.Percent > 0).Select(point => point.Code), near.Select(point => point.Code));
        Assert.Equal(components.Select(point => point.Percent).Order(), components.Select(point => point.Percent));

        var codes = Regex.Matches(
            page,
            "alt=\"Codes of image (\\d), codes: 8&#215;8 indices of (\\d+) different codes, [^\"]*\" src=\"([^\"]*)\"");
        Assert.Equal(["1", "2", "3", "4", "5", "6"], codes.Select(match => match.Groups[1].Value));
        foreach (Match match in codes)
        {
            var picture = Decode(match.Groups[3].Value);
            Assert.Equal((8, 8, 3), (picture.Width, picture.Height, picture.Channels));
            var colours = picture.Pixels.Chunk(3).Select(rgb => (rgb[0], rgb[1], rgb[2])).Distinct().Count();
            Assert.Equal(int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), colours);
        }

        Assert.Single(Regex.Matches(page, "<figure class=\"chart usage\">"));
    }

    /// <summary>Every map and picture follows from the run's files.</summary>
    [Fact]
    public void A_page_that_is_made_again_has_the_same_bytes()
    {
        var run = Train("run", "--steps", "4", "--weight-ema", "0.5");
        var page = PageOf(run);
        Assert.Equal(0, Invoke("report", "--run", run, "--accelerator", "cpu").Code);
        Assert.Equal(page, PageOf(run));
    }

    [Fact]
    public void What_is_not_known_of_codes_is_told()
    {
        var run = Train("run", "--steps", "2");
        foreach (var checkpoint in Directory.GetFiles(Path.Combine(run, "checkpoints")))
        {
            File.Delete(checkpoint);
        }

        Assert.Equal(0, Invoke("report", "--run", run, "--accelerator", "cpu").Code);
        Assert.Contains("<p class=\"problem\">The codes are not known: ", PageOf(run), StringComparison.Ordinal);
        Assert.Empty(Points(PageOf(run)));
    }

    /// <summary>Of 4096 codes those are looked at that are used, and their shares are of all indices.</summary>
    [Fact]
    public void Of_very_many_codes_the_most_used_are_shown()
    {
        var run = folder.At("run");
        string[] large = [.. Tiny.Select(option => option == "16" ? "4096" : option)];
        Assert.Equal(0, Invoke(["train", "--run", run, "--accelerator", "cpu", .. large, "--steps", "2"]).Code);
        var page = PageOf(run);
        Assert.Contains("The 2048 most used of 4096 codes are shown.", page, StringComparison.Ordinal);
        var points = Points(Regex.Matches(page, "<figure class=\"map\">.*?</figure>", RegexOptions.Singleline)[1].Value);
        Assert.Equal(CodeSurvey.MostCodes, points.Select(point => point.Code).Distinct().Count());
        Assert.Equal(100, points.Sum(point => point.Percent), 1.0);
    }

    [Fact]
    public void Codes_that_lie_near_each_other_have_near_colours()
    {
        int[] codes = [.. Enumerable.Range(0, 100)];
        var level = new SurveyedLevel("codes", null, 100, codes, [], 2, [.. codes.Select(code => code == 50 ? 0.0 : 1)], 99);
        var colours = new CodeColours(level, [.. codes.Select(code => Math.Exp(code))], [.. codes.Select(code => 0.1 * code)]);
        foreach (var code in codes.Where(code => code is not 49 and not 50 and not 99))
        {
            Assert.InRange(Distance(code, code + 1), 0.1, 6);
        }

        Assert.True(Distance(0, 99) > 100, $"{Distance(0, 99)}");
        Assert.Equal([128, 128, 128], colours.Of(50).Select(value => (int)value));

        double Distance(int a, int b) => Math.Sqrt(colours.Of(a).Zip(colours.Of(b), (x, y) => (double)(x - y) * (x - y)).Sum());
    }

    [Fact]
    public void A_prior_has_its_figures_and_samples()
    {
        var model = Train("model", "--steps", "2");
        var run = folder.At("prior");
        var (code, _, errors) = Invoke(
            "train-prior", "--from", model, "--run", run, "--width", "8", "--blocks", "1", "--steps", "2", "--batch", "4",
            "--log-every", "1", "--sample-every", "1", "--accelerator", "cpu");
        Assert.Equal((0, ""), (code, errors));
        var page = PageOf(run);
        var last = MetricsLog.Read(Path.Combine(run, "metrics.jsonl"))[^1];
        var row = Regex.Match(
            page, "<th scope=\"row\">held out, step 2</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>(.*?) %</td>").Groups;
        var bits = 64 * last[MetricNames.HeldNats] / Math.Log(2);
        Assert.Equal(last[MetricNames.HeldNats], Number(row[1].Value), 1e-4);
        Assert.Equal(bits, Number(row[2].Value), 0.1);
        Assert.Equal(bits / (3 * 32 * 32), Number(row[3].Value), 1e-4);
        Assert.Equal(100 * last[MetricNames.HeldAccuracy], Number(row[4].Value), 0.1);
        Assert.Contains("<h2>Samples</h2>", page, StringComparison.Ordinal);
        Assert.Matches("alt=\"Samples of the prior, of the classes [^\"]* in turn, step 2\"", page);
        Assert.DoesNotContain("Originals", page, StringComparison.Ordinal);

        var result = new EvaluationResult("sets/shapes", "test", 8, 2, 0.1, 0.2, 30, [])
        {
            Prior = new PriorResult(0.5, 0.25, 40, 0.0125, []),
        };
        File.WriteAllBytes(Path.Combine(run, "evaluate-test.json"), Evaluation.ToJson(result));
        File.WriteAllText(Path.Combine(run, "evaluate-val.json"), "{}");
        Assert.Equal(0, Invoke("report", "--run", run, "--accelerator", "cpu").Code);
        Assert.Contains(
            "<th scope=\"row\">shapes, test, all 8, step 2</th><td>0.5000</td><td>40.0</td><td>0.0125</td><td>25.0 %</td>",
            PageOf(run), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_tells_each_machine_that_it_was_trained_on()
    {
        var run = Train("run", "--steps", "4");
        var path = Path.Combine(run, "machines.jsonl");
        using var device = Device.Open("cpu");
        var own = MachineRecord.Of(device, step: 0);
        Assert.Equal(own, Assert.Single(MachineLog.Read(path)));
        Assert.Contains($"<th scope=\"col\">run, steps 1 to 4</th>", PageOf(run), StringComparison.Ordinal);
        Assert.Contains(
            $"<td>{ReportPage.Text($"cpu: {device.Description}")}</td>", PageOf(run), StringComparison.Ordinal);

        // The same machine again, and then another.
        Assert.Equal(0, Invoke("train", "--run", run, "--resume", "latest", "--steps", "6").Code);
        Assert.Single(MachineLog.Read(path));
        var other = JsonNode.Parse(File.ReadAllText(path))!;
        other["processor"] = "<another>";
        File.WriteAllText(path, other.ToJsonString() + "\nno machine\n");
        Assert.Equal(0, Invoke("train", "--run", run, "--resume", "latest", "--steps", "8").Code);
        Assert.Equal([("<another>", 0L), (own.Processor, 6)], MachineLog.Read(path).Select(one => (one.Processor, one.FromStep)));
        Assert.Contains(
            "<th scope=\"col\">run, steps 1 to 6</th><th scope=\"col\">run, steps 7 to 8</th>", PageOf(run),
            StringComparison.Ordinal);
        Assert.Contains("<td>&lt;another&gt;</td>", PageOf(run), StringComparison.Ordinal);

        File.Delete(path);
        Assert.Equal(0, Invoke("report", "--run", run, "--accelerator", "cpu").Code);
        Assert.Contains("<p>run: the machine is not recorded.</p>", PageOf(run), StringComparison.Ordinal);
    }

    [Fact]
    public void Linux_names_its_processor()
    {
        Assert.Equal("A Chip 9", MachineRecord.NameIn("processor\t: 0\nmodel name\t: A Chip 9\nmodel name\t: B\n"));
        Assert.Null(MachineRecord.NameIn("processor\t: 0\nmodel name\t:\n"));
    }

    private static (int Code, double Percent)[] Points(string map) =>
    [
        .. Regex.Matches(map, "data-code=\"(\\d+)\"[^>]*><title>code \\d+: (?:not used|(.*?) % of the indices)</title>").Select(
            match => (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
                match.Groups[2].Success ? Number(match.Groups[2].Value) : 0)),
    ];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private DecodedImage Decode(string uri)
    {
        File.WriteAllBytes(folder.At("code.png"), Convert.FromBase64String(uri.Split(',')[1]));
        return ImageFile.Load(folder.At("code.png"));
    }

    private static string PageOf(string run) => File.ReadAllText(Path.Combine(run, "report.html"));

    private string Train(string name, params string[] options)
    {
        var run = folder.At(name);
        var (code, _, errors) = Invoke(["train", "--run", run, "--accelerator", "cpu", .. Tiny, .. options]);
        Assert.Equal((0, ""), (code, errors));
        return run;
    }
}
