using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;

namespace IlgpuVq.Train.Commands;

/// <summary>What <c>--input</c> of reconstruct and encode names: an image file, a folder of images, or a data set.</summary>
internal sealed class ImageInput
{
    private readonly Option<string> input = new("--input")
    {
        Description = "an image file, a folder of images, or a data set",
        Required = true,
    };
    private readonly Option<string> split = new("--split")
    {
        Description = "train or test, of a data set",
        DefaultValueFactory = _ => DataSets.Test,
    };
    private readonly Option<string?> root = CommonOptions.DataRoot();
    private readonly Option<bool> download = CommonOptions.Download();

    public void AddTo(Command command)
    {
        command.Options.Add(input);
        command.Options.Add(split);
        command.Options.Add(root);
        command.Options.Add(download);
    }

    /// <param name="parsed">What was typed.</param>
    /// <param name="channels">What a single file is turned into.</param>
    /// <exception cref="DataException">There is no such thing, or it cannot be read.</exception>
    public ImageDataSet Open(ParseResult parsed, int channels)
    {
        var name = parsed.GetValue(input)!;
        return File.Exists(name)
            ? DataSets.OpenFile(name, channels)
            : CommonOptions.OpenData(input.Name, name, SplitOf(name, parsed), parsed.GetValue(root), parsed.GetValue(download));
    }

    // A folder without splits has its images under train; ask for the test split only where it was typed or exists.
    private string SplitOf(string name, ParseResult parsed) =>
        Directory.Exists(name) && parsed.GetResult(split) is not { Implicit: false } &&
            !Directory.Exists(Path.Combine(name, DataSets.Test))
            ? DataSets.Train
            : parsed.GetValue(split)!;
}
