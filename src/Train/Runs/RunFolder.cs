using System.Globalization;
using System.Text;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Runs;

/// <summary>
/// The folder of one run: config.json, metrics.jsonl, checkpoints/ and samples/. One process at a time may write to it.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The file that makes a folder the folder of a run.</summary>
    public const string ConfigName = "config.json";

    /// <summary>The page about the run.</summary>
    public const string ReportName = "report.html";

    private const string CheckpointsName = "checkpoints";
    private const string LockName = "run.lock";

    private readonly FileStream? holder;

    private RunFolder(string path, FileStream? holder)
    {
        Location = path;
        this.holder = holder;
    }

    /// <summary>The folder as its user named it.</summary>
    public string Location { get; }

    public string ConfigPath => Path.Combine(Location, ConfigName);

    public string MetricsPath => Path.Combine(Location, "metrics.jsonl");

    /// <summary>What it was trained on.</summary>
    public string MachinesPath => Path.Combine(Location, "machines.jsonl");

    public string CheckpointsPath => Path.Combine(Location, CheckpointsName);

    /// <summary>TensorBoard takes every file with tfevents in its name.</summary>
    public string EventsPath => Path.Combine(Location, "events.tfevents");

    public string ReportPath => Path.Combine(Location, ReportName);

    public string SamplesPath => Path.Combine(Location, "samples");

    /// <summary>Whether a run was ever started here.</summary>
    public bool HoldsRun => File.Exists(ConfigPath) || CheckpointStore.ForReading(CheckpointsPath).List().Count > 0;

    /// <summary>
    /// Creates the folder where it is not there, and holds it against other processes until disposed, or killed.
    /// </summary>
    /// <exception cref="RunException">The folder cannot be created or written, or another process trains in it.</exception>
    public static RunFolder OpenForWriting(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            throw new RunException(path, "a folder for the run", "a file of that name", "Choose another folder with --run.");
        }

        FileStream? holder = null;
        try
        {
            Directory.CreateDirectory(path);
            holder = Hold(path);
            AtomicFile.RemoveStale(path);
            var folder = new RunFolder(path, holder);
            folder.MakeSamples();
            return folder;
        }
        catch (Exception exception)
        {
            holder?.Dispose();
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw RunException.Writing(path, exception);
            }

            throw;
        }
    }

    /// <summary>Makes the folder of pictures, where it is not there.</summary>
    /// <returns>Whether it was not there.</returns>
    public bool MakeSamples()
    {
        if (Path.Exists(SamplesPath))
        {
            return false;
        }

        Directory.CreateDirectory(SamplesPath);
        return true;
    }

    /// <summary>Opens a folder that no run has, of that name or of the first that is free of NAME-2, NAME-3 and so on; of several
    /// processes at once, each gets another.</summary>
    /// <exception cref="RunException">No folder can be created.</exception>
    public static RunFolder OpenNew(string path)
    {
        for (var (number, name) = (2, path); ; name = $"{path}-{number++}")
        {
            if (Path.Exists(name))
            {
                continue;
            }

            try
            {
                // Who holds it has it: another process may have created it since, trained in it, and even ended.
                var folder = OpenForWriting(name);
                if (!folder.HoldsRun)
                {
                    return folder;
                }

                folder.Dispose();
            }
            catch (RunException exception) when (exception.InnerException is IOException held && RunException.IsHeld(held))
            {
                // Another process was faster.
            }
        }
    }

    /// <summary>Why the pictures below a folder are no images to train on; null for a folder without a run.</summary>
    public static string? WhyNoImages(string path) =>
        File.Exists(Path.Combine(path, LockName))
        || (File.Exists(Path.Combine(path, ConfigName)) && Directory.Exists(Path.Combine(path, CheckpointsName)))
            ? "the folder of a run"
            : null;

    /// <exception cref="RunException">The folder holds a run.</exception>
    public static void RefuseRun(string path)
    {
        if (new RunFolder(path, holder: null).HoldsRun)
        {
            throw new RunException(path, "a folder without a run", "one that holds a run",
                $"Go on with it: {ProgramName.Hint("train", "--run", path, "--resume", "latest")}, or choose another folder.");
        }
    }

    /// <summary>Opens the folder of a run to read from it, also beside the process that trains in it.</summary>
    /// <exception cref="RunException">There is no run in the folder.</exception>
    public static RunFolder OpenForReading(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = new RunFolder(path, holder: null);
        return folder.HoldsRun
            ? folder
            : throw new RunException(
                path,
                "the folder of a run",
                Directory.Exists(path) ? "one without config.json and checkpoints"
                    : File.Exists(path) ? "a file" : "no folder of that name",
                $"Check --run, or train first: {ProgramName.Hint("train", "--run", path)}");
    }

    /// <summary>config.json, or where that is gone what the newest checkpoint says that it was.</summary>
    /// <param name="report">Gets a line when it is not from config.json.</param>
    /// <exception cref="RunException">There is none, or it is damaged, of a later version, or holds an impossible
    /// value.</exception>
    public RunConfig ReadConfig(Action<string>? report = null)
    {
        if (File.Exists(ConfigPath))
        {
            return ConfigFile.Read(ConfigPath);
        }

        return OpenToRead().Use(CheckpointStore.LatestName, checkpoint =>
        {
            var config = ReadConfig(checkpoint) ?? throw new RunException(
                ConfigPath, "the config of the run", $"none, and none in {checkpoint.Path}",
                "Restore the file from a copy, or start a new run in another folder.");
            report?.Invoke($"{ConfigPath} is gone; going by the one in {checkpoint.Path}");
            return config;
        }, report);
    }

    /// <summary>Whether a checkpoint lies in this folder.</summary>
    public bool IsAmongOwn(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return Path.GetDirectoryName(Path.GetFullPath(checkpoint.Path)) == Path.GetFullPath(CheckpointsPath);
    }

    /// <summary>Refuses a checkpoint that another run wrote.</summary>
    /// <param name="checkpoint">Of any folder.</param>
    /// <param name="config">This run's.</param>
    /// <exception cref="RunException">It has the name of another run; or it has none, as earlier versions wrote it, and does not
    /// lie among this run's.</exception>
    public void CheckOwn(Checkpoint checkpoint, RunConfig config)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(config);
        var id = ReadConfig(checkpoint)?.Id;
        if (id is null ? !IsAmongOwn(checkpoint) : id != config.Id)
        {
            throw new RunException(
                checkpoint.Path, $"a checkpoint of the run {Location}", "one of another run",
                "Name the folder of that run with --run, or choose a checkpoint of this one.");
        }
    }

    /// <exception cref="RunException">The file cannot be written.</exception>
    public void WriteConfig(RunConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        AtomicFile.Write(ConfigPath, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(ConfigFile.ToText(config) + "\n"));
        });
    }

    /// <summary>The run's checkpoints: to save, in a folder opened for writing, else to read only.</summary>
    /// <param name="keep">How many of the newest stay.</param>
    /// <exception cref="RunException">The folder cannot be created.</exception>
    public CheckpointStore OpenCheckpoints(int keep = 2) =>
        holder is null ? OpenToRead() : CheckpointStore.ForWriting(CheckpointsPath, keep);

    /// <summary>The picture of originals beside reconstructions after so many steps.</summary>
    public string SamplePath(long step) =>
        Path.Combine(SamplesPath, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}.png"));

    public void Dispose() => holder?.Dispose();

    private CheckpointStore OpenToRead() => CheckpointStore.ForReading(CheckpointsPath);

    private static RunConfig? ReadConfig(Checkpoint checkpoint) =>
        checkpoint.ReadConfig() is { } text ? ConfigFile.Parse(checkpoint.Path, text) : null;

    /// <summary>
    /// The lock: an open file that the system lets go of when its process ends, however it ends. The file itself stays, for
    /// removing it would let two processes hold two files of the one name.
    /// </summary>
    private static FileStream Hold(string path)
    {
        var file = Path.Combine(path, LockName);
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (RunException.IsHeld(exception))
        {
            throw new RunException(
                path,
                "a run folder that no other process writes to",
                "one in which another process trains",
                "Wait for its end, or choose another folder with --run.",
                exception);
        }
    }
}
