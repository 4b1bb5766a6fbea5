using System.CommandLine;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>evaluate</c>: how well a run's model reconstructs a set, printed, and written and drawn into the run's
/// folder.</summary>
internal static class EvaluateCommand
{
    private const int DefaultBatch = 100;

    /// <param name="console">Where the figures go.</param>
    /// <param name="warn">Takes a line about what did not succeed.</param>
    public static Command Create(IAnsiConsole console, Action<string> warn)
    {
        var run = CommonOptions.Run("the run's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var data = new Option<string?>("--data") { Description = "the data set or folder; that of the run when not given" };
        var split = CommonOptions.Split();
        var sizes = new SizeOptions();
        var root = CommonOptions.DataRoot();
        var download = CommonOptions.Download();
        var accelerator = CommonOptions.Accelerator();
        var batch = CommonOptions.Whole("--batch", "images at once, fewer where they are large", DefaultBatch);
        var command = new Command("evaluate", "Measures MSE, NMSE, PSNR, perplexity and code usage on a whole data set.")
        {
            run, checkpoint, data, split, root, download, accelerator, batch,
        };
        sizes.AddTo(command);
        command.SetAction(parsed =>
        {
            CommonOptions.AtLeast(1, batch, parsed);

            using var device = CommonOptions.OpenDevice(parsed.GetValue(accelerator)!);
            using var trained = TrainedModel.Load(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteWhole);
            var source = sizes.Apply(parsed, trained.Config.Data);
            var name = parsed.GetValue(data) ?? source.Name;
            source = source with { Root = parsed.GetValue(root) ?? source.Root };
            var part = CommonOptions.SplitOf(data.Name, name, parsed.GetValue(split), console.WriteWhole);
            var set = CommonOptions.OpenData(data.Name, name, source.ToSetOptions(part, parsed.GetValue(download)) with
            {
                Channels = trained.Config.Data.Channels,
                DecodedAtOpening = int.MaxValue,
            });
            CommonOptions.SayNotes(set, console.WriteWhole);
            if (name == trained.Config.Data.Name && set.Split is DataSets.Train or DataSets.All)
            {
                console.WriteWhole($"{name}, {set.Split}: these are the images that the run was trained on");
            }

            CommonOptions.CheckFits(set, trained.Model);
            var result = Evaluation.Run(trained, set, most: parsed.GetValue(batch));
            if (trained.Config.Task is PriorTaskOptions)
            {
                using var prior = TrainedPrior.Load(
                    device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteWhole);
                result = result with { Prior = PriorEvaluation.Run(prior, set) };
            }

            Report(console, warn, parsed.GetValue(run)!, result, EvaluationPlots.Of(result, trained.Model));
            return 0;
        });
        return command;
    }

    private static void Report(
        IAnsiConsole console, Action<string> warn, string run, EvaluationResult result, IEnumerable<EvaluationPlot> plots)
    {
        var figures = new Figures();
        figures.Add("data", $"{result.Data}, {result.Split}: {result.Images} images; model of step {result.Step}");
        figures.Add("MSE", $"{result.Mse:F6}");
        figures.Add("NMSE", $"{result.Nmse:F4}");
        figures.Add("PSNR", $"{result.Psnr:F2} dB");
        if (result.Kl is { } kl)
        {
            figures.Add("KL", $"{kl:F2} nats per image");
        }

        foreach (var grid in result.Grids)
        {
            var name = result.Grids.Count == 1 ? "" : $" {grid.Name}";
            figures.Add($"perplexity{name}", $"{grid.Perplexity:F1}");
            figures.Add($"codes in use{name}", $"{grid.CodesUsed} of {grid.CodesUsed / grid.CodeUsage:F0} ({grid.CodeUsage:P1})");
            figures.Add($"dead codes{name}", $"{grid.DeadCodes}");
            figures.Add($"bits per image{name}", $"{grid.BitsPerImage:F0}");
            for (var level = 0; grid.Levels.Count > 1 && level < grid.Levels.Count; level++)
            {
                var own = grid.Levels[level];
                var codes = own.CodesUsed + own.DeadCodes;
                figures.Add(
                    $"level {level}{name}",
                    $"perplexity {own.Perplexity:F1}, {own.CodesUsed} of {codes} codes in use, {own.BitsPerImage:F0} bits");
            }
        }

        if (result.Prior is { } prior)
        {
            figures.Add("prior", $"{prior.NatsPerIndex:F4} nats of an index, {prior.Accuracy:P1} guessed");
            figures.Add("prior's bits per image", $"{prior.BitsPerImage:F1}, {prior.BitsPerDimension:F4} of a dimension");
            foreach (var grid in prior.Grids.Count > 1 ? prior.Grids : [])
            {
                figures.Add($"prior {grid.Name}", $"{grid.NatsPerIndex:F4} nats of an index, {grid.Accuracy:P1} guessed");
            }
        }

        var path = Path.Combine(run, $"evaluate-{result.Split}.json");
        var problem = TryWrite(path, Evaluation.ToJson(result));
        if (problem is null)
        {
            figures.Add("written to", $"{path}");
        }

        var plotProblem = Write(plots, run, figures);
        figures.Show(console);
        if (problem is not null)
        {
            warn($"warning: the figures are not in the run's folder: {problem}");
        }

        if (plotProblem is not null)
        {
            warn($"warning: not all plots are in the run's folder: {plotProblem}");
        }
    }

    /// <summary>Writes plots as far as it can, and adds which: the first problem.</summary>
    private static string? Write(IEnumerable<EvaluationPlot> plots, string run, Figures figures)
    {
        string? problem = null;
        foreach (var plot in plots)
        {
            if (plot.Svg is null)
            {
                figures.Add("not drawn", $"{plot.File}: {plot.WhyNone}");
            }
            else if (TryWrite(Path.Combine(run, plot.File), plot.Svg) is { } failure)
            {
                problem ??= failure;
            }
            else
            {
                figures.Add("plot", $"{Path.Combine(run, plot.File)}");
            }
        }

        return problem;
    }

    /// <summary>Writes a file beside the run, which may be where nothing can be written: what went wrong then.</summary>
    private static string? TryWrite(string path, byte[] content)
    {
        try
        {
            AtomicFile.Write(path, stream => stream.Write(content));
            return null;
        }
        catch (RunException exception)
        {
            return exception.Message;
        }
    }
}
