using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Training;

/// <summary>What a step came to; belongs to the tape, but for the codes.</summary>
/// <param name="Loss">What is minimised, a scalar.</param>
/// <param name="Figures">What the log tells of, scalars by their names.</param>
/// <param name="Codes">The codes that were chosen.</param>
internal sealed record TaskOutput(
    Variable Loss, IReadOnlyList<(string Name, Variable Value)> Figures, IReadOnlyList<CodeGrid> Codes)
    : IDisposable
{
    public void Dispose()
    {
        foreach (var grid in Codes)
        {
            grid.Dispose();
        }
    }
}

/// <summary>What a training step computes.</summary>
internal abstract class TrainingTask : IDisposable
{
    /// <summary>Names of the figures that each step gives, in their order.</summary>
    public abstract IReadOnlyList<string> Figures { get; }

    /// <summary>The grids of codes that each step chooses.</summary>
    public abstract IReadOnlyList<CodeLayout> Layouts { get; }

    /// <summary>Brings a batch to the device, outside of what is recorded.</summary>
    /// <param name="pixels">Images (B, C, H, W) in [−0.5, 0.5].</param>
    public abstract void Load(ReadOnlySpan<float> pixels);

    /// <summary>The loss of the batch: the same sequence of calls in every step.</summary>
    public abstract TaskOutput Forward(Tape tape, in StepContext context);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
