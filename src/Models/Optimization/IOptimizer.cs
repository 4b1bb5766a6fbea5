using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Optimization;

/// <summary>Moves parameters by their gradients.</summary>
/// <remarks>A step has two halves, so that the second can be recorded: <see cref="Advance"/> sets what changes from step to step
/// on the device, <see cref="Apply"/> is the same sequence of calls every time.</remarks>
public interface IOptimizer : IDisposable
{
    /// <summary>Steps taken; set when a checkpoint is loaded.</summary>
    int Steps { get; set; }

    /// <summary>What it remembers of earlier steps, by key.</summary>
    IEnumerable<NamedTensor> State { get; }

    /// <summary>Begins a step, from the host.</summary>
    void Advance();

    /// <summary>Begins a step, from the host, in which <see cref="Apply"/> leaves parameters as they are; it is not
    /// counted.</summary>
    /// <remarks>For a part of a model that waits for its time. Moments follow the gradients all the same: give it gradients of
    /// 0.</remarks>
    void Hold();

    /// <summary>Moves every parameter that has a gradient and clears the gradients.</summary>
    /// <exception cref="InvalidOperationException">No step was begun.</exception>
    void Apply();
}

/// <summary>The constants of an optimizer: one record per kind.</summary>
public abstract record OptimizerOptions
{
    /// <summary>Step size α.</summary>
    [Option("learning rate", Name = "lr", MayChange = true)]
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>What the step size is multiplied by from step to step.</summary>
    public ScheduleOptions Schedule { get; init; } = new ConstantSchedule();

    /// <summary>The norm c that all gradients together have at most, see <see cref="GradientClipping"/>; 0 for any.</summary>
    [Option("norm that all gradients together are scaled down to where it is larger; 0: off", MayChange = true)]
    public double ClipNorm { get; init; }

    /// <summary>Decay γ of the averages of the weights that are saved as the model, see <see cref="WeightAverages"/>;
    /// 0 for the weights themselves.</summary>
    [Option("decay γ of moving averages of the weights, which are then saved as the model; 0: off")]
    public double WeightEma { get; init; }

    /// <summary>Refuses values that make no optimizer.</summary>
    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public virtual void Validate()
    {
        Check.That(
            "lr", "a finite number above 0", LearningRate,
            LearningRate > 0 && (float)LearningRate > 0 && float.IsFinite((float)LearningRate));
        Check.Weight("clip-norm", ClipNorm);
        Check.Fraction("weight-ema", WeightEma);
        Schedule.Validate();
    }

    /// <summary>The step size of step t = 1, 2, ….</summary>
    public double LearningRateAt(long step) => LearningRate * Schedule.At(step);

    /// <summary>Makes it for some parameters.</summary>
    public abstract IOptimizer Build(IEnumerable<Parameter> parameters);
}
