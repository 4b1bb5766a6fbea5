using IlgpuVq.Autograd;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>How far reconstructions are from their images, in the measure that a run minimises.</summary>
/// <param name="Kind">The measure.</param>
/// <param name="Weight">What it is multiplied by.</param>
internal sealed record ReconstructionError(ReconstructionLoss Kind, float Weight)
{
    /// <summary>That of a run, whose data are known.</summary>
    public static ReconstructionError Of(RunConfig config)
    {
        var task = (ReconstructionOptions)config.Task;
        var isDivided = task.Normalize && task.ReconstructionLoss == ReconstructionLoss.Mse;
        return new(task.ReconstructionLoss, (float)(task.ReconstructionWeight / (isDivided ? config.Data.Variance : 1)));
    }

    /// <summary>What is minimised of the error, and the squared error as a figure that is kept.</summary>
    public (Variable Minimized, Variable Squared) Between(Variable reconstruction, Variable x)
    {
        if (Kind == ReconstructionLoss.L1)
        {
            // Outside of the loss: nothing comes back through it.
            var figure = MeanSquaredError.Apply(StopGradient.Apply(reconstruction), x).Keep();
            return (MeanAbsoluteError.Apply(reconstruction, x) * Weight, figure);
        }

        var error = MeanSquaredError.Apply(reconstruction, x).Keep();
        return (error * Weight, error);
    }
}
