using System.CommandLine;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>train-prior</c>: from a trained model to a prior of its codes, in a run folder of its own.</summary>
internal static class TrainPriorCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var options = new PriorConfigOptions();
        var from = new Option<string?>("--from")
        {
            Description = "the run whose codes are learnt; needed for a new run, and known to one that goes on when not given",
        }.CompletesRuns();
        var checkpoint = CommonOptions.Checkpoint();
        var data = new Option<string?>("--data")
        {
            Description = "images whose codes are learnt: a data set's name or a folder; those of the run --from when not given",
        };
        var dataRoot = CommonOptions.DataRoot();
        var download = CommonOptions.Download();
        var run = new Option<string?>("--run")
        {
            Description = $"the prior's folder; a new one under {TrainCommand.DefaultRuns}/ when not given",
        }.CompletesRuns();
        var resume = TrainCommand.ResumeOption();
        var discard = TrainCommand.DiscardOption();
        var force = CommonOptions.Force();
        var noGraph = CommonOptions.NoGraph();
        var (trace, traceSteps) = (CommonOptions.Trace("some steps do"), CommonOptions.TraceSteps());
        var command = new Command("train-prior", "Learns how probable codes are, so that images can be drawn and compressed.");
        Option[] own = [from, checkpoint, data, dataRoot, download, run, resume, discard, force, noGraph, trace, traceSteps];
        foreach (var option in options.All.Concat(own))
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(run);
            var resumption = parsed.GetValue(resume) is { } which ? new Resumption(which, parsed.GetValue(discard)) : null;
            var source = SourceOf(parsed.GetValue(from), path, resumption);
            RunConfig trained;
            using (var folder = RunFolder.OpenForReading(source))
            {
                trained = folder.ReadConfig(console.WriteWhole);
            }

            CheckSource(trained, source, resumption);
            var config = options.Apply(parsed, trained);
            config = config with
            {
                Data = config.Data with
                {
                    Name = parsed.GetValue(data) ?? config.Data.Name,
                    Root = parsed.GetValue(dataRoot) ?? config.Data.Root,
                },
            };
            config.CheckOptions();
            var request = CommonOptions.TraceOf(parsed, trace, traceSteps);
            if (resumption is null && path is not null)
            {
                RunFolder.RefuseRun(path);
            }

            using var signals = new StopSignals();
            using var device = CommonOptions.OpenDevice(
                parsed, config.Run.Accelerator,
                new DeviceOptions(UseGraphs: !parsed.GetValue(noGraph), Precision: config.Run.Precision));
            using var model = CommonOptions.LoadModel(
                console, device, source, resumption?.Which ?? parsed.GetValue(checkpoint));
            var sets = OpenSets(config, parsed.GetValue(download), console);
            CommonOptions.CheckFits(sets.Train, model.Model);
            config = WorkProgress.Wait(
                console, TrainCommand.LookingAtImages, () => WithCodes(config, model, sets.Train, resumption is null));
            _ = new DataOrder(sets.Train.Count, config.Run.ImagesPerStep, config.Run.Seed);
            var memory = WorkProgress.Wait(console, CommonOptions.CountingMemory, () => StepMemory.Of(config));
            console.WriteWhole(memory.Describe(device));
            if (!parsed.GetValue(force))
            {
                memory.CheckFits(device);
            }

            var place = new TrainingPlace(path, NewRunPath(config), resumption);
            return TrainingSession.Run(
                console, signals, device, config, place, files =>
                {
                    signals.Arm();
                    var task = (PriorTaskOptions)config.Task;
                    var codes = PriorData.Open(
                        files.Folder, model, sets, task, console.WriteWhole,
                        (images, work) => WorkProgress.Show(console, "images", images, work), signals.Token);
                    if (codes is not null)
                    {
                        console.WriteWhole(
                            $"training {task.Prior.Family} on codes of {config.Data.Name} ({codes.Train.Count} images), "
                                + $"{device.Name}: {device.Description}");
                    }

                    return codes is null ? null : files with { Codes = codes };
                },
                request, state => CopyModel(model.Model, state.Model));
        });
        return command;
    }

    private static string SourceOf(string? from, string? run, Resumption? resume) => resume is null
        ? from ?? throw new RunException("--from", "the folder of a run", "none", "Name the run whose codes are to be learnt.")
        : from is null
            ? run ?? throw new RunException("--resume", "the prior's folder as --run", "none", "Name it.")
            : throw new RunException(
                "--from", "none for a prior that goes on: it has the model in its checkpoints", from, "Leave the option out.");

    private static void CheckSource(RunConfig trained, string source, Resumption? resume)
    {
        var isPrior = trained.Task is PriorTaskOptions;
        if (isPrior != resume is not null)
        {
            throw new RunException(
                isPrior ? "--from" : "--run", isPrior ? "the run of a model" : "the run of a prior",
                $"{source}, the run of a {(isPrior ? "prior" : "model")}",
                isPrior
                    ? "Name the run whose codes it learnt, or go on with it: "
                        + ProgramName.Hint("train-prior", "--run", source, "--resume", "latest")
                    : $"Learn its codes: {ProgramName.Hint("train-prior", "--from", source)}");
        }
    }

    /// <summary>The images whose codes a prior learns.</summary>
    /// <param name="data">Which.</param>
    /// <param name="download">Whether to fetch them.</param>
    /// <param name="console">Shows how far it is.</param>
    public static ImageDataSet OpenTrain(DataOptions data, bool download, IAnsiConsole console) => CommonOptions.OpenData(
        "--data", data.Name, data.ToSetOptions(DataSets.Train, download) with { Channels = data.Channels }, console);

    /// <summary>The images whose codes are learnt, and those that are held out, if there are any besides.</summary>
    private static (ImageDataSet Train, ImageDataSet? Held) OpenSets(
        RunConfig config, bool download, IAnsiConsole console) =>
        (OpenTrain(config.Data, download, console), TrainCommand.OpenHeld(config, download, console));

    private static RunConfig WithCodes(RunConfig config, TrainedModel model, ImageDataSet train, bool isNew)
    {
        var data = DataContent.Describe(config.Data, train);
        var task = (PriorTaskOptions)config.Task;
        if (!isNew)
        {
            DataContent.CheckSame(config.Data, data);
            return config with { Data = data };
        }

        if (model.Model is ContinuousAutoencoder)
        {
            throw new RunException(
                "--from", "a model with codes", $"{config.Model.Family}, which has none", "Train one with a quantizer.");
        }

        var layouts = CodePrior.InOrder(new ImagePass(model.Model, train.Height, train.Width).Layouts.Cast<CodeLayout>());
        return (config with
        {
            Id = Guid.NewGuid().ToString("N"),
            Data = data,
            Task = task with
            {
                Classes = task.Prior.Conditional ? train.ClassNames.Count : 0,
                ClassNames = task.Prior.Conditional ? [.. train.ClassNames] : [],
                Grids = [.. layouts.Select(grid => new GridOptions(grid.Name, grid.Height, grid.Width, grid.CodebookSizes))],
                ModelHash = model.Hash,
            },
        }).WithScheduleOverRun();
    }

    private static void CopyModel(Autoencoder source, Autoencoder target)
    {
        foreach (var (from, to) in source.State.Zip(target.State))
        {
            if (from.WholeNumbers is { } numbers)
            {
                Primitive.CopyInto(to.WholeNumbers!, numbers);
            }
            else
            {
                Primitive.CopyInto(to.Tensor, from.Tensor);
            }
        }
    }

    private static string NewRunPath(RunConfig config)
    {
        var task = (PriorTaskOptions)config.Task;
        return Path.Combine(TrainCommand.DefaultRuns, $"{TrainCommand.DataNameOf(config)}-{task.Prior.Family}");
    }
}
