using System.CommandLine;
using System.Globalization;
using System.Text;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>find-lr</c>: the loss of a short training whose learning rate rises from step to step, and the rate that it
/// suggests. No run is made.</summary>
internal static class FindRateCommand
{
    private const int DefaultSteps = 200;

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions(start => start with { Run = start.Run with { Steps = DefaultSteps } });
        var values = new RecordOptions([("", new RateSearchOptions())]);
        var output = new Option<string>("--output")
        {
            Description = "the picture to write, an SVG file; the figures of each step go to a file of the same name with .csv",
            DefaultValueFactory = _ => "find-lr.svg",
            HelpName = "file",
        };
        var download = CommonOptions.Download();
        var force = CommonOptions.Force();
        var noGraph = CommonOptions.NoGraph();
        var command = new Command(
            "find-lr", "Trains a little with a learning rate that rises, draws the loss over it, and suggests one. Takes the "
                + "options of train.")
        {
            output, download, force, noGraph,
        };
        foreach (var option in values.All.Concat(options.All))
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var config = options.Apply(parsed, resumed: null);
            config.CheckOptions();
            if (config.Run.Steps < RateSearch.LeastSteps)
            {
                throw new RunException(
                    "--steps", $"at least {RateSearch.LeastSteps} for a search", $"{config.Run.Steps}", "Give another value.");
            }

            var search = CommonOptions.Read(values, new RateSearchOptions(), parsed, read => read.Validate());
            var (picture, table) = FilesOf(output.Name, parsed.GetValue(output)!);
            using var signals = new StopSignals();
            using var device = CommonOptions.OpenDevice(
                parsed, config.Run.Accelerator,
                new DeviceOptions(UseGraphs: !parsed.GetValue(noGraph), Precision: config.Run.Precision));
            (config, var train) = TrainCommand.OpenTraining(config, parsed.GetValue(download), previous: null, console);
            config = RateSearch.ConfigOf(config, search);
            CommonOptions.SayNotes(train, console.WriteWhole);
            if (!parsed.GetValue(force))
            {
                WorkProgress.Wait(console, CommonOptions.CountingMemory, () => StepMemory.Of(config)).CheckFits(device);
            }

            using var state = new TrainingState(device, config);
            signals.Arm();
            var points = WorkProgress.Show(
                console, "steps", config.Run.Steps, advance => RateSearch.Run(state, config, train, advance, signals.Token));
            if (points.Count > 0)
            {
                Tell(console, new RateCurve(points), config, (picture, table), TypedOf(parsed, options.All));
            }

            return signals.ExitCode;
        });
        return command;
    }

    private static (string Picture, string Table) FilesOf(string option, string path)
    {
        if (!path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            throw new RunException(option, "a file that ends in .svg", path, "Choose another name.");
        }

        var table = Path.ChangeExtension(path, ".csv");
        OutputFile.Check(option, path);
        OutputFile.Check(option, table);
        return (path, table);
    }

    /// <summary>What was typed of the options that <c>train</c> has too, but for what the search is told for itself.</summary>
    private static IEnumerable<string> TypedOf(ParseResult parsed, IEnumerable<Option> options) =>
        from option in options
        where option.Name is not ("--lr" or "--steps")
        let result = parsed.GetResult(option)
        where result is { Implicit: false }
        from word in result.Tokens.Select(token => token.Value).Prepend(option.Name)
        select word;

    private static void Tell(
        IAnsiConsole console, RateCurve curve, RunConfig config, (string Picture, string Table) files, IEnumerable<string> typed)
    {
        var (picture, table) = files;
        var what = $"{config.Model.Family} on {TrainCommand.DataNameOf(config)}";
        AtomicFile.Write(picture, stream => stream.Write(SvgPlot.ToSvg(RatePlot.Of(curve, what))));
        AtomicFile.Write(table, stream => stream.Write(Encoding.UTF8.GetBytes(TableOf(curve))));
        var figures = new Figures();
        var last = curve.Points[^1];
        figures.Add("steps", $"{last.Step} of {config.Run.Steps}, up to a learning rate of {last.Rate:0.0e-0}");
        figures.Add(
            "least loss", $"{curve.Smoothed[curve.Least]:F4} smoothed, at {RatePlot.Rate(curve, curve.Least)}");
        if (curve.Steepest is { } steepest)
        {
            figures.Add("steepest fall", $"at {RatePlot.Rate(curve, steepest)}");
        }

        figures.Add("picture", $"{picture}");
        figures.Add("figures", $"{table}");
        figures.Show(console);
        console.WriteWhole(curve.Steepest is { } suggested
            ? $"next: {ProgramName.Hint(["train", .. typed, "--lr", RatePlot.Rate(curve, suggested)])}"
            : "The loss falls nowhere: try more --steps, or a lower --from.");
    }

    private static string TableOf(RateCurve curve)
    {
        var text = new StringBuilder("step,learning_rate,loss,smoothed\n");
        foreach (var (point, smoothed) in curve.Points.Zip(curve.Smoothed))
        {
            text.Append(CultureInfo.InvariantCulture, $"{point.Step},{point.Rate:G9},{point.Loss:G9},{smoothed:G9}\n");
        }

        return text.ToString();
    }
}
