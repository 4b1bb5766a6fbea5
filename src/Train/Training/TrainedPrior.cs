using System.Security.Cryptography;
using System.Text;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>A prior as a run left it, with the model whose codes it knows.</summary>
internal sealed class TrainedPrior : IDisposable
{
    private TrainedPrior(TrainedModel trained, CodePrior prior, string hash) => (Trained, Prior, Hash) = (trained, prior, hash);

    /// <summary>The model, from the same checkpoint.</summary>
    public TrainedModel Trained { get; }

    public CodePrior Prior { get; }

    /// <summary>What codes that the prior made short need to be read again, in 32 hexadecimal digits: the first bytes of the
    /// SHA-256 of prior, model, and how codes lie.</summary>
    public string Hash { get; }

    /// <summary>The prior's family, by its name.</summary>
    public string Family => ((PriorTaskOptions)Config.Task).Prior.Family;

    public RunConfig Config => Trained.Config;

    /// <summary>Of the images, in pixels.</summary>
    public (int Height, int Width) Size => (Config.Data.Height, Config.Data.Width);

    /// <summary>Loads the prior of a checkpoint.</summary>
    /// <param name="device">Where it goes.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="which">What <see cref="CheckpointStore.Find"/> takes.</param>
    /// <param name="report">Gets a line for each damaged checkpoint that was passed over.</param>
    /// <param name="priorDevice">Where the prior goes; null for where the model does.</param>
    /// <exception cref="RunException">The folder holds no run of a prior or no such checkpoint, or its weights are not
    /// finite.</exception>
    /// <exception cref="StateDictionaryException">The checkpoint is of another prior than config.json says.</exception>
    public static TrainedPrior Load(
        Device device, string run, string which, Action<string> report, Device? priorDevice = null)
    {
        using (var folder = RunFolder.OpenForReading(run))
        {
            ReadConfig(folder, run, report);
        }

        var trained = TrainedModel.Load(device, run, which, report);
        CodePrior? prior = null;
        try
        {
            prior = PriorTask.BuildPrior(priorDevice ?? device, trained.Config, (PriorTaskOptions)trained.Config.Task);
            NamedTensor[] state = [.. prior.State.Select(named => named with { Key = TrainingState.Prefix + named.Key })];
            using var file = trained.Checkpoint.Open();
            StateDictionary.FromFile(
                file, trained.Checkpoint.Path, state, ignore: key => !key.StartsWith(Key, StringComparison.Ordinal));
            TrainedModel.CheckFinite(trained.Checkpoint, state);
            return new TrainedPrior(trained, prior, HashOf(file, trained.Config));
        }
        catch
        {
            prior?.Dispose();
            trained.Dispose();
            throw;
        }
    }

    /// <summary>The checkpoint of a run whose <see cref="Hash"/> that is.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="path">The file that needs it, for messages.</param>
    /// <param name="report">Gets a line when config.json is gone.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="RunException">The run has no such checkpoint.</exception>
    public static string Find(string run, string hash, string path, Action<string> report)
    {
        using var folder = RunFolder.OpenForReading(run);
        var config = ReadConfig(folder, run, report);
        var all = folder.OpenCheckpoints().List();
        return all.Reverse().FirstOrDefault(HasHash)?.Path ?? throw new RunException(
            path, $"an image of a prior that {run} still has, {CheckpointStore.Describe(all)}", $"one of {hash[..12]}…",
            "Decompress it with the run that compressed it, or name a copy of the checkpoint with --checkpoint.");

        bool HasHash(Checkpoint checkpoint)
        {
            try
            {
                using var file = checkpoint.Open();
                return HashOf(file, config) == hash;
            }
            catch (SafetensorsException)
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        Prior.Dispose();
        Trained.Dispose();
    }

    private static RunConfig ReadConfig(RunFolder folder, string run, Action<string> report)
    {
        var config = folder.ReadConfig(report);
        return config.Task is PriorTaskOptions ? config : throw new RunException(
            "--run", "the run of a prior", $"{run}, the run of a model",
            $"Learn one of its codes: {ProgramName.Hint("train-prior", "--from", run)}");
    }

    private static string HashOf(SafetensorsFile file, RunConfig config)
    {
        var grids = ((PriorTaskOptions)config.Task).Grids.Select(
            grid => FormattableString.Invariant($"{grid.Name} {grid.Height}×{grid.Width} {string.Join(',', grid.Codes)}"));
        var layout = $"{config.Data.Width}×{config.Data.Height} {string.Join(' ', grids)}";
        byte[] all =
        [
            .. file.HashTensors(entry => !TrainingState.IsTrainingKey(entry.Name)),
            .. file.HashTensors(entry => entry.Name.StartsWith(Key, StringComparison.Ordinal)),
            .. Encoding.UTF8.GetBytes(layout),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(all).AsSpan(0, 16));
    }

    /// <summary>What its keys begin with in a checkpoint.</summary>
    private static string Key => $"{TrainingState.Prefix}{PriorTask.Path}.";
}
