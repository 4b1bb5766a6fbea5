using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting.Pages;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>The look at a run's codes that its page shows; what is in the way of it is told there.</summary>
internal static class RunSurvey
{
    /// <summary>Looks at the newest checkpoint of a run, with the images that its sample pictures are of where they are at
    /// hand.</summary>
    /// <param name="device">Where it is computed.</param>
    /// <param name="path">The run.</param>
    /// <param name="root">Where data sets are; null for where the run had them.</param>
    /// <param name="console">Takes lines about damaged checkpoints, and the bars of what is read.</param>
    public static RunCodes Of(Device device, string path, string? root, IAnsiConsole console)
    {
        try
        {
            if (IsPrior(path))
            {
                return new RunCodes(null);
            }

            using var trained = CommonOptions.LoadModel(console, device, path, CheckpointStore.LatestName);
            var (data, problem) = OpenImages(trained, root, console);
            return new RunCodes(CodeSurvey.Of(trained.Model, data), problem);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return new RunCodes(null, $"The codes are not known: {exception.Message}");
        }
    }

    /// <summary>The same of a model in memory.</summary>
    public static RunCodes Of(Autoencoder model, ImageDataSet? data)
    {
        try
        {
            return new RunCodes(CodeSurvey.Of(model, data));
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return new RunCodes(null, $"The codes are not known: {exception.Message}");
        }
    }

    private static bool IsPrior(string path)
    {
        using var folder = RunFolder.OpenForReading(path);
        return folder.ReadConfig().Task is PriorTaskOptions;
    }

    private static (ImageDataSet? Data, string? Problem) OpenImages(TrainedModel trained, string? root, IAnsiConsole console)
    {
        var source = trained.Config.Data;
        if (!source.IsKnown)
        {
            return (null, null);
        }

        try
        {
            var config = trained.Config with { Data = source with { Root = root ?? source.Root } };
            var data = TrainCommand.OpenHeld(config, download: false, console)
                ?? TrainCommand.OpenTraining(config, false, null, console).Train;
            CommonOptions.CheckFits(data, trained.Model);
            return (data, null);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return (null, $"The images are not at hand: {exception.Message}");
        }
    }

    private static bool IsExpected(Exception exception) =>
        exception is UserException or IOException or UnauthorizedAccessException or OutOfMemoryException;
}
