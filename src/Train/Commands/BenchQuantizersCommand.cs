using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Benchmarks;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>bench quantizers</c>: one model with each quantizer, trained alike, in one table.</summary>
internal static class BenchQuantizersCommand
{
    private const string None = "–";

    private static readonly string DefaultOutput = Path.Combine(TrainCommand.DefaultRuns, "quantizers");

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions(start => start with { Run = start.Run with { CheckpointEvery = 0, SampleEvery = 0 } });
        var kinds = new Option<string?>("--kinds")
        {
            Description = "the quantizers, of "
                + $"{string.Join(", ", QuantizerVariants.All.Select(variant => variant.Name))}; all when not given",
            HelpName = "name,name,…",
        }.Completes(QuantizerVariants.All.Select(variant => variant.Name));
        var output = new Option<string>("--output")
        {
            Description = "the folder that gets a run of each",
            HelpName = "folder",
            DefaultValueFactory = _ => DefaultOutput,
        };
        var download = CommonOptions.Download();
        var json = CommonOptions.Json();
        var noGraph = CommonOptions.NoGraph();
        var command = new Command(
            "quantizers", "Trains a model with each quantizer, by the options of train, and compares them on the test split.")
        {
            kinds, output, download, json, noGraph,
        };
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            RefuseOptionsBefore(parsed.CommandResult);
            var config = options.Apply(parsed, resumed: null);
            config.CheckOptions();
            RefuseQuantizer(config.Model);
            var variants = QuantizerVariants.Find(kinds.Name, parsed.GetValue(kinds));
            var folder = parsed.GetValue(output)!;
            foreach (var variant in variants)
            {
                RunFolder.RefuseRun(QuantizerBenchmark.PathOf(folder, variant));
            }

            using var signals = new StopSignals();
            using var device = CommonOptions.OpenDevice(
                parsed, config.Run.Accelerator,
                new DeviceOptions(UseGraphs: !parsed.GetValue(noGraph), Precision: config.Run.Precision));
            Action<string> say = parsed.GetValue(json) ? _ => { } : console.WriteWhole;
            var bar = parsed.GetValue(json) ? null : console;
            var (train, test) = OpenData(config, parsed.GetValue(download), say, bar);
            config = config with
            {
                Data = WorkProgress.Wait(
                    bar, TrainCommand.LookingAtImages, () => DataContent.Describe(config.Data, train)),
                Model = config.Model with { Channels = train.Channels },
            };
            _ = new DataOrder(train.Count, config.Run.ImagesPerStep, config.Run.Seed); // refuses a batch that the set cannot fill
            signals.Arm();
            var rows = Run(new QuantizerBenchmark(device, config, train, test, folder), variants, bar, signals.Token);
            if (parsed.GetValue(json))
            {
                console.WriteWhole(
                    JsonSerializer.Serialize(rows, QuantizerBenchmarkJson.Default.IReadOnlyListQuantizerBenchmarkRow));
            }
            else
            {
                console.WriteWhole($"measured on {test.Name}, {test.Split}: {test.Count} images; runs in {folder}");
                ToTable(rows).Show(console);
            }

            return signals.ExitCode;
        });
        return command;
    }

    /// <summary>Numbers in columns; of one that failed the reason.</summary>
    internal static TextTable ToTable(IReadOnlyList<QuantizerBenchmarkRow> rows)
    {
        var table = new TextTable("quantizer", "nmse", "perplexity", "codes used", "dead", "bits/image", "images/s", "options");
        foreach (var row in rows)
        {
            table.Add(
                row.Kind, Number(row.Nmse, "F4"), Number(row.Perplexity, "F1"),
                row.Codes is null ? None : $"{row.CodesUsed} of {row.Codes}", Number(row.DeadCodes, "F0"),
                Number(row.BitsPerImage, "F0"), Number(row.ImagesPerS, "F0"),
                row.Problem is null ? row.Options : $"failed: {row.Problem}");
        }

        return table;
    }

    /// <param name="benchmark">What trains and measures.</param>
    /// <param name="variants">The quantizers.</param>
    /// <param name="console">Shows training; null for nothing.</param>
    /// <param name="stop">Ends after the step that is being done, and leaves out the quantizers that are to come.</param>
    private static List<QuantizerBenchmarkRow> Run(
        QuantizerBenchmark benchmark, IReadOnlyList<QuantizerVariant> variants, IAnsiConsole? console, CancellationToken stop)
    {
        var rows = new List<QuantizerBenchmarkRow>();
        foreach (var variant in variants.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            console?.WriteWhole($"{variant.Name} ({rows.Count + 1} of {variants.Count}): {variant.Options}");
            rows.Add(benchmark.Run(
                variant,
                (course, train) =>
                {
                    if (console is null)
                    {
                        train(TrainingReport.Silent);
                    }
                    else
                    {
                        TrainingReport.Show(console, course, train);
                    }
                },
                measure => WorkProgress.Show(console, "images", benchmark.Measured, measure), CommandLine.Describe, stop));
        }

        return rows;
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? None;

    private static (ImageDataSet Train, ImageDataSet Test) OpenData(
        RunConfig config, bool download, Action<string> say, IAnsiConsole? console)
    {
        var name = config.Data.Name;
        var train = CommonOptions.OpenData("--data", name, OptionsOf(config.Data.ToTrainingOptions(download)), console);
        var split = CommonOptions.SplitOf("--data", name, typed: null, say);
        var test = CommonOptions.OpenData(
            "--data", name, OptionsOf(config.Data.ToSetOptions(split, download)) with { Channels = train.Channels },
            console);
        CommonOptions.SayNotes(train, say);
        CommonOptions.SayNotes(test, say);
        return (train, test);

        DataSetOptions OptionsOf(DataSetOptions part) => part with
        {
            DecodedAtOpening = int.MaxValue,
            CheckSize = CommonOptions.SizeCheck(name, config.Model),
        };
    }

    /// <exception cref="RunException">An option stands where it would mean nothing.</exception>
    private static void RefuseOptionsBefore(CommandResult result)
    {
        if (result.Parent is CommandResult parent &&
            parent.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit) is { } before)
        {
            throw new RunException(
                before.Option.Name, $"options behind {result.Command.Name}", "one before it",
                $"See: {ProgramName.Hint("bench", "quantizers", "--help")}");
        }
    }

    /// <exception cref="RunException">A quantizer was chosen or changed, which each row does for itself.</exception>
    private static void RefuseQuantizer(AutoencoderOptions model)
    {
        var usual = ModelFamilies.All.First(family => family.Name == model.Family).Default;
        if (ConfigOptions.QuantizerOf(model) != ConfigOptions.QuantizerOf(usual))
        {
            throw new RunException(
                "--quantizer and its options", "none, for each quantizer has those of the table", "some",
                "Leave them out, and choose quantizers with --kinds.");
        }
    }
}
