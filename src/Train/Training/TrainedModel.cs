using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Memory;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>A model as a run left it, to be used rather than trained.</summary>
internal sealed class TrainedModel : IDisposable
{
    private readonly FrozenTensors frozen;
    private bool isKeptAnew;

    private TrainedModel(Autoencoder model, RunConfig config, Checkpoint checkpoint, string hash) =>
        (Model, Config, Checkpoint, Hash, frozen) = (model, config, checkpoint, hash, model.Freeze());

    public Autoencoder Model { get; }

    public RunConfig Config { get; }

    public Checkpoint Checkpoint { get; }

    /// <summary>SHA-256 of the model's tensors, by which a file of codes knows the model that made it.</summary>
    public string Hash { get; }

    /// <summary>The model that a config describes, with its initial weights.</summary>
    public static Autoencoder Build(Device device, RunConfig config) =>
        config.Model.Build(new ModuleScope(device, config.Run.Seed));

    /// <summary>Loads the model of a checkpoint.</summary>
    /// <param name="device">Where the model goes.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="which">What <see cref="CheckpointStore.Find"/> takes.</param>
    /// <param name="report">Gets a line for each damaged checkpoint that was passed over.</param>
    /// <exception cref="RunException">The folder holds no run or no such checkpoint, or its weights are not finite.</exception>
    /// <exception cref="StateDictionaryException">The checkpoint is of another model than config.json says.</exception>
    public static TrainedModel Load(Device device, string run, string which, Action<string> report)
    {
        using var folder = RunFolder.OpenForReading(run);
        var config = folder.ReadConfig(report);
        return folder.OpenCheckpoints().Use(which, checkpoint => Load(device, folder, config, checkpoint), report);
    }

    /// <summary>Loads a model to encode with, and keeps its checkpoint for the codes: training that goes on beside or later does
    /// not remove it.</summary>
    /// <param name="device">Where the model goes.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="which">What <see cref="CheckpointStore.Find"/> takes.</param>
    /// <param name="codes">The file that is going to be written.</param>
    /// <param name="report">Gets a line for each damaged checkpoint, and one when the checkpoint cannot be kept.</param>
    /// <exception cref="RunException">The folder holds no run or no such checkpoint, or its weights are not finite.</exception>
    /// <exception cref="StateDictionaryException">The checkpoint is of another model than config.json says.</exception>
    public static TrainedModel LoadToEncode(Device device, string run, string which, string codes, Action<string> report)
    {
        using var folder = RunFolder.OpenForReading(run);
        var config = folder.ReadConfig(report);
        return folder.OpenCheckpoints().Use(which, checkpoint =>
        {
            var isKept = folder.IsAmongOwn(checkpoint) && Keep(checkpoint, codes, report);
            try
            {
                var model = Load(device, folder, config, checkpoint);
                model.isKeptAnew = isKept;
                return model;
            }
            catch when (isKept)
            {
                CheckpointStore.Release(checkpoint);
                throw;
            }
        }, report);
    }

    /// <summary>Loads the model that a file of codes was made by, whichever checkpoint holds it.</summary>
    /// <param name="device">Where the model goes.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="codes">The file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="report">Gets a line when config.json is gone.</param>
    /// <exception cref="RunException">The run has no such checkpoint.</exception>
    public static TrainedModel LoadToDecode(Device device, string run, CodeStoreHeader codes, string path, Action<string> report)
    {
        using var folder = RunFolder.OpenForReading(run);
        var config = folder.ReadConfig(report);
        var all = folder.OpenCheckpoints().List();
        foreach (var checkpoint in all.OrderByDescending(checkpoint => checkpoint.Step == codes.Step))
        {
            if (HashOf(checkpoint) == codes.ModelHash)
            {
                return Load(device, folder, config, checkpoint);
            }
        }

        var maker = codes.Checkpoint is null ? "" : $", {codes.Checkpoint}";
        throw new RunException(
            path, $"codes of a model that {run} still has, {CheckpointStore.Describe(all)}",
            $"those of {codes.ModelHash[..Math.Min(12, codes.ModelHash.Length)]}…{maker}",
            "Put that checkpoint back or name a copy of it with --checkpoint, decode with the run that encoded them, or encode "
                + "again.");
    }

    /// <summary>Refuses numbers that nothing can be made of.</summary>
    /// <param name="checkpoint">Where they are from.</param>
    /// <param name="state">The numbers.</param>
    /// <exception cref="RunException">One is NaN or infinite.</exception>
    public static void CheckFinite(Checkpoint checkpoint, IReadOnlyList<NamedTensor> state)
    {
        if (Finiteness.FirstKeyWithout(state) is { } key)
        {
            throw new RunException(
                checkpoint.Path, "finite numbers", $"NaN or ∞ in {key}: training had gone wrong by step {checkpoint.Step}",
                "Choose an earlier checkpoint by its step: --checkpoint, or --resume with a lower --lr.");
        }
    }

    /// <summary>After codes were not written: nothing needs their checkpoint.</summary>
    public void ReleaseCheckpoint()
    {
        if (isKeptAnew)
        {
            CheckpointStore.Release(Checkpoint);
        }
    }

    private static TrainedModel Load(Device device, RunFolder folder, RunConfig config, Checkpoint checkpoint)
    {
        folder.CheckOwn(checkpoint, config);
        using var file = checkpoint.Open();
        using (var dry = Device.OpenDry())
        using (var asked = Build(dry, config))
        {
            // Before memory is taken for a model that config.json has and the checkpoint has not.
            StateDictionary.CheckFile(file, checkpoint.Path, [.. asked.State], ignore: TrainingState.IsTrainingKey);
        }

        var model = Build(device, config);
        try
        {
            var state = model.State.ToArray();
            StateDictionary.FromFile(file, checkpoint.Path, state, ignore: TrainingState.IsTrainingKey);
            CheckFinite(checkpoint, state);
            return new TrainedModel(model, config, checkpoint, HashOf(file));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static bool Keep(Checkpoint checkpoint, string codes, Action<string> report)
    {
        try
        {
            return CheckpointStore.KeepFor(checkpoint, codes);
        }
        catch (RunException exception)
        {
            report($"{exception.Message} Training that goes on may remove {checkpoint.Path}, which the codes need.");
            return false;
        }
    }

    /// <summary>Null for a file that cannot be read.</summary>
    private static string? HashOf(Checkpoint checkpoint)
    {
        try
        {
            using var file = checkpoint.Open();
            return HashOf(file);
        }
        catch (SafetensorsException)
        {
            return null;
        }
    }

    private static string HashOf(SafetensorsFile file) =>
        Convert.ToHexStringLower(file.HashTensors(entry => !TrainingState.IsTrainingKey(entry.Name)));

    public void Dispose()
    {
        frozen.Dispose();
        Model.Dispose();
    }
}
