using System.CommandLine;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;

namespace IlgpuVq.Train.Config;

/// <summary><c>--config</c> and <c>--set</c>: settings of a file, and settings by their places in one.</summary>
internal sealed class SettingOptions
{
    private readonly Option<string?> file;
    private readonly Option<string[]> settings;

    /// <param name="before">What settings of the file come after.</param>
    /// <param name="example">A place and its value.</param>
    /// <param name="config">Has the places that a shell completes.</param>
    public SettingOptions(string before, string example, RunConfig config)
    {
        file = new Option<string?>("--config")
        {
            Description = $"config.json of a run, or a part of one, whose settings come after {before} and before all that is "
                + "typed; none when not given",
            HelpName = "file",
        };
        var places = ConfigPlaces.Of(config).Select(place => $"{place}=");
        settings = new Option<string[]>(ConfigPlaces.Option)
        {
            Description = $"set a place of config.json, such as {example}, after --config and before the options of those names; "
                + "may be given again; none when not given",
            HelpName = "place=value",
            Arity = ArgumentArity.OneOrMore,
        }.Completes(places);
    }

    /// <summary>Both.</summary>
    public IEnumerable<Option> All => [file, settings];

    /// <summary>The config with what the file says.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="config">What it is without.</param>
    /// <param name="kept">Why it may not become another; null where it may.</param>
    /// <returns>Null where no file is named.</returns>
    /// <exception cref="RunException">The file cannot be read or does not fit, or settings are kept.</exception>
    public RunConfig? Merge(ParseResult parsed, RunConfig config, KeptSettings? kept) => RecordOptions.Typed(parsed, file) switch
    {
        null => null,
        var path when kept is not null => throw kept.RefuseAll(file.Name, path),
        var path => ConfigFile.Merge(config, path),
    };

    /// <summary>The config with the places that were typed.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="config">What it is without.</param>
    /// <param name="kept">Why only what may change is set to another value; null where all is.</param>
    /// <exception cref="RunException">There is no such place, the text is no value for it, or it may not change.</exception>
    public RunConfig Set(ParseResult parsed, RunConfig config, KeptSettings? kept) =>
        ConfigPlaces.Set(config, parsed.GetValue(settings) ?? [], kept);
}
