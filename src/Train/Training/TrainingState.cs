using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.VqVaes;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Everything that training changes, and so everything a checkpoint holds: weights, moments, EMA state, figures and the step.</summary>
/// <remarks>Data order and random numbers are functions of the seed and the step, so they need no state of their own.</remarks>
internal sealed class TrainingState : IDisposable
{
    private const string SecondsKey = "seconds";

    public TrainingState(Device device, RunConfig config)
    {
        Model = TrainedModel.Build(device, config);
        Optimizer = new Adam(Model.Parameters, new AdamOptions { LearningRate = (float)config.LearningRate });
        Sums = new MetricSums(device, config.Codes);
    }

    public VqVae Model { get; }

    public Adam Optimizer { get; }

    public MetricSums Sums { get; }

    /// <summary>Steps done.</summary>
    public long Step { get; set; }

    /// <summary>Seconds of training so far, those before a resume included.</summary>
    public double Seconds { get; set; }

    private NamedTensor[] Tensors => [.. Model.State, .. Optimizer.State, .. Sums.State];

    public Checkpoint Save(CheckpointStore store, RunConfig config) => store.Save(Step, StateDictionary.ToFile(Tensors), new Dictionary<string, string>
    {
        [TrainedModel.ConfigKey] = config.ToText(),
        [SecondsKey] = Seconds.ToString("R", CultureInfo.InvariantCulture),
    });

    /// <exception cref="StateDictionaryException">The checkpoint is of another model.</exception>
    public void Load(Checkpoint checkpoint)
    {
        using var file = checkpoint.Open();
        StateDictionary.FromFile(file, checkpoint.Path, Tensors);
        Step = checkpoint.Step;
        Optimizer.Steps = (int)checkpoint.Step;
        Seconds = double.TryParse(file.Metadata.GetValueOrDefault(SecondsKey), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
    }

    public void Dispose()
    {
        Sums.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
    }
}
