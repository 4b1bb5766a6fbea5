using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Commands;

/// <summary>Options that several commands take.</summary>
internal static class CommonOptions
{
    public static Option<string> Run(string description) => new("--run") { Description = description, Required = true };

    /// <summary>Which checkpoint of the run; null when not given.</summary>
    /// <param name="otherwise">What is taken then.</param>
    public static Option<string?> Checkpoint(string otherwise = CheckpointStore.LatestName) => new("--checkpoint")
    {
        Description = $"latest, best (the least nmse in the metrics), a step, or the path of one; {otherwise} when not given",
        HelpName = "latest|best|step|path",
    };

    /// <summary>What was typed, or latest.</summary>
    public static string CheckpointOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) ?? CheckpointStore.LatestName;

    public static Option<string> Accelerator() => new("--accelerator")
    {
        Description = "auto, cpu, kernels, opencl or cuda; see the command devices",
        DefaultValueFactory = _ => "auto",
    };

    public static Option<bool> NoGraph() => new("--no-graph")
    {
        Description = "on CUDA: launch the kernels of a step one by one, not as one graph; the numbers are the same",
    };

    public static Option<bool> Json() => new("--json") { Description = "print JSON" };

    public static Option<string?> DataRoot() => new("--data-root")
    {
        Description = $"where data sets are found; {DataSetOptions.RootVariable} or data/ when not given",
    };

    public static Option<bool> Download() =>
        new("--download") { Description = "fetch the data set if it is not there, and check it" };

    /// <summary>The value that was typed.</summary>
    /// <exception cref="RunException">It is below the least.</exception>
    public static int AtLeast(int least, Option<int> option, ParseResult parsed) =>
        parsed.GetValue(option) is var value && value >= least
        ? value
        : throw new RunException(option.Name, $"a whole number of at least {least}", $"{value}", "Give another value.");

    /// <summary>Opens a set as the options say.</summary>
    /// <exception cref="DataException">The set is not there, or damaged.</exception>
    public static ImageDataSet OpenData(string data, string split, string? root, bool download)
    {
        var options = new DataSetOptions { Split = split, Download = download };
        return DataSets.Open(data, root is null ? options : options with { Root = root });
    }

    /// <exception cref="DataException">The images do not fit the model.</exception>
    public static void CheckFits(ImageDataSet data, Autoencoder model)
    {
        if (data.Channels != model.Options.Channels)
        {
            throw DataException.Expected(
                data.Name, $"images of {model.Options.Channels} channels, as the model was trained on", $"{data.Channels}");
        }

        CheckSize(data, model.Options);
    }

    /// <exception cref="DataException">The model's strides do not divide the images.</exception>
    public static void CheckSize(ImageDataSet data, AutoencoderOptions model)
    {
        if (data.Height % model.Downsampling != 0 || data.Width % model.Downsampling != 0)
        {
            throw DataException.Expected(
                data.Name, $"images whose sides {model.Downsampling} divides, as the model's strides need",
                $"{data.Width}×{data.Height} pixels", "Resize or crop them.");
        }
    }
}
