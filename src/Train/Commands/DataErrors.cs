using IlgpuVq.Models;

namespace IlgpuVq.Train.Commands;

/// <summary>Words errors of data for those who typed options: the library speaks of settings by names of its own.</summary>
internal static class DataErrors
{
    /// <summary>The line to print.</summary>
    public static string Line(DataException error) => error.Settings switch
    {
        DataSettings.Name => error.Worded("--data", advice: ""),
        DataSettings.Split => error.Worded("--split", advice: ""),
        DataSettings.Batch => error.Worded("--batch", advice: ""),
        DataSettings.Root => error.Worded(
            error.Subject, "Check its permissions and the free space, or choose another --data-root."),
        DataSettings.Download => error.Worded(error.Subject, "Delete the file and fetch it anew: --download."),
        DataSettings.Size => error.Worded(
            error.Subject, "Bring all to one size: --resize WxH, or --resize N with --crop N."),
        DataSettings.Limit => error.Worded(error.Subject, "Take fewer: --limit N."),
        DataSettings.Root | DataSettings.Download => error.Worded(
            error.Subject, "Name their folder with --data-root, or fetch them with --download."),
        _ => error.Message,
    };
}
