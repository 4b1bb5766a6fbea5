using System.CommandLine;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>reconstruct</c>: a picture of originals beside what the model makes of them.</summary>
internal static class ReconstructCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the run's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var input = new ImageInput();
        var output = CommonOptions.Picture();
        var count = CommonOptions.Whole(
            "--count", $"images at the most; fewer where a side would have more than {GridPicture.LongestSide} pixels",
            Reconstructions.DefaultCount);
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("reconstruct", "Draws originals, each beside its reconstruction.") { run, checkpoint };
        input.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(count);
        var tile = CommonOptions.Tile();
        command.Options.Add(tile);
        command.Options.Add(accelerator);
        var trace = CommonOptions.Trace();
        command.Options.Add(trace);
        command.SetAction(parsed =>
        {
            CommonOptions.AtLeast(1, count, parsed);
            OutputFile.CheckPicture(output.Name, parsed.GetValue(output)!);
            var traced = CommonOptions.TraceOf(parsed, trace);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            var timeline = CommandTimeline.Of(device, traced, "reconstruct");
            using var trained = CommonOptions.LoadModel(console, device, parsed.GetValue(run)!, parsed.GetValue(checkpoint));
            var data = device.InJob(
                DeviceJobs.OpeningImages, () => input.Open(parsed, trained.Config.Data, parsed.GetValue(count), console));
            var side = CommonOptions.TileOf(parsed, tile, trained.Model);
            CommonOptions.CheckFits(data, trained.Model, side);
            var drawn = WorkProgress.Follow(console, tell => Reconstructions.Save(
                parsed.GetValue(output)!, trained.Model, data, parsed.GetValue(count), side,
                (done, all) => tell("images", done, all)));
            console.WriteWhole(
                $"wrote {parsed.GetValue(output)}: {drawn} of {data.Count} images, each beside its reconstruction");
            timeline?.Write(console.WriteWhole);
            return 0;
        });
        return command;
    }
}
