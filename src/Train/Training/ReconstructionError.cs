using IlgpuVq.Autograd;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>How far reconstructions are from their images, in the measure that a run minimises.</summary>
/// <param name="Kind">The measure.</param>
/// <param name="Scale">What the squared one is multiplied by; the absolute one never is.</param>
internal sealed record ReconstructionError(ReconstructionLoss Kind, float Scale)
{
    /// <summary>That of a run, whose data are known.</summary>
    public static ReconstructionError Of(RunConfig config) => new(
        config.Task.ReconstructionLoss, config.Task.Normalize ? (float)(1 / config.Data.Variance) : 1);

    /// <summary>What is minimised of the error, and the squared error as a figure that is kept.</summary>
    public (Variable Minimized, Variable Squared) Between(Variable reconstruction, Variable x)
    {
        if (Kind == ReconstructionLoss.L1)
        {
            // Outside of the loss: nothing comes back through it.
            var figure = MeanSquaredError.Apply(StopGradient.Apply(reconstruction), x).Keep();
            return (MeanAbsoluteError.Apply(reconstruction, x), figure);
        }

        var error = MeanSquaredError.Apply(reconstruction, x).Keep();
        return (error * Scale, error);
    }
}
