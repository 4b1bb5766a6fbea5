using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>sample</c>: a picture of images that a prior draws.</summary>
internal static class SampleCommand
{
    private const int DefaultCount = 40;

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the prior's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var count = CommonOptions.Whole("--count", "images to draw", DefaultCount);
        var classes = new Option<string?>("--class")
        {
            Description = "the class of all images, by its number from 0; all classes in turn when not given, for a prior of "
                + "labelled images",
            HelpName = "n",
        };
        var values = new RecordOptions([("", new SamplingOptions())]);
        var output = CommonOptions.Picture();
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("sample", "Draws images of codes that a prior draws.") { run, checkpoint, count, classes };
        foreach (var option in values.All)
        {
            command.Options.Add(option);
        }

        command.Options.Add(output);
        command.Options.Add(accelerator);
        command.SetAction(parsed =>
        {
            var images = CommonOptions.AtLeast(1, count, parsed);
            var options = OptionsOf(values, parsed);
            OutputFile.CheckPicture(output.Name, parsed.GetValue(output)!);
            using var device = CommonOptions.OpenDevice(parsed.GetValue(accelerator)!);
            using var trained = TrainedPrior.Load(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteWhole);
            CheckPicture(images, trained.Size);
            var drawing = new PriorDrawing(images)
            {
                Labels = LabelsOf(trained.Prior.Classes, parsed.GetValue(classes), images),
                Options = options,
            };
            var start = Stopwatch.GetTimestamp();
            var samples = WorkProgress.Show(console, "%", 100, advance => PriorSamples.Draw(
                trained.Prior, trained.Trained.Model, trained.Size,
                drawing with { Progress = (done, all) => advance(100 * done / all) }));
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            samples.Save(parsed.GetValue(output)!);
            console.WriteWhole(string.Create(
                CultureInfo.InvariantCulture,
                $"wrote {parsed.GetValue(output)}: {images} images, {images / seconds:0.##} a second"));
            return 0;
        });
        return command;
    }

    private static void CheckPicture(int count, (int Height, int Width) size)
    {
        var most = GridPicture.Capacity(size.Height, size.Width);
        if (count > most)
        {
            throw new RunException(
                "--count", $"at most {most}, as many images of {size.Width}×{size.Height} as a picture shows", $"{count}",
                "Draw them in several pictures, with another --seed each.");
        }
    }

    private static SamplingOptions OptionsOf(RecordOptions values, ParseResult parsed)
    {
        var options = new SamplingOptions();
        foreach (var (name, text) in values.TypedOf(parsed))
        {
            RecordOptions.TrySet(options, name, text, isResumed: false, out var changed);
            options = changed;
        }

        CommonOptions.Check(options.Validate);
        return options;
    }

    private static int[]? LabelsOf(int classes, string? typed, int count)
    {
        const string option = "--class";
        if (classes == 0)
        {
            return typed is null ? null : throw new RunException(
                option, "none, for the prior knows no classes", typed, "Leave the option out.");
        }

        if (typed is null)
        {
            return [.. Enumerable.Range(0, count).Select(i => i % classes)];
        }

        var label = (int)OptionText.Parse(option, typed, typeof(int));
        return label >= 0 && label < classes
            ? [.. Enumerable.Repeat(label, count)]
            : throw new RunException(option, $"a whole number from 0 to {classes - 1}", typed, "Give another value.");
    }
}
