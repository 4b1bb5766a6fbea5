using System.Globalization;
using System.Text.RegularExpressions;
using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Train.Runs;

/// <summary>The checkpoints of a run: <c>step-00001000.safetensors</c> and so on in one folder.</summary>
/// <remarks>
/// A checkpoint gets its name only after it was flushed to disk, opened again and compared with its checksum, and older ones go
/// only after that: a process killed at any moment leaves a checkpoint that loads, once <see cref="Save"/> has returned for the
/// first time.
/// </remarks>
public sealed partial class CheckpointStore
{
    private readonly string folder;
    private readonly int keep;

    private CheckpointStore(string folder, int keep)
    {
        this.folder = folder;
        this.keep = keep;
    }

    /// <summary>
    /// For the one process that trains: creates the folder and removes what a killed process left half-written.
    /// </summary>
    /// <param name="folder">Holds the checkpoints and nothing else.</param>
    /// <param name="keep">How many of the newest stay, 1 or more.</param>
    /// <exception cref="RunException">The folder cannot be created.</exception>
    public static CheckpointStore ForWriting(string folder, int keep = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        try
        {
            Directory.CreateDirectory(folder);
            FolderSync.Flush(Path.Combine(folder, ".."));
            AtomicFile.RemoveStale(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(folder, exception);
        }

        return new CheckpointStore(folder, keep);
    }

    /// <summary>For everyone else: leaves all files as they are, also beside a process that trains.</summary>
    public static CheckpointStore ForReading(string folder) => new(folder, keep: 0);

    /// <summary>Writes a checkpoint, verifies it, and only then removes the oldest ones.</summary>
    /// <param name="step">Training steps done.</param>
    /// <param name="tensors">All state that is tensors.</param>
    /// <param name="metadata">All other state; the keys <c>step</c> and <c>sha256</c> are the store's own.</param>
    /// <exception cref="RunException">The disk is full or cannot be written; earlier checkpoints are unharmed.</exception>
    /// <exception cref="SafetensorsException">The tensors make no file, or the disk gave back other bytes than were
    /// written.</exception>
    public Checkpoint Save(long step, IEnumerable<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (keep == 0)
        {
            throw new InvalidOperationException("the store was opened for reading");
        }

        var strings = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>())
        {
            { Checkpoint.StepKey, step.ToString(CultureInfo.InvariantCulture) },
        };
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}.safetensors"));
        AtomicFile.Write(
            path,
            stream => SafetensorsWriter.Write(stream, tensors, strings, digest: true),
            temporary => Checkpoint.Verify(temporary));
        foreach (var old in List().Where(checkpoint => checkpoint.Step < step).Skip(keep - 1))
        {
            Remove(old);
        }

        return new Checkpoint(step, path);
    }

    /// <summary>The checkpoints by name alone, the newest first.</summary>
    public IReadOnlyList<Checkpoint> List()
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return
        [
            .. from path in Directory.EnumerateFiles(folder)
               let name = FileName().Match(Path.GetFileName(path))
               where name.Success
               let step = ParseStep(name.Groups[1].ValueSpan)
               where step is not null
               orderby step descending
               select new Checkpoint(step.Value, path),
        ];
    }

    /// <summary>The newest checkpoint that verifies, or null when there is none at all.</summary>
    /// <param name="report">Gets one line for each damaged checkpoint that was passed over.</param>
    /// <exception cref="RunException">There are checkpoints, and all are damaged.</exception>
    public Checkpoint? Latest(Action<string>? report = null)
    {
        // A process that trains may remove checkpoints between the listing and the reading, but only after it has saved newer
        // ones: then the next listing is another one.
        for (IReadOnlyList<Checkpoint> before = [], now = List(); ; (before, now) = (now, List()))
        {
            var (damaged, vanished) = (0, 0);
            foreach (var checkpoint in now)
            {
                try
                {
                    return VerifyNamed(checkpoint);
                }
                catch (Exception exception) when (exception is SafetensorsException or RunException)
                {
                    if (!File.Exists(checkpoint.Path) && !now.SequenceEqual(before))
                    {
                        vanished++;
                        continue;
                    }

                    damaged++;
                    report?.Invoke(exception.Message);
                }
            }

            if (vanished == 0)
            {
                return damaged == 0
                    ? null
                    : throw new RunException(
                        folder,
                        "a checkpoint that is whole",
                        $"{damaged} damaged",
                        "Restore one from a copy, or start anew in another folder.");
            }
        }
    }

    /// <summary>
    /// What <c>--resume</c> names: <c>latest</c>, which is null in an empty folder, or the path of a checkpoint file.
    /// </summary>
    /// <param name="which">The word <c>latest</c>, or a path.</param>
    /// <param name="report">Gets one line for each damaged checkpoint that <c>latest</c> passed over.</param>
    /// <exception cref="RunException">All checkpoints are damaged, or the file is no checkpoint.</exception>
    /// <exception cref="SafetensorsException">The file is damaged or absent.</exception>
    public Checkpoint? Find(string which, Action<string>? report = null) =>
        which == "latest" ? Latest(report) : Checkpoint.Verify(which);

    /// <summary>
    /// Removes the checkpoints of later steps, when training goes on from <paramref name="step"/> instead of from them.
    /// </summary>
    /// <exception cref="RunException">One cannot be removed.</exception>
    public void DiscardAfter(long step)
    {
        foreach (var later in List().Where(checkpoint => checkpoint.Step > step))
        {
            Remove(later);
        }
    }

    /// <summary>Null for digits that pass 2⁶³.</summary>
    private static long? ParseStep(ReadOnlySpan<char> digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    private static Checkpoint VerifyNamed(Checkpoint checkpoint) => Checkpoint.Verify(checkpoint.Path) == checkpoint
        ? checkpoint
        : throw new RunException(
            checkpoint.Path,
            $"the checkpoint of step {checkpoint.Step}, as its name says",
            "that of another step",
            "Give it back its name.");

    private static void Remove(Checkpoint checkpoint)
    {
        try
        {
            File.Delete(checkpoint.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(checkpoint.Path, exception);
        }
    }

    [GeneratedRegex(@"^step-(\d{8,})\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
