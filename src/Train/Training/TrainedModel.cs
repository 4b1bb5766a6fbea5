using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>A model as a run left it, to be used rather than trained.</summary>
internal sealed class TrainedModel : IDisposable
{
    /// <summary>The key in a checkpoint's metadata under which its run's config.json stands.</summary>
    public const string ConfigKey = "config";

    private TrainedModel(Autoencoder model, RunConfig config, Checkpoint checkpoint, string hash) =>
        (Model, Config, Checkpoint, Hash) = (model, config, checkpoint, hash);

    public Autoencoder Model { get; }

    public RunConfig Config { get; }

    public Checkpoint Checkpoint { get; }

    /// <summary>SHA-256 of the model's tensors, by which a file of codes knows the model that made it.</summary>
    public string Hash { get; }

    /// <summary>The model that a config describes, with its initial weights.</summary>
    public static Autoencoder Build(Device device, RunConfig config) =>
        config.Model.Build(new ModuleScope(device, config.Run.Seed));

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
            StateDictionary.FromFile(file, checkpoint.Path, state, ignore: TrainingState.IsTrainingKey);
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
}
