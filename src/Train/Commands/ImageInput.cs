using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Reporting;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>What <c>--input</c> of reconstruct and encode names: an image file, a folder of images, or a data set.</summary>
/// <param name="input">The option.</param>
internal sealed class ImageInput(Option<string?> input)
{
    private readonly Option<string?> split = CommonOptions.Split();
    private readonly SizeOptions sizes = new();
    private readonly Option<string?> root = CommonOptions.DataRoot();
    private readonly Option<bool> download = CommonOptions.Download();

    /// <summary><c>--input</c>, which must be given.</summary>
    public ImageInput()
        : this(new Option<string?>("--input", "--data")
        {
            Description = "an image file, a folder of images, or a data set",
            Required = true,
        })
    {
    }

    /// <summary>Where data sets are, if that was typed.</summary>
    public string? RootOf(ParseResult parsed) => parsed.GetValue(root);

    /// <summary>The options that say how images are read, and nothing without any.</summary>
    public IEnumerable<Option> Reading => [split, .. sizes.All, download];

    /// <summary>Whether images were named.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(input) is not null;

    public void AddTo(Command command)
    {
        command.Options.Add(input);
        command.Options.Add(split);
        sizes.AddTo(command);
        command.Options.Add(root);
        command.Options.Add(download);
    }

    /// <summary>Opens it in the channels of a run's model. A folder or a set is scaled and cut as the run's data were; a single
    /// file only as was typed.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="run">What the model was trained on.</param>
    /// <param name="count">How many images will be used.</param>
    /// <param name="console">Takes lines about what was found, and shows how far it is.</param>
    /// <exception cref="DataException">There is no such thing, or it cannot be read.</exception>
    public ImageDataSet Open(ParseResult parsed, DataOptions run, int count, IAnsiConsole console)
    {
        var name = parsed.GetValue(input)!;
        if (File.Exists(name))
        {
            var typed = sizes.Apply(parsed, new DataOptions());
            return DataSets.OpenFile(name, run.Channels, typed.ToSetOptions(DataSets.Test, download: false));
        }

        var options = sizes.Apply(parsed, run) with { Root = parsed.GetValue(root) };
        var part = CommonOptions.SplitOf(input.Name, name, parsed.GetValue(split), console.WriteWhole);
        var data = CommonOptions.OpenData(input.Name, name, options.ToSetOptions(part, parsed.GetValue(download)) with
        {
            Channels = run.Channels,
            DecodedAtOpening = count,
        }, console);
        CommonOptions.SayNotes(data, console.WriteWhole);
        return data;
    }
}
