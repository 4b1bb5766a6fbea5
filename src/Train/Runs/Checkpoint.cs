using System.Globalization;
using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Train.Runs;

/// <summary>A checkpoint file: safetensors with a checksum and the number of its step in the metadata.</summary>
/// <param name="Step">Training steps done when it was written.</param>
/// <param name="Path">Where it lies.</param>
public sealed record Checkpoint(long Step, string Path)
{
    internal const string StepKey = "step";

    /// <summary>The key of the error that <see cref="CheckpointStore.Best"/> goes by.</summary>
    internal const string ErrorKey = "nmse";

    /// <summary>The key of the least error so far.</summary>
    internal const string BestErrorKey = "best_error";

    /// <summary>The key of how many errors came since, none less.</summary>
    internal const string SinceBestKey = "since_best";

    /// <summary>The key under which its run's config.json stands.</summary>
    internal const string ConfigKey = "config";

    /// <summary>Opens it for reading.</summary>
    /// <exception cref="SafetensorsException">It cannot be read.</exception>
    public SafetensorsFile Open() => SafetensorsFile.Open(Path);

    /// <summary>Reads the file whole: every rule of the format, the checksum, and the step.</summary>
    /// <exception cref="SafetensorsException">The file is damaged, or no checkpoint.</exception>
    /// <exception cref="RunException">It names no step.</exception>
    public static Checkpoint Verify(string path)
    {
        using var file = SafetensorsFile.Open(path);
        file.VerifyDigest();
        return file.Metadata.TryGetValue(StepKey, out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? new Checkpoint(step, path)
            : throw new RunException(
                path, "a checkpoint with its step in the metadata", text ?? "none", "Use a file from a checkpoints folder.");
    }

    /// <summary>The error of the last line of metrics up to its step, or of the last validation, of a prior that of held-out
    /// codes; the less the better, so that a figure of which more is better stands there as its negative. NaN for none, and for a
    /// file that cannot be read.</summary>
    public double ReadError()
    {
        try
        {
            using var file = Open();
            return double.TryParse(file.Metadata.GetValueOrDefault(ErrorKey), CultureInfo.InvariantCulture, out var error)
                ? error
                : double.NaN;
        }
        catch (SafetensorsException)
        {
            return double.NaN;
        }
    }

    /// <summary>The text of its run's config.json; null where it has none.</summary>
    /// <exception cref="SafetensorsException">The file cannot be read.</exception>
    public string? ReadConfig()
    {
        using var file = Open();
        return file.Metadata.GetValueOrDefault(ConfigKey);
    }
}
