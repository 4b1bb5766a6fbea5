using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>Which checkpoint <c>evaluate</c> measures, and on which images: those of the run, or others.</summary>
internal sealed class EvaluatedData
{
    private readonly Option<string?> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string?> data = new("--data")
    {
        Description = "the data set or folder; that of the run when not given",
    };
    private readonly Option<string?> split = CommonOptions.Split();
    private readonly SizeOptions sizes = new();
    private readonly Option<string?> root = CommonOptions.DataRoot();
    private readonly Option<bool> download = CommonOptions.Download();

    public void AddTo(Command command)
    {
        command.Options.Add(checkpoint);
        command.Options.Add(data);
        command.Options.Add(split);
        command.Options.Add(root);
        command.Options.Add(download);
        sizes.AddTo(command);
    }

    public string CheckpointOf(ParseResult parsed) => CommonOptions.CheckpointOf(parsed, checkpoint);

    /// <summary>Opens the images, in the channels of the run's model.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="trained">The run.</param>
    /// <param name="say">Takes lines about what was found.</param>
    /// <param name="console">Shows how far it is; null for nothing.</param>
    /// <exception cref="DataException">There is no such set, or it cannot be read.</exception>
    public ImageDataSet Open(ParseResult parsed, TrainedModel trained, Action<string> say, IAnsiConsole? console)
    {
        var source = sizes.Apply(parsed, trained.Config.Data);
        var name = parsed.GetValue(data) ?? source.Name;
        source = source with { Root = parsed.GetValue(root) ?? source.Root };
        var part = CommonOptions.SplitOf(data.Name, name, parsed.GetValue(split), say);
        var set = CommonOptions.OpenData(data.Name, name, source.ToSetOptions(part, parsed.GetValue(download)) with
        {
            Channels = trained.Config.Data.Channels,
            DecodedAtOpening = int.MaxValue,
        }, console);
        CommonOptions.SayNotes(set, say);
        if (name == trained.Config.Data.Name && set.Split is DataSets.Train or DataSets.All)
        {
            say($"{name}, {set.Split}: these are the images that the run was trained on");
        }

        return set;
    }
}
