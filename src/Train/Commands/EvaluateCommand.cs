using System.CommandLine;
using System.Text;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
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
        var runs = new Option<string[]>("--run")
        {
            Description = "the run's folder; several of them make a table of rate and distortion",
            Required = true,
            Arity = ArgumentArity.OneOrMore,
        }.CompletesRuns();
        var source = new EvaluatedData();
        var accelerator = CommonOptions.Accelerator();
        var batch = CommonOptions.Whole("--batch", "images at once, fewer where they are large", DefaultBatch);
        var perceptual = new Option<string?>("--perceptual")
        {
            Description = "safetensors file of the network that a perceptual distance, LPIPS, looks with: its VGG-16; no such "
                + "figure when not given",
            HelpName = "file",
        };
        var json = new Option<bool>("--json")
        {
            Description = "print the figures as one JSON object, of several runs an array of them, and all else to standard "
                + "error (default: off)",
        };
        var trace = CommonOptions.Trace();
        var command = new Command(
            "evaluate", "Measures MSE, NMSE, PSNR, SSIM, MS-SSIM, the codes' perplexity, use and rate on a whole data set.")
        {
            runs, accelerator, batch, perceptual, json, trace,
        };
        source.AddTo(command);
        command.SetAction(parsed =>
        {
            CommonOptions.AtLeast(1, batch, parsed);
            var (paths, isJson) = (parsed.GetValue(runs)!, parsed.GetValue(json));
            Action<string> say = isJson ? warn : console.WriteWhole;
            var bar = isJson ? null : console;
            var traced = CommonOptions.TraceOf(parsed, trace);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            var timeline = CommandTimeline.Of(device, traced, "evaluate");
            var results = new List<EvaluationResult>();
            foreach (var path in paths)
            {
                using var trained = CommonOptions.LoadModel(bar, device, path, source.CheckpointOf(parsed), say);
                var set = device.InJob(DeviceJobs.OpeningImages, () => source.Open(parsed, trained, say, bar));
                CommonOptions.CheckFits(set, trained.Model);
                using var network = PerceptualFile.Load(device, parsed.GetValue(perceptual), trained.Config.Data with
                {
                    Channels = set.Channels,
                    Height = set.Height,
                    Width = set.Width,
                });
                var measured = WorkProgress.Show(
                    bar, "images", set.Count,
                    advance => Evaluation.Run(trained, set, parsed.GetValue(batch), network, advance));
                var result = measured with { Run = path };
                if (trained.Config.Task is PriorTaskOptions)
                {
                    using var prior = CommonOptions.LoadPrior(bar, device, path, source.CheckpointOf(parsed), say: say);
                    result = result with
                    {
                        Prior = WorkProgress.Show(
                            bar, "images", set.Count, advance => PriorEvaluation.Run(prior, set, advance)),
                    };
                }

                results.Add(result);
                var figures = EvaluationFigures.Of(result);
                var problems = device.InJob(
                    "write figures and plots", () => Write(path, result, EvaluationPlots.Of(result, trained.Model), figures));
                if (!isJson && paths.Length == 1)
                {
                    figures.Show(console);
                }

                problems.ForEach(warn);
            }

            Show(console, results, isJson);
            timeline?.Write(say);
            return 0;
        });
        return command;
    }

    private static void Show(IAnsiConsole console, List<EvaluationResult> results, bool isJson)
    {
        if (isJson)
        {
            console.WriteWhole(Encoding.UTF8.GetString(
                results is [var only] ? Evaluation.ToJson(only) : Evaluation.ToJson(results)));
        }
        else if (results.Count > 1)
        {
            EvaluationFigures.TableOf(results).Show(console);
        }
    }

    /// <summary>Writes figures and plots into the run's folder, and adds where to the figures: what went wrong.</summary>
    private static List<string> Write(
        string run, EvaluationResult result, IEnumerable<EvaluationPlot> plots, Figures figures)
    {
        var problems = new List<string>();
        var path = Path.Combine(run, $"evaluate-{result.Split}.json");
        if (TryWrite(path, Evaluation.ToJson(result with { Run = null })) is { } problem)
        {
            problems.Add($"warning: the figures are not in the run's folder: {problem}");
        }
        else
        {
            figures.Add("written to", $"{path}");
        }

        if (Write(plots, run, figures) is { } plotProblem)
        {
            problems.Add($"warning: not all plots are in the run's folder: {plotProblem}");
        }

        return problems;
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
