using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>The search for a learning rate.</summary>
public sealed class RateSearchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1e-4, 0)]
    [InlineData(1e-2, 0)]
    [InlineData(1e-3, 0.02)]
    public void The_suggestion_is_where_the_loss_falls_steepest(double steepest, double noise)
    {
        var random = new Random(1);
        var curve = new RateCurve(Curve(rate =>
        {
            var fallen = 1 / (1 + Math.Pow(steepest / rate, 2)); // steepest over ln(rate) at that rate
            return 2 - fallen + (rate > 0.2 ? 50 * (rate - 0.2) : 0) + (noise * (random.NextDouble() - 0.5));
        }));

        Assert.InRange(curve.Points[curve.Steepest!.Value].Rate, steepest / 1.5, steepest * 1.5);
        Assert.True(curve.Points[curve.Least].Rate > 3 * steepest);
        Assert.InRange(curve.Points[curve.Least].Rate, steepest, 0.3);
    }

    /// <summary>The rise behind the least loss is cut where it would flatten the fall before.</summary>
    [Theory]
    [InlineData(new[] { 2.0, 1.5, 1, 50 }, 3.0)]
    [InlineData(new[] { 2.0, 1.5, 1, 2.5 }, double.NaN)]
    [InlineData(new[] { 1.0, 2, 50 }, double.NaN)]
    public void The_axis_of_the_loss_shows_the_fall(double[] smoothed, double top) => Assert.Equal(top, RatePlot.Top(smoothed));

    [Fact]
    public void A_line_is_smoothed_to_itself_and_one_that_rises_suggests_nothing()
    {
        var line = new RateCurve(Curve(rate => 3 - (0.1 * Math.Log(rate))));
        Assert.All(line.Points.Zip(line.Smoothed), pair => Assert.Equal(pair.First.Loss, pair.Second, 1e-9));
        Assert.Equal(line.Points.Count - 1, line.Least);
        Assert.Null(new RateCurve(Curve(Math.Sqrt)).Steepest);
        Assert.Null(new RateCurve([new RatePoint(1, 1e-7, 2)]).Steepest);
        Assert.Null(new RateCurve(Curve(_ => 1)).Steepest);
    }

    [Theory]
    [InlineData(new[] { 1.0, 1.2, 0.8, 2.5, 0.9, 9, 0.9 }, -1)]
    [InlineData(new[] { 1.0, 5, 5, 5, 5 }, 3)]
    [InlineData(new[] { 1.0, 0.5, double.NaN }, 2)]
    [InlineData(new[] { double.PositiveInfinity }, 0)]
    public void A_search_ends_where_losses_break_out(double[] losses, int end)
    {
        var bounds = new LossBounds();
        Assert.Equal(end, Array.FindIndex(losses, bounds.IsLeftBy));
    }

    /// <summary>One that hardly moves a running mean would bend the smoothed curve.</summary>
    [Theory]
    [InlineData(9, false)]
    [InlineData(11, true)]
    public void A_search_ends_with_a_single_loss_that_breaks_out_late(double loss, bool isLeft)
    {
        var bounds = new LossBounds();
        Assert.All(Enumerable.Repeat(1.0, 100), one => Assert.False(bounds.IsLeftBy(one)));
        Assert.Equal(isLeft, bounds.IsLeftBy(loss));
    }

    [Fact]
    public void The_command_draws_a_curve_of_rising_rates_and_leaves_no_run()
    {
        var before = Directory.Exists("runs") ? Directory.GetDirectories("runs").Length : 0;
        var picture = folder.At("curve.svg");
        string[] search = ["find-lr", .. Tiny, "--steps", "60", "--from", "1e-5", "--to", "10", "--output", picture];
        var output = Succeed(search);

        Assert.Equal(["curve.csv", "curve.svg"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal(before, Directory.Exists("runs") ? Directory.GetDirectories("runs").Length : 0);
        Assert.Equal("svg", XDocument.Load(picture).Root!.Name.LocalName);
        string[] lines = File.ReadAllLines(folder.At("curve.csv"));
        Assert.Equal("step,learning_rate,loss,smoothed", lines[0]);
        double[][] rows = [.. lines[1..].Select(line => line.Split(',').Select(
            number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
        Assert.InRange(rows.Length, 30, 60); // not all: a rate of 10 breaks out
        Assert.All(rows.Index(), row => Assert.Equal(
            1e-5 * Math.Pow(1e6, row.Index / 59.0), row.Item[1], 1e-7 * row.Item[1]));
        Assert.True(rows[^1][2] > 0 && rows.Min(row => row[3]) < rows[0][3]);
        Assert.Matches(@"(?m)^steepest fall: at \d\.\de-\d$", output);
        var typed = string.Join(' ', Tiny).Replace("--", "\0", StringComparison.Ordinal).Split('\0')[1..]
            .Select(option => $"--{option.Trim()}").Order(StringComparer.Ordinal);
        var next = Regex.Match(output, @"(?m)^next: .* train (.*) --lr \d\.\de-\d$").Groups[1].Value;
        Assert.Equal(typed, Regex.Split(next, " (?=--)").Order(StringComparer.Ordinal)); // --steps are the search's

        var first = File.ReadAllText(folder.At("curve.csv"));
        Succeed(search);
        Assert.Equal(first, File.ReadAllText(folder.At("curve.csv")));
    }

    [Fact]
    public void What_makes_no_search_is_refused_in_one_line()
    {
        AssertFails("--from: expected a finite number above 0; got 0.", "find-lr", "--from", "0");
        AssertFails("--to: expected a finite number above that of the first step; got 1E-08.", "find-lr", "--to", "1e-8");
        AssertFails("--to: expected a finite number such as 0.25 or 3e-4; got '1,5'.", "find-lr", "--to", "1,5");
        AssertFails("--steps: expected at least 20 for a search; got 19.", "find-lr", "--steps", "19");
        AssertFails("--output: expected a file that ends in .svg; got a.png.", "find-lr", "--output", "a.png");
    }

    private static RatePoint[] Curve(Func<double, double> loss) =>
    [
        .. Enumerable.Range(0, 200).Select(i => 1e-7 * Math.Pow(1e7, i / 199.0)).Select(
            (rate, i) => new RatePoint(i + 1, rate, loss(rate))),
    ];

    private static string Succeed(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }
}
