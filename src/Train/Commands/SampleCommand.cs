using System.CommandLine;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>sample</c>: a picture of images that a prior draws: as they are, beside the images that they complete, or beside
/// the nearest of those whose codes it learnt.</summary>
internal static class SampleCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the prior's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var count = new Option<int?>("--count")
        {
            Description = "images to draw; with --from-image, of each image; as many as make a picture when not given",
            HelpName = "n",
        };
        var classes = ClassOption.Create(
            "the class of all images",
            "when not given, all classes in turn, a column of the picture for each; with --from-image, those of the images, "
                + "where they have the same classes");
        var values = new RecordOptions([("", new SamplingOptions())]);
        var completion = new SampleCompletion();
        var neighbours = new SampleNeighbours();
        var output = CommonOptions.Picture();
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("sample", "Draws images of codes that a prior draws.") { run, checkpoint, count, classes };
        foreach (var option in values.All)
        {
            command.Options.Add(option);
        }

        completion.AddTo(command);
        neighbours.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(accelerator);
        var trace = CommonOptions.Trace();
        command.Options.Add(trace);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(count) is < 1 and var few)
            {
                throw new RunException(count.Name, "a whole number of at least 1", $"{few}", "Give another value.");
            }

            var options = OptionsOf(values, parsed);
            completion.Check(parsed);
            neighbours.Check(parsed, completion);
            OutputFile.CheckPicture(output.Name, parsed.GetValue(output)!);
            var traced = CommonOptions.TraceOf(parsed, trace);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            var timeline = CommandTimeline.Of(device, traced, "sample");
            using var trained = CommonOptions.LoadPrior(console, device, parsed.GetValue(run)!, parsed.GetValue(checkpoint));
            var sampling = new SampleSettings(
                console, trained, options, parsed.GetValue(count), ClassOption.LabelOf(trained, parsed.GetValue(classes)));
            var (picture, lines) = completion.IsAsked(parsed) ? completion.Draw(parsed, sampling)
                : neighbours.IsAsked(parsed) ? neighbours.Draw(parsed, sampling, completion.RootOf(parsed))
                : Draw(sampling);
            using (device.BeginJob(DeviceJobs.WritingPicture))
            {
                PictureFile.Save(parsed.GetValue(output)!, picture);
            }

            console.WriteWhole($"wrote {parsed.GetValue(output)}: {lines[0]}");
            foreach (var line in lines.Skip(1))
            {
                console.WriteWhole(line);
            }

            timeline?.Write(console.WriteWhole);
            return 0;
        });
        return command;
    }

    /// <summary>How an index is drawn, as was typed.</summary>
    /// <exception cref="RunException">A value is out of its range.</exception>
    public static SamplingOptions OptionsOf(RecordOptions values, ParseResult parsed) =>
        CommonOptions.Read(values, new SamplingOptions(), parsed, options => options.Validate());

    /// <summary>Images as they are.</summary>
    private static (DecodedImage Picture, string[] Lines) Draw(SampleSettings sampling)
    {
        var (trained, label) = (sampling.Trained, sampling.Class);
        var columns = label is null ? trained.Prior.Classes : 0;
        var count = sampling.Count ?? PriorSamples.DefaultCount(columns, trained.Size);
        sampling.CheckCount(count, PriorSamples.MostOf(columns, trained.Size));
        var samples = sampling.Draw(new PriorDrawing(count) { Labels = sampling.LabelsOf(count) });
        return columns == 0
            ? (samples.ToPicture(), [sampling.Speed(count)])
            : (samples.ToPicture(trained.ClassNames),
                [sampling.Speed(count), $"classes in turn: {string.Join(", ", trained.ClassNames)}"]);
    }
}
