using System.Globalization;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Everything that training changes, and so everything a checkpoint holds: weights, moments, codebooks,
/// figures and the step.</summary>
/// <remarks>
/// <para>Data order, random numbers and schedules are functions of the seed and the step, so they need no state of their
/// own.</para>
/// <para>A checkpoint holds the model under its own keys and all else under <c>train/</c>; in
/// version 1 it had no such prefix.</para>
/// </remarks>
internal sealed class TrainingState : IDisposable
{
    /// <summary>Prefix of all keys that are not the model's.</summary>
    public const string Prefix = "train/";

    private const string SecondsKey = "seconds";

    private readonly RandomState[] random;
    private readonly ScheduledScalar[] schedules;
    private readonly Scalars scalars;
    private readonly Recomputation recomputation;

    public TrainingState(Device device, RunConfig config)
    {
        Model = TrainedModel.Build(device, config);
        Task = TrainingTask.Of(Model, config);
        Optimizer = config.WithScheduleOverRun().Optimizer.Build(Task.Trained);
        Sums = new MetricSums(device, Task.Figures, Task.Layouts);
        random = [.. Enumerable.Range(0, config.Run.Accumulate).Select(_ => new RandomState(device, config.Run.Seed))];
        Averages = config.Optimizer.WeightEma is > 0 and var decay ? new WeightAverages(Task.Trained, decay) : null;
        ScheduledScalar[] own = Averages is null ? [] : [Averages.Schedule];
        schedules = [.. Model.Schedules, .. Task.Schedules, .. own];
        scalars = new Scalars(device, schedules.Select(schedule => schedule.Name));
        recomputation = config.Task is ReconstructionOptions { Recompute: true } ? Recomputation.On : Recomputation.Off;
    }

    public Autoencoder Model { get; }

    public TrainingTask Task { get; }

    public IOptimizer Optimizer { get; }

    /// <summary>Averages of the weights; null where they are not wanted.</summary>
    public WeightAverages? Averages { get; }

    public MetricSums Sums { get; }

    /// <summary>The parts that a step's images come in, see <c>--accumulate</c>.</summary>
    public int Parts => random.Length;

    /// <summary>What the only part of a step gets, or its first.</summary>
    public StepContext Context => ContextOf(part: 0);

    /// <summary>Steps done.</summary>
    public long Step { get; set; }

    /// <summary>Seconds of training so far, those before a resume included.</summary>
    public double Seconds { get; set; }

    /// <summary>The last value of what <c>best</c> is chosen by, the less the better; NaN before the first.</summary>
    public double LastError { get; private set; } = double.NaN;

    /// <summary>The least of these values; NaN before the first.</summary>
    public double BestError { get; private set; } = double.NaN;

    /// <summary>How many values came since, none less.</summary>
    public int SinceBest { get; private set; }

    /// <summary>Everything that is trained by gradients.</summary>
    public IEnumerable<Parameter> Parameters => Task.Trained.Concat(Task.Parameters);

    /// <summary>All that is saved, by key. Under a weight's own key lies its average, where there is one, and the weight under
    /// <c>train/weights</c>.</summary>
    private NamedTensor[] Tensors
    {
        get
        {
            var averages = Averages?.State.ToDictionary(named => named.Key) ?? [];
            return
            [
                .. Model.State.Select(AverageOf),
                .. Model.State.Concat(Task.State).Where(named => averages.ContainsKey(named.Key))
                    .Select(named => InTraining(named, "weights.")),
                .. Optimizer.State.Concat(Sums.State).Concat(Task.State.Select(AverageOf)).Select(named => InTraining(named)),
            ];

            NamedTensor AverageOf(NamedTensor named) => averages.GetValueOrDefault(named.Key, named);

            static NamedTensor InTraining(NamedTensor named, string section = "") =>
                named with { Key = Prefix + section + named.Key };
        }
    }

    /// <summary>Whether a key of a checkpoint is training's rather than the model's, in either version.</summary>
    public static bool IsTrainingKey(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) || key.StartsWith("adam.", StringComparison.Ordinal) ||
        key.StartsWith("metrics.", StringComparison.Ordinal);

    /// <summary>What a part of a step gets: random numbers of its own and scalars, which <see cref="Begin"/> writes.</summary>
    public StepContext ContextOf(int part) =>
        new(IsTraining: true, random[part], scalars, IsPart: part < Parts - 1, recomputation);

    /// <summary>Begins the next step from the host: all that is another number in each step goes to the device.</summary>
    public void Begin()
    {
        for (var part = 0; part < Parts; part++)
        {
            random[part].Set(Step * Parts + part);
        }

        foreach (var (name, at) in schedules)
        {
            scalars.Set(name, (float)at(Step + 1));
        }

        scalars.Write();
        Optimizer.Advance();
        Task.Begin(Step);
    }

    /// <summary>After the weights became others than those of a step: the averages begin with them.</summary>
    public void RestartAverages() => Averages?.Restart();

    /// <summary>Takes the weights of a step into their averages, in the step.</summary>
    public void UpdateAverages() => Averages?.Update(scalars);

    /// <summary>Does something with the averages of the weights, where there are some, in place of the weights; each has its own
    /// bits afterwards.</summary>
    public void WithAverages(Action act)
    {
        Averages?.Swap();
        try
        {
            act();
        }
        finally
        {
            Averages?.Swap();
        }
    }

    /// <summary>Takes a value of what <c>best</c> is chosen by.</summary>
    /// <returns>Whether it is less than all before.</returns>
    public bool Judge(double error)
    {
        LastError = error;
        if (double.IsNaN(BestError) || error < BestError)
        {
            (BestError, SinceBest) = (error, 0);
            return true;
        }

        SinceBest++;
        return false;
    }

    /// <summary>The first key of what is saved that holds NaN or ∞; null when all is finite.</summary>
    public string? FirstKeyNotFinite() => Finiteness.FirstKeyWithout(Tensors);

    public Checkpoint Save(CheckpointStore store, RunConfig config)
    {
        var metadata = new Dictionary<string, string>
        {
            [Checkpoint.ConfigKey] = ConfigFile.ToText(config),
            [SecondsKey] = Seconds.ToString("R", CultureInfo.InvariantCulture),
        };
        if (double.IsFinite(LastError))
        {
            metadata[Checkpoint.ErrorKey] = LastError.ToString("R", CultureInfo.InvariantCulture);
            metadata[Checkpoint.BestErrorKey] = BestError.ToString("R", CultureInfo.InvariantCulture);
            metadata[Checkpoint.SinceBestKey] = SinceBest.ToString(CultureInfo.InvariantCulture);
        }

        return store.Save(Step, StateDictionary.ToFile(Tensors), metadata);
    }

    /// <exception cref="StateDictionaryException">The checkpoint is of another model.</exception>
    /// <exception cref="RunException">It is not finite.</exception>
    public void Load(Checkpoint checkpoint)
    {
        using var file = checkpoint.Open();
        var isFirstVersion = !file.Entries.Any(entry => entry.Name.StartsWith(Prefix, StringComparison.Ordinal));
        var tensors = Tensors.Select(named => isFirstVersion && named.Key.StartsWith(Prefix, StringComparison.Ordinal)
            ? named with { Key = named.Key[Prefix.Length..] }
            : named);
        StateDictionary.FromFile(file, checkpoint.Path, [.. tensors]);
        TrainedModel.CheckFinite(checkpoint, Tensors);
        Step = checkpoint.Step;
        Optimizer.Steps = (int)checkpoint.Step;
        Seconds = double.TryParse(file.Metadata.GetValueOrDefault(SecondsKey), CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : 0;
        LastError = checkpoint.ReadError();

        // A checkpoint of an earlier program knows only its own error.
        BestError = double.TryParse(
            file.Metadata.GetValueOrDefault(Checkpoint.BestErrorKey), CultureInfo.InvariantCulture, out var best)
            ? best
            : LastError;
        var since = file.Metadata.GetValueOrDefault(Checkpoint.SinceBestKey);
        SinceBest = int.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var values) ? values : 0;
    }

    public void Dispose()
    {
        scalars.Dispose();
        Averages?.Dispose();
        Array.ForEach(random, state => state.Dispose());
        Sums.Dispose();
        Optimizer.Dispose();
        Task.Dispose();
        Model.Dispose();
    }
}
