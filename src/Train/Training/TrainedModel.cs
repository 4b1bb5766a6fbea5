using IlgpuVq.Models;
using IlgpuVq.Models.VqVaes;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>A model as a run left it, to be used rather than trained.</summary>
internal sealed class TrainedModel : IDisposable
{
    /// <summary>What <c>--model</c> calls it.</summary>
    public const string Name = "vqvae";

    /// <summary>The key in a checkpoint's metadata under which its run's config.json stands.</summary>
    public const string ConfigKey = "config";

    private TrainedModel(VqVae model, RunConfig config, Checkpoint checkpoint, string hash) =>
        (Model, Config, Checkpoint, Hash) = (model, config, checkpoint, hash);

    public VqVae Model { get; }

    public RunConfig Config { get; }

    public Checkpoint Checkpoint { get; }

    /// <summary>SHA-256 of the model's tensors, by which a file of codes knows the model that made it.</summary>
    public string Hash { get; }

    /// <summary>The model that a config describes, with its initial weights.</summary>
    public static VqVae Build(Device device, RunConfig config) => new(new ModuleScope(device, config.Seed, config.Initialization), new VqVaeOptions
    {
        Channels = config.Channels,
        Hidden = config.Hidden,
        ResidualHidden = config.ResidualHidden,
        ResidualLayers = config.ResidualLayers,
        Codes = config.Codes,
        CodeDim = config.CodeDim,
        Commitment = (float)config.Commitment,
        Codebook = config.Codebook,
        Decay = (float)config.Decay,
        Skip = config.ResidualSkip,
    });

    /// <summary>Loads the newest whole checkpoint of a run.</summary>
    /// <param name="device">Where the model goes.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="report">Gets a line for each damaged checkpoint that was passed over.</param>
    /// <exception cref="RunException">The folder holds no run or no whole checkpoint.</exception>
    /// <exception cref="StateDictionaryException">The checkpoint is of another model than config.json says.</exception>
    public static TrainedModel Load(Device device, string run, Action<string> report)
    {
        using var folder = RunFolder.OpenForReading(run);
        var config = folder.ReadConfig();
        var checkpoint = folder.OpenCheckpoints().Latest(report) ?? throw new RunException(
            folder.CheckpointsPath, "a checkpoint", "none", $"Train first: train --run {run} --resume latest");
        using var file = checkpoint.Open();
        var model = Build(device, config);
        try
        {
            var state = model.State.ToArray();
            StateDictionary.FromFile(file, checkpoint.Path, state, ignore: IsTrainingOnly);
            var keys = state.Select(named => named.Key).ToHashSet(StringComparer.Ordinal);
            var hash = Convert.ToHexStringLower(file.HashTensors(entry => keys.Contains(entry.Name)));
            return new TrainedModel(model, config, checkpoint, hash);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose() => Model.Dispose();

    private static bool IsTrainingOnly(string key) =>
        key.StartsWith("adam.", StringComparison.Ordinal) || key.StartsWith("metrics.", StringComparison.Ordinal);
}
