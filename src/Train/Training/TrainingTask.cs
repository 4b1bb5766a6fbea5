using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>What a batch came to.</summary>
/// <param name="Figures">What the log tells of, scalars () by their names; they belong to the tape.</param>
/// <param name="Codes">The codes that were chosen.</param>
/// <param name="Tape">Where the figures were computed.</param>
internal sealed record TaskOutput(
    IReadOnlyList<(string Name, Variable Value)> Figures, IReadOnlyList<CodeGrid> Codes, Tape Tape) : IDisposable
{
    public void Dispose()
    {
        foreach (var grid in Codes)
        {
            grid.Dispose();
        }

        Tape.Dispose();
    }
}

/// <summary>A figure that one checkpoint is better by than another.</summary>
/// <param name="Figure">Its name in lines of metrics.</param>
/// <param name="IsLargestBest">Whether more is better.</param>
internal readonly record struct Criterion(string Figure, bool IsLargestBest = false)
{
    /// <summary>A number that is the less the better.</summary>
    public double ErrorOf(double figure) => IsLargestBest ? -figure : figure;
}

/// <summary>The batches of coming steps.</summary>
internal interface IStepSource : IDisposable
{
    /// <summary>Brings the next step's batch to the device.</summary>
    void LoadNext();
}

/// <summary>What a training step computes: gradients of what is trained, on batches of its own kind.</summary>
internal abstract class TrainingTask : IDisposable
{
    /// <param name="model">The autoencoder that is trained, or used; stays the caller's.</param>
    protected TrainingTask(Autoencoder model) => Model = model;

    /// <summary>The task that a config describes.</summary>
    public static TrainingTask Of(Autoencoder model, RunConfig config) => config.Task switch
    {
        AdversarialOptions options => new AdversarialTask(model, config, options),
        PriorTaskOptions options => new PriorTask(model, config, options),
        _ => new ReconstructionTask(model, config),
    };

    /// <summary>Names of the figures that each batch gives, in their order.</summary>
    public abstract IReadOnlyList<string> Figures { get; }

    /// <summary>What the best checkpoint is chosen by.</summary>
    public abstract Criterion Best { get; }

    /// <summary>The grids of codes that each batch chooses.</summary>
    public virtual IReadOnlyList<CodeLayout> Layouts => [];

    /// <summary>What the run's optimizer moves.</summary>
    public virtual IEnumerable<Parameter> Trained => Model.Parameters;

    /// <summary>What is trained beside that, by the task itself.</summary>
    public virtual IEnumerable<Parameter> Parameters => [];

    /// <summary>What a checkpoint must hold beside the autoencoder, by key.</summary>
    public virtual IEnumerable<NamedTensor> State => [];

    /// <summary>Numbers that follow a schedule, which it reads from the step's scalars.</summary>
    public virtual IEnumerable<ScheduledScalar> Schedules => [];

    /// <summary>Is shown each tape on which something besides the model learns, with that one's name, when it has run backward;
    /// null for nothing.</summary>
    public Action<string, Tape>? WatchOther { get; set; }

    protected Autoencoder Model { get; }

    /// <summary>Begins to read batches.</summary>
    /// <param name="files">The run's.</param>
    /// <param name="seed">Of their order.</param>
    /// <param name="firstStep">The step that the first is for.</param>
    public abstract IStepSource OpenSource(TrainingFiles files, ulong seed, long firstStep);

    /// <summary>Begins a step from the host.</summary>
    /// <param name="step">Steps done before.</param>
    public virtual void Begin(long step)
    {
    }

    /// <summary>Adds the gradients of a part to the parameters: the same sequence of calls in every step.</summary>
    /// <param name="part">Which, from 0.</param>
    /// <param name="context">The model's.</param>
    public abstract TaskOutput Learn(int part, in StepContext context);

    /// <summary>Moves what is trained beside the model.</summary>
    public virtual void Apply()
    {
    }

    /// <summary>Adds to the means of a line of metrics what follows from them, or is measured for it.</summary>
    public abstract void AddFigures(IDictionary<string, double> figures, TrainingFiles files);

    /// <summary>Draws a sample picture.</summary>
    public abstract void DrawSample(string path, TrainingFiles files);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
