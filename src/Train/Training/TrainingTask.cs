using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
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

/// <summary>What a training step computes: gradients of the model, and all that is trained beside it.</summary>
/// <remarks>A step's images come in parts of <c>--batch</c>, <c>--accumulate</c> of them, whose gradients add up to those of
/// the mean over all.</remarks>
internal abstract class TrainingTask : IDisposable
{
    private readonly Tensor<float>[] parts;
    private readonly float share;

    /// <param name="model">What is trained; stays the caller's.</param>
    /// <param name="config">Of the run, whose data are known.</param>
    protected TrainingTask(Autoencoder model, RunConfig config)
    {
        Model = model;
        var data = config.Data;
        parts = [.. Enumerable.Range(0, config.Run.Accumulate).Select(_ => model.Device.Empty<float>(
            [config.Run.Batch, data.Channels, data.Height, data.Width]))];
        share = 1f / parts.Length;
        Layouts = model.Layouts(data.Height, data.Width);
    }

    /// <summary>The task that a config describes.</summary>
    public static TrainingTask Of(Autoencoder model, RunConfig config) => config.Task is AdversarialOptions options
        ? new AdversarialTask(model, config, options)
        : new ReconstructionTask(model, config);

    /// <summary>Names of the figures that each batch gives, in their order.</summary>
    public abstract IReadOnlyList<string> Figures { get; }

    /// <summary>The grids of codes that each batch chooses.</summary>
    public IReadOnlyList<CodeLayout> Layouts { get; }

    /// <summary>What is trained beside the model.</summary>
    public virtual IEnumerable<Parameter> Parameters => [];

    /// <summary>What a checkpoint must hold of that, by key.</summary>
    public virtual IEnumerable<NamedTensor> State => [];

    /// <summary>Numbers that follow a schedule, which it reads from the step's scalars.</summary>
    public virtual IEnumerable<ScheduledScalar> Schedules => [];

    protected Autoencoder Model { get; }

    /// <summary>Brings the images of a step to the device, outside of what is recorded.</summary>
    /// <param name="pixels">Images (parts · B, C, H, W) in [−0.5, 0.5].</param>
    public void Load(ReadOnlySpan<float> pixels)
    {
        foreach (var images in parts)
        {
            images.CopyFrom(pixels[..images.Size]);
            pixels = pixels[images.Size..];
        }
    }

    /// <summary>Begins a step from the host.</summary>
    /// <param name="step">Steps done before.</param>
    public virtual void Begin(long step)
    {
    }

    /// <summary>Adds the gradients of a part to the parameters: the same sequence of calls in every step.</summary>
    /// <param name="part">Which, from 0.</param>
    /// <param name="context">The model's.</param>
    public TaskOutput Learn(int part, in StepContext context) => Learn(parts[part], isFirst: part == 0, context);

    /// <summary>Moves what is trained beside the model.</summary>
    public virtual void Apply()
    {
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Learn(int, in StepContext)"/>
    protected abstract TaskOutput Learn(Tensor<float> images, bool isFirst, in StepContext context);

    /// <summary>Runs a tape backward from a part's loss, whose share of the step's it takes.</summary>
    protected void SendBack(Variable loss) => loss.Tape.Backward(parts.Length == 1 ? loss : loss * share);

    protected virtual void Dispose(bool disposing) => Array.ForEach(parts, images => images.Dispose());
}
