using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>runs</c>: what runs there are, how far they have come, and how they differ.</summary>
internal static class RunsCommand
{
    private const string Unknown = "–";

    public static Command Create(IAnsiConsole console) =>
        new("runs", "Lists and compares runs.") { CreateList(console), CreateCompare(console) };

    private static Command CreateList(IAnsiConsole console)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "the folder that holds runs, or a run itself",
            DefaultValueFactory = _ => TrainCommand.DefaultRuns,
        };
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists the runs of a folder: step, last figures, checkpoints, age.") { folder, json };
        command.SetAction(parsed =>
        {
            var runs = WorkProgress.Wait(
                parsed.GetValue(json) ? null : console, "reading runs",
                () => (IReadOnlyList<RunSummary>)
                    [.. RunSummary.Find(parsed.GetValue(folder)!).Select(path => RunSummary.Of(path).Summary)]);
            if (parsed.GetValue(json))
            {
                console.WriteWhole(JsonSerializer.Serialize(runs, RunSummaryJson.Default.IReadOnlyListRunSummary));
            }
            else if (runs.Count == 0)
            {
                console.WriteWhole($"no runs in {parsed.GetValue(folder)}; train makes the first");
            }
            else
            {
                ShowList(console, runs);
            }

            return 0;
        });
        return command;
    }

    private static Command CreateCompare(IAnsiConsole console)
    {
        var paths = new Argument<string[]>("run")
        {
            Description = "folders of runs",
            HelpName = "run",
            Arity = ArgumentArity.OneOrMore,
        };
        paths.CompletionSources.Add(context => Completions.Runs(context.WordToComplete));
        var json = CommonOptions.Json();
        var command = new Command("compare", "Shows runs beside each other: their figures, and the settings that differ.")
        {
            paths, json,
        };
        command.SetAction(parsed =>
        {
            var comparison = WorkProgress.Wait(
                parsed.GetValue(json) ? null : console, "reading runs", () => RunComparison.Of(parsed.GetValue(paths)!));
            if (parsed.GetValue(json))
            {
                console.WriteWhole(JsonSerializer.Serialize(comparison, RunSummaryJson.Default.RunComparison));
            }
            else
            {
                ShowComparison(console, comparison);
            }

            return 0;
        });
        return command;
    }

    private static void ShowList(IAnsiConsole console, IReadOnlyList<RunSummary> runs)
    {
        var table = new TextTable("run", "model", "data", "step", "loss", "nmse", "perplexity", "checkpoints", "age");
        foreach (var run in runs)
        {
            table.Add(
                run.Run, run.Model ?? Unknown, run.Data ?? Unknown, StepOf(run), FigureOf(run, MetricNames.Loss),
                FigureOf(run, MetricNames.Normalized), PerplexityOf(run), CheckpointsOf(run), AgeOf(run));
        }

        table.Show(console);
        ShowProblems(console, runs);
    }

    private static void ShowComparison(IAnsiConsole console, RunComparison comparison)
    {
        var runs = comparison.Runs;
        var table = new TextTable([.. runs.Select(run => run.Run).Prepend("run")]);
        Add("step", runs.Select(StepOf));
        Add("loss", runs.Select(run => FigureOf(run, MetricNames.Loss)));
        Add("nmse", runs.Select(run => FigureOf(run, MetricNames.Normalized)));
        Add("perplexity", runs.Select(PerplexityOf));
        Add("checkpoints", runs.Select(CheckpointsOf));
        Add("age", runs.Select(AgeOf));
        foreach (var (setting, values) in comparison.Differences)
        {
            Add(setting, values.Select(value => value ?? Unknown));
        }

        table.Show(console);
        ShowProblems(console, runs);

        void Add(string name, IEnumerable<string> cells) => table.Add([.. cells.Prepend(name)]);
    }

    private static void ShowProblems(IAnsiConsole console, IReadOnlyList<RunSummary> runs)
    {
        foreach (var run in runs.Where(run => run.Problem is not null))
        {
            console.WriteWhole(run.Problem!);
        }
    }

    private static string StepOf(RunSummary run) => run.Steps is { } steps ? $"{run.Step} of {steps}" : $"{run.Step}";

    private static string FigureOf(RunSummary run, string name) =>
        run.Figures.TryGetValue(name, out var value) ? Number(value, "F4") : Unknown;

    private static string PerplexityOf(RunSummary run)
    {
        const string name = "perplexity";
        string[] all =
        [
            .. run.Figures.Where(figure => figure.Key.StartsWith(name, StringComparison.Ordinal))
                .Select(figure => $"{figure.Key[name.Length..].Replace('_', ' ')} {Number(figure.Value, "F1")}".Trim()),
        ];
        return all.Length == 0 ? Unknown : string.Join(", ", all);
    }

    /// <summary>NaN for what a line of metrics has as null.</summary>
    private static string Number(double? value, string format) =>
        (value ?? double.NaN).ToString(format, CultureInfo.InvariantCulture);

    private static string CheckpointsOf(RunSummary run) => run.Checkpoints.Count == 0
        ? "none"
        : string.Join(", ", run.Checkpoints) + (run.Best is { } best ? $" (best {best})" : "");

    private static string AgeOf(RunSummary run) => (DateTime.UtcNow - run.Changed) switch
    {
        { TotalMinutes: < 1 } => "under a minute",
        { TotalHours: < 1 } age => $"{age.Minutes} min",
        { TotalDays: < 1 } age => $"{age.Hours} h",
        var age => $"{age.Days} d",
    };
}
