using System.CommandLine;
using System.Globalization;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Commands;

/// <summary><c>--class</c> of commands that use a prior of labelled images.</summary>
internal static class ClassOption
{
    private const string Name = "--class";

    /// <param name="what">What it is the class of.</param>
    /// <param name="otherwise">What happens without it.</param>
    public static Option<string?> Create(string what, string otherwise) => new(Name)
    {
        Description = $"{what}, by its number from 0 or else its name, for a prior of labelled images; {otherwise}",
        HelpName = "n|name",
    };

    /// <summary>The number of the class that was typed; null for nothing.</summary>
    /// <exception cref="RunException">The prior knows no such class, or none at all.</exception>
    public static int? LabelOf(TrainedPrior trained, string? typed)
    {
        var (classes, names) = (trained.Prior.Classes, trained.ClassNames);
        if (typed is null)
        {
            return null;
        }

        if (classes == 0)
        {
            throw new RunException(Name, "none, for the prior knows no classes", typed, "Leave the option out.");
        }

        var isNumber = int.TryParse(typed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label);
        label = isNumber && label >= 0 && label < classes ? label : names.ToList().IndexOf(typed);
        return label >= 0 ? label : throw new RunException(
            Name, $"a whole number from 0 to {classes - 1}", isNumber ? typed : $"'{typed}'",
            !isNumber && Spelling.DidYouMean(typed, names) is { Length: > 0 } guess ? guess : "Give another value.");
    }
}
