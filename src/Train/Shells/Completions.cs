using System.CommandLine;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Shells;

/// <summary>What a shell can complete of options: words of a fixed set, and folders of runs.</summary>
internal static class Completions
{
    private const string DefaultRuns = Commands.TrainCommand.DefaultRuns;

    /// <summary>Options that mean the same wherever they are, and words that they take.</summary>
    private static readonly Dictionary<string, string[]> Words = new(StringComparer.Ordinal)
    {
        ["--accelerator"] = ["auto", "cpu", "kernels", "opencl", "cuda"],
        ["--checkpoint"] = [CheckpointStore.LatestName, CheckpointStore.BestName],
        ["--data"] = [.. DataSets.Names],
        ["--from-image"] = [.. DataSets.Names],
        ["--input"] = [.. DataSets.Names],
        ["--resume"] = [CheckpointStore.LatestName, CheckpointStore.BestName],
        ["--split"] = [.. DataSets.SplitNames],
    };

    /// <summary>Has an option take words.</summary>
    public static Option<T> Completes<T>(this Option<T> option, params IEnumerable<string> words)
    {
        Add(option, words);
        return option;
    }

    /// <summary>Has an option take folders of runs.</summary>
    public static Option<T> CompletesRuns<T>(this Option<T> option)
    {
        NameValue(option);
        option.CompletionSources.Add(context => Runs(context.WordToComplete));
        return option;
    }

    /// <summary>Adds words to the options of a command and of those below it that mean the same everywhere.</summary>
    public static void AddTo(Command command)
    {
        foreach (var option in command.Options)
        {
            var takesSets = command.Options.Any(other => other.Name is "--split" or "--data-root");
            if (Words.TryGetValue(option.Name, out var words) && (option.Name != "--input" || takesSets))
            {
                Add(option, words);
            }
        }

        foreach (var below in command.Subcommands)
        {
            AddTo(below);
        }
    }

    /// <summary>What fits at a place of a line. Options are told where a word begins like one, or where nothing else
    /// fits.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="line">The line behind the program's name.</param>
    /// <param name="position">How much of it is before the cursor.</param>
    public static IEnumerable<string> Of(RootCommand root, string line, int position)
    {
        var word = line[..Math.Clamp(position, 0, line.Length)];
        word = word[(word.LastIndexOf(' ') + 1)..];
        var found = root.Parse(line).GetCompletions(position).Select(item => item.Label).ToArray();
        var others = found.Where(label => label is not (['-', ..] or ['/', _])).ToArray(); // help is /h and /? too
        return others.Length > 0 && !word.StartsWith('-')
            ? others
            : found.Where(label => label.StartsWith(word.Length > 0 ? word : "--", StringComparison.Ordinal));
    }

    /// <summary>Folders of runs: those beside what is typed, or, while no folder is, those in runs/ and here.</summary>
    internal static IEnumerable<string> Runs(string? word)
    {
        var slash = word?.LastIndexOf('/') ?? -1;
        string[] places = slash >= 0 ? [word![..(slash + 1)]] : [$"{DefaultRuns}/", ""];
        return places.SelectMany(RunsIn).Where(run => run.StartsWith(word ?? "", StringComparison.Ordinal));
    }

    private static void Add(Option option, IEnumerable<string> words)
    {
        NameValue(option);
        option.CompletionSources.Add([.. words]);
    }

    /// <summary>Without a name of its value, help would show all words in its place.</summary>
    private static void NameValue(Option option) => option.HelpName ??= option.Name.TrimStart('-');

    private static string[] RunsIn(string place)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var folder = place.Length == 0 ? "." : place.StartsWith("~/", StringComparison.Ordinal) ? home + place[1..] : place;
        try
        {
            return
            [
                .. Directory.EnumerateDirectories(folder)
                    .Where(run => File.Exists(Path.Combine(run, RunFolder.ConfigName)))
                    .Select(run => place + Path.GetFileName(run)).Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
