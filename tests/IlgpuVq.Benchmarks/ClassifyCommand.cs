using System.CommandLine;
using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Commands;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Benchmarks;

/// <summary><c>classify</c>: whether images that a prior draws of a class are of that class, as a network says that has learnt
/// the real images.</summary>
internal static class ClassifyCommand
{
    /// <summary>Images that go from a set through a model at once.</summary>
    private const int Part = 1000;

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the folder of a prior that knows classes");
        var checkpoint = CommonOptions.Checkpoint();
        var data = new Option<string>("--data")
        {
            Description = "the images, with splits train and test",
            DefaultValueFactory = _ => DataSets.Mnist,
        };
        var root = CommonOptions.DataRoot();
        var samples = CommonOptions.Whole("--samples", "images that the prior draws, all classes in turn", 1000);
        var steps = CommonOptions.Whole("--steps", "that the network learns", 2000);
        var batch = CommonOptions.Whole("--batch", "images of a step", 128);
        var drawing = new RecordOptions([("", new SamplingOptions())]);
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("classify", "Trains a network on real images, and has it name the class of a prior's samples.")
        {
            run, checkpoint, data, root, samples, steps, batch, accelerator,
        };
        foreach (var option in drawing.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var (count, length) = (CommonOptions.AtLeast(1, samples, parsed), CommonOptions.AtLeast(1, steps, parsed));
            CommonOptions.AtLeast(2, batch, parsed);
            var options = SampleCommand.OptionsOf(drawing, parsed);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            using var trained = TrainedPrior.Load(
                device, parsed.GetValue(run)!, CommonOptions.CheckpointOf(parsed, checkpoint), console.WriteWhole);
            var learnt = trained.Config.Data;
            var place = learnt with { Name = parsed.GetValue(data)!, Root = parsed.GetValue(root) ?? learnt.Root };
            var (train, test) = (Open(place, DataSets.Train), Open(place, DataSets.Test));
            CheckFits(trained, train);
            CheckFits(trained, test);
            using var classifier = new ImageClassifier(device, train.Channels, trained.Prior.Classes, options.Seed);
            WorkProgress.Show(console, "steps", length, advance =>
            {
                classifier.Learn(train, parsed.GetValue(batch), length, advance);
                return 0;
            });
            var (real, rebuilt) = WorkProgress.Show(
                console, "images", test.Count, advance => OfSet(classifier, trained, test, advance));
            console.WriteWhole(
                $"{length} steps of {parsed.GetValue(batch)} images of {train.Name}, seed {options.Seed}");
            console.WriteWhole(Line("test images", real));
            console.WriteWhole(Line("their reconstructions", rebuilt));
            var drawn = Draw(console, trained, count, options);
            var shape = (train.Channels, train.Height, train.Width);
            var named = new Tally(trained.Prior.Classes);
            named.Add(classifier.Name(drawn.Pixels, shape), PriorSamples.InTurn(trained.Prior.Classes, count));
            console.WriteWhole(Line("samples", named));
            for (var label = 0; label < named.All.Length; label++)
            {
                console.WriteWhole($"  class {trained.ClassNames[label]}: {named.Right[label]} of {named.All[label]}");
            }

            return 0;
        });
        return command;
    }

    private static ImageDataSet Open(DataOptions data, string split) => CommonOptions.OpenData(
        "--data", data.Name, data.ToSetOptions(split, download: false) with { Channels = data.Channels });

    private static PriorSamples Draw(
        IAnsiConsole console, TrainedPrior trained, int count, SamplingOptions options) => WorkProgress.Show(
        console, "%", 100, advance => PriorSamples.Draw(
            trained.Prior, trained.Trained.Model, trained.Size, new PriorDrawing(count)
            {
                Labels = PriorSamples.InTurn(trained.Prior.Classes, count),
                Options = options,
                Progress = (done, all) => advance(100 * done / all),
            }));

    /// <summary>How many images of a set are named right, and of their reconstructions by the model.</summary>
    private static (Tally Real, Tally Rebuilt) OfSet(
        ImageClassifier classifier, TrainedPrior trained, ImageDataSet set, Action<long> advance)
    {
        var (real, rebuilt) = (new Tally(classifier.Classes), new Tally(classifier.Classes));
        var shape = (set.Channels, set.Height, set.Width);
        var pass = new ImagePass(trained.Trained.Model, set.Height, set.Width);
        var part = pass.AtOnce(Part);
        for (var first = 0; first < set.Count; first += part)
        {
            advance(first);
            int[] indices = [.. Enumerable.Range(first, Math.Min(part, set.Count - first))];
            var (images, labels) = (new float[indices.Length * set.ImageLength], new int[indices.Length]);
            set.ReadBatch(indices, images, labels);
            real.Add(classifier.Name(images, shape), labels);
            rebuilt.Add(classifier.Name(pass.Decode(pass.Encode(images)), shape), labels);
        }

        return (real, rebuilt);
    }

    private static void CheckFits(TrainedPrior trained, ImageDataSet set)
    {
        if (trained.Prior.Classes == 0)
        {
            throw new RunException(
                "--run", "a prior of labelled images", "one that knows no classes", "Learn one: train-prior --conditional true.");
        }

        if (set.ClassNames.Count != trained.Prior.Classes || (set.Height, set.Width) != trained.Size)
        {
            throw DataException.Expected(
                set.Name,
                $"images of {trained.Size.Width}×{trained.Size.Height} in {trained.Prior.Classes} classes, as the prior learnt",
                $"{set.Width}×{set.Height} in {set.ClassNames.Count}", "Name the images whose codes it learnt.");
        }
    }

    private static string Line(string what, Tally tally)
    {
        var (right, all) = (tally.Right.Sum(), tally.All.Sum());
        return string.Create(CultureInfo.InvariantCulture, $"{what}: {right} of {all} named right, {100.0 * right / all:F2} %");
    }

    /// <summary>How many images of each class there are, and how many of them are named right.</summary>
    private sealed class Tally(int classes)
    {
        public int[] All { get; } = new int[classes];

        public int[] Right { get; } = new int[classes];

        public void Add(int[] names, int[] labels)
        {
            for (var i = 0; i < labels.Length; i++)
            {
                All[labels[i]]++;
                Right[labels[i]] += names[i] == labels[i] ? 1 : 0;
            }
        }
    }
}
