using System.CommandLine;
using System.Globalization;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>encode</c>: images to a small file of code indices, or of latent numbers of a model without codes.</summary>
internal static class EncodeCommand
{
    private const string RandomName = "random", ExtraName = "extra";

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the run's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var input = new ImageInput();
        var output = new Option<string>("--output")
        {
            Description = "the file of codes to write",
            HelpName = "file",
            Required = true,
        };
        var accelerator = CommonOptions.Accelerator();
        var command = new Command(
            "encode", "Turns images into a small file of code indices, or of latent numbers where the model has no codes.")
        {
            run, checkpoint,
        };
        input.AddTo(command);
        command.Options.Add(output);
        var tile = CommonOptions.Tile();
        command.Options.Add(tile);
        var used = new Option<string?>("--used-codes")
        {
            Description = "number only the codes of a table, a .npy file of whole numbers: the first is 0, the next 1; "
                + "decode turns them back; all codes when not given",
            HelpName = "file",
        };
        var unknown = new Option<string?>("--unknown-code")
        {
            Description = $"what stands for a code that is not in --used-codes: {RandomName}, {ExtraName} (one more index) or "
                + $"the index of one that is; {RandomName} when not given",
            HelpName = $"{RandomName}|{ExtraName}|n",
        }.Completes(RandomName, ExtraName);
        command.Options.Add(used);
        command.Options.Add(unknown);
        command.Options.Add(accelerator);
        var trace = CommonOptions.Trace();
        command.Options.Add(trace);
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            OutputFile.Check(output.Name, path);
            OutputFile.CheckKind(output.Name, PartialCodes.PathOf(path));
            var (rule, index) = UnknownOf(unknown.Name, parsed.GetValue(unknown), hasTable: parsed.GetValue(used) is not null);
            var table = parsed.GetValue(used) is { } file ? NpyFile.ReadWholeNumbers(file) : default;
            using var signals = new StopSignals();
            var traced = CommonOptions.TraceOf(parsed, trace);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            var timeline = CommandTimeline.Of(device, traced, "encode");
            var which = CommonOptions.CheckpointOf(parsed, checkpoint);
            using var trained = device.InJob("read the model", () => WorkProgress.Wait(
                console, "reading the model",
                () => TrainedModel.LoadToEncode(device, parsed.GetValue(run)!, which, path, console.WriteWhole)));
            ImageDataSet data;
            try
            {
                data = device.InJob(
                    DeviceJobs.OpeningImages, () => input.Open(parsed, trained.Config.Data, int.MaxValue, console));
                var side = CommonOptions.TileOf(parsed, tile, trained.Model);
                CommonOptions.CheckFits(data, trained.Model, side);
                var remap = table.IsDefault ? null : RemapTable.Of(used.Name, table, trained.Model, rule, index);
                signals.Arm();
                if (!WorkProgress.Show(console, "images", data.Count, advance => DataSetCodes.Write(
                    trained, data, path, console.WriteWhole, advance, side, remap, signals.Token)))
                {
                    console.WriteWhole($"stopped: the same command goes on with {PartialCodes.PathOf(path)}");
                    timeline?.Write(console.WriteWhole);
                    return signals.ExitCode;
                }
            }
            catch when (!DataSetCodes.IsBegun(path))
            {
                trained.ReleaseCheckpoint();
                throw;
            }

            var bytes = new FileInfo(path).Length;
            console.WriteWhole(
                $"wrote {path}: {data.Count} images in {bytes} bytes, {(long)data.Count * data.ImageLength} as raw pixels");
            timeline?.Write(console.WriteWhole);
            return 0;
        });
        return command;
    }

    /// <exception cref="RunException">It is none of them, or stands without a table.</exception>
    private static (UnknownCode Rule, int Index) UnknownOf(string option, string? typed, bool hasTable)
    {
        if (typed is not null && !hasTable)
        {
            throw new RunException(option, "a table of codes beside it", "none", "Name one with --used-codes.");
        }

        return typed switch
        {
            null or RandomName => (UnknownCode.Random, 0),
            ExtraName => (UnknownCode.Extra, 0),
            _ when int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var index) =>
                (UnknownCode.Fixed, index),
            _ => throw new RunException(
                option, $"{RandomName}, {ExtraName} or a whole number of at least 0", $"'{typed}'", "Give another value."),
        };
    }
}
