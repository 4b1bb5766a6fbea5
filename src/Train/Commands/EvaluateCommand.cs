using System.CommandLine;
using System.Globalization;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>evaluate</c>: how well a run's model reconstructs a set, printed and written into the run's folder.</summary>
internal static class EvaluateCommand
{
    private const int DefaultBatch = 100;

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the run's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var data = new Option<string?>("--data") { Description = "the data set or folder; that of the run when not given" };
        var split = new Option<string>("--split") { Description = "train or test", DefaultValueFactory = _ => DataSets.Test };
        var root = CommonOptions.DataRoot();
        var download = CommonOptions.Download();
        var accelerator = CommonOptions.Accelerator();
        var batch = new Option<int>("--batch") { Description = "images at once", DefaultValueFactory = _ => DefaultBatch };
        var command = new Command("evaluate", "Measures MSE, NMSE, PSNR, perplexity and code usage on a whole data set.")
        {
            run, checkpoint, data, split, root, download, accelerator, batch,
        };
        command.SetAction(parsed =>
        {
            CommonOptions.AtLeast(1, batch, parsed);

            using var device = Device.Open(parsed.GetValue(accelerator)!);
            using var trained = TrainedModel.Load(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteLine);
            var set = CommonOptions.OpenData(
                parsed.GetValue(data) ?? trained.Config.Data.Name, parsed.GetValue(split)!,
                parsed.GetValue(root) ?? trained.Config.Data.Root,
                parsed.GetValue(download));
            CommonOptions.CheckFits(set, trained.Model);
            Report(console, parsed.GetValue(run)!, Evaluation.Run(trained, set, parsed.GetValue(batch)));
            return 0;
        });
        return command;
    }

    private static void Report(IAnsiConsole console, string run, EvaluationResult result)
    {
        var path = Path.Combine(run, $"evaluate-{result.Split}.json");
        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumns("", "");
        Add("data", $"{result.Data}, {result.Split}: {result.Images} images; model of step {result.Step}");
        Add("MSE", $"{result.Mse:F6}");
        Add("NMSE", $"{result.Nmse:F4}");
        Add("PSNR", $"{result.Psnr:F2} dB");
        foreach (var grid in result.Grids)
        {
            var name = result.Grids.Count == 1 ? "" : $" {grid.Name}";
            Add($"perplexity{name}", $"{grid.Perplexity:F1}");
            Add($"codes in use{name}", $"{grid.CodesUsed} of {grid.CodesUsed / grid.CodeUsage:F0} ({grid.CodeUsage:P1})");
            Add($"dead codes{name}", $"{grid.DeadCodes}");
            Add($"bits per image{name}", $"{grid.BitsPerImage:F0}");
            for (var level = 0; grid.Levels.Count > 1 && level < grid.Levels.Count; level++)
            {
                var own = grid.Levels[level];
                var codes = own.CodesUsed + own.DeadCodes;
                Add($"level {level}{name}",
                    $"perplexity {own.Perplexity:F1}, {own.CodesUsed} of {codes} codes in use, {own.BitsPerImage:F0} bits");
            }
        }

        console.Write(table);
        AtomicFile.Write(path, stream => stream.Write(Evaluation.ToJson(result)));
        console.WriteLine($"written to {path}");

        void Add(string name, FormattableString value) =>
            table.AddRow(name, Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));
    }
}
