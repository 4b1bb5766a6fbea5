using System.Globalization;
using System.Text.RegularExpressions;
using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Train.Runs;

/// <summary>The checkpoints of a run: <c>step-00001000.safetensors</c> and so on in one folder.</summary>
/// <remarks>
/// A checkpoint gets its name only after it was flushed to disk, opened again and compared with its checksum, and older ones go
/// only after that: a process killed at any moment leaves a checkpoint that loads, once <see cref="Save"/> has returned for the
/// first time. Beside the newest, the best and those that files of codes were made by stay: <c>step-00001000.codes</c> names the
/// files that need the checkpoint of that step.
/// </remarks>
public sealed partial class CheckpointStore
{
    /// <summary>The word for the newest checkpoint.</summary>
    public const string LatestName = "latest";

    /// <summary>The word for the checkpoint of the least error.</summary>
    public const string BestName = "best";

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
    /// <param name="keep">How many of the newest stay, 1 or more, besides <see cref="Best"/> and those that
    /// <see cref="KeepFor"/> keeps.</param>
    /// <exception cref="RunException">The folder cannot be created.</exception>
    public static CheckpointStore ForWriting(string folder, int keep = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        try
        {
            Directory.CreateDirectory(folder);
            DiskSync.Flush(Path.Combine(folder, ".."));
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
        var best = ByError().FirstOrDefault();
        foreach (var old in List().Where(checkpoint => checkpoint.Step < step).Skip(keep - 1))
        {
            if (old != best && !File.Exists(MarkerOf(old)))
            {
                Remove(old.Path);
            }
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
    public Checkpoint? Latest(Action<string>? report = null) => FirstWhole(List, report);

    /// <summary>The checkpoint with the least NMSE in the last line of metrics up to its step, the newest of equal
    /// ones.</summary>
    /// <param name="report">Gets one line for each damaged checkpoint that was passed over.</param>
    /// <exception cref="RunException">No checkpoint has an NMSE, or all that have one are damaged.</exception>
    public Checkpoint Best(Action<string>? report = null) => FirstWhole(ByError, report) ?? throw new RunException(
        folder, "a checkpoint with the NMSE of a line of metrics",
        List() is { Count: > 0 } all ? $"{Describe(all)} without one" : "none",
        "Choose one by its step, or latest; train with a smaller --log-every.");

    /// <summary>What <c>--checkpoint</c> and <c>--resume</c> name, verified.</summary>
    /// <param name="which"><c>latest</c>, <c>best</c>, the number of a step, or the path of a checkpoint file.</param>
    /// <param name="report">Gets one line for each damaged checkpoint that was passed over.</param>
    /// <exception cref="RunException">There is none of that name, or all are damaged.</exception>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    public Checkpoint Find(string which, Action<string>? report = null)
    {
        if (IsWord(which))
        {
            return which == BestName ? Best(report) : Latest(report) ?? throw new RunException(
                folder, "a checkpoint", "none",
                $"Train first: {ProgramName.Hint("train", "--run", Path.GetDirectoryName(folder)!, "--resume", "latest")}");
        }

        if (ParseStep(which) is { } step)
        {
            var all = List();
            return all.FirstOrDefault(checkpoint => checkpoint.Step == step) is { } found
                ? VerifyNamed(found)
                : throw new RunException(
                    folder, $"a checkpoint of step {step}", Describe(all),
                    "Choose one that is there, or latest or best.");
        }

        return File.Exists(which)
            ? Checkpoint.Verify(which)
            : throw new RunException(
                which, "latest, best, the number of a step or the path of a checkpoint", "no file of that name",
                List() is { Count: > 0 } there ? $"The run has {Describe(there)}." : "Check the path.");
    }

    /// <summary>Finds a checkpoint and does something with it. Where a process that trains removes <c>latest</c> or <c>best</c>
    /// in between, the one that took its place is used.</summary>
    /// <exception cref="RunException">As <see cref="Find"/>.</exception>
    /// <exception cref="SafetensorsException">As <see cref="Find"/>.</exception>
    public T Use<T>(string which, Func<Checkpoint, T> use, Action<string>? report = null)
    {
        ArgumentNullException.ThrowIfNull(use);
        for (Checkpoint? before = null; ;)
        {
            var checkpoint = Find(which, report);
            try
            {
                return use(checkpoint);
            }
            catch (SafetensorsException) when (IsWord(which) && checkpoint != before && !File.Exists(checkpoint.Path))
            {
                before = checkpoint;
            }
        }
    }

    /// <summary>Keeps a checkpoint for a file of codes that was made by it: training does not remove it.</summary>
    /// <returns>Whether nothing kept it before.</returns>
    /// <exception cref="RunException">The folder cannot be written.</exception>
    public static bool KeepFor(Checkpoint checkpoint, string codes)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var marker = MarkerOf(checkpoint);
        var line = Path.GetFullPath(codes);
        try
        {
            var isNew = !File.Exists(marker);
            if (isNew || !File.ReadLines(marker).Contains(line))
            {
                File.AppendAllText(marker, line + "\n");
            }

            return isNew;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(marker, exception);
        }
    }

    /// <summary>Lets training remove a checkpoint again.</summary>
    public static void Release(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        Remove(MarkerOf(checkpoint));
    }

    /// <summary>Steps in words, the oldest first.</summary>
    internal static string Describe(IReadOnlyList<Checkpoint> checkpoints) => checkpoints.Count == 0 ? "none"
        : checkpoints.Count == 1 ? $"that of step {checkpoints[0].Step}"
        : $"those of steps {string.Join(", ", checkpoints.Select(checkpoint => checkpoint.Step).Order())}";

    /// <summary>
    /// Removes the checkpoints of later steps, when training goes on from <paramref name="step"/> instead of from them.
    /// </summary>
    /// <exception cref="RunException">One cannot be removed.</exception>
    public void DiscardAfter(long step)
    {
        foreach (var later in List().Where(checkpoint => checkpoint.Step > step))
        {
            Remove(later.Path);
            Release(later);
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

    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(file, exception);
        }
    }

    private static bool IsWord(string which) => which is LatestName or BestName;

    private static string MarkerOf(Checkpoint checkpoint) => Path.ChangeExtension(checkpoint.Path, ".codes");

    /// <summary>The checkpoints that have an error, the least first.</summary>
    private List<Checkpoint> ByError() =>
    [
        .. List().Select(checkpoint => (Checkpoint: checkpoint, Error: checkpoint.ReadError()))
            .Where(pair => double.IsFinite(pair.Error)).OrderBy(pair => pair.Error).Select(pair => pair.Checkpoint),
    ];

    /// <summary>The first of a list that verifies, or null when the list is empty.</summary>
    private Checkpoint? FirstWhole(Func<IReadOnlyList<Checkpoint>> list, Action<string>? report)
    {
        // A process that trains may remove checkpoints between the listing and the reading, but only after it has saved newer
        // ones: then the next listing is another one.
        for (IReadOnlyList<Checkpoint> before = [], now = list(); ; (before, now) = (now, list()))
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

    [GeneratedRegex(@"^step-(\d{8,})\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
