using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>A prior as a run left it, with the model whose codes it knows.</summary>
internal sealed class TrainedPrior : IDisposable
{
    private TrainedPrior(TrainedModel trained, CodePrior prior) => (Trained, Prior) = (trained, prior);

    /// <summary>The model, from the same checkpoint.</summary>
    public TrainedModel Trained { get; }

    public CodePrior Prior { get; }

    public RunConfig Config => Trained.Config;

    /// <summary>Of the images, in pixels.</summary>
    public (int Height, int Width) Size => (Config.Data.Height, Config.Data.Width);

    /// <summary>Loads the prior of a checkpoint.</summary>
    /// <param name="device">Where it goes.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="which">What <see cref="CheckpointStore.Find"/> takes.</param>
    /// <param name="report">Gets a line for each damaged checkpoint that was passed over.</param>
    /// <exception cref="RunException">The folder holds no run of a prior or no such checkpoint, or its weights are not
    /// finite.</exception>
    /// <exception cref="StateDictionaryException">The checkpoint is of another prior than config.json says.</exception>
    public static TrainedPrior Load(Device device, string run, string which, Action<string> report)
    {
        using (var folder = RunFolder.OpenForReading(run))
        {
            if (folder.ReadConfig(report).Task is not PriorTaskOptions)
            {
                throw new RunException(
                    "--run", "the run of a prior", $"{run}, the run of a model",
                    $"Learn one of its codes: {ProgramName.Hint("train-prior", "--from", run)}");
            }
        }

        var trained = TrainedModel.Load(device, run, which, report);
        CodePrior? prior = null;
        try
        {
            prior = PriorTask.BuildPrior(device, trained.Config, (PriorTaskOptions)trained.Config.Task);
            NamedTensor[] state = [.. prior.State.Select(named => named with { Key = TrainingState.Prefix + named.Key })];
            using var file = trained.Checkpoint.Open();
            StateDictionary.FromFile(
                file, trained.Checkpoint.Path, state, ignore: key => !key.StartsWith(Key, StringComparison.Ordinal));
            TrainedModel.CheckFinite(trained.Checkpoint, state);
            return new TrainedPrior(trained, prior);
        }
        catch
        {
            prior?.Dispose();
            trained.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Prior.Dispose();
        Trained.Dispose();
    }

    /// <summary>What its keys begin with in a checkpoint.</summary>
    private static string Key => $"{TrainingState.Prefix}{PriorTask.Path}.";
}
